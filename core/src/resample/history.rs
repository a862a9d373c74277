//! The input frames that coming output frames still need, one stretch of lent storage per channel.

/// Input frames taken in before the kept ones are moved to the front again. The longer, the rarer the
/// move; 512 keeps stereo within the first-level cache.
const BLOCK_FRAMES: usize = 512;

/// Where the frames lie; the samples themselves are in the lent storage.
///
/// Invariants: `filled <= capacity`; frames before `base` are never read again. `base` may lie beyond
/// `filled` when a step passes over frames that have not come yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct History {
    /// Samples per channel.
    pub(super) capacity: usize,
    /// Frames held, counted from the front.
    pub(super) filled: usize,
    /// First frame of the next output frame's window.
    pub(super) base: usize,
    taps: usize,
}

impl History {
    /// For windows of `taps` frames. All but the newest frame of the first window are silence.
    pub(super) fn new(taps: usize) -> Self {
        Self { capacity: Self::capacity_for(taps), filled: taps.saturating_sub(1), base: 0, taps }
    }

    /// Samples per channel. A long kernel gets as much again, so that moving it stays rare.
    pub(super) fn capacity_for(taps: usize) -> usize {
        taps + BLOCK_FRAMES.max(taps)
    }

    /// The stretches of the channels. (A capacity is never zero; saying so leaves no panic in the code.)
    fn channels<'a>(&self, samples: &'a mut [f32]) -> impl Iterator<Item = &'a mut [f32]> {
        samples.chunks_exact_mut(self.capacity.max(1))
    }

    /// Input frames missing before a window that begins `passed` frames after the next one is whole.
    pub(super) fn missing(&self, passed: u64) -> usize {
        let end = (self.base as u64).saturating_add(passed).saturating_add(self.taps as u64);
        usize::try_from(end.saturating_sub(self.filled as u64)).unwrap_or(usize::MAX)
    }

    /// Makes room for up to `wanted` frames, moving the kept ones to the front only if need be; gives
    /// how many fit.
    pub(super) fn make_room(&mut self, samples: &mut [f32], wanted: usize) -> usize {
        if self.capacity - self.filled < wanted {
            let gone = self.base.min(self.filled);
            for channel in self.channels(samples) {
                if let Some(held) = channel.get_mut(..self.filled) {
                    held.copy_within(gone.min(held.len()).., 0);
                }
            }
            self.base -= gone;
            self.filled -= gone;
        }
        wanted.min(self.capacity - self.filled)
    }

    /// Appends frames `from..from + frames` of `input`; there must be room.
    pub(super) fn append(&mut self, samples: &mut [f32], input: &[&[f32]], from: usize, frames: usize) {
        for (channel, source) in self.channels(samples).zip(input) {
            let to = channel.iter_mut().skip(self.filled).take(frames);
            to.zip(source.iter().skip(from)).for_each(|(to, from)| *to = *from);
        }
        self.filled += frames;
    }
}
