//! What Rust and the compiler ask of a program without an operating system's library.

use core::panic::PanicInfo;

use crate::memory;
use crate::sys::nt;

/// The compiler's mark that a program uses floating point.
#[unsafe(no_mangle)]
static _fltused: i32 = 0x9875;

/// Code that runs in a kernel must not get here, and a test of the built driver shows that none can.
#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    // SAFETY: callable anywhere.
    unsafe { nt::KeBugCheckEx(nt::DRIVER_VIOLATION, 0, 0, 0, 0) }
}

/// As in C.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { memory::copy(to, from, length) };
    to
}

/// As in C.
#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { memory::copy(to, from, length) };
    to
}

/// As in C.
#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut u8, value: i32, length: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { memory::fill(to, value as u8, length) };
    to
}

/// As in C.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(one: *const u8, other: *const u8, length: usize) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { memory::compare(one, other, length) }
}
