//! Ends whose ports have another rate than the graph: adapters resample on their way, in cycles that are not all of one
//! size. The latency is theirs and the cable's resampler's, always the same, and nothing is waited for.

use anyhow::{Context as _, Result, ensure};
use vcable_tests::cable::{Cable, End};
use vcable_tests::measure::{Measure, Report, Role, Spread};
use vcable_tests::{Instance, State};

use crate::trial::{Context, Dropout, Trials};

const QUANTA: [u32; 3] = [64, 256, 1024];

/// The graph's rate in Hz.
const RATE: u32 = 48_000;

/// Times that player and recorder come anew.
const ROUNDS: usize = 3;

/// Pulses, four a second, that are heard in each round.
const PULSES: u64 = 6;

/// The most by which the latency may vary while sound runs, in frames.
const SPREAD_FRAMES: f64 = 2.0;

/// And from one start to another: up to a frame for where each of two resamplers begins, and the slack of two.
const START_SPREAD_FRAMES: f64 = 4.0;

/// The most that the adapters' resamplers, the cable's own and the slack may take together, in frames at 48 kHz: two
/// resamplers of 32 input frames on each side, and what rounding needs.
const MOST_FRAMES: f64 = 150.0;

pub(crate) fn add(trials: &mut Trials) {
    for (name, rates) in [("both-ends", [44_100; 2]), ("sink", [44_100, 0]), ("source", [0, 44_100])] {
        for quantum in QUANTA {
            trials.add(&format!("rates/{name}-at-44100-quantum-{quantum}"), move |context| {
                steady(context, rates, quantum)
            });
        }
    }
}

/// The counters that say that sound was missing, or left out.
fn interruptions(state: &State) -> u64 {
    ["underruns", "overruns", "trims"].iter().map(|name| state.count(&format!("vcable.state.{name}"))).sum()
}

fn start(context: &Context, rates: [u32; 2], quantum: u32) -> Result<Instance> {
    let ends = [End::Sink, End::Source].map(|end| {
        let cable = Cable::new("cable", 2);
        match rates[end as usize] {
            0 => cable.object(end),
            rate => cable.with("audio.rate", &rate.to_string()).object(end),
        }
    });
    let ends = format!("context.objects = [ {} ]\n", ends.join(" "));
    context.builder().drop_in("51-cables.conf", &ends).quantum(quantum).start(&context.scratch)
}

fn steady(context: &Context, rates: [u32; 2], quantum: u32) -> Result<()> {
    let instance = start(context, rates, quantum)?;
    let mut measure = Measure::start(&instance, Context::measure_program(), "client")?;
    measure.use_pulses()?;
    let mut all = Vec::new();
    for round in 0..ROUNDS {
        let roles = [Role::Writer, Role::Reader];
        for at in if round % 2 == 0 { [0, 1] } else { [1, 0] } {
            let role = roles[at];
            measure.enable(role, None)?;
            match role {
                Role::Writer => instance.link(&measure.port(role), "cable.sink:playback_FL")?,
                Role::Reader => instance.link("cable.source:capture_FL", &measure.port(role))?,
            }
        }
        measure.measure(1)?;
        let before = interruptions(&instance.state("cable.source")?);
        let report = measure.measure(PULSES)?;
        let after = interruptions(&instance.state("cable.source")?);
        judge(&report, quantum).with_context(|| format!("round {round}"))?;
        if after > before {
            return Err(
                Dropout(format!("round {round}: {} interruptions: {report:?}", after - before)).into()
            );
        }
        all.push(report.latency_frames.median);
        for role in roles {
            measure.disable(role)?;
        }
    }
    let spread = Spread::of(&mut all);
    let Spread { median, min, max, .. } = spread;
    context.note(&format!(
        "{rates:?} Hz, {quantum}: {median:.2} frames ({min:.2} to {max:.2} in {ROUNDS} rounds)"
    ));
    ensure!(max - min <= START_SPREAD_FRAMES, "{rates:?}, {quantum}: not always the same: {spread:?}");
    ensure!(max <= MOST_FRAMES, "{rates:?}, {quantum}: too much: {spread:?}");
    Ok(())
}

/// In one session nothing varies.
fn judge(report: &Report, quantum: u32) -> Result<()> {
    let paces = [report.writer, report.reader];
    ensure!(paces.iter().all(|pace| (pace.quantum, pace.rate) == (quantum, RATE)), "{report:?}");
    let Spread { min, max, .. } = report.latency_frames;
    // A late client takes its cycle for the next one.
    if max - min > SPREAD_FRAMES {
        return Err(Dropout(format!("{quantum}: {min} to {max}: {report:?}")).into());
    }
    Ok(())
}
