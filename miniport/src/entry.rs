//! `DriverEntry`.

use core::ffi::c_void;

use crate::sys::nt::{DEVICE_OBJECT, DRIVER_OBJECT, IRP, UNICODE_STRING};
use crate::sys::{NTSTATUS, pc, status};

/// Called once when the driver is loaded, at `PASSIVE_LEVEL`.
#[cfg_attr(windows, unsafe(export_name = "DriverEntry"))]
#[cfg_attr(not(windows), expect(dead_code, reason = "the kernel's to call"))]
unsafe extern "system" fn driver_entry(
    driver: *mut DRIVER_OBJECT,
    registry_path: *mut UNICODE_STRING,
) -> NTSTATUS {
    // SAFETY: both are what the kernel gave.
    unsafe { pc::PcInitializeAdapterDriver(driver, registry_path, add_device) }
}

unsafe extern "system" fn add_device(driver: *mut DRIVER_OBJECT, device: *mut DEVICE_OBJECT) -> NTSTATUS {
    // SAFETY: both are what the kernel gave.
    unsafe { pc::PcAddAdapterDevice(driver, device, start_device, 64, 0) }
}

unsafe extern "system" fn start_device(_: *mut DEVICE_OBJECT, _: *mut IRP, _: *mut c_void) -> NTSTATUS {
    status::STATUS_SUCCESS
}
