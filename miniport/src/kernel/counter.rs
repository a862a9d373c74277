//! The performance counter.

use core::ptr;

use crate::sys::nt::KeQueryPerformanceCounter;

/// Its value. At any IRQL.
pub fn now() -> u64 {
    // SAFETY: null asks for no frequency.
    let count = unsafe { KeQueryPerformanceCounter(ptr::null_mut()) };
    count as u64
}

/// How often it counts, in Hz; it never changes. At any IRQL.
pub fn frequency_hz() -> u64 {
    let mut frequency_hz = 0;
    // SAFETY: the pointer is for the call.
    unsafe { KeQueryPerformanceCounter(&raw mut frequency_hz) };
    frequency_hz as u64
}
