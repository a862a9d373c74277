//! Memory lent to a ring, and handles that ring ends can share.

#[cfg(feature = "alloc")]
use alloc::{boxed::Box, sync::Arc};
use core::{ops::Deref, ptr::NonNull};

use super::Ring;

/// Memory that a ring can borrow or own: initialised `u64` cells at an address that stays put.
///
/// The ring takes the storage apart into a raw slice when it is made and hands it back when it is dropped. It
/// does not keep the owner itself, because moving a `Box` or a `&mut` asserts sole access to the memory, which
/// would be false as soon as a ring end looks at it.
///
/// # Safety
/// From [`into_words`](Self::into_words) until [`release`](Self::release) the slice must be valid for reads and
/// writes, initialised, and accessible through no other path. If `Self` is `Send`, that must hold on any thread.
pub unsafe trait Storage: Sized {
    /// Gives up the storage as raw cells.
    fn into_words(self) -> NonNull<[u64]>;

    /// Takes the cells back; frees them if the storage owned them.
    ///
    /// # Safety
    /// `words` came from `into_words` of this type, is given back once, and is not used afterwards.
    unsafe fn release(words: NonNull<[u64]>);
}

// SAFETY: a unique borrow is valid, initialised and exclusive while the lifetime in the type runs, and the ring
// carries that lifetime in its own type.
unsafe impl Storage for &mut [u64] {
    fn into_words(self) -> NonNull<[u64]> {
        NonNull::from(self)
    }

    unsafe fn release(_words: NonNull<[u64]>) {}
}

#[cfg(feature = "alloc")]
// SAFETY: a leaked box is valid, initialised, exclusive and does not move until it is made a box again.
unsafe impl Storage for Box<[u64]> {
    fn into_words(self) -> NonNull<[u64]> {
        NonNull::from(Box::leak(self))
    }

    unsafe fn release(words: NonNull<[u64]>) {
        // SAFETY: `words` is the box that `into_words` leaked (caller's contract), so it is freed once.
        drop(unsafe { Box::from_raw(words.as_ptr()) });
    }
}

/// A handle whose clones all lead to the same value: `&T`, and `Arc<T>` with the feature `alloc`.
///
/// # Safety
/// Every deref of every clone must give the same value at the same address for as long as any clone lives.
pub unsafe trait Shared: Clone + Deref {}

// SAFETY: a shared reference is copied bit by bit and keeps its target borrowed.
unsafe impl<T: ?Sized> Shared for &T {}

#[cfg(feature = "alloc")]
// SAFETY: clones of an `Arc` share one allocation, which lives as long as any of them.
unsafe impl<T: ?Sized> Shared for Arc<T> {}

/// Something that holds one ring: the ring itself, or a [`Cable`](crate::cable::Cable).
///
/// Sealed: the ring's ends rely on getting the same ring each time.
pub trait HasRing: sealed::Sealed {
    /// The kind of storage the ring lives in.
    type Storage: Storage;

    /// The one ring; always the same for the same `self`.
    fn ring(&self) -> &Ring<Self::Storage>;
}

pub(crate) mod sealed {
    /// Closes [`HasRing`](super::HasRing) to other crates.
    pub trait Sealed {}
}
