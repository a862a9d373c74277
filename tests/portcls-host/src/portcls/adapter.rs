//! The adapter: the device, its subdevices and the connections between them.

use std::sync::{Arc, Mutex};

use super::object::{Object, Reference, find};
use super::port::Port;
use super::stream;
use crate::abi::Status;
use crate::abi::guid::{IID_POWER_MANAGEMENT, IID_POWER_MANAGEMENT2, IID_POWER_MANAGEMENT3};
use crate::call;
use crate::com::Com;
use crate::nt::device::{self, Irp};
use crate::nt::{inject, irql, locked};
use crate::{memory, order, verifier};

/// A named part of the device.
#[derive(Debug)]
struct Subdevice {
    name: String,
    name_at: usize,
    port: Reference,
    order: u64,
}

/// `from` pin of `from` to `to` pin of `to`; subdevices by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Connection {
    /// Where the sound comes from.
    pub from: String,
    /// Its pin.
    pub from_pin: u32,
    /// Where it goes.
    pub to: String,
    /// Its pin.
    pub to_pin: u32,
    /// When it was made, in the order of [`order::next`].
    pub order: u64,
}

#[derive(Debug)]
struct Adapter {
    add_device: usize,
    start_device: usize,
    max_objects: u32,
    subdevices: Vec<Subdevice>,
    connections: Vec<Connection>,
    power: Option<Com>,
    unloaded: bool,
}

static ADAPTER: Mutex<Adapter> = Mutex::new(Adapter {
    add_device: 0,
    start_device: 0,
    max_objects: 0,
    subdevices: Vec::new(),
    connections: Vec::new(),
    power: None,
    unloaded: false,
});

/// What the driver said that `AddDevice` is.
pub fn add_device() -> usize {
    locked(&ADAPTER).add_device
}

/// How many subdevices the driver said there may be.
pub fn max_objects() -> u32 {
    locked(&ADAPTER).max_objects
}

/// The object that follows the device's power.
pub fn power() -> Option<Com> {
    let address = locked(&ADAPTER).power.as_ref().map(Com::address);
    address.map(Com::referenced)
}

/// Whether the driver let PortCls unload.
pub fn is_unloaded() -> bool {
    locked(&ADAPTER).unloaded
}

/// The registered subdevices: name, port, and when. Their names must still be where the driver said.
pub fn subdevices() -> Vec<(String, Port, u64)> {
    let subdevices: Vec<_> = locked(&ADAPTER)
        .subdevices
        .iter()
        .map(|one| (one.name.clone(), one.name_at, Port::of(&one.port), one.order))
        .collect();
    subdevices
        .into_iter()
        .map(|(name, at, port, order)| {
            if memory::read_wide(at) != name {
                verifier::violation(&format!("the name of the subdevice {name} did not stay"));
            }
            (name, port, order)
        })
        .collect()
}

/// The physical connections.
pub fn connections() -> Vec<Connection> {
    locked(&ADAPTER).connections.clone()
}

/// `PcInitializeAdapterDriver`.
pub(super) extern "win64" fn initialize(driver: usize, path: usize, add_device: usize) -> Status {
    irql::require("PcInitializeAdapterDriver", irql::PASSIVE);
    if driver != device::driver() || path == 0 {
        verifier::violation("PcInitializeAdapterDriver with another driver object");
    }
    if inject::fails() {
        return Status::INSUFFICIENT_RESOURCES;
    }
    locked(&ADAPTER).add_device = add_device;
    device::set_functions(dispatch as *const () as usize, unload as *const () as usize);
    Status::SUCCESS
}

extern "win64" fn unload(_driver: usize) {
    irql::require("PortCls' DriverUnload", irql::PASSIVE);
    locked(&ADAPTER).unloaded = true;
}

/// `PcAddAdapterDevice`.
pub(super) extern "win64" fn add(
    driver: usize,
    physical: usize,
    start: usize,
    max: u32,
    extension: u32,
) -> Status {
    const LEAST_EXTENSION: u32 = 64 * 8;
    irql::require("PcAddAdapterDevice", irql::PASSIVE);
    if driver != device::driver() || physical != device::physical() {
        verifier::violation("PcAddAdapterDevice with other objects");
    }
    if extension != 0 && extension < LEAST_EXTENSION {
        verifier::violation(&format!("PcAddAdapterDevice with an extension of {extension} bytes"));
    }
    if inject::fails() {
        return Status::INSUFFICIENT_RESOURCES;
    }
    let mut adapter = locked(&ADAPTER);
    adapter.start_device = start;
    adapter.max_objects = max;
    drop(adapter);
    device::create(extension.max(LEAST_EXTENSION) as usize);
    Status::SUCCESS
}

