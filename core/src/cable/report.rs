//! How the sound crosses, stored by the reader's thread and read by anyone.

use core::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};

use super::Path;
use crate::drift::LockState;

/// How the sound crosses now. Values of one report may be a cycle apart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// The way it takes.
    pub path: Path,
    /// Whether the two clocks are held together; [`LockState::Starting`] on the other ways.
    pub lock: LockState,
    /// Time the sound spends in the cable, in frames of the reader: what waits in the rings and the resampler's
    /// delay. On the two-clock way counted from the writer's clock, which runs on between its cycles.
    pub latency_frames: f32,
    /// Distance of the two clocks that is held, in frames of the reader; 0 on the other ways.
    pub target_frames: f32,
    /// Present ratio over the nominal one, in parts per million.
    pub ratio_ppm: f32,
    /// Discontinuities of the two clocks so far.
    pub events: u64,
    /// Times sound was left out or waited for to bring the two ends together.
    pub skips: u64,
    /// Times a resampled way ran out of sound, fades included.
    pub starvations: u64,
}

/// The cells of a [`Report`], written by the reader's thread alone.
#[derive(Debug, Default)]
pub(super) struct Board {
    path: AtomicU8,
    lock: AtomicU8,
    latency: AtomicU32,
    target: AtomicU32,
    ratio: AtomicU32,
    events: AtomicU64,
    skips: AtomicU64,
    starvations: AtomicU64,
}

impl Board {
    pub(super) fn write(&self, report: &Report) {
        // Each value stands for itself, so no order is needed between them.
        self.path.store(report.path as u8, Ordering::Relaxed);
        self.lock.store(report.lock as u8, Ordering::Relaxed);
        self.latency.store(report.latency_frames.to_bits(), Ordering::Relaxed);
        self.target.store(report.target_frames.to_bits(), Ordering::Relaxed);
        self.ratio.store(report.ratio_ppm.to_bits(), Ordering::Relaxed);
        self.events.store(report.events, Ordering::Relaxed);
        self.skips.store(report.skips, Ordering::Relaxed);
        self.starvations.store(report.starvations, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Report {
        let float = |cell: &AtomicU32| f32::from_bits(cell.load(Ordering::Relaxed));
        Report {
            path: Path::from_code(self.path.load(Ordering::Relaxed)),
            lock: match self.lock.load(Ordering::Relaxed) {
                1 => LockState::Acquiring,
                2 => LockState::Locked,
                3 => LockState::Holding,
                _ => LockState::Starting,
            },
            latency_frames: float(&self.latency),
            target_frames: float(&self.target),
            ratio_ppm: float(&self.ratio),
            events: self.events.load(Ordering::Relaxed),
            skips: self.skips.load(Ordering::Relaxed),
            starvations: self.starvations.load(Ordering::Relaxed),
        }
    }
}
