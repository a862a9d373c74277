//! An allocator that notices what is allocated while the trap is armed, thread by thread.
//!
//! Built for RealtimeSanitizer (`--cfg rtsan`, as `cargo xtask test` does), the trap tells the sanitizer as well: it
//! then ends the program at whatever may block, an allocation, a lock or a call of the system.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Trap;

#[global_allocator]
static TRAP: Trap = Trap;

thread_local! {
    static ARMED: Cell<bool> = const { Cell::new(false) };
    static CAUGHT: Cell<u64> = const { Cell::new(0) };
    static LIVE: Cell<i64> = const { Cell::new(0) };
}

fn note(change: i64) {
    // A thread that ends frees memory after its variables are gone: nothing to note then.
    let armed = ARMED.try_with(Cell::get).unwrap_or(false);
    let _ = CAUGHT.try_with(|caught| caught.set(caught.get() + u64::from(armed)));
    let _ = LIVE.try_with(|live| live.set(live.get() + change));
}

// SAFETY: every call goes on to the system's allocator as it came.
unsafe impl GlobalAlloc for Trap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1);
        // SAFETY: passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(1);
        // SAFETY: passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(0);
        // SAFETY: passed on.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        note(-1);
        // SAFETY: passed on.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// Runs `body` with the trap armed. May be nested.
pub(crate) fn armed<R>(body: impl FnOnce() -> R) -> R {
    let before = ARMED.replace(true);
    let result = sanitizer::in_real_time(body);
    ARMED.set(before);
    result
}

#[cfg(rtsan)]
mod sanitizer {
    // Of the sanitizer's runtime, which the compiler links.
    unsafe extern "C" {
        safe fn __rtsan_realtime_enter();
        safe fn __rtsan_realtime_exit();
    }

    /// The sanitizer counts these calls, so that they may be nested.
    pub(super) fn in_real_time<R>(body: impl FnOnce() -> R) -> R {
        __rtsan_realtime_enter();
        let result = body();
        __rtsan_realtime_exit();
        result
    }
}

#[cfg(not(rtsan))]
mod sanitizer {
    /// Nobody watches but the trap.
    pub(super) fn in_real_time<R>(body: impl FnOnce() -> R) -> R {
        body()
    }
}

/// Allocations, reallocations and releases that this thread was caught at so far.
pub(crate) fn caught() -> u64 {
    CAUGHT.get()
}

/// Allocations that this thread made and did not release yet.
pub(crate) fn live_allocations() -> i64 {
    LIVE.get()
}
