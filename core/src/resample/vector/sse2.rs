//! Two registers of four: SSE and SSE2, which every `x86_64` processor has.
#![expect(
    clippy::inline_always,
    reason = "vectors must stay in registers, and features of the caller must reach in"
)]

use super::{Eight, Vector};
use core::arch::x86_64::{
    __m128, _mm_add_ps, _mm_add_ss, _mm_cvtss_f32, _mm_loadu_ps, _mm_movehl_ps, _mm_mul_ps, _mm_set1_ps,
    _mm_shuffle_ps,
};

#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Sse2(__m128, __m128);

impl Vector for Sse2 {
    #[inline(always)]
    fn splat(sample: f32) -> Self {
        // SAFETY: this file is compiled only where SSE2 is part of the target.
        let four = unsafe { _mm_set1_ps(sample) };
        Self(four, four)
    }

    #[inline(always)]
    fn load(samples: &Eight) -> Self {
        let (low, high) = (samples.as_ptr(), samples.as_ptr().wrapping_add(4));
        // SAFETY: SSE2 is part of the target; `low` is the first of eight samples, of any alignment.
        let low = unsafe { _mm_loadu_ps(low) };
        // SAFETY: SSE2 is part of the target; `high` is the fifth of eight samples, of any alignment.
        let high = unsafe { _mm_loadu_ps(high) };
        Self(low, high)
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: SSE2 is part of the target.
        let low = unsafe { _mm_add_ps(self.0, other.0) };
        // SAFETY: SSE2 is part of the target.
        let high = unsafe { _mm_add_ps(self.1, other.1) };
        Self(low, high)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: SSE2 is part of the target.
        let low = unsafe { _mm_mul_ps(self.0, other.0) };
        // SAFETY: SSE2 is part of the target.
        let high = unsafe { _mm_mul_ps(self.1, other.1) };
        Self(low, high)
    }

    #[inline(always)]
    fn mul_add(self, by: Self, to: Self) -> Self {
        self.mul(by).add(to)
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        // SAFETY: SSE2 is part of the target.
        let four = unsafe { _mm_add_ps(self.0, self.1) };
        sum_of_four(four)
    }
}

/// `(a + c) + (b + d)`.
#[inline(always)]
pub(super) fn sum_of_four(four: __m128) -> f32 {
    // SAFETY: SSE2 is part of the target.
    let upper = unsafe { _mm_movehl_ps(four, four) };
    // SAFETY: SSE2 is part of the target.
    let two = unsafe { _mm_add_ps(four, upper) };
    // SAFETY: SSE2 is part of the target.
    let second = unsafe { _mm_shuffle_ps::<1>(two, two) };
    // SAFETY: SSE2 is part of the target.
    let one = unsafe { _mm_add_ss(two, second) };
    // SAFETY: SSE2 is part of the target.
    unsafe { _mm_cvtss_f32(one) }
}
