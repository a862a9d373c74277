//! Where in the stream the reader stands, and when it moves to stay with the writer.

use core::sync::atomic::Ordering;

use super::Cable;
use crate::ring::{Consumer, Shared, Storage};

/// What the reader remembers of the writer to notice that something changed.
#[derive(Debug, Default)]
pub(super) struct Join {
    /// True from the reader's start until its first cycle.
    joining: bool,
    /// The writer's overruns when last looked at.
    overruns_seen: u64,
    /// The cycles, reader's and writer's, that the ring was last aligned to.
    aligned_for: (usize, usize),
}

impl Join {
    /// Begins at the writer's present position: all that is in the ring is older.
    pub(super) fn start<C, S>(&mut self, cable: &Cable<S>, consumer: &mut Consumer<C>)
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        *self = Self { joining: true, overruns_seen: cable.stats.writer.overruns.get(), aligned_for: (0, 0) };
        let fill = consumer.fill_frames();
        skip(cable, consumer, fill);
    }

    /// Drops what is too old to be heard by a reader cycle of `need` frames.
    pub(super) fn settle<C, S>(&mut self, cable: &Cable<S>, consumer: &mut Consumer<C>, need: usize)
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        // What an earlier writer left behind when a new one has begun.
        let session_start = cable.state.session_start_frames.load(Ordering::Relaxed);
        let old = session_start.saturating_sub(consumer.read_frames());
        if old > 0 {
            skip(cable, consumer, usize::try_from(old).unwrap_or(usize::MAX));
        }
        // What came between the reader's start and its first cycle: the last cycle of either end is enough.
        if core::mem::take(&mut self.joining) {
            let keep = need.max(cable.writer_cycle_frames());
            let fill = consumer.fill_frames();
            skip(cable, consumer, fill.saturating_sub(keep));
        }
        // The reader slept until the ring ran over: go on at the present.
        let fill = consumer.fill_frames();
        let overruns = cable.stats.writer.overruns.get();
        if overruns != self.overruns_seen {
            self.overruns_seen = overruns;
            trim(cable, consumer, fill.saturating_sub(need));
        }
    }

    /// Drops the frames that whole cycles of both ends would never use up and that would stay as latency.
    ///
    /// The fill only ever changes by `need` and `wrote`, so its remainder to their greatest common divisor is
    /// there to stay. It is 0 unless a cycle had an odd size, as happens when the driver changes.
    pub(super) fn align<C, S>(
        &mut self,
        cable: &Cable<S>,
        consumer: &mut Consumer<C>,
        need: usize,
        wrote: usize,
    ) where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        if self.aligned_for == (need, wrote) {
            return;
        }
        self.aligned_for = (need, wrote);
        let fill = consumer.fill_frames();
        let excess = fill.checked_rem(greatest_common_divisor(need, wrote)).unwrap_or(0);
        trim(cable, consumer, excess);
    }
}

/// Drops the oldest `frames` frames of a running stream and counts that as a trim.
pub(super) fn trim<C, S>(cable: &Cable<S>, consumer: &mut Consumer<C>, frames: usize)
where
    C: Shared<Target = Cable<S>>,
    S: Storage,
{
    if skip(cable, consumer, frames) > 0 {
        cable.stats.reader.trims.add(1);
    }
}

/// Drops the oldest `frames` frames and books them.
fn skip<C, S>(cable: &Cable<S>, consumer: &mut Consumer<C>, frames: usize) -> usize
where
    C: Shared<Target = Cable<S>>,
    S: Storage,
{
    let skipped = consumer.skip(frames);
    cable.stats.reader.frames_trimmed.add(skipped as u64);
    skipped
}

/// Euclid's algorithm; at most some 90 steps for 64-bit values, and 0 only for two zeros.
const fn greatest_common_divisor(mut a: usize, mut b: usize) -> usize {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
