//! The reading end of a ring.

use core::slice;

use super::{HasRing, Ring, Shared, Storage};
use crate::order;

/// The reading end. One thread at a time uses it.
pub struct Consumer<R> {
    handle: R,
    /// Equals the ring's `read` at all times: nobody else stores that.
    read: u64,
    /// The ring's `written` as last seen: never ahead of it, so the frames computed from it are really there.
    written_seen: u64,
}

impl<R> Consumer<R>
where
    R: Shared,
    R::Target: HasRing,
{
    pub(super) fn new(handle: R) -> Self {
        Self { handle, read: 0, written_seen: 0 }
    }

    /// Frames ever read or skipped: the position of the next one.
    pub fn read_frames(&self) -> u64 {
        self.read
    }

    /// Frames there are to read; it only grows until the next commit.
    pub fn fill_frames(&mut self) -> usize {
        self.written_seen = self.handle.ring().written_frames();
        self.known()
    }

    /// Room left in the ring now; the producer may take some at any time.
    pub fn free_frames(&mut self) -> usize {
        self.handle.ring().shape().capacity_frames() - self.fill_frames()
    }

    /// The oldest frames, up to `frames`, fewer when fewer are there. They stay in the ring until
    /// [`View::commit`]; a view that is dropped changes nothing.
    pub fn view(&mut self, frames: usize) -> View<'_, <R::Target as HasRing>::Storage> {
        // The producer's cache line is only touched when the frames already known do not do.
        if self.known() < frames {
            self.written_seen = self.handle.ring().written_frames();
        }
        let frames = frames.min(self.known());
        let ring = self.handle.ring();
        ring.watch.reading(ring.slot(self.read), frames);
        View { ring, read: &mut self.read, frames }
    }

    /// Drops the oldest frames, up to `frames`; returns how many there were to drop.
    pub fn skip(&mut self, frames: usize) -> usize {
        let frames = frames.min(self.fill_frames());
        self.read += frames as u64;
        self.handle.ring().read.0.store(self.read, order::CONSUME.get());
        frames
    }

    fn known(&self) -> usize {
        // At most the capacity, so it fits a `usize`.
        (self.written_seen - self.read) as usize
    }
}

/// Frames of the ring that are the consumer's to read.
pub struct View<'a, S: Storage> {
    ring: &'a Ring<S>,
    read: &'a mut u64,
    /// At most the ring's fill: these frames are ours until committed.
    frames: usize,
}

impl<S: Storage> View<'_, S> {
    /// Frames in view.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// The bytes in view of plane `plane`, before and after the wrap; together `frames` times the stride. Both
    /// are empty for a plane the ring does not have.
    pub fn plane(&self, plane: usize) -> (&[u8], &[u8]) {
        let Some(at) = self.ring.region(plane, *self.read, self.frames) else {
            return (&[], &[]);
        };
        // SAFETY: `region` stays within the plane, and the plane within the storage.
        let head = unsafe { self.ring.byte(at.head) };
        // SAFETY: as above.
        let tail = unsafe { self.ring.byte(at.plane) };
        // SAFETY: initialised bytes of frames that the counters keep from the producer while `self` lives.
        let head = unsafe { slice::from_raw_parts(head.as_ptr(), at.head_bytes) };
        // SAFETY: as above.
        let tail = unsafe { slice::from_raw_parts(tail.as_ptr(), at.tail_bytes) };
        (head, tail)
    }

    /// Gives the first `frames` of the viewed frames back to the producer, or all when there are fewer.
    pub fn commit(self, frames: usize) {
        let frames = frames.min(self.frames);
        self.ring.watch.reading(self.ring.slot(*self.read), frames);
        *self.read += frames as u64;
        self.ring.read.0.store(*self.read, order::CONSUME.get());
    }
}
