//! Two registers of four: NEON, which every 64-bit Arm processor with floating point has.
#![expect(
    clippy::inline_always,
    reason = "vectors must stay in registers, and features of the caller must reach in"
)]

use super::{Eight, Vector};
use core::arch::aarch64::{float32x4_t, vaddq_f32, vaddvq_f32, vdupq_n_f32, vfmaq_f32, vld1q_f32, vmulq_f32};

#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Neon(float32x4_t, float32x4_t);

impl Vector for Neon {
    #[inline(always)]
    fn splat(sample: f32) -> Self {
        // SAFETY: this file is compiled only where NEON is part of the target.
        let four = unsafe { vdupq_n_f32(sample) };
        Self(four, four)
    }

    #[inline(always)]
    fn load(samples: &Eight) -> Self {
        let (low, high) = (samples.as_ptr(), samples.as_ptr().wrapping_add(4));
        // SAFETY: NEON is part of the target; `low` is the first of eight samples.
        let low = unsafe { vld1q_f32(low) };
        // SAFETY: NEON is part of the target; `high` is the fifth of eight samples.
        let high = unsafe { vld1q_f32(high) };
        Self(low, high)
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: NEON is part of the target.
        let low = unsafe { vaddq_f32(self.0, other.0) };
        // SAFETY: NEON is part of the target.
        let high = unsafe { vaddq_f32(self.1, other.1) };
        Self(low, high)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: NEON is part of the target.
        let low = unsafe { vmulq_f32(self.0, other.0) };
        // SAFETY: NEON is part of the target.
        let high = unsafe { vmulq_f32(self.1, other.1) };
        Self(low, high)
    }

    #[inline(always)]
    fn mul_add(self, by: Self, to: Self) -> Self {
        // SAFETY: NEON is part of the target.
        let low = unsafe { vfmaq_f32(to.0, self.0, by.0) };
        // SAFETY: NEON is part of the target.
        let high = unsafe { vfmaq_f32(to.1, self.1, by.1) };
        Self(low, high)
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        // SAFETY: NEON is part of the target.
        let four = unsafe { vaddq_f32(self.0, self.1) };
        // SAFETY: NEON is part of the target.
        unsafe { vaddvq_f32(four) }
    }
}
