//! One clock runs both ends: the sound is exactly one quantum behind, however the graph came about, and is told so.

use anyhow::{Context as _, Result, ensure};
use vcable_tests::Instance;
use vcable_tests::cable::Cable;
use vcable_tests::clock::TestClock;
use vcable_tests::jack::Jack;
use vcable_tests::latency::Way;
use vcable_tests::measure::{Measure, Report, Role};
use vcable_tests::wait::{DEADLINE, poll_until};

use crate::steady::no_hole;
use crate::trial::{Context, Dropout, Trials, repeated};

const QUANTA: [u32; 3] = [64, 256, 1024];

/// Times that the graph is taken apart and put together again.
const ROUNDS: u32 = 20;

/// How far what is told may be from what is measured, in frames.
const TOLERANCE_FRAMES: f64 = 1.0;

const SINK: &str = "cable.sink:playback_FL";
const SOURCE: &str = "cable.source:capture_FL";

pub(crate) fn add(trials: &mut Trials) {
    for quantum in QUANTA {
        trials.add(&format!("shared/jack-client-quantum-{quantum}"), move |context| {
            jack_client(context, quantum)
        });
        trials.add(&format!("shared/one-hardware-quantum-{quantum}"), move |context| {
            one_hardware(context, quantum)
        });
        trials
            .add(&format!("shared/one-group-quantum-{quantum}"), move |context| one_group(context, quantum));
    }
}

/// Cycles of about a sixth of a second, at least 20.
fn cycles(quantum: u32) -> u64 {
    u64::from(8_000 / quantum).max(20)
}

/// The state and both ports tell a quantum.
fn told(instance: &Instance, quantum: u32) -> Result<()> {
    let mut last = String::new();
    poll_until("a quantum to be told", DEADLINE, || {
        let state = instance.state("cable.source")?;
        let ahead = instance.told_latency(SINK, Way::Ahead)?.frames(quantum, 48_000);
        let behind = instance.told_latency(SOURCE, Way::Behind)?.frames(quantum, 48_000);
        let (relation, latency) = (state.word("vcable.state.relation"), "vcable.state.latency.frames");
        last = format!("{relation}, {}, {ahead:?}, {behind:?}", state.number(latency));
        let near = |frames: f64| (frames - f64::from(quantum)).abs() <= TOLERANCE_FRAMES;
        let all = [&[state.number(latency)][..], &ahead, &behind].concat();
        Ok((relation == "shared" && all.into_iter().all(near)).then_some(()))
    })
    .with_context(|| format!("{quantum}: told {last}"))
}

/// A program that takes from the source what it gives to the sink, in one callback.
fn jack_client(context: &Context, quantum: u32) -> Result<()> {
    let instance = context.with_cables(&[Cable::new("cable", 2)]).quantum(quantum).start(&context.scratch)?;
    let mut jack = Jack::start(&instance, Context::jack_program(), "daw")?;
    let (played, recorded) = ((jack.output(), SINK.to_owned()), (SOURCE.to_owned(), jack.input()));
    let mut missed = 0;
    for round in 0..ROUNDS {
        let links = if round % 2 == 0 { [&played, &recorded] } else { [&recorded, &played] };
        for (from, to) in links {
            instance.link(from, to)?;
        }
        missed += repeated(|| heard_by(&mut jack, quantum)).with_context(|| format!("round {round}"))?;
        if round < 3 {
            told(&instance, quantum).with_context(|| format!("round {round}"))?;
        }
        for (from, to) in if round % 4 < 2 { links } else { [links[1], links[0]] } {
            instance.unlink(from, to)?;
        }
    }
    context.note(&format!("{quantum} frames behind in each of {ROUNDS} rounds, {missed} frames silent"));
    Ok(())
}

/// Nothing is lost, and everything is a quantum behind. Returns how many frames are silent.
fn heard_by(jack: &mut Jack, quantum: u32) -> Result<u64> {
    jack.reset()?;
    jack.wait(|heard| heard.decoded_frames > 0)?;
    jack.reset()?;
    let heard = jack.wait(|heard| heard.latencies.values().sum::<u64>() > cycles(quantum))?;
    let (latency, off) = heard.latency().context("nothing heard")?;
    ensure!(latency == i64::from(quantum), "{latency} frames behind: {heard:?}");
    ensure!(heard.corrupt_frames == 0, "{heard:?}");
    if heard.lost_frames + heard.repeated_frames > 0 || off > 0 {
        return Err(Dropout(format!("{heard:?}")).into());
    }
    Ok(heard.silent_frames)
}

