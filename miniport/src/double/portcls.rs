//! `portcls.sys`: ports that note what is done to them.

use core::cell::Cell;
use core::ffi::c_void;
use core::ptr;
use std::boxed::Box;

use super::{attempt, note, status, text};
use crate::sys::guid::{
    CLSID_PortTopology, CLSID_PortWaveRT, IID_IPort, IID_IUnknown, IID_IUnregisterPhysicalConnection,
    IID_IUnregisterSubdevice,
};
use crate::sys::nt::{DEVICE_OBJECT, DRIVER_OBJECT, IRP, UNICODE_STRING};
use crate::sys::pc::{DRIVER_ADD_DEVICE, PCPFNSTARTDEVICE};
use crate::sys::status::{STATUS_NOINTERFACE, STATUS_SUCCESS};
use crate::sys::vtable::{
    IPortVtbl, IUnknownVtbl, IUnregisterPhysicalConnectionVtbl, IUnregisterSubdeviceVtbl,
};
use crate::sys::{GUID, NTSTATUS};

std::thread_local! {
    static PORTS: Cell<u32> = const { Cell::new(0) };
    static POWER: Cell<*mut c_void> = const { Cell::new(ptr::null_mut()) };
    static START: Cell<Option<PCPFNSTARTDEVICE>> = const { Cell::new(None) };
}

/// A port: three interfaces, its references, its number, and the miniport that it holds.
#[repr(C)]
struct Port {
    tables: [*const c_void; 3],
    references: u32,
    number: u32,
    miniport: *mut c_void,
}

/// The port behind its interface `FACE`.
fn port<'a, const FACE: usize>(this: *mut c_void) -> &'a mut Port {
    // SAFETY: tests call with ports only, one at a time.
    unsafe { &mut *this.cast::<*const c_void>().wrapping_sub(FACE).cast::<Port>() }
}

/// Ports that live on this thread.
pub(crate) fn ports() -> u32 {
    PORTS.get()
}

/// What follows the power on this thread, or null.
pub(crate) fn power() -> *mut c_void {
    POWER.get()
}

/// The table of an object.
pub(crate) fn unknown<'a>(this: *mut c_void) -> &'a IUnknownVtbl {
    // SAFETY: an interface begins with its table.
    let table = unsafe { *this.cast::<*const IUnknownVtbl>() };
    // SAFETY: tables live on.
    unsafe { &*table }
}

/// Gives a reference back.
pub(crate) fn release(this: *mut c_void) -> u32 {
    // SAFETY: the slot's own object.
    unsafe { (unknown(this).Release)(this) }
}

const fn unknown_slots<const FACE: usize>() -> IUnknownVtbl {
    IUnknownVtbl { QueryInterface: query::<FACE>, AddRef: add::<FACE>, Release: give_back::<FACE> }
}

static PORT: IPortVtbl = IPortVtbl {
    base: unknown_slots::<0>(),
    Init: init,
    GetDeviceProperty: no_property,
    NewRegistryKey: no_key,
};
static SUBDEVICE: IUnregisterSubdeviceVtbl =
    IUnregisterSubdeviceVtbl { base: unknown_slots::<1>(), UnregisterSubdevice: unregister };
static CONNECTION: IUnregisterPhysicalConnectionVtbl = IUnregisterPhysicalConnectionVtbl {
    base: unknown_slots::<2>(),
    UnregisterPhysicalConnection: disconnect,
    UnregisterPhysicalConnectionToExternal: to_external,
    UnregisterPhysicalConnectionFromExternal: from_external,
};

