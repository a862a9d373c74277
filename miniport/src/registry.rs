//! The registry: what users set below the service's key `Parameters`.

use core::ptr;

use crate::com::port::check;
use crate::log;
use crate::names::{MOST_CABLES, name};
use crate::sys::NTSTATUS;
use crate::sys::nt::{
    DRIVER_OBJECT, DriverRegKeyParameters, HANDLE, IoOpenDriverRegistryKey, KEY_READ,
    KEY_VALUE_PARTIAL_INFORMATION, KeyValuePartialInformation, OBJ_CASE_INSENSITIVE, OBJ_KERNEL_HANDLE,
    OBJECT_ATTRIBUTES, REG_DWORD, REG_SZ, UNICODE_STRING, ZwClose, ZwOpenKey, ZwQueryValueKey,
};
use crate::sys::status::STATUS_BUFFER_OVERFLOW;

/// Units of a cable's name at most, and a zero.
pub const NAME_UNITS: usize = 64;

/// What is set for one cable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CableSettings {
    /// Its number, from 1 on.
    pub number: u8,
    /// Its name in UTF-16, filled up with zeros; all zeros when none is set.
    pub name: [u16; NAME_UNITS],
    /// Most channels that it offers: 1, 2, 6 or 8.
    pub most_channels: u8,
}

impl CableSettings {
    /// Its name without the zeros behind it; `None` when none is set.
    pub fn name(&self) -> Option<&[u16]> {
        self.name.split(|&unit| unit == 0).next().filter(|name| !name.is_empty())
    }
}

/// What is set, each time the device is started.
pub struct Settings {
    key: Option<Key>,
}

impl Settings {
    /// Opens the key. Without one everything has its default. At `PASSIVE_LEVEL`, as all here.
    ///
    /// # Safety
    /// `driver` must be the driver's own object.
    pub unsafe fn open(driver: *mut DRIVER_OBJECT) -> Self {
        // SAFETY: the caller's promise.
        Self { key: unsafe { Key::parameters(driver) }.ok() }
    }

    /// How many cables there are: `Cables`, 1 to 16, and 1 if it is not set.
    pub fn cables(&self) -> usize {
        const DEFAULT: usize = 1;
        let Some(set) = self.key.as_ref().and_then(|key| key.number(&units("Cables"))) else {
            return DEFAULT;
        };
        let cables = (set as usize).clamp(1, MOST_CABLES);
        if cables != set as usize {
            log::line(c"Parameters\\Cables is not within 1 to 16; instead: %u", cables as u32);
        }
        cables
    }

    /// What is set for a cable, below `Cable1` and so on: `Name`, and `Channels`, which is 8 if it is not set.
    pub fn cable(&self, number: u8) -> CableSettings {
        let key = self.key.as_ref().and_then(|key| key.open(&name::<10>("Cable", u16::from(number))).ok());
        let name = key.as_ref().and_then(|key| key.text(&units("Name")));
        if name.is_some_and(|(_, whole)| !whole) {
            log::line(c"Name of a cable is too long; it is cut to %u characters", NAME_UNITS as u32 - 1);
        }
        let set = key.as_ref().and_then(|key| key.number(&units("Channels")));
        let most_channels = match set {
            None | Some(8) => 8,
            Some(1) => 1,
            Some(2) => 2,
            Some(6) => 6,
            Some(other) => {
                log::line(c"Channels of a cable must be 1, 2, 6 or 8, and not %u; instead: 8", other);
                8
            }
        };
        CableSettings { number, name: name.map_or([0; NAME_UNITS], |(name, _)| name), most_channels }
    }
}

/// Units of the names of values.
const VALUE_NAME_UNITS: usize = 10;

/// The name of a value.
const fn units(text: &str) -> [u16; VALUE_NAME_UNITS] {
    let text = text.as_bytes();
    let mut units = [0; VALUE_NAME_UNITS];
    let mut at = 0;
    while at < text.len() && at < VALUE_NAME_UNITS {
        units[at] = text[at] as u16;
        at += 1;
    }
    units
}

/// A string of the kernel's over units up to the first zero.
pub(crate) fn string(units: &[u16]) -> UNICODE_STRING {
    let length = units.iter().position(|&unit| unit == 0).unwrap_or(units.len());
    let bytes = (length.min(usize::from(u16::MAX) / 2) * 2) as u16;
    UNICODE_STRING { Length: bytes, MaximumLength: bytes, Buffer: units.as_ptr().cast_mut() }
}