/// A player and a recorder of their own, whose cycles one clock runs.
struct Scene {
    instance: Instance,
    measure: Measure,
    silent_frames: u64,
}

impl Scene {
    fn start(builder: vcable_tests::instance::Builder, context: &Context, quantum: u32) -> Result<Self> {
        let instance = builder.quantum(quantum).start(&context.scratch)?;
        let mut measure = Measure::start(&instance, Context::measure_program(), "client")?;
        measure.enable(Role::Writer, Some(quantum))?;
        measure.enable(Role::Reader, Some(quantum))?;
        instance.link(&measure.port(Role::Writer), SINK)?;
        instance.link(SOURCE, &measure.port(Role::Reader))?;
        Ok(Self { instance, measure, silent_frames: 0 })
    }

    /// One clock runs the two clients.
    fn is_shared(report: &Report) -> bool {
        report.writer.clock_id == report.reader.clock_id
            && report.reader.cycles > 0
            && report.writer.cycles > 0
    }

    /// Nothing is lost, and everything is a quantum behind.
    fn judge(&mut self, quantum: u32) -> Result<()> {
        self.measure.reset()?;
        self.measure.wait(|report| Self::is_shared(report) && report.latency_frames.count > 2)?;
        self.measure.reset()?;
        let report = self.measure.wait(|report| report.latency_frames.count > cycles(quantum))?;
        ensure!(Self::is_shared(&report), "{report:?}");
        let median = report.latency_frames.median as i64;
        ensure!(median == i64::from(quantum), "{median} frames behind: {report:?}");
        no_hole(&Report { silent_frames: 0, ..report.clone() })?;
        // A late client sees the clock of the next cycle: that looks like one quantum more or less.
        let off: u64 = report.histogram.iter().filter(|(frames, _)| **frames != median).map(|(_, n)| n).sum();
        if off > report.latency_frames.count / 20 {
            return Err(Dropout(format!("{report:?}")).into());
        }
        self.silent_frames += report.silent_frames;
        Ok(())
    }

    fn note(&self, context: &Context, quantum: u32) {
        let silent = self.silent_frames;
        context.note(&format!("{quantum} frames behind in each of {ROUNDS} rounds, {silent} frames silent"));
    }
}

/// Both ends are linked to one sound card, first the one, then the other, and part from it again.
fn one_hardware(context: &Context, quantum: u32) -> Result<()> {
    let hardware = TestClock::new("hardware", 40.0);
    let builder = context.with_clocks(&[Cable::new("cable", 2)], std::slice::from_ref(&hardware));
    let mut scene = Scene::start(builder, context, quantum)?;
    let ends = ["cable.sink:monitor_FL", SOURCE];
    for round in 0..ROUNDS {
        let order = if round % 2 == 0 { ends } else { [ends[1], ends[0]] };
        for port in order {
            scene.instance.link(port, &hardware.port())?;
        }
        repeated(|| scene.judge(quantum)).with_context(|| format!("round {round}"))?;
        if round < 3 {
            told(&scene.instance, quantum).with_context(|| format!("round {round}"))?;
        }
        let parting = if round % 4 < 2 { order } else { [order[1], order[0]] };
        for port in parting {
            scene.instance.unlink(port, &hardware.port())?;
        }
    }
    scene.note(context, quantum);
    Ok(())
}

/// Player and recorder are nodes of one group, as a program asks for that wants them in step.
fn one_group(context: &Context, quantum: u32) -> Result<()> {
    let mut scene = Scene::start(context.with_cables(&[Cable::new("cable", 2)]), context, quantum)?;
    for round in 0..ROUNDS {
        scene.measure.set_group("step")?;
        repeated(|| scene.judge(quantum)).with_context(|| format!("round {round}"))?;
        if round < 3 {
            told(&scene.instance, quantum).with_context(|| format!("round {round}"))?;
        }
        scene.measure.set_group("")?;
        scene.measure.reset()?;
        scene.measure.wait(|report| !Scene::is_shared(report) && report.latency_frames.count > 2)?;
    }
    scene.note(context, quantum);
    Ok(())
}
