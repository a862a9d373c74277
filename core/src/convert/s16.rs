//! `S16`: 16-bit signed integer, little endian.

use super::sample::Integer;

/// 16-bit integer.
pub(super) struct S16;

impl Integer for S16 {
    type Bytes = [u8; 2];
    const BITS: u32 = 16;

    #[inline(always)]
    fn load(bytes: [u8; 2]) -> i32 {
        i32::from(i16::from_le_bytes(bytes)) << 16
    }

    #[inline(always)]
    fn store(value: i32) -> [u8; 2] {
        // The value has 16 bits: nothing is cut.
        (value as i16).to_le_bytes()
    }
}
