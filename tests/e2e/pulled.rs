//! Someone listens to the cable on hardware: its clock runs the source, and through it the free sink.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use vcable_tests::Instance;
use vcable_tests::cable::{Cable, End};
use vcable_tests::clock::TestClock;
use vcable_tests::measure::{Measure, Report, Role};
use vcable_tests::usage::processor_time;

use crate::steady::no_hole;
use crate::trial::{Context, Dropout, Trials, seconds};

/// How long frames are counted, in seconds, unless `VCABLE_TEST_SECONDS` says otherwise.
const SECONDS: u64 = 60;

const QUANTA: [u32; 3] = [64, 256, 1024];

/// Hardware does not wait for a player that is late: that costs a cycle of silence, and never a frame. One frame in so
/// many may be silent for it.
const SILENT_SHARE: u64 = 100;

/// How often the latency is looked at after cycles that a client missed.
const SETTLING_ATTEMPTS: u32 = 20;

/// Cycles of silence that a clock may cost that goes or comes.
const SILENT_CYCLES: u64 = 4;

pub(crate) fn add(trials: &mut Trials) {
    for source in QUANTA {
        trials.add(&format!("pulled/quanta-to-{source}"), move |context| exact(context, source));
    }
    trials.add("pulled/stalled-player", stalled);
    trials.add("pulled/clock-goes-and-comes", vanishing);
    trials.add("pulled/two-cables-in-a-circle", circle);
}

/// A cable, its player, and who hears what it gives.
struct Line {
    cable: Cable,
    measure: Measure,
}

impl Line {
    fn source(&self) -> String {
        format!("{}:capture_FL", self.cable.node(End::Source))
    }
}

/// Cables whose sources are linked to hardware.
struct Scene {
    instance: Instance,
    lines: Vec<Line>,
    hardware: TestClock,
}

impl Scene {
    /// One cable for each quantum of a player, beside hardware with cycles of `source_quantum` frames.
    fn start(context: &Context, sink_quanta: &[u32], source_quantum: u32) -> Result<Self> {
        let hardware = TestClock::new("hardware", 30.0);
        let cables: Vec<_> =
            sink_quanta.iter().map(|quantum| Cable::new(&format!("cable-{quantum}"), 2)).collect();
        let instance =
            context.with_clocks(&cables, std::slice::from_ref(&hardware)).start(&context.scratch)?;
        let mut scene = Self { instance, lines: Vec::new(), hardware };
        for (cable, &quantum) in cables.into_iter().zip(sink_quanta) {
            let client = format!("client-{quantum}");
            let measure = Measure::start(&scene.instance, Context::measure_program(), &client)?;
            let mut line = Line { cable, measure };
            line.measure.enable(Role::Writer, Some(quantum))?;
            line.measure.enable(Role::Reader, Some(source_quantum))?;
            let sink = format!("{}:playback_FL", line.cable.node(End::Sink));
            scene.instance.link(&line.measure.port(Role::Writer), &sink)?;
            scene.instance.link(&line.source(), &line.measure.port(Role::Reader))?;
            line.measure.measure(20)?;
            scene.lines.push(line);
        }
        scene.plug(source_quantum)?;
        for line in &mut scene.lines {
            line.measure.measure(20)?;
        }
        Ok(scene)
    }

    /// Lets the hardware's clock run the sources.
    fn plug(&mut self, quantum: u32) -> Result<()> {
        let node = self.instance.node(self.hardware.node())?.context("no hardware")?;
        for line in &mut self.lines {
            self.instance.link(&line.source(), &self.hardware.port())?;
            let runs =
                |report: &Report| report.reader.clock_id == node.id && report.reader.quantum == quantum;
            line.measure.wait(runs)?;
        }
        Ok(())
    }

    fn unplug(&self) -> Result<()> {
        self.lines.iter().try_for_each(|line| self.instance.unlink(&line.source(), &self.hardware.port()))
    }

    /// The client of the only cable.
    fn measure(&mut self) -> Result<&mut Measure> {
        Ok(&mut self.lines.first_mut().context("no cable")?.measure)
    }
}

/// Players with every quantum are heard exactly, and exactly one quantum of the hardware behind.
fn exact(context: &Context, source_quantum: u32) -> Result<()> {
    let mut scene = Scene::start(context, &QUANTA, source_quantum)?;
    for line in &mut scene.lines {
        line.measure.reset()?;
    }
    let frames = seconds(SECONDS) * 48_000;
    for (line, sink_quantum) in scene.lines.iter_mut().zip(QUANTA) {
        let report = line.measure.wait_long(frames, |report| report.reader.frames >= frames)?;
        let figures = || format!("{sink_quantum} to {source_quantum}: {report:?}");
        let quanta = (report.writer.quantum, report.reader.quantum);
        ensure!(quanta == (sink_quantum, source_quantum), "{}", figures());
        ensure!(report.silent_frames <= frames / SILENT_SHARE, "silence, {}", figures());
        nothing_lost(&report)?;
        if report.missed_any() {
            let missed = [report.writer.missed_frames, report.reader.missed_frames];
            let (lost, silent) = (report.lost_frames, report.silent_frames);
            context.note(&format!(
                "{sink_quantum} to {source_quantum}: player and recorder themselves missed cycles of {missed:?} frames: \
                 {lost} frames lost and {silent} silent of {frames}"
            ));
            // What it did not take waited for it, and is dropped to come back to one quantum: unless it just missed more.
            let mut attempts = 1;
            while let Err(error) = behind(&line.measure.measure(200)?, source_quantum) {
                ensure!(attempts < SETTLING_ATTEMPTS, "never one quantum behind again: {error:#}");
                attempts += 1;
            }
        } else {
            behind(&report, source_quantum)?;
        }
    }
    Ok(())
}

