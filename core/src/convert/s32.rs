//! `S32`: 32-bit signed integer, little endian.

use super::sample::Integer;

/// 32-bit integer.
pub(super) struct S32;

impl Integer for S32 {
    type Bytes = [u8; 4];
    const BITS: u32 = 32;

    #[inline(always)]
    fn load(bytes: [u8; 4]) -> i32 {
        i32::from_le_bytes(bytes)
    }

    #[inline(always)]
    fn store(value: i32) -> [u8; 4] {
        value.to_le_bytes()
    }
}
