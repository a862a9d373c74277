//! A value in the pool that several owners share: `Arc`, for memory that may be refused.

use alloc::boxed::Box;
use core::{
    ops::Deref,
    ptr::NonNull,
    sync::atomic::{AtomicUsize, Ordering, fence},
};

use vcable_core::ring::Shared;

use crate::{pool, sys::NTSTATUS};

/// A counted reference; the last one drops the value.
///
/// Cloning and using it are fit for any IRQL; whoever may drop the last one must be below DISPATCH.
pub struct Held<T>(NonNull<Counted<T>>);

struct Counted<T> {
    owners: AtomicUsize,
    value: T,
}

// SAFETY: as for `Arc`: owners on several threads share `&T`, and any of them may drop the value.
unsafe impl<T: Send + Sync> Send for Held<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Held<T> {}

impl<T> Held<T> {
    /// Moves `value` into the pool. Up to DISPATCH.
    ///
    /// # Errors
    /// `STATUS_INSUFFICIENT_RESOURCES`.
    pub fn new(value: T) -> Result<Self, NTSTATUS> {
        let counted = pool::boxed(Counted { owners: AtomicUsize::new(1), value })?;
        Ok(Self(NonNull::from(Box::leak(counted)).cast()))
    }

    fn counted(&self) -> &Counted<T> {
        // SAFETY: the value lives as long as any owner, and `self` is one.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Deref for Held<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.counted().value
    }
}

impl<T> Clone for Held<T> {
    fn clone(&self) -> Self {
        // Relaxed: a new owner is made from one that sees the value already. Owners are few: no overflow.
        self.counted().owners.fetch_add(1, Ordering::Relaxed);
        Self(self.0)
    }
}

impl<T> Drop for Held<T> {
    fn drop(&mut self) {
        // Release: what this owner did comes before the drop.
        if self.counted().owners.fetch_sub(1, Ordering::Release) == 1 {
            // All that the other owners did is seen.
            fence(Ordering::Acquire);
            // SAFETY: `new` leaked this box, and this was its last owner.
            drop(unsafe { Box::from_raw(self.0.as_ptr().cast::<[Counted<T>; 1]>()) });
        }
    }
}

// SAFETY: all clones point to the one value, which does not move.
unsafe impl<T> Shared for Held<T> {}

#[cfg(test)]
mod tests {
    use super::Held;
    use core::cell::Cell;

    #[test]
    fn the_last_owner_drops_the_value() {
        struct Counter<'a>(&'a Cell<u32>);
        impl Drop for Counter<'_> {
            fn drop(&mut self) {
                self.0.set(self.0.get() + 1);
            }
        }
        let drops = Cell::new(0);
        let first = Held::new(Counter(&drops)).unwrap();
        let second = first.clone();
        assert!(core::ptr::eq(&raw const *first, &raw const *second));
        drop(first);
        assert_eq!(drops.get(), 0);
        drop(second);
        assert_eq!(drops.get(), 1);
    }
}
