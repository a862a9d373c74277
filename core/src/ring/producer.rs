//! The writing end of a ring.

use core::slice;

use super::{HasRing, Ring, Shared, Storage};
use crate::order;

/// The writing end. One thread at a time uses it.
pub struct Producer<R> {
    handle: R,
    /// Equals the ring's `written` at all times: nobody else stores that.
    written: u64,
    /// The ring's `read` as last seen: never ahead of it, so the room computed from it is really there.
    read_seen: u64,
}

impl<R> Producer<R>
where
    R: Shared,
    R::Target: HasRing,
{
    pub(super) fn new(handle: R) -> Self {
        Self { handle, written: 0, read_seen: 0 }
    }

    /// Frames ever written: the position of the next one.
    pub fn written_frames(&self) -> u64 {
        self.written
    }

    /// Frames in the ring now; the consumer may take some away at any time.
    pub fn fill_frames(&mut self) -> usize {
        self.capacity_frames() - self.free_frames()
    }

    /// Frames there is room for; it only grows until the next commit.
    pub fn free_frames(&mut self) -> usize {
        self.read_seen = self.handle.ring().read_frames();
        self.room()
    }

    /// Room for up to `frames` frames, fewer when the ring is fuller. Nothing is sent before
    /// [`Grant::commit`]; a grant that is dropped is forgotten.
    pub fn grant(&mut self, frames: usize) -> Grant<'_, <R::Target as HasRing>::Storage> {
        // The consumer's cache line is only touched when the room already known does not do.
        if self.room() < frames {
            self.read_seen = self.handle.ring().read_frames();
        }
        let frames = frames.min(self.room());
        let ring = self.handle.ring();
        ring.watch.writing(ring.slot(self.written), frames);
        Grant { ring, written: &mut self.written, frames }
    }

    fn capacity_frames(&self) -> usize {
        self.handle.ring().shape().capacity_frames()
    }

    fn room(&self) -> usize {
        // The fill is at most the capacity, so it fits a `usize`.
        self.capacity_frames() - (self.written - self.read_seen) as usize
    }
}

/// Frames of the ring that are the producer's to fill.
///
/// Their bytes are what the ring held before; fill all that you commit.
pub struct Grant<'a, S: Storage> {
    ring: &'a Ring<S>,
    written: &'a mut u64,
    /// At most the room the ring had: these frames are ours until committed.
    frames: usize,
}

impl<S: Storage> Grant<'_, S> {
    /// Frames granted.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// The granted bytes of plane `plane`, before and after the wrap; together `frames` times the stride. Both
    /// are empty for a plane the ring does not have.
    pub fn plane_mut(&mut self, plane: usize) -> (&mut [u8], &mut [u8]) {
        let Some(at) = self.ring.region(plane, *self.written, self.frames) else {
            return (&mut [], &mut []);
        };
        // SAFETY: `region` stays within the plane, and the plane within the storage.
        let head = unsafe { self.ring.byte(at.head) };
        // SAFETY: as above.
        let tail = unsafe { self.ring.byte(at.plane) };
        // SAFETY: initialised bytes of frames that the counters keep from the consumer; `&mut self` keeps them
        // from a second view.
        let head = unsafe { slice::from_raw_parts_mut(head.as_ptr(), at.head_bytes) };
        // SAFETY: as above; a granted region is no longer than the ring, so it ends before `head` begins.
        let tail = unsafe { slice::from_raw_parts_mut(tail.as_ptr(), at.tail_bytes) };
        (head, tail)
    }

    /// Sends the first `frames` of the granted frames, or all when there are fewer.
    pub fn commit(self, frames: usize) {
        let frames = frames.min(self.frames);
        self.ring.watch.writing(self.ring.slot(*self.written), frames);
        *self.written += frames as u64;
        self.ring.written.0.store(*self.written, order::PUBLISH.get());
    }
}