/// Fails when the sound comes later or earlier than so many frames.
fn behind(report: &Report, latency_frames: u32) -> Result<()> {
    let latency = report.latency_frames.median as i64;
    ensure!(latency == i64::from(latency_frames), "{latency} frames behind: {report:?}");
    // A late client sees the clock of the hardware's next cycle: that looks like one quantum more or less.
    let off: u64 = report.histogram.iter().filter(|(frames, _)| **frames != latency).map(|(_, n)| n).sum();
    if off > report.latency_frames.count / 50 {
        return Err(Dropout(format!("{off} cycles off: {report:?}")).into());
    }
    Ok(())
}

/// The numbers go on after silence, but for those of cycles that the recorder itself missed.
fn nothing_lost(report: &Report) -> Result<()> {
    no_hole(&Report { silent_frames: 0, ..report.clone() })
}

/// A player that stalls for some cycles of the hardware costs silence, and none of its frames.
fn stalled(context: &Context) -> Result<()> {
    let mut scene = Scene::start(context, &[256], 256)?;
    let measure = scene.measure()?;
    for stall_us in [8_000, 20_000, 8_000, 20_000] {
        measure.reset()?;
        measure.stall(stall_us)?;
        let report = measure.wait(|report| report.reader.frames > 48_000 / 2)?;
        let least = stall_us * 48 / 1000 / 256 * 256;
        ensure!(report.silent_frames >= least, "no stall of {stall_us} us was heard: {report:?}");
        nothing_lost(&report)?;
        let after = measure.measure(100)?;
        ensure!(after.latency_frames.median as i64 == 256, "{stall_us} us leave latency: {after:?}");
    }
    Ok(())
}

/// The hardware is unplugged and plugged in again while sound runs.
fn vanishing(context: &Context) -> Result<()> {
    const QUANTUM: u32 = 256;
    let mut scene = Scene::start(context, &[QUANTUM], QUANTUM)?;
    let mut most = 0;
    for _ in 0..5 {
        scene.measure()?.reset()?;
        scene.unplug()?;
        let free = scene.measure()?.wait(|report| report.reader.frames > 24_000)?;
        scene.measure()?.reset()?;
        scene.plug(QUANTUM)?;
        let pulled = scene.measure()?.wait(|report| report.reader.frames > 24_000)?;
        for (what, report) in [("goes", &free), ("comes", &pulled)] {
            most = most.max(report.silent_frames);
            ensure!(report.corrupt_frames == 0, "{what}: {report:?}");
            if report.silent_frames > SILENT_CYCLES * u64::from(QUANTUM) {
                return Err(Dropout(format!("{what}: {report:?}")).into());
            }
        }
        let after = scene.measure()?.measure(50)?;
        ensure!(after.latency_frames.median as i64 == i64::from(QUANTUM), "back: {after:?}");
    }
    context.note(&format!("{most} frames of silence at most"));
    Ok(())
}

/// What comes out of one cable goes into another, and back: the daemon keeps its pace, and does not spin.
fn circle(context: &Context) -> Result<()> {
    const SPAN: Duration = Duration::from_secs(2);
    let cables = ["one", "two"].map(|name| Cable::new(name, 2));
    let instance = context.with_cables(&cables).quantum(256).start(&context.scratch)?;
    instance.link("one.source:capture_FL", "two.sink:playback_FL")?;
    instance.link("two.source:capture_FL", "one.sink:playback_FL")?;
    let mut measure = Measure::start(&instance, Context::measure_program(), "client")?;
    measure.enable(Role::Writer, None)?;
    measure.enable(Role::Reader, None)?;
    instance.link(&measure.port(Role::Writer), "one.sink:playback_FL")?;
    instance.link("two.source:capture_FL", &measure.port(Role::Reader))?;
    measure.wait(|report| report.reader.cycles > 50 && report.writer.cycles > 50)?;
    measure.reset()?;
    let (began, used) = (Instant::now(), processor_time(instance.daemon_id())?);
    let report = measure.wait(|_| began.elapsed() >= SPAN)?;
    let used = processor_time(instance.daemon_id())?.saturating_sub(used);
    let share = used.as_secs_f64() / began.elapsed().as_secs_f64();
    context.note(&format!("the daemon takes {:.1} % of a processor", share * 100.0));
    ensure!(share < 0.5, "the daemon spins: {share}");
    for pace in [report.writer, report.reader] {
        let off = (pace.frames_per_second / 48_000.0 - 1.0).abs();
        ensure!(off < 0.02, "not at its pace: {report:?}");
    }
    Ok(())
}
