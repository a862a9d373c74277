//! What the driver may import, by module and name: functions that Windows exports since 10.0.19041.

use super::{debug, event, interface, mdl, pool, registry, spin, timer};
use crate::portcls;
use crate::verifier;

/// `KeBugCheckEx`.
extern "win64" fn bug_check(code: u32, a: usize, b: usize, c: usize, d: usize) -> ! {
    verifier::violation(&format!(
        "the driver stops the machine: KeBugCheckEx {code:#x} {a:#x} {b:#x} {c:#x} {d:#x}"
    ))
}

/// The address of a double.
macro_rules! at {
    ($function:path) => {
        $function as *const () as usize
    };
}

/// The double of a function, if there is one.
pub fn find(module: &str, name: &str) -> Option<usize> {
    match module {
        "hal.dll" => (name == "KeQueryPerformanceCounter").then_some(at!(timer::query)),
        "ntoskrnl.exe" => kernel(name),
        "portcls.sys" => portcls::exports::find(name),
        _ => None,
    }
}

fn kernel(name: &str) -> Option<usize> {
    Some(match name {
        "DbgPrint" => debug::entries()[1],
        "DbgPrintEx" => debug::entries()[0],
        "ExAllocatePool2" => at!(pool::allocate),
        "ExAllocateTimer" => at!(timer::allocate),
        "ExCancelTimer" => at!(timer::cancel),
        "ExDeleteTimer" => at!(timer::delete),
        "ExFreePoolWithTag" => at!(pool::free),
        "ExSetTimer" => at!(timer::set),
        "IoOpenDriverRegistryKey" => at!(registry::open_driver_key),
        "IoRegisterDeviceInterface" => at!(interface::register),
        "IoSetDeviceInterfacePropertyData" => at!(interface::set_property),
        "KeAcquireSpinLockRaiseToDpc" => at!(spin::acquire),
        "KeBugCheckEx" => at!(bug_check),
        "KeQueryPerformanceCounter" => at!(timer::query),
        "KeReleaseSpinLock" => at!(spin::release),
        "KeSetEvent" => at!(event::set),
        "MmMapLockedPagesSpecifyCache" => at!(mdl::map_locked_pages),
        "RtlFreeUnicodeString" => at!(interface::free_string),
        "ZwClose" => at!(registry::close),
        "ZwOpenKey" => at!(registry::open_key),
        "ZwQueryValueKey" => at!(registry::query_value),
        _ => return None,
    })
}
