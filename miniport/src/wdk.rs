//! The feature `wdk`: what Microsoft's own crates add in a build on Windows with the WDK.
//!
//! Lines of the log go through `wdk::println!`, and everything of the kernel that both `wdk-sys`, which bindgen made of the
//! WDK's headers, and we declare is compared when this compiles. PortCls and Kernel Streaming are not in `wdk-sys`.
//! It has not been built yet: `wdk-build` needs Windows.

#[cfg(not(windows))]
compile_error!("the feature `wdk` needs Windows and the WDK; everywhere else the driver is built without it");

use core::ffi::CStr;
use core::mem::{align_of, size_of};

use crate::sys::nt;

/// A line in which `%u` is a number. At `PASSIVE_LEVEL`.
pub fn print(text: &CStr, number: u32) {
    let text = text.to_str().unwrap_or_default();
    match text.split_once("%u") {
        Some((before, after)) => wdk::println!("vcable: {before}{number}{after}"),
        None => wdk::println!("vcable: {text}"),
    }
}

/// Types that both have.
macro_rules! same {
    ($($name:ident),* $(,)?) => {$(
        const _: () = assert!(
            size_of::<nt::$name>() == size_of::<wdk_sys::$name>()
                && align_of::<nt::$name>() == align_of::<wdk_sys::$name>(),
            stringify!($name)
        );
    )*};
}

same!(
    DEVICE_DESCRIPTION,
    DEVICE_OBJECT,
    DRIVER_OBJECT,
    IO_STACK_LOCATION,
    IRP,
    KEVENT,
    KEY_VALUE_PARTIAL_INFORMATION,
    MDL,
    OBJECT_ATTRIBUTES,
    UNICODE_STRING,
);

/// Offsets of fields by which the driver reaches into them.
macro_rules! offsets {
    ($($name:ident { $($field:ident),* })*) => {$($(
        const _: () = assert!(
            core::mem::offset_of!(nt::$name, $field) == core::mem::offset_of!(wdk_sys::$name, $field),
            concat!(stringify!($name), ".", stringify!($field))
        );
    )*)*};
}

offsets! {
    DRIVER_OBJECT { DeviceObject, DriverUnload, MajorFunction }
    DEVICE_OBJECT { DriverObject, DeviceExtension }
    IO_STACK_LOCATION { MajorFunction, MinorFunction, Parameters, DeviceObject, FileObject, CompletionRoutine, Context }
    KEY_VALUE_PARTIAL_INFORMATION { Type, DataLength, Data }
    MDL { MdlFlags, MappedSystemVa, StartVa, ByteCount, ByteOffset }
    UNICODE_STRING { Length, MaximumLength, Buffer }
    OBJECT_ATTRIBUTES { RootDirectory, ObjectName, Attributes }
}
