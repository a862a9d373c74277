//! How a cable does, as values for tools: read from the core's counters, at no cost to the audio path.

use crate::cable::{Link, Shared};
use crate::relation::Relation;
use crate::told::Told;
use libspa::pod::Value;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use vcable_core::cable::{Path, Report};
use vcable_core::drift::LockState;

/// Names and values, as the node's `Props` lists them.
pub(crate) fn values(
    (cable, link): &(Shared, Arc<Link>),
    sink: &Told,
    source: &Told,
) -> Vec<(&'static str, Value)> {
    let latency_frames = match source.relation() {
        Relation::Idle => 0.0,
        _ => f32::from_bits(link.latency_frames.load(Ordering::Relaxed)),
    };
    let (report, stats) = (cable.report(), cable.stats().snapshot());
    let text = |text: &str| Value::String(text.into());
    let count = |count: u64| Value::Long(i64::try_from(count).unwrap_or(i64::MAX));
    vec![
        ("vcable.state.relation", text(source.relation().name())),
        ("vcable.state.path", text(path(report.path))),
        ("vcable.state.lock", text(lock(&report))),
        ("vcable.state.ratio.ppm", Value::Float(report.ratio_ppm)),
        ("vcable.state.latency.frames", Value::Float(latency_frames)),
        ("vcable.state.fill.frames", count(cable.fill_frames() as u64)),
        ("vcable.state.late.sink.ns", count(sink.latest_nsec())),
        ("vcable.state.callback.sink.ns", count(sink.worst_nsec())),
        ("vcable.state.callback.source.ns", count(source.worst_nsec())),
        ("vcable.state.cycles.sink", count(stats.writer_cycles)),
        ("vcable.state.cycles.source", count(stats.reader_cycles)),
        ("vcable.state.missed.sink", count(sink.missed_cycles())),
        ("vcable.state.missed.source", count(source.missed_cycles())),
        ("vcable.state.underruns", count(stats.underruns + report.starvations)),
        ("vcable.state.overruns", count(stats.overruns)),
        ("vcable.state.trims", count(stats.trims + report.skips)),
        ("vcable.state.clock.jumps", count(report.events)),
    ]
}

fn path(path: Path) -> &'static str {
    match path {
        Path::Straight => "straight",
        Path::Converted => "converted",
        Path::Resampled => "resampled",
        Path::Adaptive => "two-clocks",
    }
}

/// Only two clocks are locked to each other.
fn lock(report: &Report) -> &'static str {
    match report.lock {
        _ if report.path != Path::Adaptive => "none",
        LockState::Starting => "starting",
        LockState::Acquiring => "acquiring",
        LockState::Locked => "locked",
        LockState::Holding => "holding",
    }
}
