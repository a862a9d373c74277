//! How the two ends of a cable stand to each other, and how long the sound takes from one to the other.
//!
//! The source's data loop knows, and tells the main thread when it changes: see [`Rt::notify_main`].
//!
//! [`Rt::notify_main`]: crate::rt::Rt::notify_main

use crate::cable::SourcePlug;
use crate::latency::{self, Latency};
use crate::props::End;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use vcable_core::cable::{Clocks, Path};

/// How the two ends of a cable stand to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Relation {
    /// Nobody plays, or nobody records.
    #[default]
    Idle = 0,
    /// The sink's cycles run the source's.
    Chained = 1,
    /// The source's cycles run the sink's, at the pace of the clock that the source follows.
    Pulled = 2,
    /// One clock runs both.
    Shared = 3,
    /// One clock, other nominal rates.
    Resampled = 4,
    /// Two clocks.
    TwoClocks = 5,
}

impl Relation {
    /// That of ends which would stand in `self` if nothing were resampled on the way.
    pub(crate) const fn on(self, path: Path) -> Self {
        match path {
            Path::Straight | Path::Converted => self,
            Path::Resampled => Self::Resampled,
            Path::Adaptive => Self::TwoClocks,
        }
    }

    /// As users read it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Chained => "chained",
            Self::Pulled => "pulled",
            Self::Shared => "shared",
            Self::Resampled => "resampled",
            Self::TwoClocks => "two-clocks",
        }
    }

    /// What the name means, for the log.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::Idle => "nobody plays, or nobody records",
            Self::Chained => "the sink runs the source, and no frame waits",
            Self::Pulled => "a clock that the source follows runs the sink, one cycle ahead",
            Self::Shared => "one clock runs both ends, and the source hears the sink's last cycle",
            Self::Resampled => "one clock, and the ends' rates differ",
            Self::TwoClocks => "each end has a clock of its own, and the sound is resampled to follow both",
        }
    }

    pub(crate) const fn from_code(code: u8) -> Self {
        match code {
            1 => Self::Chained,
            2 => Self::Pulled,
            3 => Self::Shared,
            4 => Self::Resampled,
            5 => Self::TwoClocks,
            _ => Self::Idle,
        }
    }
}

/// The relation of ends whose source follows another clock.
pub(crate) const fn relation_of(clocks: Clocks) -> Relation {
    match clocks {
        Clocks::Chained => Relation::Chained,
        Clocks::Pulled => Relation::Pulled,
        Clocks::Shared => Relation::Shared,
        Clocks::Apart => Relation::TwoClocks,
    }
}

/// What the way takes from the place of a frame in a cycle of the sink to its place in one of the source, each cycle
/// beginning when its clock says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Passage {
    pub(crate) relation: Relation,
    /// Length of the source's cycle, if one of them is part of it; else 0.
    pub(crate) quantum_nsec: u64,
    /// The least and the most beyond that: cycles that do not divide each other make it vary.
    pub(crate) least_nsec: u64,
    pub(crate) most_nsec: u64,
}

/// Less than this is no change: a frame, by which cycles that are resampled differ.
const SAME_NSEC: u64 = 20_000;

impl Passage {
    /// Whether whoever knows `other` need not be told.
    fn is_near(self, other: Self) -> bool {
        let near = |a: u64, b: u64| a.abs_diff(b) <= SAME_NSEC;
        self.relation == other.relation
            && self.quantum_nsec == other.quantum_nsec
            && near(self.least_nsec, other.least_nsec)
            && near(self.most_nsec, other.most_nsec)
    }

    /// As a port of `end` reports it. The source's cycle is a quantum of the source's own clients only; to those of
    /// the sink it is so much time.
    pub(crate) fn latency(self, end: End) -> Latency {
        let span = |nsec: u64| {
            let (quanta, whole_nsec) = match end {
                End::Source if self.quantum_nsec > 0 => (1.0, 0),
                End::Source => (0.0, 0),
                End::Sink => (0.0, self.quantum_nsec),
            };
            let nsec = i64::try_from(nsec.saturating_add(whole_nsec)).unwrap_or(i64::MAX);
            latency::Span { quantum: quanta, rate_frames: 0, nsec }
        };
        Latency { min: span(self.least_nsec), max: span(self.most_nsec) }
    }
}

/// What the main thread was told, and what came since.
#[derive(Default)]
pub(crate) struct Watch {
    told: Passage,
    /// The last cycles, and those before.
    now: Span,
    before: Span,
    windows: u32,
}

/// The least and the most of some cycles.
#[derive(Clone, Copy, Default)]
struct Span {
    least_nsec: u64,
    most_nsec: u64,
    cycles: u32,
}

/// Cycles that are looked at together: as many as the usual unequal ones take to meet again.
const WINDOW_CYCLES: u32 = 96;
/// The same after a change.
const FIRST_WINDOW_CYCLES: u32 = 16;
/// Two frames: where a resampler is at work cycles differ by that.
const STEADY_NSEC: u64 = 42_000;

impl Span {
    fn with(self, other: Self) -> Self {
        if self.cycles == 0 {
            return other;
        }
        Self {
            least_nsec: self.least_nsec.min(other.least_nsec),
            most_nsec: self.most_nsec.max(other.most_nsec),
            cycles: self.cycles + other.cycles,
        }
    }

