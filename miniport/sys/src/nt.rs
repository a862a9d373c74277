//! The kernel: types, functions, and the functions that its headers define in line.
//!
//! Of the types that `windows-sys` has, some are wrong for 64 bits: `IO_STACK_LOCATION` loses the alignment of its
//! parameters, so ours stands here. What drivers import, they import from `ntoskrnl.exe` and `hal.dll`.

use core::ffi::{c_char, c_void};

use bytemuck::{Pod, Zeroable};

use crate::{BOOLEAN, GUID, NTSTATUS};

pub use windows_sys::Wdk::Foundation::{DEVICE_OBJECT, DRIVER_OBJECT, IRP, KEVENT, MDL, OBJECT_ATTRIBUTES};
pub use windows_sys::Win32::Foundation::{DEVPROPKEY, HANDLE, UNICODE_STRING};

/// `KSPIN_LOCK`: a spin lock, zero when free.
pub type KSPIN_LOCK = usize;
/// `KIRQL`: a level of interrupts.
pub type KIRQL = u8;
/// A high-resolution timer.
pub type PEX_TIMER = *mut c_void;
/// What a timer calls, at `DISPATCH_LEVEL`.
pub type EXT_CALLBACK = unsafe extern "system" fn(timer: PEX_TIMER, context: *mut c_void);
/// How memory is cached.
pub type MEMORY_CACHING_TYPE = i32;
/// A device's power state: 1 is on (D0), 4 is off (D3).
pub type DEVICE_POWER_STATE = i32;
/// The system's power state: 1 is working (S0), 4 is sleeping (S3).
pub type SYSTEM_POWER_STATE = i32;
/// Either, four bytes by value. PortCls gives the device's.
pub type POWER_STATE = i32;

/// `PASSIVE_LEVEL`.
pub const PASSIVE_LEVEL: KIRQL = 0;
/// `DISPATCH_LEVEL`.
pub const DISPATCH_LEVEL: KIRQL = 2;
/// `POOL_FLAG_NON_PAGED`: memory that is always there and never executed, zeroed.
pub const POOL_FLAG_NON_PAGED: u64 = 0x40;
/// `POOL_FLAG_PAGED`: memory for `PASSIVE_LEVEL` only, zeroed.
pub const POOL_FLAG_PAGED: u64 = 0x100;
/// `MmCached`.
pub const MmCached: MEMORY_CACHING_TYPE = 1;
/// `EX_TIMER_HIGH_RESOLUTION`.
pub const EX_TIMER_HIGH_RESOLUTION: u32 = 4;
/// `PowerDeviceD0`.
pub const PowerDeviceD0: DEVICE_POWER_STATE = 1;
/// `PowerSystemWorking`.
pub const PowerSystemWorking: SYSTEM_POWER_STATE = 1;
/// `IRP_MJ_PNP`.
pub const IRP_MJ_PNP: usize = 0x1B;
/// `IRP_MN_REMOVE_DEVICE`.
pub const IRP_MN_REMOVE_DEVICE: u8 = 0x02;
/// `IRP_MN_STOP_DEVICE`.
pub const IRP_MN_STOP_DEVICE: u8 = 0x04;
/// `IRP_MN_SURPRISE_REMOVAL`.
pub const IRP_MN_SURPRISE_REMOVAL: u8 = 0x17;
/// `DriverRegKeyParameters`: the key `Parameters` of the driver's service.
pub const DriverRegKeyParameters: i32 = 0;
/// `KEY_READ`.
pub const KEY_READ: u32 = 0x0002_0019;
/// `OBJ_CASE_INSENSITIVE`.
pub const OBJ_CASE_INSENSITIVE: u32 = 0x40;
/// `OBJ_KERNEL_HANDLE`.
pub const OBJ_KERNEL_HANDLE: u32 = 0x200;
/// `KeyValuePartialInformation`.
pub const KeyValuePartialInformation: i32 = 2;
/// `REG_SZ`.
pub const REG_SZ: u32 = 1;
/// `REG_DWORD`.
pub const REG_DWORD: u32 = 4;
/// `DEVPROP_TYPE_BINARY`.
pub const DEVPROP_TYPE_BINARY: u32 = 0x1003;
/// `DPFLTR_IHVAUDIO_ID`: our lines of the debugger's log.
pub const DPFLTR_IHVAUDIO_ID: u32 = 79;
/// `DPFLTR_ERROR_LEVEL`: lines that are shown unless filtered out.
pub const DPFLTR_ERROR_LEVEL: u32 = 0;
/// `MANUALLY_INITIATED_CRASH1` and its kin are others'; this one says that a driver found itself broken.
pub const DRIVER_VIOLATION: u32 = 0x0000_00E2;

