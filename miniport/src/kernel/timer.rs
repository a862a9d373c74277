//! High-resolution timers.

use core::ffi::c_void;
use core::ptr::{self, NonNull};

use crate::held::Held;
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

/// A timer and the `T` that it calls. Dropped at `PASSIVE_LEVEL`: it waits for a call that is under way.
pub struct Timer<T: Tick> {
    timer: NonNull<c_void>,
    /// Outlives the kernel's timer.
    called: Held<T>,
}

// SAFETY: the kernel's timers belong to no thread.
unsafe impl<T: Tick + Send> Send for Timer<T> {}
// SAFETY: as above.
unsafe impl<T: Tick + Send> Sync for Timer<T> {}

impl<T: Tick> Timer<T> {
    /// A timer that stands still. Up to `DISPATCH_LEVEL`.
    ///
    /// # Errors
    /// `STATUS_INSUFFICIENT_RESOURCES`.
    pub fn new(called: Held<T>) -> Result<Self, NTSTATUS> {
        let context = ptr::from_ref(&*called).cast_mut().cast();
        // SAFETY: a callback that takes this context; the attribute stands alone, as it must.
        let timer = unsafe { ExAllocateTimer(call::<T>, context, EX_TIMER_HIGH_RESOLUTION) };
        let timer = NonNull::new(timer).ok_or(STATUS_INSUFFICIENT_RESOURCES)?;
        Ok(Self { timer, called })
    }

    /// What it calls.
    pub fn called(&self) -> &T {
        &self.called
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
    // SAFETY: `new` gave the context, which the timer holds until after the kernel's is deleted.
    unsafe { &*context.cast::<T>() }.tick();
}
