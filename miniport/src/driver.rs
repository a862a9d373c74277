//! The driver's entries: what the kernel and PortCls call by address.

use core::ffi::c_void;

use crate::sys::nt::{DEVICE_OBJECT, DRIVER_OBJECT, IRP, UNICODE_STRING};
use crate::sys::{NTSTATUS, pc, status};

/// Subdevices at most: two filters for each end of sixteen cables.
const MAX_SUBDEVICES: u32 = 4 * 16;

/// Called once when the driver is loaded, at `PASSIVE_LEVEL`.
///
/// # Safety
/// The kernel's to call.
#[cfg_attr(windows, unsafe(export_name = "DriverEntry"))]
pub unsafe extern "system" fn driver_entry(
    driver: *mut DRIVER_OBJECT,
    registry_path: *mut UNICODE_STRING,
) -> NTSTATUS {
    // SAFETY: both are what the kernel gave.
    unsafe { pc::PcInitializeAdapterDriver(driver, registry_path, add_device) }
}

unsafe extern "system" fn add_device(driver: *mut DRIVER_OBJECT, device: *mut DEVICE_OBJECT) -> NTSTATUS {
    // SAFETY: both are what the kernel gave.
    unsafe { pc::PcAddAdapterDevice(driver, device, start_device, MAX_SUBDEVICES, 0) }
}

unsafe extern "system" fn start_device(_: *mut DEVICE_OBJECT, _: *mut IRP, _: *mut c_void) -> NTSTATUS {
    status::STATUS_SUCCESS
}
