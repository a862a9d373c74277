//! How the two ends of a cable stand to each other, and how long the sound takes from one to the other.
//!
//! The source's data loop knows, and tells the main thread when it changes: see [`Rt::notify_main`].
//!
//! [`Rt::notify_main`]: crate::rt::Rt::notify_main

use crate::latency::{Latency, Span};
use crate::props::End;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// How the two ends stand to each other: what decides which way the sound takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Relation {
    /// No sound has gone through yet.
    #[default]
    Unknown = 0,
    /// The sink's cycles run the source's.
    Chained = 1,
    /// The source's cycles, by a foreign clock, run the sink's.
    Pulled = 2,
    /// One clock runs both.
    Shared = 3,
    /// One clock, and two nominal rates.
    Resampled = 4,
    /// Each end has a clock of its own.
    TwoClocks = 5,
}

impl Relation {
    const fn from_code(code: u8) -> Self {
        match code {
            1 => Self::Chained,
            2 => Self::Pulled,
            3 => Self::Shared,
            4 => Self::Resampled,
            5 => Self::TwoClocks,
            _ => Self::Unknown,
        }
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
    pub(crate) fn is_near(self, other: Self) -> bool {
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
            Span { quantum: quanta, rate_frames: 0, nsec }
        };
        Latency { min: span(self.least_nsec), max: span(self.most_nsec) }
    }
}

/// A [`Passage`] that threads share. Its values may be of two neighbouring cycles; whoever reads is told again.
#[derive(Debug, Default)]
pub(crate) struct Told {
    relation: AtomicU8,
    quantum_nsec: AtomicU64,
    least_nsec: AtomicU64,
    most_nsec: AtomicU64,
}

impl Told {
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
