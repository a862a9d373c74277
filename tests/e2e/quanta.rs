//! Quanta that change while sound runs, and such as are no power of two.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use vcable_tests::Instance;
use vcable_tests::cable::Cable;
use vcable_tests::measure::{Measure, Report, Role};

use crate::steady::no_hole;
use crate::trial::{Context, Dropout, Trials, seconds_or};

/// Frames of a cycle, one after the other. `PipeWire` takes any that are forced.
const QUANTA: [u32; 8] = [64, 1024, 480, 256, 441, 2048, 128, 1000];

/// How long a quantum stays, and how long all of it lasts unless told otherwise: each change comes twice.
const STAYS: Duration = Duration::from_secs(1);
const SECONDS: u64 = 16;

/// No power of two, and no multiple of each other: 10 ms at 48 and at 44.1 kHz.
const ODD: [u32; 2] = [480, 441];

/// How long, in frames: 4 s.
const FRAMES: u64 = 4 * 48_000;

pub(crate) fn add(trials: &mut Trials) {
    trials.add("quanta/changed-every-second", changed_every_second);
    for quantum in ODD {
        trials.add(&format!("quanta/no-hole-quantum-{quantum}"), move |context| odd(context, quantum));
    }
}

/// A cable, and a client at both of its ends.
fn start(context: &Context, quantum: u32) -> Result<(Instance, Measure)> {
    let instance = context.with_cables(&[Cable::new("cable", 2)]).quantum(quantum).start(&context.scratch)?;
    let mut measure = Measure::start(&instance, Context::measure_program(), "client")?;
    measure.enable(Role::Writer, None)?;
    measure.enable(Role::Reader, None)?;
    instance.link(&measure.port(Role::Writer), "cable.sink:playback_FL")?;
    instance.link("cable.source:capture_FL", &measure.port(Role::Reader))?;
    measure.measure(50)?;
    Ok((instance, measure))
}

fn odd(context: &Context, quantum: u32) -> Result<()> {
    let (_instance, mut measure) = start(context, quantum)?;
    measure.reset()?;
    let report = measure.wait(|report| report.reader.frames >= FRAMES)?;
    ensure!((report.writer.quantum, report.reader.quantum) == (quantum, quantum), "{report:?}");
    ensure!(report.latency_frames.median == 0.0, "{report:?}");
    no_hole(&report)
}

/// Every frame arrives: a change costs no frame, and less silence than the longest cycle takes. Between two changes the
/// cable adds nothing.
fn changed_every_second(context: &Context) -> Result<()> {
    let seconds = seconds_or(SECONDS);
    let (instance, mut measure) = start(context, *QUANTA.last().context("no quantum")?)?;
    measure.reset()?;
    let mut before = measure.report()?;
    let mut changes = 0;
    // The counters run on: what a change costs is seen whenever it shows.
    for (&quantum, _) in QUANTA.iter().cycle().zip(0..seconds) {
        let next = Instant::now() + STAYS;
        instance.force_quantum(quantum)?;
        let both = (quantum, quantum);
        let changed = measure.wait(|report| (report.writer.quantum, report.reader.quantum) == both)?;
        let cycles = changed.reader.cycles + u64::from(12_000 / quantum).max(6);
        let settled = measure.wait(|report| report.reader.cycles >= cycles)?;
        let added = |report: &Report| report.histogram.values().sum::<u64>();
        let exact = |report: &Report| report.histogram.get(&0).copied().unwrap_or_default();
        let (all, zero) = (added(&settled) - added(&changed), exact(&settled) - exact(&changed));
        ensure!(all > 0 && zero * 10 >= all * 9, "latency after the change to {quantum}: {settled:?}");
        judge(&before, &settled, quantum)?;
        before = settled;
        changes += 1;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    let Report { decoded_frames, silent_frames, .. } = before;
    context.note(&format!(
        "{changes} changes, {decoded_frames} frames, none lost, {silent_frames} frames of silence"
    ));
    ensure!(decoded_frames > seconds * 48_000 / 2, "{before:?}");
    Ok(())
}

/// What one change may cost.
fn judge(before: &Report, after: &Report, quantum: u32) -> Result<()> {
    let message = || format!("changed to {quantum}: {after:?} after {before:?}");
    ensure!(after.corrupt_frames == 0, "{}", message());
    let longest = u64::from(QUANTA.iter().copied().max().unwrap_or_default());
    let silence = after.silent_frames - before.silent_frames;
    if after.lost_frames > before.lost_frames
        || after.discontinuities > before.discontinuities
        || silence > longest
    {
        return Err(Dropout(message()).into());
    }
    Ok(())
}