unsafe extern "system" fn query<const FACE: usize>(
    this: *mut c_void,
    iid: *const GUID,
    out: *mut *mut c_void,
) -> NTSTATUS {
    let port = port::<FACE>(this);
    // SAFETY: for the call.
    let iid = unsafe { *iid };
    let faces =
        [&[IID_IUnknown, IID_IPort][..], &[IID_IUnregisterSubdevice], &[IID_IUnregisterPhysicalConnection]];
    let Some(face) = faces.iter().position(|face| face.contains(&iid)) else {
        // SAFETY: for the call.
        unsafe { out.write(ptr::null_mut()) };
        return STATUS_NOINTERFACE;
    };
    port.references += 1;
    // SAFETY: for the call.
    unsafe { out.write(ptr::from_mut(&mut port.tables[face]).cast()) };
    STATUS_SUCCESS
}

unsafe extern "system" fn add<const FACE: usize>(this: *mut c_void) -> u32 {
    let port = port::<FACE>(this);
    port.references += 1;
    port.references
}

unsafe extern "system" fn give_back<const FACE: usize>(this: *mut c_void) -> u32 {
    let port = port::<FACE>(this);
    port.references -= 1;
    let left = port.references;
    if left == 0 {
        PORTS.set(PORTS.get() - 1);
        if !port.miniport.is_null() {
            release(port.miniport);
        }
        // SAFETY: `PcNewPort` made it, and this was its last reference.
        drop(unsafe { Box::from_raw(ptr::from_mut(port)) });
    }
    left
}

unsafe extern "system" fn init(
    this: *mut c_void,
    _: *mut DEVICE_OBJECT,
    _: *mut IRP,
    miniport: *mut c_void,
    _: *mut c_void,
    _: *mut c_void,
) -> NTSTATUS {
    let outcome = attempt(std::format!("init {}", port::<0>(this).number));
    if outcome.is_ok() {
        // SAFETY: the slot's own object.
        unsafe { (unknown(miniport).AddRef)(miniport) };
        port::<0>(this).miniport = miniport;
    }
    status(outcome)
}

unsafe extern "system" fn no_property(
    _: *mut c_void,
    _: i32,
    _: u32,
    _: *mut c_void,
    _: *mut u32,
) -> NTSTATUS {
    panic!("nobody asks")
}

unsafe extern "system" fn no_key(
    _: *mut c_void,
    _: *mut *mut c_void,
    _: *mut c_void,
    _: u32,
    _: u32,
    _: *mut c_void,
    _: u32,
    _: *mut u32,
) -> NTSTATUS {
    panic!("nobody asks")
}

unsafe extern "system" fn unregister(_: *mut c_void, _: *mut DEVICE_OBJECT, own: *mut c_void) -> NTSTATUS {
    note(std::format!("unregister {}", port::<0>(own).number));
    release(own);
    STATUS_SUCCESS
}

unsafe extern "system" fn disconnect(
    _: *mut c_void,
    _: *mut DEVICE_OBJECT,
    from: *mut c_void,
    from_pin: u32,
    to: *mut c_void,
    to_pin: u32,
) -> NTSTATUS {
    let (from, to) = (port::<0>(from).number, port::<0>(to).number);
    note(std::format!("disconnect {from}.{from_pin} {to}.{to_pin}"));
    STATUS_SUCCESS
}

unsafe extern "system" fn to_external(
    _: *mut c_void,
    _: *mut DEVICE_OBJECT,
    _: *mut c_void,
    _: u32,
    _: *const c_void,
    _: u32,
) -> NTSTATUS {
    panic!("nobody asks")
}

unsafe extern "system" fn from_external(
    _: *mut c_void,
    _: *mut DEVICE_OBJECT,
    _: *const c_void,
    _: u32,
    _: *mut c_void,
    _: u32,
) -> NTSTATUS {
    panic!("nobody asks")
}

