//! `DriverEntry`.

use crate::driver;
use crate::filters::CableFilters;
use crate::sys::NTSTATUS;
use crate::sys::nt::{DRIVER_OBJECT, UNICODE_STRING};

/// Called once when the driver is loaded, at `PASSIVE_LEVEL`.
#[cfg_attr(windows, unsafe(export_name = "DriverEntry"))]
#[cfg_attr(not(windows), expect(dead_code, reason = "the kernel's to call"))]
unsafe extern "system" fn driver_entry(
    driver: *mut DRIVER_OBJECT,
    registry_path: *mut UNICODE_STRING,
) -> NTSTATUS {
    // SAFETY: both are what the kernel gave.
    unsafe { driver::enter::<CableFilters>(driver, registry_path) }
}
