//! The registry, as far as a driver reads it: the key `Parameters` of its service.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::{inject, irql, locked};
use crate::abi::Status;
use crate::memory::{self, UnicodeString};
use crate::verifier;

/// What a value may be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// `REG_DWORD`.
    Number(u32),
    /// `REG_SZ`.
    Text(String),
    /// A value of any type, of any bytes.
    Raw(u32, Vec<u8>),
}

impl Value {
    fn data(&self) -> (u32, Vec<u8>) {
        match self {
            Self::Number(number) => (4, number.to_le_bytes().to_vec()),
            Self::Text(text) => (1, text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()),
            Self::Raw(kind, bytes) => (*kind, bytes.clone()),
        }
    }
}

#[derive(Debug)]
struct Registry {
    /// By key below `Parameters` and by name, both in lower case.
    values: BTreeMap<(String, String), Value>,
    handles: BTreeMap<usize, String>,
    next: usize,
}

static REGISTRY: Mutex<Registry> =
    Mutex::new(Registry { values: BTreeMap::new(), handles: BTreeMap::new(), next: 0x8000_0010 });

/// Sets a value of a key below `Parameters`; the empty key is that one itself.
pub fn set(key: &str, name: &str, value: Value) {
    locked(&REGISTRY).values.insert((key.to_lowercase(), name.to_lowercase()), value);
}

/// How many handles are open.
pub fn open_handles() -> usize {
    locked(&REGISTRY).handles.len()
}

fn open(key: String, handle: usize) -> Status {
    let mut registry = locked(&REGISTRY);
    let next = registry.next;
    registry.next += 4;
    registry.handles.insert(next, key);
    drop(registry);
    memory::write(handle, next);
    Status::SUCCESS
}

/// `IoOpenDriverRegistryKey`.
pub(super) extern "win64" fn open_driver_key(
    driver: usize,
    kind: i32,
    _access: u32,
    flags: u32,
    key: usize,
) -> Status {
    irql::require("IoOpenDriverRegistryKey", irql::PASSIVE);
    if driver != super::device::driver() || kind != 0 || flags != 0 {
        verifier::violation(&format!(
            "IoOpenDriverRegistryKey of driver {driver:#x}, kind {kind}, flags {flags}"
        ));
    }
    if inject::fails() {
        return Status::INSUFFICIENT_RESOURCES;
    }
    open(String::new(), key)
}

/// `OBJECT_ATTRIBUTES`: bytes, and where things are.
const OBJECT_ATTRIBUTES_BYTES: u32 = 48;
const KERNEL_HANDLE: u32 = 0x200;

/// `ZwOpenKey`.
pub(super) extern "win64" fn open_key(handle: usize, _access: u32, attributes: usize) -> Status {
    irql::require("ZwOpenKey", irql::PASSIVE);
    let bytes: u32 = memory::read(attributes);
    let root: usize = memory::read(attributes + 8);
    let name: UnicodeString = memory::read(memory::read(attributes + 16));
    let flags: u32 = memory::read(attributes + 24);
    if bytes != OBJECT_ATTRIBUTES_BYTES || flags & KERNEL_HANDLE == 0 {
        verifier::violation(&format!("ZwOpenKey with attributes of {bytes} bytes, flags {flags:#x}"));
    }
    if inject::fails() {
        return Status::INSUFFICIENT_RESOURCES;
    }
    let registry = locked(&REGISTRY);
    let Some(parent) = registry.handles.get(&root).cloned() else {
        drop(registry);
        verifier::violation(&format!("ZwOpenKey below {root:#x}, which is no handle"));
    };
    let path = format!("{parent}\\{}", name.text().to_lowercase());
    let key = path.trim_start_matches('\\').to_owned();
    let exists = registry.values.keys().any(|(there, _)| *there == key);
    drop(registry);
    if exists { open(key, handle) } else { Status::OBJECT_NAME_NOT_FOUND }
}

/// Bytes before the data in a `KEY_VALUE_PARTIAL_INFORMATION`.
const PARTIAL_HEAD: usize = 12;

/// `ZwQueryValueKey`.
pub(super) extern "win64" fn query_value(
    key: usize,
    name: usize,
    class: i32,
    information: usize,
    room: u32,
    needed: usize,
) -> Status {
    irql::require("ZwQueryValueKey", irql::PASSIVE);
    if class != 2 {
        verifier::violation(&format!("ZwQueryValueKey of class {class}, which this host does not know"));
    }
    let name = memory::read::<UnicodeString>(name).text().to_lowercase();
    let registry = locked(&REGISTRY);
    let path = registry.handles.get(&key).cloned();
    let value = path.as_ref().and_then(|path| registry.values.get(&(path.clone(), name)).cloned());
    drop(registry);
    if path.is_none() {
        verifier::violation(&format!("ZwQueryValueKey of {key:#x}, which is no handle"));
    }
    if inject::fails() {
        return Status::INSUFFICIENT_RESOURCES;
    }
    let Some(value) = value else { return Status::OBJECT_NAME_NOT_FOUND };
    let (kind, data) = value.data();
    let mut reply = [0, kind, data.len() as u32].map(u32::to_le_bytes).concat();
    reply.extend(data);
    memory::write(needed, reply.len() as u32);
    if (room as usize) < PARTIAL_HEAD {
        return Status::BUFFER_TOO_SMALL;
    }
    let written = reply.len().min(room as usize);
    if !memory::try_write(information, &reply[..written]) {
        verifier::violation("ZwQueryValueKey is given a buffer that can't be written");
    }
    if written < reply.len() { Status::BUFFER_OVERFLOW } else { Status::SUCCESS }
}

/// `ZwClose`.
pub(super) extern "win64" fn close(handle: usize) -> Status {
    irql::require("ZwClose", irql::PASSIVE);
    if locked(&REGISTRY).handles.remove(&handle).is_none() {
        verifier::violation(&format!("ZwClose of {handle:#x}, which is no handle"));
    }
    Status::SUCCESS
}
