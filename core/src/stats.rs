//! Counters that the audio threads write and anyone reads, without locks.
//!
//! Each counter has exactly one writing thread, that of the end it stands under, so adding is a relaxed load and
//! a relaxed store: no locked instruction on the audio path. A [`Snapshot`] reads every counter once; counters
//! of the two ends may be a cycle apart in it.
//!
//! When both ends rest the books balance: every frame offered to the writer is in `frames_written`,
//! `frames_unheard` or `frames_lost`, and `frames_written` is `frames_read` plus `frames_trimmed` plus what lies
//! in the ring.

use core::sync::atomic::{AtomicU64, Ordering};

/// One counter with one writing thread.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// Adds `amount`. Only the counter's own thread may call it, or additions get lost.
    pub(crate) fn add(&self, amount: u64) {
        self.0.store(self.get().wrapping_add(amount), Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Written by the writer's thread alone.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct WriterStats {
    pub(crate) cycles: Counter,
    pub(crate) frames_written: Counter,
    pub(crate) frames_unheard: Counter,
    pub(crate) frames_lost: Counter,
    pub(crate) overruns: Counter,
}

/// Written by the reader's thread alone.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct ReaderStats {
    pub(crate) cycles: Counter,
    pub(crate) frames_read: Counter,
    pub(crate) frames_trimmed: Counter,
    pub(crate) silence_frames: Counter,
    pub(crate) underruns: Counter,
    pub(crate) trims: Counter,
}

/// The counters of one cable.
#[derive(Debug, Default)]
pub struct Stats {
    pub(crate) writer: WriterStats,
    pub(crate) reader: ReaderStats,
}

impl Stats {
    /// All counters now. Any thread may call it; it never waits.
    pub fn snapshot(&self) -> Snapshot {
        let Self { writer, reader } = self;
        Snapshot {
            writer_cycles: writer.cycles.get(),
            frames_written: writer.frames_written.get(),
            frames_unheard: writer.frames_unheard.get(),
            frames_lost: writer.frames_lost.get(),
            overruns: writer.overruns.get(),
            reader_cycles: reader.cycles.get(),
            frames_read: reader.frames_read.get(),
            frames_trimmed: reader.frames_trimmed.get(),
            silence_frames: reader.silence_frames.get(),
            underruns: reader.underruns.get(),
            trims: reader.trims.get(),
        }
    }
}

/// The counters at one moment. All count from the making of the cable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Cycles the writer ran.
    pub writer_cycles: u64,
    /// Frames that went into the ring.
    pub frames_written: u64,
    /// Frames discarded because no reader was running.
    pub frames_unheard: u64,
    /// Frames dropped because the ring was full.
    pub frames_lost: u64,
    /// Times the ring ran full; one per run of cycles that dropped something.
    pub overruns: u64,
    /// Cycles the reader ran.
    pub reader_cycles: u64,
    /// Frames of real sound the reader delivered.
    pub frames_read: u64,
    /// Frames the reader skipped to be where the writer is: at its start, or in a trim.
    pub frames_trimmed: u64,
    /// Frames of silence the reader delivered for want of sound.
    pub silence_frames: u64,
    /// Times a delivering writer left the reader short; one per run of short cycles.
    pub underruns: u64,
    /// Times the reader skipped frames of a running stream to shed latency.
    pub trims: u64,
}