/// `DEVPKEY_KsAudio_PacketSize_Constraints2`: limits of packet sizes, on the interface of a wave filter.
pub const DEVPKEY_KsAudio_PacketSize_Constraints2: DEVPROPKEY =
    DEVPROPKEY { fmtid: windows_sys::core::GUID::from_u128(0x9404F781_7191_409B_8B0B_80BF6EC229AE), pid: 2 };

/// What a request asks of a device.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct IO_STACK_LOCATION {
    /// Like [`IRP_MJ_PNP`].
    pub MajorFunction: u8,
    /// Like [`IRP_MN_STOP_DEVICE`].
    pub MinorFunction: u8,
    /// Flags.
    pub Flags: u8,
    /// Flags of the I/O manager.
    pub Control: u8,
    /// Four words whose meaning depends on the functions.
    pub Parameters: [usize; 4],
    /// The device.
    pub DeviceObject: *mut DEVICE_OBJECT,
    /// The open file.
    pub FileObject: *mut c_void,
    /// Called when the request is complete.
    pub CompletionRoutine: *const c_void,
    /// For that.
    pub Context: *mut c_void,
}

/// A value of a registry key. `DataLength` bytes lie at `Data` and after it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct KEY_VALUE_PARTIAL_INFORMATION {
    /// Always 0.
    pub TitleIndex: u32,
    /// Like [`REG_DWORD`].
    pub Type: u32,
    /// Bytes of the data.
    pub DataLength: u32,
    /// The first of them.
    pub Data: [u8; 1],
}

/// What a bus master can do.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct DEVICE_DESCRIPTION {
    /// Always 0 for PortCls.
    pub Version: u32,
    /// Whether it is one.
    pub Master: BOOLEAN,
    /// Whether pages may lie apart.
    pub ScatterGather: BOOLEAN,
    /// For others.
    pub DemandMode: BOOLEAN,
    /// For others.
    pub AutoInitialize: BOOLEAN,
    /// Whether it reaches 4 GiB.
    pub Dma32BitAddresses: BOOLEAN,
    /// For others.
    pub IgnoreCount: BOOLEAN,
    /// Always 0.
    pub Reserved1: BOOLEAN,
    /// Whether it reaches all memory.
    pub Dma64BitAddresses: BOOLEAN,
    /// Its bus.
    pub BusNumber: u32,
    /// For others.
    pub DmaChannel: u32,
    /// Like [`PCIBus`].
    pub InterfaceType: i32,
    /// For others.
    pub DmaWidth: i32,
    /// For others.
    pub DmaSpeed: i32,
    /// Bytes at once.
    pub MaximumLength: u32,
    /// For others.
    pub DmaPort: u32,
    /// For others.
    pub DmaAddressWidth: u32,
    /// For others.
    pub DmaControllerInstance: u32,
    /// For others.
    pub DmaRequestLine: u32,
    /// Not in the header: what the compiler leaves free.
    pub Padding: u32,
    /// For others.
    pub DeviceAddress: i64,
}

/// `PCIBus`.
pub const PCIBus: i32 = 5;

#[cfg_attr(windows, link(name = "hal.dll", kind = "raw-dylib", modifiers = "+verbatim"))]
unsafe extern "system" {
    /// The performance counter; its frequency in Hz too if the pointer is not null. At any IRQL.
    pub fn KeQueryPerformanceCounter(frequency: *mut i64) -> i64;
}

