//! Latency and processor time of all ways, measured in turns.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use vcable_tests::measure::{Measure, Report, Role, Spread};
use vcable_tests::usage::Stopwatch;

use crate::session::Session;
use crate::way::Way;

/// The quanta measured, in frames.
pub(crate) const QUANTA: [u32; 3] = [64, 256, 1024];

/// How often each way has its turn at each quantum.
const TURNS: usize = 3;

/// Half a second of cycles at 48 kHz, and never so few that a median means nothing.
fn cycles(quantum: u32) -> u64 {
    u64::from(24_000 / quantum).max(30)
}

/// One way at one quantum.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timed {
    pub(crate) way: Way,
    pub(crate) quantum: u32,
    /// Latency added between the writer's cycle and the reader's: the median turn's median.
    pub(crate) added_frames: i64,
    /// From the start of the writer's cycle to that of the reader's: the median turn's median.
    pub(crate) wall_us: f64,
    /// Processor time of the processes that carry the sound, in percent of one core.
    pub(crate) cpu_percent: f64,
}

/// Measures everything.
///
/// # Errors
/// A client does not start, a port is missing, or no sound arrives in time.
pub(crate) fn in_turns(session: &Session, program: &Path) -> Result<Vec<Timed>> {
    let mut measure = Measure::start(&session.instance, program, "measure")?;
    let mut all = Vec::new();
    for quantum in QUANTA {
        eprintln!("Measuring latency and CPU at quantum {quantum} ...");
        session.instance.force_quantum(quantum)?;
        let mut turns = Way::ALL.map(|way| (way, Vec::new()));
        for _ in 0..TURNS {
            for (way, turns) in &mut turns {
                let turn = turn(session, &mut measure, *way, quantum);
                turns.push(turn.with_context(|| format!("{} at quantum {quantum}", way.name()))?);
            }
        }
        all.extend(turns.map(|(way, turns)| summary(way, quantum, &turns)));
    }
    Ok(all)
}

/// What one turn brought: the client's report, and processor and wall time.
struct Turn {
    report: Report,
    used: Duration,
    elapsed: Duration,
}

fn turn(session: &Session, measure: &mut Measure, way: Way, quantum: u32) -> Result<Turn> {
    let (sink, source) = way.ports(session.channels);
    measure.enable(Role::Writer, None)?;
    measure.enable(Role::Reader, None)?;
    session.instance.link(&measure.port(Role::Writer), &sink)?;
    session.instance.link(&source, &measure.port(Role::Reader))?;
    // The first cycles may still run at the quantum of the last turn.
    measure.wait(|report| report.latency_frames.count > 0 && report.reader.quantum == quantum)?;
    measure.reset()?;
    let watch = Stopwatch::start(session.carriers(way))?;
    let report = measure.wait(|report| report.latency_frames.count >= cycles(quantum))?;
    let (used, elapsed) = watch.stop()?;
    measure.disable(Role::Reader)?;
    measure.disable(Role::Writer)?;
    measure.reset()?;
    Ok(Turn { report, used, elapsed })
}

fn summary(way: Way, quantum: u32, turns: &[Turn]) -> Timed {
    let median = |value: fn(&Report) -> f64| {
        let mut values: Vec<_> = turns.iter().map(|turn| value(&turn.report)).collect();
        Spread::of(&mut values).median
    };
    let used: Duration = turns.iter().map(|turn| turn.used).sum();
    let elapsed: Duration = turns.iter().map(|turn| turn.elapsed).sum();
    Timed {
        way,
        quantum,
        added_frames: median(|report| report.latency_frames.median) as i64,
        wall_us: median(|report| report.wall_us.median),
        cpu_percent: 100.0 * used.as_secs_f64() / elapsed.as_secs_f64().max(f64::MIN_POSITIVE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_takes_the_middle_turn_and_all_the_time() {
        let turn = |latency: f64, wall: f64| {
            let spread = |median| Spread { count: 1, median, min: median, max: median };
            let report =
                Report { latency_frames: spread(latency), wall_us: spread(wall), ..Report::default() };
            Turn { report, used: Duration::from_millis(10), elapsed: Duration::from_millis(500) }
        };
        let timed = summary(Way::Vcable, 64, &[turn(0.0, 90.0), turn(64.0, 80.0), turn(0.0, 400.0)]);
        assert_eq!(timed.added_frames, 0);
        assert!((timed.wall_us - 90.0).abs() < 1e-9);
        assert!((timed.cpu_percent - 2.0).abs() < 1e-9);
    }

    #[test]
    fn every_quantum_gets_cycles_enough() {
        assert!(QUANTA.into_iter().all(|quantum| cycles(quantum) >= 30));
    }
}
