//! `S24In32`: 24-bit signed integer in the low 3 bytes of 4, little endian.
//!
//! ALSA and SPA call it `S24_LE` and `S24_32LE`. Neither defines the high byte: whatever it holds is ignored on
//! reading; on writing it repeats the sign, so that the four bytes also read as the right `i32`.

use super::sample::Integer;

/// 24-bit integer, low-aligned in 32 bits.
pub(super) struct S24In32;

impl Integer for S24In32 {
    type Bytes = [u8; 4];
    const BITS: u32 = 24;

    #[inline(always)]
    fn load(bytes: [u8; 4]) -> i32 {
        i32::from_le_bytes(bytes) << 8
    }

    #[inline(always)]
    fn store(value: i32) -> [u8; 4] {
        value.to_le_bytes()
    }
}
