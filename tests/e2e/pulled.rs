//! Someone listens to the cable on hardware: its clock runs the source, and through it the free sink.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use vcable_tests::Instance;
use vcable_tests::cable::Cable;
use vcable_tests::clock::TestClock;
use vcable_tests::measure::{Measure, Report, Role};
use vcable_tests::usage::processor_time;

use crate::steady::no_hole;
use crate::trial::{Context, Dropout, Trials, seconds};

/// How long frames are counted, in seconds, unless `VCABLE_TEST_SECONDS` says otherwise.
const SECONDS: u64 = 2;

const QUANTA: [u32; 3] = [64, 256, 1024];

/// Hardware does not wait for a player that is late: that costs a cycle of silence, and never a frame. One frame in so
/// many may be silent for it.
const SILENT_SHARE: u64 = 100;

/// Cycles of silence that a clock may cost that goes or comes.
const SILENT_CYCLES: u64 = 4;

pub(crate) fn add(trials: &mut Trials) {
    for [sink, source] in QUANTA.into_iter().flat_map(|sink| QUANTA.map(|source| [sink, source])) {
        trials.add(&format!("pulled/quanta-{sink}-to-{source}"), move |context| exact(context, sink, source));
    }
    trials.add("pulled/stalled-player", stalled);
    trials.add("pulled/clock-goes-and-comes", vanishing);
    trials.add("pulled/two-cables-in-a-circle", circle);
}

/// A cable whose source is linked to hardware, with cycles of so many frames. The measuring client is its player and
/// hears what it gives.
struct Scene {
    instance: Instance,
    measure: Measure,
    hardware: TestClock,
}

const SOURCE: &str = "cable.source:capture_FL";

impl Scene {
    fn start(context: &Context, sink_quantum: u32, source_quantum: u32) -> Result<Self> {
        let hardware = TestClock::new("hardware", 30.0);
        let cables = [Cable::new("cable", 2)];
        let instance =
            context.with_clocks(&cables, std::slice::from_ref(&hardware)).start(&context.scratch)?;
        let mut measure = Measure::start(&instance, Context::measure_program(), "client")?;
        measure.enable(Role::Writer, Some(sink_quantum))?;
        measure.enable(Role::Reader, Some(source_quantum))?;
        instance.link(&measure.port(Role::Writer), "cable.sink:playback_FL")?;
        instance.link(SOURCE, &measure.port(Role::Reader))?;
        let mut scene = Self { instance, measure, hardware };
        scene.measure.measure(20)?;
        scene.plug(source_quantum)?;
        scene.measure.measure(20)?;
        Ok(scene)
    }

    /// Lets the hardware's clock run the source.
    fn plug(&mut self, quantum: u32) -> Result<()> {
        self.instance.link(SOURCE, &self.hardware.port())?;
        let node = self.instance.node(self.hardware.node())?.context("no hardware")?;
        let runs = |report: &Report| report.reader.clock_id == node.id && report.reader.quantum == quantum;
        self.measure.wait(runs).map(drop)
    }

    fn unplug(&self) -> Result<()> {
        self.instance.unlink(SOURCE, &self.hardware.port())
    }
}

/// Exact, and exactly one quantum behind.
fn exact(context: &Context, sink_quantum: u32, source_quantum: u32) -> Result<()> {
    let mut scene = Scene::start(context, sink_quantum, source_quantum)?;
    scene.measure.reset()?;
    let frames = seconds(SECONDS) * 48_000;
    let report = scene.measure.wait_long(frames, |report| report.reader.frames >= frames)?;
    let figures = || format!("{sink_quantum} to {source_quantum}: {report:?}");
    ensure!(
        (report.writer.quantum, report.reader.quantum) == (sink_quantum, source_quantum),
        "{}",
        figures()
    );
    let latency = report.latency_frames.median as i64;
    ensure!(latency == i64::from(source_quantum), "{latency} frames behind, {}", figures());
    ensure!(report.silent_frames <= frames / SILENT_SHARE, "silence, {}", figures());
    nothing_lost(&report)?;
    no_hole(&Report { silent_frames: 0, ..report.clone() })?;
    // A late client sees the clock of the hardware's next cycle: that looks like one quantum more or less.
    let off: u64 = report.histogram.iter().filter(|(frames, _)| **frames != latency).map(|(_, n)| n).sum();
    if off > report.latency_frames.count / 50 {
        return Err(Dropout(format!("{off} cycles off, {}", figures())).into());
    }
    Ok(())
}

/// The numbers go on after silence. A recorder that is late loses its own cycle, so this is tried again.
fn nothing_lost(report: &Report) -> Result<()> {
    if report.lost_frames > 0 {
        return Err(Dropout(format!("frames lost: {report:?}")).into());
    }
    Ok(())
}

/// A player that stalls for some cycles of the hardware costs silence, and none of its frames.
fn stalled(context: &Context) -> Result<()> {
    let mut scene = Scene::start(context, 256, 256)?;
    for stall_us in [8_000, 20_000, 8_000, 20_000] {
        scene.measure.reset()?;
        scene.measure.stall(stall_us)?;
        let report = scene.measure.wait(|report| report.reader.frames > 48_000 / 2)?;
        let least = stall_us * 48 / 1000 / 256 * 256;
        ensure!(report.silent_frames >= least, "no stall of {stall_us} us was heard: {report:?}");
        nothing_lost(&report)?;
        no_hole(&Report { silent_frames: 0, ..report.clone() })?;
        let after = scene.measure.measure(100)?;
        ensure!(after.latency_frames.median as i64 == 256, "{stall_us} us leave latency: {after:?}");
    }
    Ok(())
}

/// The hardware is unplugged and plugged in again while sound runs.
fn vanishing(context: &Context) -> Result<()> {
    const QUANTUM: u32 = 256;
    let mut scene = Scene::start(context, QUANTUM, QUANTUM)?;
    let mut most = 0;
    for _ in 0..5 {
        scene.measure.reset()?;
        scene.unplug()?;
        let free = scene.measure.wait(|report| report.reader.frames > 24_000)?;
        scene.measure.reset()?;
        scene.plug(QUANTUM)?;
        let pulled = scene.measure.wait(|report| report.reader.frames > 24_000)?;
        for (what, report) in [("goes", &free), ("comes", &pulled)] {
            most = most.max(report.silent_frames);
            ensure!(report.corrupt_frames == 0, "{what}: {report:?}");
            if report.silent_frames > SILENT_CYCLES * u64::from(QUANTUM) {
                return Err(Dropout(format!("{what}: {report:?}")).into());
            }
        }
        let after = scene.measure.measure(50)?;
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