    /// What varies by less than two frames does not vary.
    fn bounds(self) -> (u64, u64) {
        let spread = self.most_nsec - self.least_nsec;
        let middle = self.least_nsec + spread / 2;
        if spread <= STEADY_NSEC { (middle, middle) } else { (self.least_nsec, self.most_nsec) }
    }
}

impl Watch {
    /// Takes a cycle's passage, and answers with what is to be told. Data loop.
    pub(crate) fn see(&mut self, seen: Passage) -> Option<Passage> {
        if (seen.relation, seen.quantum_nsec) != (self.told.relation, self.told.quantum_nsec) {
            *self = Self { told: seen, ..Self::default() };
            return Some(seen);
        }
        let Passage { least_nsec, most_nsec, .. } = seen;
        self.now = self.now.with(Span { least_nsec, most_nsec, cycles: 1 });
        let window_cycles = if self.windows == 0 { FIRST_WINDOW_CYCLES } else { WINDOW_CYCLES };
        if self.now.cycles < window_cycles {
            return None;
        }
        // The first window has what is not over yet of the change.
        let before = if self.windows > 1 { self.before } else { Span::default() };
        let (least_nsec, most_nsec) = before.with(self.now).bounds();
        (self.before, self.now) = (self.now, Span::default());
        self.windows = self.windows.saturating_add(1);
        let all = Passage { least_nsec, most_nsec, ..seen };
        if all.is_near(self.told) {
            return None;
        }
        self.told = all;
        Some(all)
    }
}

/// A cycle of the source that brought sound.
pub(crate) struct Heard {
    pub(crate) clocks: Clocks,
    /// Its length, at the port's rate.
    pub(crate) frames: usize,
    pub(crate) rate_hz: u32,
    /// When it began, by its clock.
    pub(crate) nsec: u64,
    /// What the resampler of the source's adapter takes.
    pub(crate) resampler_nsec: u64,
}

impl SourcePlug {
    /// How the ends stood to each other in this cycle, and how long its first frame was on its way, which the link is
    /// told as well. Data loop.
    pub(crate) fn passage(&self, heard: &Heard) -> Passage {
        let cable = self.reader.cable();
        let report = cable.report();
        let frames = heard.frames as f64;
        // A cycle of the sink, in frames of the source.
        let wrote = cable.writer_cycle_frames() as f64 * f64::from(heard.rate_hz)
            / f64::from(cable.format().rate.hz());
        let held = f64::from(report.latency_frames) + frames - wrote;
        let sink_nsec = self.link.sink_nsec.load(Ordering::Relaxed);
        let (relation, quantum, taken) = match (heard.clocks, report.path) {
            (_, Path::Adaptive) => (Relation::TwoClocks, 0.0, f64::from(report.target_frames) - wrote),
            (Clocks::Pulled, _) if self.reader.runs_writer() => (Relation::Pulled, frames, 0.0),
            (Clocks::Shared, path) => {
                let relation = if path == Path::Resampled { Relation::Resampled } else { Relation::Shared };
                (relation, frames, f64::from(report.latency_frames))
            }
            (_, path) => {
                let relation = if path == Path::Resampled { Relation::Resampled } else { Relation::Chained };
                // The sink's last cycle began with this one, or before.
                let since_nsec = heard.nsec.saturating_sub(sink_nsec) as f64;
                (relation, 0.0, held + since_nsec * f64::from(heard.rate_hz) * 1.0e-9)
            }
        };
        let nsec = |frames: f64| (frames.max(0.0) * 1.0e9 / f64::from(heard.rate_hz)).ceil() as u64;
        let sink_nsec = self.link.sink_resampler_nsec.load(Ordering::Relaxed);
        let resamplers_nsec = heard.resampler_nsec.saturating_add(sink_nsec);
        let taken_nsec = nsec(taken).saturating_add(resamplers_nsec);
        // Two clocks are told the distance that is held, not where they are at the moment.
        let present = if relation == Relation::TwoClocks {
            f64::from(report.latency_frames) - wrote
        } else {
            quantum + taken
        };
        let resamplers = resamplers_nsec as f64 * f64::from(heard.rate_hz) * 1.0e-9;
        self.link.latency_frames.store(((present + resamplers) as f32).to_bits(), Ordering::Relaxed);
        Passage { relation, quantum_nsec: nsec(quantum), least_nsec: taken_nsec, most_nsec: taken_nsec }
    }
}

/// A [`Passage`] that threads share. Its values may be of two neighbouring cycles; whoever reads is told again.
#[derive(Debug, Default)]
pub(crate) struct SharedPassage {
    relation: AtomicU8,
    quantum_nsec: AtomicU64,
    least_nsec: AtomicU64,
    most_nsec: AtomicU64,
}

impl SharedPassage {
    pub(crate) fn set(&self, passage: Passage) {
        self.relation.store(passage.relation as u8, Ordering::Relaxed);
        self.quantum_nsec.store(passage.quantum_nsec, Ordering::Relaxed);
        self.least_nsec.store(passage.least_nsec, Ordering::Relaxed);
        self.most_nsec.store(passage.most_nsec, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> Passage {
        Passage {
            relation: Relation::from_code(self.relation.load(Ordering::Relaxed)),
            quantum_nsec: self.quantum_nsec.load(Ordering::Relaxed),
            least_nsec: self.least_nsec.load(Ordering::Relaxed),
            most_nsec: self.most_nsec.load(Ordering::Relaxed),
        }
    }
}
