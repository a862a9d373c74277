//! The driver's entries: what the kernel and PortCls call by address, all at `PASSIVE_LEVEL`.
//!
//! There is no entry for unloading: PortCls' own stays, for a driver whose devices are gone holds nothing.

use alloc::boxed::Box;
use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use crate::adapter::{Adapter, Filters, SUBDEVICES, Start};
use crate::names::MOST_CABLES;
use crate::registry::Settings;
use crate::sys::NTSTATUS;
use crate::sys::nt::{
    DEVICE_OBJECT, DRIVER_OBJECT, IRP, IRP_MJ_PNP, IRP_MN_REMOVE_DEVICE, IRP_MN_STOP_DEVICE,
    IRP_MN_SURPRISE_REMOVAL, IoGetCurrentIrpStackLocation, UNICODE_STRING,
};
use crate::sys::pc::{self, PORT_CLASS_DEVICE_EXTENSION_SIZE};
use crate::sys::status::{NT_SUCCESS, STATUS_SUCCESS};

/// What a device remembers: its adapter while it is started. It lies behind PortCls' part of the device's extension,
/// which the kernel has zeroed.
type Slot<F> = AtomicPtr<[Adapter<F>; 1]>;

/// Makes this the driver of cables that are made of `F`.
///
/// # Safety
/// To be called by `DriverEntry`, with its arguments.
pub unsafe fn enter<F: Filters>(driver: *mut DRIVER_OBJECT, registry_path: *mut UNICODE_STRING) -> NTSTATUS {
    // SAFETY: both are what the kernel gave.
    let status = unsafe { pc::PcInitializeAdapterDriver(driver, registry_path, add_device::<F>) };
    if NT_SUCCESS(status) {
        // SAFETY: the kernel lends the driver object for this.
        let entries = unsafe { &mut (*driver).MajorFunction };
        entries[IRP_MJ_PNP] = Some(plug_and_play::<F>);
    }
    status
}

unsafe extern "system" fn add_device<F: Filters>(
    driver: *mut DRIVER_OBJECT,
    device: *mut DEVICE_OBJECT,
) -> NTSTATUS {
    const SUBDEVICES_AT_MOST: u32 = (SUBDEVICES * MOST_CABLES) as u32;
    const EXTENSION_BYTES: u32 = (PORT_CLASS_DEVICE_EXTENSION_SIZE + size_of::<*mut ()>()) as u32;
    // SAFETY: both are what the kernel gave.
    unsafe { pc::PcAddAdapterDevice(driver, device, start_device::<F>, SUBDEVICES_AT_MOST, EXTENSION_BYTES) }
}

unsafe extern "system" fn start_device<F: Filters>(
    device: *mut DEVICE_OBJECT,
    irp: *mut IRP,
    resources: *mut c_void,
) -> NTSTATUS {
    // SAFETY: a device of ours.
    let slot = unsafe { slot::<F>(device) };
    stop(slot);
    // SAFETY: a device knows its driver.
    let driver = unsafe { (*device).DriverObject };
    // SAFETY: ours.
    let settings = unsafe { Settings::open(driver) };
    // SAFETY: all three are what PortCls gave.
    match unsafe { Adapter::<F>::start(Start { device, irp, resources }, &settings) } {
        Ok(adapter) => {
            slot.store(Box::into_raw(adapter), Ordering::Release);
            STATUS_SUCCESS
        }
        Err(status) => status,
    }
}

/// Lets go of all that belongs to a device before PortCls does, which then finds nothing in use.
unsafe extern "system" fn plug_and_play<F: Filters>(device: *const DEVICE_OBJECT, irp: *mut IRP) -> NTSTATUS {
    let device = device.cast_mut();
    // SAFETY: the kernel gave the request, and it is not passed on yet.
    let location = unsafe { IoGetCurrentIrpStackLocation(irp) };
    // SAFETY: as above.
    let asked = unsafe { (*location).MinorFunction };
    if matches!(asked, IRP_MN_STOP_DEVICE | IRP_MN_SURPRISE_REMOVAL | IRP_MN_REMOVE_DEVICE) {
        // SAFETY: a device of ours.
        stop(unsafe { slot::<F>(device) });
    }
    // SAFETY: both are what the kernel gave.
    unsafe { pc::PcDispatchIrp(device, irp) }
}

/// The slot of a device.
///
/// # Safety
/// It must be a device of this driver.
unsafe fn slot<'a, F>(device: *mut DEVICE_OBJECT) -> &'a Slot<F>
where
    F: Filters,
{
    // SAFETY: the caller's promise.
    let extension = unsafe { (*device).DeviceExtension };
    let own = extension.wrapping_byte_add(PORT_CLASS_DEVICE_EXTENSION_SIZE).cast::<Slot<F>>();
    // SAFETY: `add_device` asked for room for it, and a zeroed one is a null pointer.
    unsafe { &*own }
}

/// Stops a device, if it is started.
fn stop<F: Filters>(slot: &Slot<F>) {
    let adapter = slot.swap(ptr::null_mut(), Ordering::AcqRel);
    if !adapter.is_null() {
        // SAFETY: `start_device` made it a pointer, and only one can take it out of the slot.
        drop(unsafe { Box::from_raw(adapter) });
    }
}
