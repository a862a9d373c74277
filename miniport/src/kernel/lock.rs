//! Spin locks: what callbacks at `DISPATCH_LEVEL` and everybody else share.

use core::cell::UnsafeCell;

use crate::sys::nt::{FREE_SPIN_LOCK, KSPIN_LOCK, KeAcquireSpinLockRaiseToDpc, KeReleaseSpinLock};

/// A value behind a spin lock. It must stay in memory that is never paged, as all of ours.
pub struct SpinLock<T> {
    lock: UnsafeCell<KSPIN_LOCK>,
    value: UnsafeCell<T>,
}

// SAFETY: only the lock's holder reaches the value, on whatever thread.
unsafe impl<T: Send> Send for SpinLock<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for SpinLock<T> {}

impl<T> SpinLock<T> {
    /// A free lock around `value`.
    pub const fn new(value: T) -> Self {
        Self { lock: UnsafeCell::new(FREE_SPIN_LOCK), value: UnsafeCell::new(value) }
    }

    /// Runs `work` with the value, at `DISPATCH_LEVEL`: it must be short, allocate nothing that may be refused without
    /// need, and not take the lock again. Up to `DISPATCH_LEVEL`.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: the lock was initialised and stays where it is while it is borrowed.
        let irql = unsafe { KeAcquireSpinLockRaiseToDpc(self.lock.get()) };
        // SAFETY: the lock is held, and so nobody else has the value.
        let result = work(unsafe { &mut *self.value.get() });
        // SAFETY: taken above, with the level from then.
        unsafe { KeReleaseSpinLock(self.lock.get(), irql) };
        result
    }

    /// The value, for the only owner.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}