fn check_device(function: &str, functional: usize) {
    irql::require(function, irql::PASSIVE);
    if functional != device::functional() {
        verifier::violation(&format!("{function} with {functional:#x}, which is not the device"));
    }
}

/// `PcRegisterSubdevice`.
pub(super) extern "win64" fn register(functional: usize, name_at: usize, port: usize) -> Status {
    check_device("PcRegisterSubdevice", functional);
    let port = find("PcRegisterSubdevice", port);
    if locked(&port.held).is_empty() {
        verifier::violation("PcRegisterSubdevice of a port that is not initialised");
    }
    if inject::fails() {
        return Status::INSUFFICIENT_RESOURCES;
    }
    let name = memory::read_wide(name_at);
    let mut adapter = locked(&ADAPTER);
    if adapter.subdevices.len() >= adapter.max_objects as usize {
        return Status::INSUFFICIENT_RESOURCES;
    }
    let known = adapter.subdevices.iter().any(|one| one.name.eq_ignore_ascii_case(&name));
    let order = order::next();
    adapter.subdevices.push(Subdevice { name: name.clone(), name_at, port: port.reference(), order });
    drop(adapter);
    if known {
        verifier::violation(&format!("two subdevices are called {name}"));
    }
    Status::SUCCESS
}

fn known_name(port: &Arc<Object>) -> Option<String> {
    let adapter = locked(&ADAPTER);
    adapter.subdevices.iter().find(|one| Arc::ptr_eq(&one.port, port)).map(|one| one.name.clone())
}

fn name_of(function: &str, port: &Arc<Object>) -> String {
    let found = known_name(port);
    found.unwrap_or_else(|| verifier::violation(&format!("{function} of a port that is no subdevice")))
}

/// The name of the subdevice that a port is of; empty while it is of none.
pub(super) fn name_of_port(port: &Arc<Object>) -> String {
    known_name(port).unwrap_or_default()
}

fn ends(function: &str, from: usize, from_pin: u32, to: usize, to_pin: u32) -> Connection {
    let from = name_of(function, &find(function, from));
    let to = name_of(function, &find(function, to));
    Connection { from, from_pin, to, to_pin, order: order::next() }
}

fn is_same(one: &Connection, other: &Connection) -> bool {
    Connection { order: 0, ..one.clone() } == Connection { order: 0, ..other.clone() }
}

/// `PcRegisterPhysicalConnection`.
pub(super) extern "win64" fn connect(
    functional: usize,
    from: usize,
    from_pin: u32,
    to: usize,
    to_pin: u32,
) -> Status {
    check_device("PcRegisterPhysicalConnection", functional);
    let connection = ends("PcRegisterPhysicalConnection", from, from_pin, to, to_pin);
    if inject::fails() {
        return Status::INSUFFICIENT_RESOURCES;
    }
    locked(&ADAPTER).connections.push(connection);
    Status::SUCCESS
}

/// `IUnregisterPhysicalConnection::UnregisterPhysicalConnection`.
pub(super) extern "win64" fn unregister_connection(
    _this: usize,
    functional: usize,
    from: usize,
    from_pin: u32,
    to: usize,
    to_pin: u32,
) -> Status {
    check_device("UnregisterPhysicalConnection", functional);
    let connection = ends("UnregisterPhysicalConnection", from, from_pin, to, to_pin);
    let mut adapter = locked(&ADAPTER);
    let before = adapter.connections.len();
    adapter.connections.retain(|other| !is_same(&connection, other));
    if adapter.connections.len() < before { Status::SUCCESS } else { Status::NOT_FOUND }
}

