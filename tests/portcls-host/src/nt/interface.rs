//! Interfaces of the device, and their properties.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::{device, inject, irql, locked};
use crate::abi::{Guid, Status};
use crate::memory::{self, UnicodeString};
use crate::region::Guarded;
use crate::{order, verifier};

/// A property that the driver gave an interface.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Property {
    /// The interface's category.
    pub category: Guid,
    /// The interface's name: the subdevice's.
    pub reference: String,
    /// Which property: its set and its number in it.
    pub key: (Guid, u32),
    /// Its type.
    pub kind: u32,
    /// Its bytes.
    pub data: Vec<u8>,
    /// When it was set, in the order of [`order::next`].
    pub order: u64,
}

static PROPERTIES: Mutex<Vec<Property>> = Mutex::new(Vec::new());
static LINKS: Mutex<BTreeMap<usize, (Guarded, Guid, String)>> = Mutex::new(BTreeMap::new());

/// All properties set so far.
pub fn properties() -> Vec<Property> {
    locked(&PROPERTIES).clone()
}

/// How many names of interfaces the driver did not give back.
pub fn live_links() -> usize {
    locked(&LINKS).len()
}

/// `IoRegisterDeviceInterface`.
pub(super) extern "win64" fn register(
    physical: usize,
    class: usize,
    reference: usize,
    link: usize,
) -> Status {
    irql::require("IoRegisterDeviceInterface", irql::PASSIVE);
    if physical != device::physical() {
        verifier::violation("IoRegisterDeviceInterface takes the physical device object");
    }
    if inject::fails() {
        return Status::INSUFFICIENT_RESOURCES;
    }
    let category: Guid = memory::read(class);
    let reference = memory::read::<UnicodeString>(reference).text();
    let text = format!(r"\??\ROOT#MEDIA#0000#{{{category}}}\{reference}");
    let bytes: Vec<u8> = text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    let memory = Guarded::new(&bytes);
    memory::write(link, UnicodeString::new(memory.address(), bytes.len() - 2));
    locked(&LINKS).insert(memory.address(), (memory, category, reference));
    Status::SUCCESS
}

/// `IoSetDeviceInterfacePropertyData`.
pub(super) extern "win64" fn set_property(
    link: usize,
    key: usize,
    lcid: u32,
    _flags: u32,
    kind: u32,
    bytes: u32,
    data: usize,
) -> Status {
    irql::require("IoSetDeviceInterfacePropertyData", irql::PASSIVE);
    if lcid != 0 {
        verifier::violation("IoSetDeviceInterfacePropertyData with a language");
    }
    if inject::fails() {
        return Status::INSUFFICIENT_RESOURCES;
    }
    let link: UnicodeString = memory::read(link);
    let links = locked(&LINKS);
    let known = links.get(&link.buffer).map(|(_, category, reference)| (*category, reference.clone()));
    drop(links);
    let Some((category, reference)) = known else {
        verifier::violation("IoSetDeviceInterfacePropertyData on an interface that is not registered");
    };
    let key = (memory::read(key), memory::read(key + 16));
    let data = memory::read_bytes(data, bytes as usize);
    locked(&PROPERTIES).push(Property { category, reference, key, kind, data, order: order::next() });
    Status::SUCCESS
}

/// `RtlFreeUnicodeString`.
pub(super) extern "win64" fn free_string(string: usize) {
    irql::require("RtlFreeUnicodeString", irql::PASSIVE);
    let text: UnicodeString = memory::read(string);
    if text.buffer != 0 && locked(&LINKS).remove(&text.buffer).is_none() {
        verifier::violation("RtlFreeUnicodeString of a string that is not the kernel's");
    }
    memory::write(string, UnicodeString::new(0, 0));
}
