//! The atomics the ring stands on, exchangeable for the model checker's.

#[cfg(not(loom))]
pub(crate) use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Keeps a counter in a cache line of its own, so that the ends do not slow each other down.
///
/// 128 bytes: x86-64 fetches lines in pairs, and several ARM cores have lines that long.
#[repr(align(128))]
pub(crate) struct Padded<T>(pub(crate) T);

/// Tells the model checker which frames an end touches; outside a model it is nothing.
///
/// The bytes lie in lent memory that the checker cannot watch, so each frame has one watched cell standing for it.
pub(crate) struct Watch {
    #[cfg(loom)]
    frames: std::vec::Vec<loom::cell::UnsafeCell<()>>,
}

#[cfg(not(loom))]
#[expect(clippy::unused_self, reason = "the model checker's twin below uses it")]
impl Watch {
    pub(crate) fn new(_capacity_frames: usize) -> Self {
        Self {}
    }

    #[inline]
    pub(crate) fn reading(&self, _first: usize, _frames: usize) {}

    #[inline]
    pub(crate) fn writing(&self, _first: usize, _frames: usize) {}
}

#[cfg(loom)]
impl Watch {
    pub(crate) fn new(capacity_frames: usize) -> Self {
        Self { frames: (0..capacity_frames).map(|_| loom::cell::UnsafeCell::new(())).collect() }
    }

    pub(crate) fn reading(&self, first: usize, frames: usize) {
        self.touched(first, frames).for_each(|cell| cell.with(|_| ()));
    }

    pub(crate) fn writing(&self, first: usize, frames: usize) {
        self.touched(first, frames).for_each(|cell| cell.with_mut(|_| ()));
    }

    fn touched(&self, first: usize, frames: usize) -> impl Iterator<Item = &loom::cell::UnsafeCell<()>> {
        self.frames.iter().cycle().skip(first).take(frames)
    }
}
