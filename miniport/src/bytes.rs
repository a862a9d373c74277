//! Fields of foreign structures, read from bytes: little endian, and never beyond the end.

use crate::guid::Guid;

/// The `N` bytes at `at`; `None` beyond the end.
pub fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// The 16-bit number at `at`.
pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

/// The 32-bit number at `at`.
pub fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// The GUID at `at`.
pub fn guid_at(bytes: &[u8], at: usize) -> Option<Guid> {
    array(bytes, at).map(Guid::from_bytes)
}
