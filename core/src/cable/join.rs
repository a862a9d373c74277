//! Where in the stream the reader stands, and when it moves to stay with the writer.

use core::sync::atomic::Ordering;

use super::{
    Cable,
    uneven::{LACK_FRAMES, SLACK_FRAMES, is_alike},
};
use crate::ring::{Consumer, Shared, Storage};

/// Writes with cycles of the same sizes that make these the stream's regular ones: a driver that starts or
/// changes has an odd one or two.
pub(super) const REGULAR_WRITES: u8 = 3;

/// What the reader remembers of the writer to notice that something changed.
#[derive(Debug, Default)]
pub(super) struct Join {
    /// True from the reader's start until its first cycle.
    joining: bool,
    /// True from the start of either end until the first frame is delivered: what is dropped then leaves no gap.
    fresh: bool,
    /// Where the writer's stream begins, as last looked at.
    session_seen_frames: u64,
    /// The writer's overruns when last looked at.
    overruns_seen: u64,
    /// The last cycles' sizes, reader's and writer's, and for how many writes in a row.
    sizes: (usize, usize),
    same_sizes: u8,
}

impl Join {
    /// Begins at the writer's present position: all that is in the ring is older.
    pub(super) fn start<C, S>(&mut self, cable: &Cable<S>, consumer: &mut Consumer<C>)
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        *self = Self {
            joining: true,
            fresh: true,
            session_seen_frames: cable.state.session_start_frames.load(Ordering::Relaxed),
            overruns_seen: cable.stats.writer.overruns.get(),
            ..Self::default()
        };
        let fill = consumer.fill_frames();
        skip(cable, consumer, fill);
    }

    /// Drops what is too old to be heard by a reader cycle of `need` frames, when what is in the ring from position
    /// `until_frames` on is not for this cycle.
    pub(super) fn settle<C, S>(
        &mut self,
        cable: &Cable<S>,
        consumer: &mut Consumer<C>,
        need: usize,
        until_frames: u64,
    ) where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        cable.state.reader_wants_frames.store(need, Ordering::Relaxed);
        // First, and with it everything the writer stored before the frames that are seen here.
        let fill = consumer.fill_frames();
        // The reader slept until the ring ran over: go on at the present.
        let overruns = cable.stats.writer.overruns.get();
        if overruns != self.overruns_seen {
            self.overruns_seen = overruns;
            let held_back = held_back(consumer, until_frames);
            trim(cable, consumer, fill.saturating_sub(need.saturating_add(held_back)));
        }
        // What an earlier writer left behind when a new one has begun.
        let session_start = cable.state.session_start_frames.load(Ordering::Relaxed);
        if session_start != self.session_seen_frames {
            self.session_seen_frames = session_start;
            self.fresh = true;
            let old = session_start.saturating_sub(consumer.read_frames());
            skip(cable, consumer, usize::try_from(old).unwrap_or(usize::MAX));
        }
        // What came between the reader's start and its first cycle: the last cycle of either end is enough.
        if core::mem::take(&mut self.joining) {
            let keep =
                need.max(cable.writer_cycle_frames()).saturating_add(held_back(consumer, until_frames));
            let fill = consumer.fill_frames();
            skip(cable, consumer, fill.saturating_sub(keep));
        }
    }

    /// Drops the frames that whole cycles of both ends would never use up and that would stay as latency.
    ///
    /// The fill only ever changes by `need` and `wrote`, so its remainder to their greatest common divisor is
    /// there to stay. It is 0 unless a cycle had an odd size, as happens when a driver starts or changes. To be
    /// called after each write.
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
        self.same_sizes = if self.sizes == (need, wrote) { self.same_sizes.saturating_add(1) } else { 1 };
        self.sizes = (need, wrote);
        if !self.fresh && self.same_sizes != REGULAR_WRITES {
            return;
        }
        let fill = consumer.fill_frames();
        let excess = fill.checked_rem(greatest_common_divisor(need, wrote)).unwrap_or(0);
        self.shed(cable, consumer, excess);
    }

    /// Drops the oldest `frames` frames, and counts that as a trim if there was sound before them.
    pub(super) fn shed<C, S>(&self, cable: &Cable<S>, consumer: &mut Consumer<C>, frames: usize)
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        if self.fresh {
            skip(cable, consumer, frames);
        } else {
            trim(cable, consumer, frames);
        }
    }

    /// What comes until the next cycle is too old again.
    pub(super) fn rejoin(&mut self) {
        (self.joining, self.fresh) = (true, true);
    }

    /// The same for cycles that are alike, but not of one size: drops what they would never use up beyond the slack.
    pub(super) fn align_alike<C, S>(
        &mut self,
        cable: &Cable<S>,
        consumer: &mut Consumer<C>,
        need: usize,
        wrote: usize,
    ) where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        self.same_sizes = if is_alike(need, wrote) { self.same_sizes.saturating_add(1) } else { 0 };
        if self.same_sizes == REGULAR_WRITES {
            let over = (consumer.fill_frames() + LACK_FRAMES).checked_rem(need).unwrap_or(0);
            if over > 2 * LACK_FRAMES + SLACK_FRAMES {
                self.shed(cable, consumer, over - LACK_FRAMES - SLACK_FRAMES);
            }
        }
    }

    /// Nothing of the stream was heard yet.
    pub(super) const fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// The stream is being heard from now on.
    pub(super) fn delivered(&mut self) {
        self.fresh = false;
    }
}

/// Frames in the ring from position `until_frames` on.
fn held_back<C, S>(consumer: &mut Consumer<C>, until_frames: u64) -> usize
where
    C: Shared<Target = Cable<S>>,
    S: Storage,
{
    let before = until_frames.saturating_sub(consumer.read_frames());
    let fill = consumer.fill_frames();
    fill - fill.min(usize::try_from(before).unwrap_or(usize::MAX))
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
pub(super) fn skip<C, S>(cable: &Cable<S>, consumer: &mut Consumer<C>, frames: usize) -> usize
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
