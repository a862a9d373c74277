//! `F32`: IEEE 754 binary32, little endian, full scale at -1 to 1.

use super::round;
use super::sample::Sample;

/// 32-bit floating point.
pub(super) struct F32;

impl Sample for F32 {
    type Bytes = [u8; 4];
    const FLOAT: bool = true;
    /// 24 bits of magnitude and a sign.
    const BITS: u32 = 25;

    #[inline(always)]
    fn to_f32(bytes: [u8; 4]) -> f32 {
        round::finite_or_zero(f32::from_le_bytes(bytes))
    }

    #[inline(always)]
    fn from_f32(value: f32, _noise: f32) -> [u8; 4] {
        value.to_le_bytes()
    }

    #[inline(always)]
    fn to_s32(bytes: [u8; 4]) -> i32 {
        round::f32_to_s32(Self::to_f32(bytes))
    }

    #[inline(always)]
    fn from_s32(value: i32, _noise: i32) -> [u8; 4] {
        round::s32_to_f32(value).to_le_bytes()
    }
}