/// An open key.
struct Key(HANDLE);

/// A value and room for its data. Longer ones are no settings of ours.
#[repr(C, align(8))]
struct Value {
    head: KEY_VALUE_PARTIAL_INFORMATION,
    more: [u8; NAME_UNITS * 2],
}

/// Where data begins in a value.
const DATA_OFFSET: usize = 12;

impl Key {
    /// The driver's key `Parameters`.
    ///
    /// # Safety
    /// `driver` must be the driver's own object.
    unsafe fn parameters(driver: *mut DRIVER_OBJECT) -> Result<Self, NTSTATUS> {
        let mut handle = ptr::null_mut();
        // SAFETY: the caller's promise; the other pointer is for the call.
        let status =
            unsafe { IoOpenDriverRegistryKey(driver, DriverRegKeyParameters, KEY_READ, 0, &raw mut handle) };
        check(status).map(|()| Self(handle))
    }

    /// A key below it.
    fn open(&self, name: &[u16]) -> Result<Self, NTSTATUS> {
        let name = string(name);
        let attributes = OBJECT_ATTRIBUTES {
            Length: size_of::<OBJECT_ATTRIBUTES>() as u32,
            RootDirectory: self.0,
            ObjectName: &raw const name,
            Attributes: OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE,
            SecurityDescriptor: ptr::null(),
            SecurityQualityOfService: ptr::null(),
        };
        let mut handle = ptr::null_mut();
        // SAFETY: all pointers are for the call.
        check(unsafe { ZwOpenKey(&raw mut handle, KEY_READ, &raw const attributes) }).map(|()| Self(handle))
    }

    /// The first `N` bytes of a value's data, if it has that type, and how many it has.
    fn value<const N: usize>(&self, name: &[u16], kind: u32) -> Option<([u8; N], usize)> {
        const { assert!(N <= NAME_UNITS * 2) };
        let name = string(name);
        let head = KEY_VALUE_PARTIAL_INFORMATION { TitleIndex: 0, Type: 0, DataLength: 0, Data: [0] };
        let mut value = Value { head, more: [0; NAME_UNITS * 2] };
        let mut used_bytes = 0;
        // SAFETY: all pointers are for the call, and the room is as large as told.
        let status = unsafe {
            ZwQueryValueKey(
                self.0,
                &raw const name,
                KeyValuePartialInformation,
                (&raw mut value).cast(),
                size_of::<Value>() as u32,
                &raw mut used_bytes,
            )
        };
        // What has no room is left out, and so said.
        if status != STATUS_BUFFER_OVERFLOW {
            check(status).ok()?;
        }
        if value.head.Type != kind {
            return None;
        }
        let length = value.head.DataLength as usize;
        let mut data = [0; N];
        let from = (&raw const value).cast::<u8>().wrapping_add(DATA_OFFSET);
        // SAFETY: both hold that much, and what the kernel did not write is zeros.
        unsafe { data.as_mut_ptr().copy_from_nonoverlapping(from, length.min(N)) };
        Some((data, length))
    }

    fn number(&self, name: &[u16]) -> Option<u32> {
        let (data, length) = self.value::<4>(name, REG_DWORD)?;
        (length == 4).then(|| u32::from_le_bytes(data))
    }

    /// Text up to its first zero, cut to the room there is; and whether it is whole.
    fn text(&self, name: &[u16]) -> Option<([u16; NAME_UNITS], bool)> {
        let (data, length) = self.value::<{ NAME_UNITS * 2 }>(name, REG_SZ)?;
        let mut text = [0; NAME_UNITS];
        let stored = data.get(..length.min(data.len()) & !1)?;
        for (unit, pair) in text.iter_mut().zip(stored.chunks_exact(2)) {
            if let Ok(pair) = pair.try_into() {
                *unit = u16::from_le_bytes(pair);
            }
        }
        let whole = text.contains(&0);
        // The last one stays a zero, whatever is stored; and no half of a pair stands before it.
        text[NAME_UNITS - 1] = 0;
        let last = &mut text[NAME_UNITS - 2];
        if (0xD800..0xDC00).contains(last) {
            *last = 0;
        }
        Some((text, whole))
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        // SAFETY: the handle is ours, and used no more.
        unsafe { ZwClose(self.0) };
    }
}
