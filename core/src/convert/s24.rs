//! `S24`: 24-bit signed integer, packed in 3 bytes, little endian.

use super::sample::Integer;

/// Packed 24-bit integer.
pub(super) struct S24;

impl Integer for S24 {
    type Bytes = [u8; 3];
    const BITS: u32 = 24;

    #[inline(always)]
    fn load([low, middle, high]: [u8; 3]) -> i32 {
        i32::from_le_bytes([0, low, middle, high])
    }

    #[inline(always)]
    fn store(value: i32) -> [u8; 3] {
        // The fourth byte only repeats the sign.
        let [low, middle, high, _sign] = value.to_le_bytes();
        [low, middle, high]
    }
}