#[cfg_attr(windows, link(name = "ntoskrnl.exe", kind = "raw-dylib", modifiers = "+verbatim"))]
unsafe extern "system" {
    /// Takes a spin lock. Up to `DISPATCH_LEVEL`, which is then the level.
    pub fn KeAcquireSpinLockRaiseToDpc(lock: *mut KSPIN_LOCK) -> KIRQL;
    /// Gives it back and returns to the level before.
    pub fn KeReleaseSpinLock(lock: *mut KSPIN_LOCK, irql: KIRQL);
    /// Signals an event. Up to `DISPATCH_LEVEL`, with `wait` 0.
    pub fn KeSetEvent(event: *mut KEVENT, increment: i32, wait: BOOLEAN) -> i32;
    /// Stops the machine.
    pub fn KeBugCheckEx(code: u32, first: usize, second: usize, third: usize, fourth: usize) -> !;

    /// Memory of the pool, zeroed, or null. Nonpaged up to `DISPATCH_LEVEL`.
    pub fn ExAllocatePool2(flags: u64, bytes: usize, tag: u32) -> *mut c_void;
    /// Gives it back.
    pub fn ExFreePoolWithTag(memory: *mut c_void, tag: u32);

    /// Makes a timer, or gives null. Up to `DISPATCH_LEVEL`.
    pub fn ExAllocateTimer(callback: EXT_CALLBACK, context: *mut c_void, attributes: u32) -> PEX_TIMER;
    /// Starts it: due and period in units of 100 ns, a negative due time counts from now. Tells whether it ran already.
    /// Up to `DISPATCH_LEVEL`.
    pub fn ExSetTimer(timer: PEX_TIMER, due_hns: i64, period_hns: i64, parameters: *const c_void) -> BOOLEAN;
    /// Stops it. Its callback may still run. Up to `DISPATCH_LEVEL`.
    pub fn ExCancelTimer(timer: PEX_TIMER, parameters: *const c_void) -> BOOLEAN;
    /// Stops it and gives it back. With both flags set the callback has ended when this returns, at `PASSIVE_LEVEL`.
    pub fn ExDeleteTimer(
        timer: PEX_TIMER,
        cancel: BOOLEAN,
        wait: BOOLEAN,
        parameters: *const c_void,
    ) -> BOOLEAN;

    /// Maps locked pages. With `bugcheck` 0 it gives null when it can't.
    pub fn MmMapLockedPagesSpecifyCache(
        mdl: *mut MDL,
        mode: i8,
        cache: MEMORY_CACHING_TYPE,
        address: *mut c_void,
        bugcheck: u32,
        priority: u32,
    ) -> *mut c_void;

    /// Opens a registry key of a driver. At `PASSIVE_LEVEL`, as all of the registry.
    pub fn IoOpenDriverRegistryKey(
        driver: *mut DRIVER_OBJECT,
        kind: i32,
        access: u32,
        flags: u32,
        key: *mut HANDLE,
    ) -> NTSTATUS;
    /// Opens a registry key.
    pub fn ZwOpenKey(key: *mut HANDLE, access: u32, attributes: *const OBJECT_ATTRIBUTES) -> NTSTATUS;
    /// Reads a value.
    pub fn ZwQueryValueKey(
        key: HANDLE,
        name: *const UNICODE_STRING,
        class: i32,
        information: *mut c_void,
        room_bytes: u32,
        information_bytes: *mut u32,
    ) -> NTSTATUS;
    /// Closes a handle.
    pub fn ZwClose(handle: HANDLE) -> NTSTATUS;

    /// Registers an interface of a device and gives its link, to be freed. At `PASSIVE_LEVEL`.
    pub fn IoRegisterDeviceInterface(
        physical_device: *mut DEVICE_OBJECT,
        class: *const GUID,
        reference: *const UNICODE_STRING,
        link: *mut UNICODE_STRING,
    ) -> NTSTATUS;
    /// Sets a property of an interface. At `PASSIVE_LEVEL`.
    pub fn IoSetDeviceInterfacePropertyData(
        link: *const UNICODE_STRING,
        key: *const DEVPROPKEY,
        lcid: u32,
        flags: u32,
        kind: u32,
        bytes: u32,
        data: *const c_void,
    ) -> NTSTATUS;
    /// Frees the text of a string that the kernel made. At `PASSIVE_LEVEL`.
    pub fn RtlFreeUnicodeString(string: *mut UNICODE_STRING);
}

#[cfg_attr(windows, link(name = "ntoskrnl.exe", kind = "raw-dylib", modifiers = "+verbatim"))]
unsafe extern "C" {
    /// Writes a line to the debugger. Without wide strings up to `DIRQL`.
    pub fn DbgPrintEx(component: u32, level: u32, format: *const c_char, ...) -> u32;
}

/// `KeInitializeSpinLock`: a free lock.
pub const FREE_SPIN_LOCK: KSPIN_LOCK = 0;

/// `IoGetCurrentIrpStackLocation`.
///
/// # Safety
/// `irp` must be a request that this driver was given and has neither passed on nor completed.
pub unsafe fn IoGetCurrentIrpStackLocation(irp: *const IRP) -> *const IO_STACK_LOCATION {
    // SAFETY: the caller's promise.
    let tail = unsafe { (*irp).Tail };
    // SAFETY: drivers see no other side of these unions.
    let overlay = unsafe { tail.Overlay };
    // SAFETY: as above.
    unsafe { overlay.Anonymous2.Anonymous.CurrentStackLocation }.cast()
}

/// `MmGetMdlByteCount`.
///
/// # Safety
/// `mdl` must be a memory descriptor list.
pub unsafe fn MmGetMdlByteCount(mdl: *const MDL) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { (*mdl).ByteCount }
}

/// `MmGetMdlByteOffset`.
///
/// # Safety
/// As for [`MmGetMdlByteCount`].
pub unsafe fn MmGetMdlByteOffset(mdl: *const MDL) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { (*mdl).ByteOffset }
}
