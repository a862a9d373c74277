//! Memory that the driver gave an address of.
//!
//! The kernel does the access and tells when nothing is mapped there, so a bad address is a finding of the test and
//! not its end; and none of this is unsafe to call.

use bytemuck::{Pod, Zeroable};

use crate::verifier;

fn own_process() -> libc::pid_t {
    // SAFETY: always allowed.
    unsafe { libc::getpid() }
}

/// One side of a copy through the kernel.
type Side = libc::iovec;

fn side(address: usize, bytes: usize) -> Side {
    Side { iov_base: address as *mut libc::c_void, iov_len: bytes }
}

/// A copy of whatever lies at `address`, or `None` when not all of it can be read.
pub fn try_read<T: Pod>(address: usize) -> Option<T> {
    let mut value = T::zeroed();
    try_read_into(address, bytemuck::bytes_of_mut(&mut value)).then_some(value)
}

/// Fills `target` from `address` and tells whether all of it could be read.
pub fn try_read_into(address: usize, target: &mut [u8]) -> bool {
    let (here, there) = (side(target.as_mut_ptr() as usize, target.len()), side(address, target.len()));
    // SAFETY: the kernel writes to `target` only, within its length, and checks the other address.
    let read = unsafe { libc::process_vm_readv(own_process(), &raw const here, 1, &raw const there, 1, 0) };
    read == target.len() as isize
}

/// Writes `source` to `address` and tells whether all of it could be written, page protection obeyed.
pub fn try_write(address: usize, source: &[u8]) -> bool {
    let (here, there) = (side(source.as_ptr() as usize, source.len()), side(address, source.len()));
    // SAFETY: memory that only the driver uses, or that of the host behind `Region`; Rust never holds references to it.
    let written =
        unsafe { libc::process_vm_writev(own_process(), &raw const here, 1, &raw const there, 1, 0) };
    written == source.len() as isize
}

/// A copy of whatever lies at an address that the driver gave. Anything unreadable is the driver's fault.
pub fn read<T: Pod>(address: usize) -> T {
    try_read(address).unwrap_or_else(|| {
        verifier::violation(&format!("{} bytes at {address:#x} can't be read", size_of::<T>()))
    })
}

/// Writes through a pointer that the driver gave.
pub fn write<T: Pod>(address: usize, value: T) {
    if !try_write(address, bytemuck::bytes_of(&value)) {
        verifier::violation(&format!("{} bytes at {address:#x} can't be written", size_of::<T>()));
    }
}

/// `count` values one behind the other.
pub fn read_array<T: Pod>(address: usize, count: usize) -> Vec<T> {
    (0..count).map(|index| read(address + index * size_of::<T>())).collect()
}

/// `count` bytes.
pub fn read_bytes(address: usize, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    if !try_read_into(address, &mut bytes) {
        verifier::violation(&format!("{count} bytes at {address:#x} can't be read"));
    }
    bytes
}

/// A zero-terminated string of UTF-16, of no more than 512 units.
pub fn read_wide(address: usize) -> String {
    const LONGEST: usize = 512;
    let units: Vec<u16> =
        (0..LONGEST).map(|index| read::<u16>(address + 2 * index)).take_while(|&unit| unit != 0).collect();
    if units.len() == LONGEST {
        verifier::violation(&format!("the string at {address:#x} has no end"));
    }
    String::from_utf16_lossy(&units)
}

/// A string with a count: `UNICODE_STRING`.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
pub struct UnicodeString {
    /// Bytes in use.
    pub length: u16,
    /// Bytes there are.
    pub maximum: u16,
    padding: u32,
    /// Where the text is.
    pub buffer: usize,
}

impl UnicodeString {
    /// A string of `bytes` bytes at `buffer`.
    pub fn new(buffer: usize, bytes: usize) -> Self {
        Self { length: bytes as u16, maximum: bytes as u16 + 2, padding: 0, buffer }
    }

    /// The text. An odd length, or one above the maximum, is the driver's fault.
    pub fn text(self) -> String {
        if self.length % 2 != 0 || self.length > self.maximum {
            verifier::violation(&format!("a UNICODE_STRING of {} of {} bytes", self.length, self.maximum));
        }
        String::from_utf16_lossy(&read_array::<u16>(self.buffer, usize::from(self.length) / 2))
    }
}
