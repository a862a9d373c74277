//! The library itself: versions and texts. Any thread may call these at any time.

use core::ffi::{CStr, c_char};

use super::{Status, VCABLE_ABI_VERSION};

/// Number of the ABI that the library was built with. Compare it with `VCABLE_ABI_VERSION`, the number that your
/// program was built with, before anything else: on any difference call nothing.
#[unsafe(no_mangle)]
pub extern "C" fn vcable_abi_version() -> u32 {
    VCABLE_ABI_VERSION
}

/// Version of the library as text, like "0.1.0". It lives as long as the program.
#[unsafe(no_mangle)]
pub extern "C" fn vcable_version() -> *const c_char {
    const TEXT: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(text) => text,
        Err(_) => c"",
    };
    TEXT.as_ptr()
}

/// What a status says, in English and without a full stop; another text for numbers that are no status. It lives as
/// long as the program.
#[unsafe(no_mangle)]
pub extern "C" fn vcable_status_text(status: i32) -> *const c_char {
    Status::text(status).as_ptr()
}
