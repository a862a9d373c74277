//! Lines in the debugger's log, for what a user set wrong. Never on an audio path.

#[cfg(not(feature = "wdk"))]
use core::ffi::CStr;

#[cfg(not(feature = "wdk"))]
use crate::sys::nt::{DPFLTR_ERROR_LEVEL, DPFLTR_IHVAUDIO_ID, DbgPrintEx};

#[cfg(feature = "wdk")]
pub use crate::wdk::print as line;

/// Writes a line in which `%u` is a number.
#[cfg(not(feature = "wdk"))]
pub fn line(text: &CStr, number: u32) {
    // SAFETY: the format takes one string, and that ends in a zero.
    unsafe { DbgPrintEx(DPFLTR_IHVAUDIO_ID, DPFLTR_ERROR_LEVEL, c"vcable: ".as_ptr()) };
    // SAFETY: the format takes one number at most.
    unsafe { DbgPrintEx(DPFLTR_IHVAUDIO_ID, DPFLTR_ERROR_LEVEL, text.as_ptr(), number) };
    // SAFETY: the format takes nothing.
    unsafe { DbgPrintEx(DPFLTR_IHVAUDIO_ID, DPFLTR_ERROR_LEVEL, c"\n".as_ptr()) };
}
