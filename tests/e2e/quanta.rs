//! Quanta that change while sound runs, and such as are no power of two.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use vcable_tests::Instance;
use vcable_tests::cable::Cable;
use vcable_tests::measure::{Measure, Report, Role};

use crate::latency::NULL_SINK;
use crate::steady::no_hole;
use crate::trial::{Context, Dropout, Trials, seconds};

/// Frames of a cycle, one after the other. `PipeWire` takes any that are forced.
const QUANTA: [u32; 8] = [64, 1024, 480, 256, 441, 2048, 128, 1000];

/// How long a quantum stays, and how long all of it lasts unless told otherwise: each quantum comes seven times.
const STAYS: Duration = Duration::from_secs(1);
const SECONDS: u64 = 60;

/// No power of two, and no multiple of each other: 10 ms at 48 and at 44.1 kHz.
const ODD: [u32; 2] = [480, 441];

/// Otherwise `PipeWire` takes the power of two below.
pub(crate) const ANY_QUANTUM: &str = "context.properties = { clock.power-of-two-quantum = false }\n";

/// Cycles of the new length in which the cost of a change shows.
const SETTLING_CYCLES: u64 = 8;

/// Cycles of the old length that may bring silence before the first of the new one. One is usual; three were seen, with
/// no frame lost in them, on a machine under load.
const SILENT_CYCLES: u64 = 4;

/// How long, in frames: 4 s.
const FRAMES: u64 = 4 * 48_000;

pub(crate) fn add(trials: &mut Trials) {
    trials.add("quanta/changed-every-second", changed_every_second);
    for quantum in ODD {
        trials.add(&format!("quanta/no-hole-quantum-{quantum}"), move |context| odd(context, quantum));
    }
}

/// A client of that name between two ports.
fn client(instance: &Instance, name: &str, input: &str, output: &str) -> Result<Measure> {
    let mut measure = Measure::start(instance, Context::measure_program(), name)?;
    measure.enable(Role::Writer, None)?;
    measure.enable(Role::Reader, None)?;
    instance.link(&measure.port(Role::Writer), input)?;
    instance.link(output, &measure.port(Role::Reader))?;
    measure.measure(20)?;
    Ok(measure)
}

/// An instance with a cable and a null sink, and a client of the cable's.
fn start(context: &Context, quantum: u32) -> Result<(Instance, Measure)> {
    let builder = context.with_cables(&[Cable::new("cable", 2)]).drop_in("48-quanta.conf", ANY_QUANTUM);
    let instance = builder.drop_in("60-null.conf", NULL_SINK).quantum(quantum).start(&context.scratch)?;
    let measure = client(&instance, "client", "cable.sink:playback_FL", "cable.source:capture_FL")?;
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

/// What went wrong with the sound so far.
#[derive(Clone, Copy, Debug, Default)]
struct Faults {
    lost_frames: u64,
    silent_frames: u64,
    jumps: u64,
}

impl Faults {
    fn of(report: &Report) -> Self {
        let Report { lost_frames, silent_frames, discontinuities: jumps, .. } = *report;
        Self { lost_frames, silent_frames, jumps }
    }

    fn since(self, before: Self) -> Self {
        Self {
            lost_frames: self.lost_frames - before.lost_frames,
            silent_frames: self.silent_frames - before.silent_frames,
            jumps: self.jumps - before.jumps,
        }
    }

    fn any(self) -> bool {
        self.lost_frames + self.silent_frames + self.jumps > 0
    }
}

/// `PipeWire` itself does not get over a change unheard, as a null sink beside the cable shows. From 1.4 on, what a
/// player writes in the first cycle of a new length arrives nowhere. Before, the length changes in the middle of a cycle,
/// and a buffer brings what it brought long ago. So a change may cost the frames of a cycle of the old and one of the new
/// length, and silence of some cycles; between two changes everything is exact again, and the cable adds nothing.
fn changed_every_second(context: &Context) -> Result<()> {
    let seconds = seconds(SECONDS);
    // The old pieces that these bring count as jumps, there and back.
    let stale_buffers = !context.root.at_least(1, 4, 0);
    let mut old = *QUANTA.last().context("no quantum")?;
    let (instance, mut measure) = start(context, old)?;
    let mut beside = client(&instance, "beside", "null-sink:playback_FL", "null-sink:monitor_FL")?;
    measure.reset()?;
    beside.reset()?;
    let mut before = Faults::default();
    // The counters run on: what a change costs is seen whenever it shows.
    for (&quantum, _) in QUANTA.iter().cycle().zip(0..seconds) {
        let next = Instant::now() + STAYS;
        instance.force_quantum(quantum)?;
        let both = (quantum, quantum);
        let first = measure.wait(|report| (report.writer.quantum, report.reader.quantum) == both)?;
        // What the change costs has shown after some cycles.
        let changed = measure.wait(|report| report.reader.cycles >= first.reader.cycles + SETTLING_CYCLES)?;
        let cost = Faults::of(&changed).since(before);
        let message = || format!("from {old} to {quantum}: {cost:?}, {changed:?}");
        ensure!(changed.corrupt_frames == 0, "{}", message());
        let cycles = u64::from(old + quantum);
        let damaged = cost.lost_frames > cycles || cost.jumps > 0;
        let silence = SILENT_CYCLES * u64::from(old) + u64::from(quantum);
        if cost.silent_frames > silence || damaged && !stale_buffers {
            return Err(Dropout(message()).into());
        }
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        let settled = measure.report()?;
        let delays = |report: &Report, exact: bool| -> u64 {
            report
                .histogram
                .iter()
                .filter(|(frames, _)| !exact || **frames == 0)
                .map(|(_, count)| count)
                .sum()
        };
        let (all, zero) = (
            delays(&settled, false) - delays(&changed, false),
            delays(&settled, true) - delays(&changed, true),
        );
        ensure!(all > 0 && zero * 10 >= all * 9, "latency after the change to {quantum}: {settled:?}");
        before = Faults::of(&settled);
        let since = before.since(Faults::of(&changed));
        if since.any() {
            return Err(Dropout(format!("long after the change from {old} to {quantum}: {since:?}")).into());
        }
        old = quantum;
    }
    let theirs = Faults::of(&beside.report()?);
    context.note(&format!("{seconds} changes cost the cable {before:?}, a null sink {theirs:?}"));
    Ok(())
}
