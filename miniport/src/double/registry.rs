//! A registry: values by the path of their key and their name.

use core::cell::RefCell;
use core::ffi::c_void;
use std::boxed::Box;
use std::collections::BTreeMap;
use std::string::String;
use std::vec::Vec;

use super::note;
use crate::sys::NTSTATUS;
use crate::sys::nt::{DRIVER_OBJECT, HANDLE, KEY_READ, OBJECT_ATTRIBUTES, REG_DWORD, REG_SZ, UNICODE_STRING};
use crate::sys::status::{STATUS_BUFFER_OVERFLOW, STATUS_OBJECT_NAME_NOT_FOUND, STATUS_SUCCESS};

std::thread_local! {
    static VALUES: RefCell<BTreeMap<String, (u32, Vec<u8>)>> = const { RefCell::new(BTreeMap::new()) };
}

/// Sets a value of any type.
pub(crate) fn set(path: &str, kind: u32, data: Vec<u8>) {
    VALUES.with_borrow_mut(|values| values.insert(path.into(), (kind, data)));
}

/// Sets a number.
pub(crate) fn set_number(path: &str, number: u32) {
    set(path, REG_DWORD, number.to_le_bytes().into());
}

/// Sets a text.
pub(crate) fn set_text(path: &str, text: &str) {
    set(path, REG_SZ, text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect());
}

/// A handle is the path of its key.
fn open(path: String, key: *mut HANDLE) -> NTSTATUS {
    let below = std::format!("{path}\\");
    let there =
        path.is_empty() || VALUES.with_borrow(|values| values.keys().any(|name| name.starts_with(&below)));
    if !there {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    note(std::format!("open {path}"));
    // SAFETY: for the call.
    unsafe { key.write(Box::into_raw(Box::new(path)).cast()) };
    STATUS_SUCCESS
}

fn path_of<'a>(key: HANDLE) -> &'a String {
    // SAFETY: handles are of `open`.
    unsafe { &*key.cast() }
}

#[unsafe(no_mangle)]
extern "system" fn IoOpenDriverRegistryKey(
    _: *mut DRIVER_OBJECT,
    kind: i32,
    access: u32,
    flags: u32,
    key: *mut HANDLE,
) -> NTSTATUS {
    assert_eq!((kind, access, flags), (0, KEY_READ, 0));
    open(String::new(), key)
}

#[unsafe(no_mangle)]
extern "system" fn ZwOpenKey(
    key: *mut HANDLE,
    access: u32,
    attributes: *const OBJECT_ATTRIBUTES,
) -> NTSTATUS {
    // SAFETY: for the call.
    let attributes = unsafe { *attributes };
    assert_eq!((access, attributes.Attributes, attributes.Length), (KEY_READ, 0x240, 48));
    let parent = path_of(attributes.RootDirectory);
    let name = super::kernel::text_of(attributes.ObjectName);
    open(if parent.is_empty() { name } else { std::format!("{parent}\\{name}") }, key)
}

#[unsafe(no_mangle)]
extern "system" fn ZwQueryValueKey(
    key: HANDLE,
    name: *const UNICODE_STRING,
    class: i32,
    information: *mut c_void,
    room_bytes: u32,
    _: *mut u32,
) -> NTSTATUS {
    assert_eq!(class, 2);
    let (parent, name) = (path_of(key), super::kernel::text_of(name));
    let path = if parent.is_empty() { name } else { std::format!("{parent}\\{name}") };
    let Some((kind, data)) = VALUES.with_borrow(|values| values.get(&path).cloned()) else {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    };
    let mut value: Vec<u8> = [0, kind, data.len() as u32].into_iter().flat_map(u32::to_le_bytes).collect();
    value.extend(data);
    let fits = value.len() <= room_bytes as usize;
    value.truncate(room_bytes as usize);
    // SAFETY: there is room for as much.
    unsafe { information.cast::<u8>().copy_from_nonoverlapping(value.as_ptr(), value.len()) };
    if fits { STATUS_SUCCESS } else { STATUS_BUFFER_OVERFLOW }
}

#[unsafe(no_mangle)]
extern "system" fn ZwClose(key: HANDLE) -> NTSTATUS {
    note(std::format!("close {}", path_of(key)));
    // SAFETY: of `open`, and closed once.
    drop(unsafe { Box::from_raw(key.cast::<String>()) });
    STATUS_SUCCESS
}
