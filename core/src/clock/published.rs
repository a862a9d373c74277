//! The published clock: a sequence lock around one [`Tick`].
//!
//! The orders are those of H.-J. Boehm, "Can seqlocks get along with programming language memory models?" (MSPC 2012),
//! with the data itself released and acquired instead of fences: whoever sees a new word also sees that the sequence
//! is odd, and whoever sees the sequence even again sees all words of its tick.

#[cfg(loom)]
use loom::sync::atomic::{AtomicU64, Ordering};

#[cfg(not(loom))]
use core::sync::atomic::{AtomicU64, Ordering};

use super::Tick;
use crate::order;

/// Times a reader tries again while the writer is at work. The writer's section is five stores long, so a
/// second try is rare and a fourth means that the writer was stopped in the middle.
#[cfg(not(loom))]
const READ_TRIES: u32 = 4;
/// Tries are independent of each other: one is enough for the model, and all it can search.
#[cfg(loom)]
const READ_TRIES: u32 = 1;

/// One [`Tick`], written by one thread and read by any, without locks.
///
/// The writer never waits. A reader tries a few times and then goes without. Every word is an atomic, so a read
/// that races with a write is never undefined, only noticed and thrown away. Should two threads publish at
/// once, against the contract, a reader may see the words of both, and nothing worse.
#[derive(Debug)]
pub struct PublishedClock {
    /// Odd while the words are being written; 0 before the first tick.
    sequence: AtomicU64,
    /// Frames, time, bits of the frame length, and uncertainty (high half) with quantum (low half).
    words: [AtomicU64; 4],
}

impl Default for PublishedClock {
    fn default() -> Self {
        Self::new()
    }
}

impl PublishedClock {
    /// A clock on which nothing was published.
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        Self { sequence: AtomicU64::new(0), words: [const { AtomicU64::new(0) }; 4] }
    }

    /// A clock on which nothing was published.
    #[cfg(loom)]
    pub fn new() -> Self {
        Self { sequence: AtomicU64::new(0), words: [0; 4].map(AtomicU64::new) }
    }

    /// Publishes a tick. Audio thread of the writer, one at a time.
    pub fn publish(&self, tick: Tick) {
        let low = u64::from(tick.quantum_frames);
        let high = u64::from(tick.uncertainty_ppm.to_bits()) << 32;
        let words = [tick.frames, tick.time_ns, tick.ns_per_frame.to_bits(), high | low];
        let sequence = self.sequence.load(Ordering::Relaxed) | 1;
        self.sequence.store(sequence, Ordering::Relaxed);
        for (cell, word) in self.words.iter().zip(words) {
            cell.store(word, order::CLOCK_STORE.get());
        }
        self.sequence.store(sequence.wrapping_add(1), order::CLOCK_CLOSE.get());
    }

    /// The last tick published, from any thread.
    ///
    /// `None` before the first, and in the rare case that the writer stood in the middle of publishing for all
    /// tries: go on with the tick before.
    pub fn read(&self) -> Option<Tick> {
        (0..READ_TRIES).find_map(|_| self.try_read())
    }

    fn try_read(&self) -> Option<Tick> {
        let before = self.sequence.load(order::CLOCK_LOOK.get());
        if before == 0 || before & 1 == 1 {
            return None;
        }
        let [frames, time_ns, ns_per_frame, packed] =
            self.words.each_ref().map(|word| word.load(order::CLOCK_LOAD.get()));
        let after = self.sequence.load(Ordering::Relaxed);
        (before == after).then(|| Tick {
            frames,
            time_ns,
            ns_per_frame: f64::from_bits(ns_per_frame),
            uncertainty_ppm: f32::from_bits((packed >> 32) as u32),
            quantum_frames: packed as u32,
        })
    }
}
