//! Properties that change while sound runs, what tools are told of them, and the state beside them.

use anyhow::{Context as _, Result, ensure};
use vcable_tests::Instance;
use vcable_tests::cable::{Cable, End};
use vcable_tests::measure::{Measure, Role};
use vcable_tests::wait::{DEADLINE, poll_until};

use crate::steady::no_hole;
use crate::trial::{Context, Trials};

pub(crate) fn add(trials: &mut Trials) {
    trials.add("live/properties", properties);
    trials.add("live/relation-in-the-log", relation);
}

/// Names, values, and how the node lists them.
const CHANGES: [(End, &str, [&str; 4]); 3] = [
    (
        End::Sink,
        r#"{ params = [ "vcable.quality" "high" "vcable.latency.frames" 1024 ] }"#,
        ["high", "sinc", "1024", "0"],
    ),
    (
        End::Source,
        r#"{ params = [ "vcable.interpolation" "cubic" "vcable.buffer.frames" "2048" ] }"#,
        ["high", "cubic", "1024", "2048"],
    ),
    (
        End::Sink,
        r#"{ params = [ "vcable.quality" "fast" "vcable.latency.frames" 0 "vcable.buffer.frames" 0 ] }"#,
        ["fast", "cubic", "0", "0"],
    ),
];

/// A numbered player and recorder, and both ends' ids.
fn start(instance: &Instance) -> Result<(Measure, [u32; 2])> {
    let mut measure = Measure::start(instance, Context::measure_program(), "client")?;
    measure.enable(Role::Writer, None)?;
    measure.enable(Role::Reader, None)?;
    instance.link(&measure.port(Role::Writer), "cable.sink:playback_FL")?;
    instance.link("cable.source:capture_FL", &measure.port(Role::Reader))?;
    measure.measure(50)?;
    let id = |name| instance.node(name)?.map(|node| node.id).with_context(|| format!("no {name}"));
    Ok((measure, [id("cable.sink")?, id("cable.source")?]))
}

fn set(instance: &Instance, id: u32, props: &str) -> Result<()> {
    instance.run("pw-cli", &["set-param", &id.to_string(), "Props", props]).map(drop)
}

/// Waits until both ends list these values.
fn listed(instance: &Instance, expected: &[&str; 4]) -> Result<()> {
    let mut seen = String::new();
    let wait = poll_until(&format!("{expected:?}"), DEADLINE, || {
        for node in ["cable.sink", "cable.source"] {
            let state = instance.state(node)?;
            let found = [
                state.word("vcable.quality").to_owned(),
                state.word("vcable.interpolation").to_owned(),
                state.count("vcable.latency.frames").to_string(),
                state.count("vcable.buffer.frames").to_string(),
            ];
            if found != *expected {
                seen = format!("{node}: {state:?}");
                return Ok(None);
            }
        }
        Ok(Some(()))
    });
    wait.with_context(|| seen)
}

/// Set with `pw-cli` on either end; the sound stays exact, and what is refused is named in the log.
fn properties(context: &Context) -> Result<()> {
    let instance = context.with_cables(&[Cable::new("cable", 2)]).quantum(256).start(&context.scratch)?;
    let (mut measure, ids) = start(&instance)?;
    let [sink, source] = ids;
    measure.reset()?;
    for (end, props, expected) in &CHANGES {
        set(&instance, if *end == End::Sink { sink } else { source }, props)?;
        listed(&instance, expected)?;
    }
    for id in ids {
        let from = instance.daemon_log()?.len();
        set(&instance, id, r#"{ params = [ "vcable.buffer.frames" 4096 "vcable.quality" "best" ] }"#)?;
        let lines = || -> Result<Vec<String>> {
            let log = instance.daemon_log()?;
            let new = log.get(from..).unwrap_or_default();
            Ok(new.lines().filter(|line| line.contains("spa.vcable")).map(str::to_owned).collect())
        };
        let line = poll_until("a line about the bad value", DEADLINE, || Ok(lines()?.into_iter().next()))?;
        for part in ["vcable.quality", "\"best\"", "fast, balanced, high"] {
            ensure!(line.contains(part), "{part} is missing: {line}");
        }
        listed(&instance, &CHANGES[2].2)?;
        ensure!(lines()?.len() == 1, "{:#?}", lines()?);
        let told = instance.run("pw-cli", &["enum-params", &id.to_string(), "PropInfo"])?;
        for part in ["vcable.quality", "Balanced", "vcable.interpolation", "vcable.latency.frames"] {
            ensure!(told.contains(part), "{part} is not offered: {told}");
        }
        let (_, buffer) = told.split_once("vcable.buffer.frames").context("no vcable.buffer.frames")?;
        ensure!(buffer.contains("4096"), "no range: {buffer}");
    }
    let report = measure.wait(|report| report.reader.frames >= 48_000)?;
    let state = instance.state("cable.source")?;
    ensure!(state.word("vcable.state.relation") == "chained", "{state:?}");
    for name in ["cycles.sink", "cycles.source", "callback.sink.ns", "callback.source.ns"] {
        ensure!(state.count(&format!("vcable.state.{name}")) > 0, "{name}: {state:?}");
    }
    no_hole(&report)
}

/// Stands in for a sound card: a driver that comes before the cable's ends.
const HARDWARE: &str = "context.objects = [ { factory = adapter args = {
  factory.name = support.null-audio-sink node.name = hardware media.class = Audio/Sink
  audio.channels = 2 audio.position = [ FL FR ] priority.driver = 5000 } } ]
";

/// One line for each change, of the topic's level for information.
fn relation(context: &Context) -> Result<()> {
    let builder = context.with_cables(&[Cable::new("cable", 2)]).drop_in("60-hardware.conf", HARDWARE);
    let builder = builder.environment("PIPEWIRE_DEBUG", "2,spa.vcable*:3");
    let instance = builder.quantum(256).start(&context.scratch)?;
    let (_measure, _) = start(&instance)?;
    let count = |word: &str| -> Result<usize> {
        Ok(instance.daemon_log()?.matches(&format!("cable \"cable\": {word}: ")).count())
    };
    let wait = |word: &str, times: usize| {
        poll_until(&format!("{word} in the log"), DEADLINE, || Ok((count(word)? >= times).then_some(())))
    };
    wait("chained", 1)?;
    let chained = count("chained")?;
    instance.link("cable.source:capture_FL", "hardware:playback_FL")?;
    wait("pulled", 1)?;
    instance.unlink("cable.source:capture_FL", "hardware:playback_FL")?;
    wait("chained", chained + 1)?;
    // Nothing changes any more, and nothing is said.
    let log = instance.daemon_log()?;
    let cycles =
        || -> Result<u64> { Ok(instance.state("cable.source")?.count("vcable.state.cycles.source")) };
    let begun = cycles()?;
    poll_until("a second of sound", DEADLINE, || Ok((cycles()? > begun + 190).then_some(())))?;
    let more = instance.daemon_log()?;
    let said = more.get(log.len()..).unwrap_or_default();
    ensure!(!said.contains("spa.vcable"), "{said}");
    ensure!(count("pulled")? == 1, "{more}");
    Ok(())
}
