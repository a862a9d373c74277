//! What the conversions need to know of a sample format.

use bytemuck::Pod;

use super::round;

/// A sample format as a type; each lives in a file of its own.
///
/// Between two integer formats a sample travels as a *full-scale* `i32` (the format's own bits at the top, zeros
/// below), which holds all of them exactly. To and from [`F32`](super::f32::F32) it travels as an `f32`.
pub(super) trait Sample {
    /// One stored sample, of any alignment.
    type Bytes: Pod;
    /// Whether a sample is a floating-point number.
    const FLOAT: bool;
    /// Bits a sample distinguishes between -1 and 1.
    const BITS: u32;

    /// The value as `f32`, nearest with ties to even, full scale at 1; never NaN nor infinite.
    fn to_f32(bytes: Self::Bytes) -> f32;
    /// The sample nearest to `value` plus `noise`, the noise in units of this format's last bit.
    fn from_f32(value: f32, noise: f32) -> Self::Bytes;
    /// The value as a full-scale `i32`.
    fn to_s32(bytes: Self::Bytes) -> i32;
    /// The sample nearest to `value` plus `noise`, both full-scale.
    fn from_s32(value: i32, noise: i32) -> Self::Bytes;
}

/// An integer format; all else follows from where its bits lie.
pub(super) trait Integer {
    /// One stored sample.
    type Bytes: Pod;
    /// Significant bits: 16, 24 or 32.
    const BITS: u32;

    /// The value as a full-scale `i32`.
    fn load(bytes: Self::Bytes) -> i32;
    /// Stores a value of [`BITS`](Self::BITS) bits, sign-extended to 32.
    fn store(value: i32) -> Self::Bytes;
}

impl<I: Integer> Sample for I {
    type Bytes = I::Bytes;
    const FLOAT: bool = false;
    const BITS: u32 = I::BITS;

    #[inline(always)]
    fn to_f32(bytes: Self::Bytes) -> f32 {
        round::s32_to_f32(I::load(bytes))
    }

    #[inline(always)]
    fn from_f32(value: f32, noise: f32) -> Self::Bytes {
        I::store(match I::BITS {
            16 => round::f32_to_s16(value, noise),
            24 => round::f32_to_s24(value, noise),
            _ => round::f32_to_s32(value),
        })
    }

    #[inline(always)]
    fn to_s32(bytes: Self::Bytes) -> i32 {
        I::load(bytes)
    }

    #[inline(always)]
    fn from_s32(value: i32, noise: i32) -> Self::Bytes {
        I::store(match I::BITS {
            16 => round::narrow::<16>(value, noise),
            24 => round::narrow::<8>(value, noise),
            _ => value,
        })
    }
}
