//! The core of vcable as a static library for hosts in other languages; its header is `include/vcable.h`.
//!
//! A crate of its own because a library for a bare target must say what happens in a panic, which the core, linked
//! into programs with a panic handler already, must not. All else is in `vcable_core::ffi`.
#![no_std]

// Named so that its functions become part of the library.
pub use vcable_core::ffi;

/// What a panic would come to, if there were one: nothing in here can panic, as the linker proves in the tests.
#[cfg(not(feature = "std"))]
#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    vcable_core_panicked()
}

/// Stands still. Under a name of its own, so that a test can see that the linker finds no way here.
#[cfg(not(feature = "std"))]
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn vcable_core_panicked() -> ! {
    loop {
        core::hint::spin_loop();
    }
}

/// Named by the unwind tables of `core`'s own precompiled functions, where the target has such tables; never called,
/// as nothing unwinds.
#[cfg(all(not(feature = "std"), unix))]
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}
