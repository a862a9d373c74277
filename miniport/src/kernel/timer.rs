//! High-resolution timers.

use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr::{self, NonNull};

use crate::sys::NTSTATUS;
use crate::sys::nt::{
    EX_TIMER_HIGH_RESOLUTION, ExAllocateTimer, ExCancelTimer, ExDeleteTimer, ExSetTimer, PEX_TIMER,
};
use crate::sys::status::STATUS_INSUFFICIENT_RESOURCES;

/// What a timer calls.
pub trait Tick: Sync {
    /// Called at `DISPATCH_LEVEL`, by one processor at a time.
    fn tick(&self);
}

/// A timer that calls a `T`. Dropped at `PASSIVE_LEVEL`: it waits for a call that is under way.
pub struct Timer<T: Tick> {
    timer: NonNull<c_void>,
    called: PhantomData<fn(&T)>,
}

// SAFETY: the kernel's timers belong to no thread.
unsafe impl<T: Tick> Send for Timer<T> {}
// SAFETY: as above.
unsafe impl<T: Tick> Sync for Timer<T> {}

impl<T: Tick> Timer<T> {
    /// A timer that stands still. Up to `DISPATCH_LEVEL`.
    ///
    /// # Errors
    /// `STATUS_INSUFFICIENT_RESOURCES`.
    ///
    /// # Safety
    /// `called` must live where it is until this timer has been dropped.
    pub unsafe fn new(called: NonNull<T>) -> Result<Self, NTSTATUS> {
        // SAFETY: a callback that takes this context; the attribute stands alone, as it must.
        let timer = unsafe { ExAllocateTimer(call::<T>, called.as_ptr().cast(), EX_TIMER_HIGH_RESOLUTION) };
        let timer = NonNull::new(timer).ok_or(STATUS_INSUFFICIENT_RESOURCES)?;
        Ok(Self { timer, called: PhantomData })
    }

    /// Calls every `period_hns` units of 100 ns from now on. Up to `DISPATCH_LEVEL`.
    pub fn start(&self, period_hns: u32) {
        let period_hns = i64::from(period_hns);
        // SAFETY: the timer is ours and not deleted. Due times from now on are negative.
        unsafe { ExSetTimer(self.timer.as_ptr(), -period_hns, period_hns, ptr::null()) };
    }

    /// Calls no more. A call may still be under way. Up to `DISPATCH_LEVEL`.
    pub fn stop(&self) {
        // SAFETY: the timer is ours and not deleted.
        unsafe { ExCancelTimer(self.timer.as_ptr(), ptr::null()) };
    }
}

impl<T: Tick> Drop for Timer<T> {
    fn drop(&mut self) {
        // SAFETY: ours, and used no more; it waits for its callback.
        unsafe { ExDeleteTimer(self.timer.as_ptr(), 1, 1, ptr::null()) };
    }
}

unsafe extern "system" fn call<T: Tick>(_: PEX_TIMER, context: *mut c_void) {
    // SAFETY: `new` gave the context, which lives until the timer is dropped.
    unsafe { &*context.cast::<T>() }.tick();
}