/// `IUnregisterSubdevice::UnregisterSubdevice`.
pub(super) extern "win64" fn unregister_subdevice(_this: usize, functional: usize, port: usize) -> Status {
    check_device("UnregisterSubdevice", functional);
    let name = name_of("UnregisterSubdevice", &find("UnregisterSubdevice", port));
    let mut adapter = locked(&ADAPTER);
    if adapter.connections.iter().any(|one| one.from == name || one.to == name) {
        drop(adapter);
        verifier::violation(&format!("the subdevice {name} is unregistered before its connections"));
    }
    let index = adapter.subdevices.iter().position(|one| one.name == name);
    let gone = index.map(|index| adapter.subdevices.remove(index));
    drop(adapter);
    // Only now, as the driver may be called.
    drop(gone);
    Status::SUCCESS
}

/// `PcRegisterAdapterPowerManagement`.
pub(super) extern "win64" fn register_power(unknown: usize, functional: usize) -> Status {
    check_device("PcRegisterAdapterPowerManagement", functional);
    if inject::fails() {
        return Status::INSUFFICIENT_RESOURCES;
    }
    match Com::referenced(unknown).query(IID_POWER_MANAGEMENT) {
        Ok(power) => {
            let before = locked(&ADAPTER).power.replace(power);
            drop(before);
            Status::SUCCESS
        }
        Err(status) => status,
    }
}

/// `PcUnregisterAdapterPowerManagement`.
pub(super) extern "win64" fn unregister_power(functional: usize) -> Status {
    check_device("PcUnregisterAdapterPowerManagement", functional);
    let before = locked(&ADAPTER).power.take();
    drop(before);
    Status::SUCCESS
}

/// `PcGetPhysicalDeviceObject`.
pub(super) extern "win64" fn physical_device(functional: usize, out: usize) -> Status {
    irql::require("PcGetPhysicalDeviceObject", irql::DISPATCH);
    if functional != device::functional() {
        verifier::violation("PcGetPhysicalDeviceObject of another device");
    }
    memory::write(out, device::physical());
    Status::SUCCESS
}

/// Tells the driver that the device is on (1) or off (4), through the newest interface it has.
pub fn change_power(device_state: u32, system_state: u32) {
    let Some(power) = power() else { return };
    let arguments = [device_state.into(), system_state.into(), 0_u32.into()];
    if let Ok(newest) = power.query(IID_POWER_MANAGEMENT3) {
        newest.call("PowerChangeState3", 7, &arguments);
    } else if let Ok(newer) = power.query(IID_POWER_MANAGEMENT2) {
        newer.call("PowerChangeState2", 6, &arguments[..2]);
    } else {
        power.call("PowerChangeState", 3, &arguments[..1]);
    }
}

/// Minor functions of requests of the kind "plug and play".
pub mod minor {
    /// The device begins to work.
    pub const START: u8 = 0;
    /// The device is gone.
    pub const REMOVE: u8 = 2;
    /// The device stops for now.
    pub const STOP: u8 = 4;
    /// The device was pulled out.
    pub const SURPRISE_REMOVAL: u8 = 0x17;
}

/// The kind "plug and play".
pub const PNP: u8 = 0x1B;

/// `PcDispatchIrp`, which is also what PortCls enters into the driver object.
pub(super) extern "win64" fn dispatch(functional: usize, irp: usize) -> Status {
    irql::require("PcDispatchIrp", irql::PASSIVE);
    if functional != device::functional() {
        verifier::violation("PcDispatchIrp with another device");
    }
    let (major, minor) = Irp::functions(irp);
    let status = match (major, minor) {
        (PNP, minor::START) => start(functional, irp),
        (PNP, minor::STOP | minor::SURPRISE_REMOVAL) => {
            drop_subdevices();
            Status::SUCCESS
        }
        (PNP, minor::REMOVE) => {
            drop_subdevices();
            let power = locked(&ADAPTER).power.take();
            drop(power);
            device::delete();
            Status::SUCCESS
        }
        _ => Status::SUCCESS,
    };
    memory::write(irp + 48, status.0);
    status
}

fn start(functional: usize, irp: usize) -> Status {
    let resources = stream::resources();
    let start = locked(&ADAPTER).start_device;
    call::status("StartDevice", start, &[functional.into(), irp.into(), resources.address().into()])
}

fn drop_subdevices() {
    let mut adapter = locked(&ADAPTER);
    adapter.connections.clear();
    let subdevices = std::mem::take(&mut adapter.subdevices);
    drop(adapter);
    drop(subdevices);
}
