//! Bad values are refused with one line in the log, and nothing else suffers.

use anyhow::{Context as _, Result, ensure};
use vcable_tests::Instance;
use vcable_tests::cable::{Cable, End};
use vcable_tests::cli::Cli;
use vcable_tests::measure::{Measure, Role};
use vcable_tests::wait::{DEADLINE, poll_until};

use crate::steady::no_hole;
use crate::trial::{Context, Trials};

/// The plugin's log topic, which marks its lines.
const TOPIC: &str = "spa.vcable";

/// A bad value, and what the log must say of it besides property and value.
struct Bad {
    property: &'static str,
    value: &'static str,
    accepted: &'static str,
}

const BAD: [Bad; 8] = [
    Bad { property: "audio.channels", value: "0", accepted: "1 to 64" },
    Bad { property: "audio.channels", value: "65", accepted: "1 to 64" },
    Bad { property: "audio.channels", value: "-1", accepted: "1 to 64" },
    Bad { property: "audio.rate", value: "0", accepted: "8000 to 384000" },
    Bad { property: "audio.format", value: "U7", accepted: "S16" },
    Bad { property: "vcable.colour", value: "red", accepted: "vcable.name" },
    Bad {
        property: "vcable.name",
        value: "a-name-longer-than-any-clock-name-may-become-in-the-graph-of-the-daemon",
        accepted: "1 to 48",
    },
    // There is a sink of this cable already.
    Bad { property: "vcable.name", value: "good", accepted: "sink" },
];

/// The other cable must go on for this long after the last bad value: half a second.
const SETTLED_FRAMES: u64 = 24_000;

pub(crate) fn add(trials: &mut Trials) {
    trials.add("refused/at-run-time", at_run_time);
    trials.add("refused/in-the-settings", in_the_settings);
}

/// A cable named `bad` with the bad value in it.
fn cable(bad: &Bad) -> Cable {
    let cable = Cable::new("bad", 2);
    let cable = if bad.property == "audio.channels" { cable.without("audio.position") } else { cable };
    cable.with(bad.property, bad.value)
}

/// The plugin's lines in the daemon's log, from a byte on.
fn lines(instance: &Instance, from: usize) -> Result<Vec<String>> {
    let log = instance.daemon_log()?;
    let new = log.get(from..).context("the log shrank")?;
    Ok(new.lines().filter(|line| line.contains(TOPIC)).map(str::to_owned).collect())
}

fn demand(lines: &[String], bad: &Bad) -> Result<()> {
    let words = [format!(" {} ", bad.property), format!("\"{}\"", bad.value), bad.accepted.to_owned()];
    let about = |line: &&String| words.iter().all(|word| line.contains(word));
    let found = lines.iter().filter(about).count();
    ensure!(found == 1, "{} lines about {} = {}: {lines:#?}", found, bad.property, bad.value);
    Ok(())
}

fn at_run_time(context: &Context) -> Result<()> {
    let good = Cable::new("good", 2);
    let instance = context.with_cables(&[good]).quantum(256).start(&context.scratch)?;
    let mut measure = Measure::start(&instance, Context::measure_program(), "client")?;
    measure.enable(Role::Writer, None)?;
    measure.enable(Role::Reader, None)?;
    instance.link(&measure.port(Role::Writer), "good.sink:playback_FL")?;
    instance.link("good.source:capture_FL", &measure.port(Role::Reader))?;
    measure.measure(50)?;
    measure.reset()?;
    let mut cli = Cli::start(&instance)?;
    for bad in &BAD {
        let from = instance.daemon_log()?.len();
        cli.create(&cable(bad), End::Sink)?;
        poll_until(&format!("a line about {} = {}", bad.property, bad.value), DEADLINE, || {
            Ok((!lines(&instance, from)?.is_empty()).then_some(()))
        })?;
        let names = instance.node_names()?;
        ensure!(!names.iter().any(|name| name == "bad.sink"), "{} = {} was taken", bad.property, bad.value);
        let said = lines(&instance, from)?;
        ensure!(said.len() == 1, "more than one line: {said:#?}");
        demand(&said, bad)?;
    }
    let so_far = measure.report()?.reader.frames;
    measure.wait(|report| report.reader.frames > so_far + SETTLED_FRAMES)?;
    let report = measure.report()?;
    ensure!(report.decoded_frames > 10_000, "the other cable: {report:?}");
    no_hole(&report)
}

fn in_the_settings(context: &Context) -> Result<()> {
    let mut builder = context.with_cables(&[Cable::new("good", 2)]);
    for (number, bad) in BAD.iter().enumerate() {
        let text = format!("context.objects = [ {} ]\n", cable(bad).object(End::Sink));
        builder = builder.drop_in(&format!("52-bad-{number}.conf"), &text);
    }
    let instance = builder.start(&context.scratch)?;
    instance.wait_ports("good.sink")?;
    instance.wait_ports("good.source")?;
    let names = instance.node_names()?;
    ensure!(!names.iter().any(|name| name == "bad.sink"), "{names:?}");
    let said = lines(&instance, 0)?;
    ensure!(said.len() == BAD.len(), "{} lines instead of {}: {said:#?}", said.len(), BAD.len());
    BAD.iter().try_for_each(|bad| demand(&said, bad))
}
