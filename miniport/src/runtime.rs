//! What Rust and the compiler ask of a program without an operating system's library.

use core::panic::PanicInfo;

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
