//! PortCls: descriptors, requests, and the functions of `portcls.sys`.
//!
//! All functions are for `PASSIVE_LEVEL` unless they say otherwise.

use core::ffi::c_void;

use crate::ks::KSPIN_DESCRIPTOR;
use crate::nt::{DEVICE_OBJECT, DRIVER_OBJECT, IRP, UNICODE_STRING};
use crate::{GUID, NTSTATUS};

/// What answers a property.
pub type PCPFNPROPERTY_HANDLER = unsafe extern "system" fn(request: *mut PCPROPERTY_REQUEST) -> NTSTATUS;
/// What enables, disables or supports an event.
pub type PCPFNEVENT_HANDLER = unsafe extern "system" fn(request: *mut PCEVENT_REQUEST) -> NTSTATUS;

/// One property of a filter, pin or node.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PCPROPERTY_ITEM {
    /// Its set.
    pub Set: *const GUID,
    /// Its number.
    pub Id: u32,
    /// Its verbs.
    pub Flags: u32,
    /// Its handler.
    pub Handler: Option<PCPFNPROPERTY_HANDLER>,
}

/// One event of a filter, pin or node.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PCEVENT_ITEM {
    /// Its set.
    pub Set: *const GUID,
    /// Its number.
    pub Id: u32,
    /// Like `KSEVENT_TYPE_ENABLE`.
    pub Flags: u32,
    /// Its handler.
    pub Handler: Option<PCPFNEVENT_HANDLER>,
}

/// One method. We have none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PCMETHOD_ITEM {
    /// Its set.
    pub Set: *const GUID,
    /// Its number.
    pub Id: u32,
    /// Its kind.
    pub Flags: u32,
    /// Its handler.
    pub Handler: *const c_void,
}

/// Properties, methods and events of a filter, pin or node. Item sizes are 24 at least, and an empty list is null.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PCAUTOMATION_TABLE {
    /// Bytes of a property.
    pub PropertyItemSize: u32,
    /// Properties.
    pub PropertyCount: u32,
    /// Them.
    pub Properties: *const PCPROPERTY_ITEM,
    /// Bytes of a method.
    pub MethodItemSize: u32,
    /// Methods.
    pub MethodCount: u32,
    /// Them.
    pub Methods: *const PCMETHOD_ITEM,
    /// Bytes of an event.
    pub EventItemSize: u32,
    /// Events.
    pub EventCount: u32,
    /// Them.
    pub Events: *const PCEVENT_ITEM,
    /// Always 0.
    pub Reserved: u32,
}

/// A line between two pins of nodes; the filter itself is `KSFILTER_NODE`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PCCONNECTION_DESCRIPTOR {
    /// Where it begins.
    pub FromNode: u32,
    /// At which pin.
    pub FromNodePin: u32,
    /// Where it ends.
    pub ToNode: u32,
    /// At which pin.
    pub ToNodePin: u32,
}

/// A node.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PCNODE_DESCRIPTOR {
    /// Always 0.
    pub Flags: u32,
    /// Its properties, or null.
    pub AutomationTable: *const PCAUTOMATION_TABLE,
    /// Like `KSNODETYPE_VOLUME`.
    pub Type: *const GUID,
    /// Its name, or null: that of its type.
    pub Name: *const GUID,
}

/// A pin type.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PCPIN_DESCRIPTOR {
    /// Most instances in all.
    pub MaxGlobalInstanceCount: u32,
    /// Most instances on one filter.
    pub MaxFilterInstanceCount: u32,
    /// Instances that a filter needs.
    pub MinFilterInstanceCount: u32,
    /// Its properties, or null.
    pub AutomationTable: *const PCAUTOMATION_TABLE,
    /// The rest.
    pub KsPinDescriptor: KSPIN_DESCRIPTOR,
}

/// A filter.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PCFILTER_DESCRIPTOR {
    /// Always 0.
    pub Version: u32,
    /// Its properties, or null.
    pub AutomationTable: *const PCAUTOMATION_TABLE,
    /// Bytes of a pin.
    pub PinSize: u32,
    /// Pins.
    pub PinCount: u32,
    /// Them.
    pub Pins: *const PCPIN_DESCRIPTOR,
    /// Bytes of a node.
    pub NodeSize: u32,
    /// Nodes.
    pub NodeCount: u32,
    /// Them, or null.
    pub Nodes: *const PCNODE_DESCRIPTOR,
    /// Connections.
    pub ConnectionCount: u32,
    /// Them.
    pub Connections: *const PCCONNECTION_DESCRIPTOR,
    /// Categories; 0 selects PortCls' own.
    pub CategoryCount: u32,
    /// Them, or null.
    pub Categories: *const GUID,
}

