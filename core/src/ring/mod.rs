//! A lock-free ring of audio frames between one writing and one reading thread, over lent storage.
//!
//! # Promise
//! * Nothing here allocates, blocks, makes a system call or loops: each call takes a bounded number of steps,
//!   whatever the other thread does.
//! * Frames arrive whole, in order, once, and bit by bit as they were written.
//! * Both frame counters run free from 0 for the life of the ring, so they double as stream positions.
//!   64 bits last for over a million years at 384 kHz.
//! * The storage belongs to the caller: a box, a static, a kernel pool or mapped pages serve alike.
//!
//! # Limits
//! * One [`Producer`] and one [`Consumer`], handed out once per ring by [`split`]. They are `Send`, not `Clone`.
//! * Capacity is a power of two and fixed. A full ring takes nothing more; old frames are never overwritten.
//! * Nobody is woken: both ends poll, as audio callbacks do.
//! * The target must have 64-bit atomics.
//! * A plane starts 8-byte aligned; a region within it is aligned to the bytes one frame takes.
//!
//! # Example
//! ```
//! use vcable_core::ring::{Ring, RingShape, split};
//!
//! // Two planes of 16-bit samples, 8 frames: 4 cells of 8 bytes.
//! let shape = RingShape::new(2, 2, 8)?;
//! let mut storage = [0_u64; 4];
//! let ring = Ring::new(&mut storage[..shape.storage_words()], shape)?;
//! let (mut producer, mut consumer) = split(&ring).expect("a new ring has not been split");
//!
//! let mut grant = producer.grant(3);
//! for plane in 0..2 {
//!     let (before_wrap, after_wrap) = grant.plane_mut(plane);
//!     before_wrap.fill(7);
//!     assert!(after_wrap.is_empty());
//! }
//! grant.commit(3);
//!
//! let view = consumer.view(8);
//! assert_eq!(view.frames(), 3);
//! assert_eq!(view.plane(1).0, [7; 6]);
//! view.commit(3);
//! assert_eq!(consumer.read_frames(), 3);
//! # Ok::<(), vcable_core::ring::ShapeError>(())
//! ```

mod consumer;
mod producer;
mod shape;
mod storage;
mod sync;

use core::{marker::PhantomData, ptr::NonNull};

pub use consumer::{Consumer, View};
pub use producer::{Grant, Producer};
pub use shape::{MAX_CAPACITY_FRAMES, MAX_STRIDE_BYTES, RingShape, ShapeError};
pub(crate) use storage::sealed;
pub use storage::{HasRing, Shared, Storage};
use sync::{AtomicBool, AtomicU64, Ordering, Padded, Watch};

use crate::order;

/// The ring itself: storage, measures and the two counters. Its ends come from [`split`].
pub struct Ring<S: Storage> {
    /// At least `shape.storage_words()` cells, exclusively ours until released in `drop`.
    words: NonNull<[u64]>,
    shape: RingShape,
    /// Frames ever written. Only the producer stores it. `read <= written <= read + capacity` at all times.
    written: Padded<AtomicU64>,
    /// Frames ever consumed. Only the consumer stores it.
    read: Padded<AtomicU64>,
    /// True once the ends have been handed out.
    split: AtomicBool,
    watch: Watch,
    storage: PhantomData<S>,
}

// SAFETY: the ring is the sole owner of its cells, as `S` was; plain bytes have no thread of their own.
unsafe impl<S: Storage + Send> Send for Ring<S> {}
// SAFETY: the cells are only reached through the one producer and the one consumer, which the counters keep on
// disjoint frames; both may be on other threads than the ring's maker, hence `S: Send`.
unsafe impl<S: Storage + Send> Sync for Ring<S> {}

impl<S: Storage> Ring<S> {
    /// Makes an empty ring of `shape` in `storage`. More storage than needed is left alone.
    ///
    /// # Errors
    /// [`ShapeError::Storage`] when the storage is too small; it is then dropped.
    pub fn new(storage: S, shape: RingShape) -> Result<Self, ShapeError> {
        let ring = Self {
            words: storage.into_words(),
            shape,
            written: Padded(AtomicU64::new(0)),
            read: Padded(AtomicU64::new(0)),
            split: AtomicBool::new(false),
            watch: Watch::new(shape.capacity_frames()),
            storage: PhantomData,
        };
        // Checked after the ring owns the cells, so that its drop gives them back in either case.
        if ring.words.len() < shape.storage_words() {
            return Err(ShapeError::Storage { words: ring.words.len(), needed_words: shape.storage_words() });
        }
        Ok(ring)
    }

    /// The ring's measures.
    pub const fn shape(&self) -> &RingShape {
        &self.shape
    }

    /// Frames ever written, as any thread may see them.
    pub fn written_frames(&self) -> u64 {
        self.written.0.load(order::PUBLISH_SEEN.get())
    }

    /// Frames ever read, as any thread may see them.
    pub fn read_frames(&self) -> u64 {
        self.read.0.load(order::CONSUME_SEEN.get())
    }

    /// Splits `frames` frames from counter `at` on into the parts before and after the wrap: byte offset and
    /// length of the first within plane `plane`, and length of the second, which starts the plane.
    fn region(&self, plane: usize, at: u64, frames: usize) -> Option<Region> {
        if plane >= self.shape.planes() || frames > self.shape.capacity_frames() {
            return None;
        }
        let first = self.slot(at);
        let before = frames.min(self.shape.capacity_frames() - first);
        let stride = self.shape.stride_bytes();
        let plane_at = plane * self.shape.plane_pitch_bytes();
        Some(Region {
            plane: plane_at,
            head: plane_at + first * stride,
            head_bytes: before * stride,
            tail_bytes: (frames - before) * stride,
        })
    }

    /// Where in a plane the frame with counter `at` lies.
    const fn slot(&self, at: u64) -> usize {
        // The mask leaves fewer bits than a `usize` has: nothing is lost.
        at as usize & (self.shape.capacity_frames() - 1)
    }

    /// The byte at `offset` of the storage.
    ///
    /// # Safety
    /// `offset` is at most the storage's size in bytes.
    unsafe fn byte(&self, offset: usize) -> NonNull<u8> {
        // SAFETY: within the cells or one past them (caller's contract, and `new` checked their number).
        unsafe { self.words.cast::<u8>().add(offset) }
    }
}

impl<S: Storage> Drop for Ring<S> {
    fn drop(&mut self) {
        // SAFETY: `words` came from this storage type in `new`, and the ring that used it ends here.
        unsafe { S::release(self.words) }
    }
}

impl<S: Storage> sealed::Sealed for Ring<S> {}

impl<S: Storage> HasRing for Ring<S> {
    type Storage = S;

    fn ring(&self) -> &Self {
        self
    }
}

/// Byte offsets into the storage of a run of frames in one plane.
struct Region {
    /// Start of the plane, where the part after the wrap lies.
    plane: usize,
    /// Start of the part before the wrap.
    head: usize,
    head_bytes: usize,
    tail_bytes: usize,
}

/// Hands out the two ends of a ring; `None` when that was done before. Any thread may call it.
///
/// `handle` is anything whose clones share one ring: `&Ring`, or `Arc<Ring>` with the feature `alloc`.
pub fn split<R>(handle: R) -> Option<(Producer<R>, Consumer<R>)>
where
    R: Shared,
    R::Target: HasRing,
{
    // Only one caller ever sees `false`; the counters are still 0 then, so no order is needed with them.
    if handle.ring().split.swap(true, Ordering::Relaxed) {
        return None;
    }
    Some((Producer::new(handle.clone()), Consumer::new(handle)))
}
