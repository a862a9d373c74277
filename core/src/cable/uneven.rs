//! Cycles that are not all of one size, because the host resamples on the way to the writer or from the reader.
//!
//! 512 frames at 48 kHz are 470.4 at 44.1 kHz: in a cycle each end has 470 or 471 of them, in an order of its own. A
//! reader that wants 471 where 470 are would wait for the writer's next cycle, and what is left over then would wait
//! for good: nearly a cycle of latency. So [`SLACK_FRAMES`] more wait in the ring than the reader needs. They come from
//! silence in front of the first sound; a stream that lost them gets them again, by a hole of a few frames once.

use super::{Cable, PlanesMut, Reader, port};
use crate::format::StreamFormat;
use crate::ring::{Shared, Storage};

/// Frames to keep at one clock beyond the need of a cycle: resampled cycles of either end differ by one.
pub(super) const SLACK_FRAMES: usize = 2;
/// So many may be missing for a cycle that is run nevertheless: two ends that each have one less, and the slack.
pub(super) const LACK_FRAMES: usize = 2 * SLACK_FRAMES;

impl<C, S> Reader<C>
where
    C: Shared<Target = Cable<S>>,
    S: Storage,
{
    /// Tells whether the host resamples on the way to either end, so that cycles of one length are not all of one
    /// size. The reader's thread, at any time.
    pub fn set_uneven(&mut self, is_uneven: bool) {
        self.uneven = is_uneven;
    }

    /// Frames that must be there for a cycle of `need` frames to be due, after a write of `wrote`.
    pub(super) fn least_frames(&self, need: usize, wrote: usize) -> usize {
        if self.uneven && (self.join.is_fresh() || is_alike(need, wrote)) {
            need.saturating_sub(LACK_FRAMES).max(1)
        } else {
            need
        }
    }

    /// Begins a cycle of `frames` frames with the silence that the slack asks for, if any. Returns the rest of the port,
    /// and of the cycle.
    pub(super) fn lead<'p, P: PlanesMut>(
        &mut self,
        port: &'p mut P,
        stream: &StreamFormat,
        frames: usize,
    ) -> (Later<'p, P>, usize) {
        let lead_frames = self.lead_frames(frames);
        port::silence(port, stream, 0, lead_frames);
        let skip_bytes = lead_frames * stream.plane_stride_bytes();
        (Later { port, skip_bytes }, frames - lead_frames)
    }

    /// Frames of silence to begin a cycle of `need` frames with, so that the slack is there afterwards. They are booked.
    fn lead_frames(&mut self, need: usize) -> usize {
        if !self.uneven || need <= 4 * LACK_FRAMES {
            return 0;
        }
        self.settle(need);
        let Some(wrote) = self.cable().state.delivering() else { return 0 };
        let (ready, is_fresh) = (self.ready_frames(), self.join.is_fresh());
        // A stream begins with one cycle of the longer end.
        let whole = if is_fresh { need.max(wrote) } else { need };
        let is_short = is_fresh || ready < need && is_alike(need, wrote);
        if ready + LACK_FRAMES < whole || !is_short {
            return 0;
        }
        let lead = (whole + SLACK_FRAMES).saturating_sub(ready);
        self.book_lead(lead, !is_fresh && lead > 0);
        lead
    }
}

/// Whether an end's cycles of so many frames last as long as the other one's.
pub(super) const fn is_alike(need: usize, wrote: usize) -> bool {
    need.abs_diff(wrote) <= LACK_FRAMES && need > 4 * LACK_FRAMES
}

/// A port without its first frames.
pub(super) struct Later<'a, P> {
    port: &'a mut P,
    /// Bytes left out in each plane.
    skip_bytes: usize,
}

impl<P: PlanesMut> PlanesMut for Later<'_, P> {
    fn plane_mut(&mut self, index: usize) -> &mut [u8] {
        let plane = self.port.plane_mut(index);
        let skip_bytes = self.skip_bytes.min(plane.len());
        plane.get_mut(skip_bytes..).unwrap_or_default()
    }
}
