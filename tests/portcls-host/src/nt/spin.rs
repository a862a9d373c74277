//! Spin locks.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::irql;
use crate::verifier;

static THREADS: AtomicUsize = AtomicUsize::new(1);

thread_local! {
    static ME: usize = THREADS.fetch_add(1, Ordering::Relaxed);
}

fn word<'a>(lock: usize) -> &'a AtomicUsize {
    if lock == 0 || lock % 8 != 0 {
        verifier::violation(&format!("a spin lock at {lock:#x}"));
    }
    // SAFETY: an aligned word of the driver's that only locks use; if it is not there, the test fails with a fault.
    unsafe { AtomicUsize::from_ptr(lock as *mut usize) }
}

/// `KeAcquireSpinLockRaiseToDpc`.
pub(super) extern "win64" fn acquire(lock: usize) -> u8 {
    irql::require("KeAcquireSpinLockRaiseToDpc", irql::DISPATCH);
    let before = irql::set(irql::DISPATCH);
    let me = ME.with(|me| *me);
    while let Err(owner) = word(lock).compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed) {
        if owner == me {
            verifier::violation("a spin lock is taken by the thread that has it");
        }
        std::thread::yield_now();
    }
    before
}

/// `KeReleaseSpinLock`.
pub(super) extern "win64" fn release(lock: usize, level: u8) {
    verifier::check_stack();
    if irql::current() != irql::DISPATCH || level > irql::DISPATCH {
        verifier::violation(&format!("a spin lock is released at IRQL {} to {level}", irql::current()));
    }
    let owner = word(lock).swap(0, Ordering::Release);
    if owner != ME.with(|me| *me) {
        verifier::violation(&format!("a spin lock is released that thread {owner} has"));
    }
    irql::set(level);
}