#[unsafe(no_mangle)]
extern "system" fn PcNewPort(out: *mut *mut c_void, class: *const GUID) -> NTSTATUS {
    // SAFETY: for the call.
    let class = unsafe { *class };
    assert!(class == CLSID_PortTopology || class == CLSID_PortWaveRT, "{class:?}");
    let kind = if class == CLSID_PortWaveRT { "wave" } else { "topology" };
    let number = PORTS.get();
    let outcome = attempt(std::format!("port {number} {kind}"));
    if outcome.is_ok() {
        PORTS.set(number + 1);
        let tables = [
            ptr::from_ref(&PORT).cast(),
            ptr::from_ref(&SUBDEVICE).cast(),
            ptr::from_ref(&CONNECTION).cast(),
        ];
        let port = Port { tables, references: 1, number, miniport: ptr::null_mut() };
        // SAFETY: for the call.
        unsafe { out.write(Box::into_raw(Box::new(port)).cast()) };
    }
    status(outcome)
}

#[unsafe(no_mangle)]
extern "system" fn PcRegisterSubdevice(
    _: *mut DEVICE_OBJECT,
    name: *const u16,
    own: *mut c_void,
) -> NTSTATUS {
    // SAFETY: a name ends in a zero.
    let units = (0..).map(|at| unsafe { name.wrapping_add(at).read() }).take_while(|&unit| unit != 0);
    let name = text(&units.collect::<std::vec::Vec<_>>());
    let outcome = attempt(std::format!("register {} {name}", port::<0>(own).number));
    if outcome.is_ok() {
        port::<0>(own).references += 1;
    }
    status(outcome)
}

#[unsafe(no_mangle)]
extern "system" fn PcRegisterPhysicalConnection(
    _: *mut DEVICE_OBJECT,
    from: *mut c_void,
    from_pin: u32,
    to: *mut c_void,
    to_pin: u32,
) -> NTSTATUS {
    let (from, to) = (port::<0>(from).number, port::<0>(to).number);
    status(attempt(std::format!("connect {from}.{from_pin} {to}.{to_pin}")))
}

#[unsafe(no_mangle)]
extern "system" fn PcRegisterAdapterPowerManagement(adapter: *mut c_void, _: *mut c_void) -> NTSTATUS {
    let outcome = attempt("power".into());
    if outcome.is_ok() {
        // SAFETY: the slot's own object.
        unsafe { (unknown(adapter).AddRef)(adapter) };
        POWER.set(adapter);
    }
    status(outcome)
}

#[unsafe(no_mangle)]
extern "system" fn PcUnregisterAdapterPowerManagement(_: *mut DEVICE_OBJECT) -> NTSTATUS {
    note("no power".into());
    release(POWER.replace(ptr::null_mut()));
    STATUS_SUCCESS
}

#[unsafe(no_mangle)]
extern "system" fn PcGetPhysicalDeviceObject(
    device: *mut DEVICE_OBJECT,
    physical: *mut *mut DEVICE_OBJECT,
) -> NTSTATUS {
    let outcome = attempt("physical device".into());
    if outcome.is_ok() {
        // SAFETY: for the call.
        unsafe { physical.write(device) };
    }
    status(outcome)
}

#[unsafe(no_mangle)]
extern "system" fn PcInitializeAdapterDriver(
    _: *mut DRIVER_OBJECT,
    _: *mut UNICODE_STRING,
    add: DRIVER_ADD_DEVICE,
) -> NTSTATUS {
    note("initialise".into());
    // SAFETY: the double below takes anything.
    unsafe { add(ptr::null_mut(), ptr::null_mut()) }
}

#[unsafe(no_mangle)]
extern "system" fn PcAddAdapterDevice(
    _: *mut DRIVER_OBJECT,
    _: *mut DEVICE_OBJECT,
    start: PCPFNSTARTDEVICE,
    most: u32,
    bytes: u32,
) -> NTSTATUS {
    note(std::format!("add {most} {bytes}"));
    START.set(Some(start));
    STATUS_SUCCESS
}

#[unsafe(no_mangle)]
extern "system" fn PcDispatchIrp(_: *mut DEVICE_OBJECT, _: *mut IRP) -> NTSTATUS {
    note("dispatch".into());
    STATUS_SUCCESS
}

/// What starts a device, after the driver was initialised.
pub(crate) fn start() -> PCPFNSTARTDEVICE {
    START.get().expect("the driver was initialised")
}