/// A property request.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PCPROPERTY_REQUEST {
    /// The miniport.
    pub MajorTarget: *mut c_void,
    /// The stream, or null.
    pub MinorTarget: *mut c_void,
    /// The node, or `KSFILTER_NODE`. A client's word: not to be trusted.
    pub Node: u32,
    /// Which item of the table.
    pub PropertyItem: *const PCPROPERTY_ITEM,
    /// What is asked.
    pub Verb: u32,
    /// Bytes of the next.
    pub InstanceSize: u32,
    /// What followed `KSPROPERTY` or `KSNODEPROPERTY`.
    pub Instance: *mut c_void,
    /// Bytes of the next: room when asked, used when answered.
    pub ValueSize: u32,
    /// The value.
    pub Value: *mut c_void,
    /// The request to the device.
    pub Irp: *mut IRP,
}

/// An event request.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PCEVENT_REQUEST {
    /// The miniport.
    pub MajorTarget: *mut c_void,
    /// The stream, or null.
    pub MinorTarget: *mut c_void,
    /// The node, or `KSFILTER_NODE`.
    pub Node: u32,
    /// Which item of the table.
    pub EventItem: *const PCEVENT_ITEM,
    /// The client's entry, to be given to `IPortEvents`.
    pub EventEntry: *mut c_void,
    /// Like `PCEVENT_VERB_ADD`.
    pub Verb: u32,
    /// The request to the device.
    pub Irp: *mut IRP,
}

/// `PORT_CLASS_DEVICE_EXTENSION_SIZE`: bytes of PortCls' part of a device's extension, before ours.
pub const PORT_CLASS_DEVICE_EXTENSION_SIZE: usize = 64 * size_of::<usize>();

/// `PCEVENT_VERB_ADD`: a client wants the event.
pub const PCEVENT_VERB_ADD: u32 = 1;
/// `PCEVENT_VERB_REMOVE`: a client wants it no more.
pub const PCEVENT_VERB_REMOVE: u32 = 2;
/// `PCEVENT_VERB_SUPPORT`: a client asks whether there is such an event.
pub const PCEVENT_VERB_SUPPORT: u32 = 4;

/// Descriptors stand in immutable statics, whoever reads them.
macro_rules! shared {
    ($($name:ident),*) => {$(
        // SAFETY: plain data; what it points to is reached only by unsafe code, which answers for it.
        unsafe impl Sync for $name {}
    )*};
}

shared!(
    PCPROPERTY_ITEM,
    PCEVENT_ITEM,
    PCMETHOD_ITEM,
    PCAUTOMATION_TABLE,
    PCNODE_DESCRIPTOR,
    PCPIN_DESCRIPTOR,
    PCFILTER_DESCRIPTOR
);

/// Called when a device of ours is found.
pub type DRIVER_ADD_DEVICE =
    unsafe extern "system" fn(driver: *mut DRIVER_OBJECT, device: *mut DEVICE_OBJECT) -> NTSTATUS;
/// Called when it is started. The last is an `IResourceList`.
pub type PCPFNSTARTDEVICE =
    unsafe extern "system" fn(device: *mut DEVICE_OBJECT, irp: *mut IRP, resources: *mut c_void) -> NTSTATUS;

#[cfg_attr(windows, link(name = "portcls.sys", kind = "raw-dylib", modifiers = "+verbatim"))]
unsafe extern "system" {
    /// Gives the driver object PortCls' entries.
    pub fn PcInitializeAdapterDriver(
        driver: *mut DRIVER_OBJECT,
        registry_path: *mut UNICODE_STRING,
        add_device: DRIVER_ADD_DEVICE,
    ) -> NTSTATUS;

    /// Makes the device object. `max_objects` limits the subdevices; an extension size is 0 or 64 pointers at least.
    pub fn PcAddAdapterDevice(
        driver: *mut DRIVER_OBJECT,
        physical_device: *mut DEVICE_OBJECT,
        start_device: PCPFNSTARTDEVICE,
        max_objects: u32,
        device_extension_bytes: u32,
    ) -> NTSTATUS;

    /// Makes a port.
    pub fn PcNewPort(port: *mut *mut c_void, class: *const GUID) -> NTSTATUS;

    /// Registers a port under a name, which must outlive the device object.
    pub fn PcRegisterSubdevice(device: *mut DEVICE_OBJECT, name: *const u16, port: *mut c_void) -> NTSTATUS;

    /// Joins an output pin of one subdevice to an input pin of another. Both are ports.
    pub fn PcRegisterPhysicalConnection(
        device: *mut DEVICE_OBJECT,
        from: *mut c_void,
        from_pin: u32,
        to: *mut c_void,
        to_pin: u32,
    ) -> NTSTATUS;

    /// Lets an object follow the power state of the device.
    pub fn PcRegisterAdapterPowerManagement(adapter: *mut c_void, device: *mut c_void) -> NTSTATUS;

    /// Ends that.
    pub fn PcUnregisterAdapterPowerManagement(device: *mut DEVICE_OBJECT) -> NTSTATUS;

    /// The device that the bus reported. At any IRQL.
    pub fn PcGetPhysicalDeviceObject(
        device: *mut DEVICE_OBJECT,
        physical: *mut *mut DEVICE_OBJECT,
    ) -> NTSTATUS;

    /// PortCls' own dispatch.
    pub fn PcDispatchIrp(device: *mut DEVICE_OBJECT, irp: *mut IRP) -> NTSTATUS;
}
