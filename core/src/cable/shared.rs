//! One clock runs both ends, each in its own part of the cycle: the sound is one cycle behind, always.
//!
//! Which end comes first in a cycle is for the host to say. Where a client takes from the reader what it gives to the
//! writer, the reader is first, and cannot hear what the writer has not got yet. Where nothing links the two, either
//! may be first, another one in each cycle, and a reader that heard the present cycle whenever it came second would
//! jump. The least latency that is the same in all of these cases is one cycle: the reader hears what the writer got
//! *before this cycle began*, and what came since waits for the next one.
//!
//! So it is a place in the ring that decides, and not how many frames there are. An end that missed a cycle, a longer
//! or a shorter cycle and a late start are over with the next cycle, and leave no latency behind.

use core::sync::atomic::Ordering;

use super::{
    Cable, PlanesMut, Reader,
    reader::copy_cycle,
    uneven::{LACK_FRAMES, SLACK_FRAMES},
};
use crate::ring::{Shared, Storage, View};

impl<C, S> Reader<C>
where
    C: Shared<Target = Cable<S>>,
    S: Storage,
{
    /// Delivers one cycle of `frames` frames where one clock runs both ends: what the writer got in the cycle before
    /// this one, which began at `now_ns`, and silence for what it did not. Returns the frames of real sound.
    ///
    /// The cycle is known by the time that [`Writer::write_at`](super::Writer::write_at) is given for it: the same one,
    /// to the nanosecond. A writer that tells none, or 0, counts as one that comes second in every cycle. What is older
    /// than a cycle is dropped, and counted as a trim once the stream is heard.
    pub fn read_shared(&mut self, sink: &mut impl PlanesMut, frames: usize, now_ns: u64) -> usize {
        let (shape, format) = (*self.cable().ring.shape(), *self.cable().format());
        self.hold_back(now_ns);
        let (mut sink, frames) = self.lead(sink, &format, frames);
        let read = self.share_by(frames, |view| copy_cycle(&shape, view, &mut sink, frames));
        self.release();
        read
    }

    /// The reader has no frame that the writer got since the cycle that began at `now_ns`, until
    /// [`release`](Self::release).
    pub(super) fn hold_back(&mut self, now_ns: u64) {
        // First of the three, where the writer stores it last: a write that it shows shows its cycle as well.
        let written_frames = self.cable().ring.written_frames();
        let state = &self.cable().state;
        let is_of_now = now_ns > 0 && state.cycle_ns.load(Ordering::Acquire) == now_ns;
        self.until_frames =
            if is_of_now { state.cycle_start_frames.load(Ordering::Relaxed) } else { written_frames };
    }

    /// All that is in the ring is the reader's again.
    pub(super) const fn release(&mut self) {
        self.until_frames = u64::MAX;
    }

    /// [`read_shared`](Self::read_shared) after [`hold_back`](Self::hold_back), with `deliver` in place of the copy.
    pub(super) fn share_by(&mut self, frames: usize, deliver: impl FnOnce(&View<'_, S>)) -> usize {
        self.settle(frames);
        let slack = if self.uneven { SLACK_FRAMES } else { 0 };
        let ready = self.ready_frames();
        if ready > frames + 2 * slack {
            self.shed(ready - frames - slack);
        }
        let ready = self.ready_frames();
        let limit = if ready >= frames || slack == 0 || !self.cable().writer_running() {
            frames
        } else if ready > LACK_FRAMES {
            ready - slack
        } else {
            // The slack, and no sound: the writer missed its cycle.
            0
        };
        self.cycle(frames, limit, deliver)
    }
}
