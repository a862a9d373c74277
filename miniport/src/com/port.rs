//! Ports: PortCls' halves of our filters.

use core::ffi::c_void;
use core::ptr;

use super::foreign::{Foreign, Interface};
use super::object::{Class, Ref};
use crate::sys::guid::{
    IID_IPort, IID_IPortClsEtwHelper, IID_IPortEvents, IID_IUnregisterPhysicalConnection,
    IID_IUnregisterSubdevice,
};
use crate::sys::nt::{DEVICE_OBJECT, IRP};
use crate::sys::status::NT_SUCCESS;
use crate::sys::vtable::{
    IPortClsEtwHelperVtbl, IPortEventsVtbl, IPortVtbl, IUnregisterPhysicalConnectionVtbl,
    IUnregisterSubdeviceVtbl, eMINIPORT_GLITCH_REPORT,
};
use crate::sys::{GUID, NTSTATUS, pc};

// SAFETY: slots and identifier are of one interface.
unsafe impl Interface for IPortVtbl {
    const IID: GUID = IID_IPort;
}

// SAFETY: as above.
unsafe impl Interface for IPortEventsVtbl {
    const IID: GUID = IID_IPortEvents;
}

// SAFETY: as above.
unsafe impl Interface for IPortClsEtwHelperVtbl {
    const IID: GUID = IID_IPortClsEtwHelper;
}

// SAFETY: as above.
unsafe impl Interface for IUnregisterSubdeviceVtbl {
    const IID: GUID = IID_IUnregisterSubdevice;
}

// SAFETY: as above.
unsafe impl Interface for IUnregisterPhysicalConnectionVtbl {
    const IID: GUID = IID_IUnregisterPhysicalConnection;
}

/// A port of either kind: `IPortTopology` and `IPortWaveRT` add nothing to `IPort`.
pub type Port = Foreign<IPortVtbl>;

/// A status as a result.
pub(crate) fn check(status: NTSTATUS) -> Result<(), NTSTATUS> {
    if NT_SUCCESS(status) { Ok(()) } else { Err(status) }
}

impl Port {
    /// A new port of `class`, like `CLSID_PortWaveRT`.
    ///
    /// # Errors
    /// PortCls' own, without memory.
    pub fn new(class: &GUID) -> Result<Self, NTSTATUS> {
        let mut port = ptr::null_mut();
        // SAFETY: both pointers are for the call.
        check(unsafe { pc::PcNewPort(&raw mut port, class) })?;
        // SAFETY: PortCls gave a port and a reference to it.
        unsafe { Self::owned(port) }
    }

    /// Joins it to its miniport, whose `init` runs meanwhile.
    ///
    /// # Errors
    /// PortCls' own, or the miniport's.
    ///
    /// # Safety
    /// The pointers must be those that PortCls gave when the device was started.
    pub(crate) unsafe fn init<C: Class>(
        &self,
        device: *mut DEVICE_OBJECT,
        irp: *mut IRP,
        miniport: &Ref<C>,
        resources: *mut c_void,
    ) -> Result<(), NTSTATUS> {
        // SAFETY: the caller's pointers; the port takes references of its own.
        let status = unsafe {
            (self.table().Init)(self.this(), device, irp, miniport.interface(), ptr::null_mut(), resources)
        };
        check(status)
    }

    /// What tells clients of events, if it can.
    pub fn events(&self) -> Option<PortEvents> {
        self.query().ok().map(PortEvents)
    }

    /// What writes to the event trace of audio, if it can.
    pub fn trace(&self) -> Option<Trace> {
        self.query().ok().map(Trace)
    }
}

/// A port's events.
#[derive(Clone)]
pub struct PortEvents(Foreign<IPortEventsVtbl>);

impl PortEvents {
    /// Takes a client's entry.
    ///
    /// # Safety
    /// The entry must come from an event request that adds it.
    pub(super) unsafe fn add(&self, entry: *mut c_void) {
        // SAFETY: the slot's own object, and the caller's promise.
        unsafe { (self.0.table().AddEventToEventList)(self.0.this(), entry) };
    }

    /// Tells all clients that an event of a node came. Up to `DISPATCH_LEVEL`.
    pub fn node_changed(&self, set: &GUID, id: u32, node: u32) {
        // SAFETY: the slot's own object, and a pointer for the call.
        unsafe { (self.0.table().GenerateEventList)(self.0.this(), set, id, 0, u32::MAX, 1, node) };
    }
}

/// The event trace of audio (ETW), which Microsoft's tools read.
#[derive(Clone)]
pub struct Trace(Foreign<IPortClsEtwHelperVtbl>);

impl Trace {
    /// Writes that a stream's buffer ran empty, or over: where the stream was and up to where its client had told of
    /// sound, in bytes, and a code of ours for the cause. Up to `DISPATCH_LEVEL`, where Microsoft's sample does it too.
    pub fn glitch(&self, position_bytes: u64, written_bytes: u64, cause: u64) {
        /// The only one of Microsoft's major codes for a buffer that is not there in time (`EPcMiniportEngineEvent`).
        const UNDERRUN: u64 = 1;
        let (this, event) = (self.0.this(), eMINIPORT_GLITCH_REPORT);
        let write = self.0.table().MiniportWriteEtwEvent;
        // SAFETY: the slot's own object. A trace that nobody reads fails, and that is no matter.
        unsafe { write(this, event, position_bytes, written_bytes, UNDERRUN, cause) };
    }
}

/// Takes a registered port out of PortCls' list. What can't be undone is left to PortCls, which forgets it with the
/// device.
pub(crate) fn unregister(device: *mut DEVICE_OBJECT, port: &Port) {
    if let Ok(own) = port.query::<IUnregisterSubdeviceVtbl>() {
        // SAFETY: the slot's own object; the port was registered for this device.
        unsafe { (own.table().UnregisterSubdevice)(own.this(), device, port.this()) };
    }
}

/// Takes a connection out of PortCls' list.
pub(crate) fn disconnect(device: *mut DEVICE_OBJECT, from: &(Port, u32), to: &(Port, u32)) {
    if let Ok(own) = from.0.query::<IUnregisterPhysicalConnectionVtbl>() {
        // SAFETY: the slot's own object; the connection was registered for this device.
        unsafe {
            (own.table().UnregisterPhysicalConnection)(
                own.this(),
                device,
                from.0.this(),
                from.1,
                to.0.this(),
                to.1,
            )
        };
    }
}
