//! `ntoskrnl.exe` and `hal.dll`.

use core::ffi::{c_char, c_void};
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::boxed::Box;
use std::time::Instant;

use super::{attempt, note, status, text};
use crate::sys::nt::{
    DEVICE_OBJECT, DEVPROPKEY, EXT_CALLBACK, KEVENT, KIRQL, KSPIN_LOCK, PASSIVE_LEVEL, PEX_TIMER,
    UNICODE_STRING,
};
use crate::sys::{BOOLEAN, GUID, NTSTATUS};

/// The lock as an atomic.
fn lock<'a>(lock: *mut KSPIN_LOCK) -> &'a AtomicUsize {
    // SAFETY: a lock is a word that is only touched as one.
    unsafe { AtomicUsize::from_ptr(lock) }
}

#[unsafe(no_mangle)]
extern "system" fn KeAcquireSpinLockRaiseToDpc(spin: *mut KSPIN_LOCK) -> KIRQL {
    while lock(spin).swap(1, Ordering::Acquire) != 0 {
        std::thread::yield_now();
    }
    PASSIVE_LEVEL
}

#[unsafe(no_mangle)]
extern "system" fn KeReleaseSpinLock(spin: *mut KSPIN_LOCK, _: KIRQL) {
    assert_eq!(lock(spin).swap(0, Ordering::Release), 1, "a lock that is not held");
}

#[unsafe(no_mangle)]
extern "system" fn KeQueryPerformanceCounter(frequency: *mut i64) -> i64 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    // SAFETY: null or for the call.
    if let Some(frequency) = unsafe { frequency.as_mut() } {
        *frequency = 10_000_000;
    }
    (START.get_or_init(Instant::now).elapsed().as_nanos() / 100) as i64
}

#[unsafe(no_mangle)]
extern "system" fn KeSetEvent(_: *mut KEVENT, _: i32, _: BOOLEAN) -> i32 {
    note("KeSetEvent".into());
    0
}

#[unsafe(no_mangle)]
extern "C" fn DbgPrintEx(_: u32, _: u32, format: *const c_char, number: u32) -> u32 {
    // SAFETY: a format is a string.
    let format = unsafe { core::ffi::CStr::from_ptr(format) }.to_string_lossy();
    note(std::format!("DbgPrintEx {}", format.replace("%u", &std::format!("{number}")).trim_end()));
    0
}

#[unsafe(no_mangle)]
extern "system" fn ExAllocateTimer(_: EXT_CALLBACK, _: *mut c_void, attributes: u32) -> PEX_TIMER {
    match attempt(std::format!("ExAllocateTimer {attributes}")) {
        Ok(()) => Box::into_raw(Box::new(0_u64)).cast(),
        Err(_) => ptr::null_mut(),
    }
}

#[unsafe(no_mangle)]
extern "system" fn ExSetTimer(_: PEX_TIMER, due_hns: i64, period_hns: i64, _: *const c_void) -> BOOLEAN {
    note(std::format!("ExSetTimer {due_hns} {period_hns}"));
    0
}

#[unsafe(no_mangle)]
extern "system" fn ExCancelTimer(_: PEX_TIMER, _: *const c_void) -> BOOLEAN {
    note("ExCancelTimer".into());
    0
}

#[unsafe(no_mangle)]
extern "system" fn ExDeleteTimer(
    timer: PEX_TIMER,
    cancel: BOOLEAN,
    wait: BOOLEAN,
    _: *const c_void,
) -> BOOLEAN {
    note(std::format!("ExDeleteTimer {cancel} {wait}"));
    // SAFETY: `ExAllocateTimer` made it.
    drop(unsafe { Box::from_raw(timer.cast::<u64>()) });
    0
}

/// The text of a string.
pub(super) fn text_of(string: *const UNICODE_STRING) -> std::string::String {
    // SAFETY: for the call.
    let string = unsafe { *string };
    // SAFETY: a string has as many bytes.
    text(unsafe { core::slice::from_raw_parts(string.Buffer, usize::from(string.Length) / 2) })
}

#[unsafe(no_mangle)]
extern "system" fn IoRegisterDeviceInterface(
    _: *mut DEVICE_OBJECT,
    _: *const GUID,
    reference: *const UNICODE_STRING,
    link: *mut UNICODE_STRING,
) -> NTSTATUS {
    let name = text_of(reference);
    let outcome = attempt(std::format!("IoRegisterDeviceInterface {name}"));
    if outcome.is_ok() {
        let units: Box<[u16]> = name.encode_utf16().collect();
        let bytes = (units.len() * 2) as u16;
        let made =
            UNICODE_STRING { Length: bytes, MaximumLength: bytes, Buffer: Box::leak(units).as_mut_ptr() };
        // SAFETY: for the call.
        unsafe { link.write(made) };
    }
    status(outcome)
}

#[unsafe(no_mangle)]
extern "system" fn IoSetDeviceInterfacePropertyData(
    link: *const UNICODE_STRING,
    _: *const DEVPROPKEY,
    _: u32,
    _: u32,
    kind: u32,
    bytes: u32,
    _: *const c_void,
) -> NTSTATUS {
    let name = text_of(link);
    status(attempt(std::format!("IoSetDeviceInterfacePropertyData {name} {kind:#x} {bytes}")))
}

#[unsafe(no_mangle)]
extern "system" fn RtlFreeUnicodeString(string: *mut UNICODE_STRING) {
    note(std::format!("RtlFreeUnicodeString {}", text_of(string)));
    // SAFETY: for the call.
    let string = unsafe { *string };
    let units = ptr::slice_from_raw_parts_mut(string.Buffer, usize::from(string.Length) / 2);
    // SAFETY: `IoRegisterDeviceInterface` leaked it.
    drop(unsafe { Box::from_raw(units) });
}
