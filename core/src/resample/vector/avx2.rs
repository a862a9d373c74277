//! One register of eight, with fused multiply-add: chosen at run time, so only where `std` can ask.
#![expect(
    clippy::inline_always,
    reason = "vectors must stay in registers, and features of the caller must reach in"
)]

extern crate std;

use super::super::produce::{Source, produce};
use super::sse2::sum_of_four;
use super::{Eight, Vector};
use core::arch::x86_64::{
    __m256, _mm_add_ps, _mm256_add_ps, _mm256_castps256_ps128, _mm256_extractf128_ps, _mm256_fmadd_ps,
    _mm256_loadu_ps, _mm256_mul_ps, _mm256_set1_ps,
};

/// Proof that the processor has AVX2 and FMA; only [`Avx2::detect`] makes one.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Avx2(());

impl Avx2 {
    /// Asks the processor, once per resampler.
    pub(in super::super) fn detect() -> Option<Self> {
        (std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma")).then_some(Self(()))
    }

    /// As [`produce`], eight samples per instruction.
    #[expect(clippy::unused_self, reason = "whoever has one has asked the processor")]
    pub(in super::super) fn produce<const N: usize>(
        self,
        source: &Source<'_>,
        inputs: [&[f32]; N],
        outputs: &mut [&mut [f32]],
        from: usize,
        frames: usize,
    ) {
        // SAFETY: `self` exists only if the processor has both features.
        unsafe { produce_avx2(source, inputs, outputs, from, frames) }
    }
}

/// # Safety
/// The processor must have AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
unsafe fn produce_avx2<const N: usize>(
    source: &Source<'_>,
    inputs: [&[f32]; N],
    outputs: &mut [&mut [f32]],
    from: usize,
    frames: usize,
) {
    produce::<Wide, N>(source, inputs, outputs, from, frames);
}

/// Eight samples. Its operations are inlined into `produce_avx2`, and used nowhere else (the tests ask
/// the processor first).
#[derive(Clone, Copy, Debug)]
pub(super) struct Wide(__m256);

impl Vector for Wide {
    #[inline(always)]
    fn splat(sample: f32) -> Self {
        // SAFETY: reached only after `Avx2::detect` (see `Wide`).
        Self(unsafe { _mm256_set1_ps(sample) })
    }

    #[inline(always)]
    fn load(samples: &Eight) -> Self {
        let first = samples.as_ptr();
        // SAFETY: reached only after `Avx2::detect`; eight samples lie at `first`, of any alignment.
        Self(unsafe { _mm256_loadu_ps(first) })
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: reached only after `Avx2::detect` (see `Wide`).
        Self(unsafe { _mm256_add_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: reached only after `Avx2::detect` (see `Wide`).
        Self(unsafe { _mm256_mul_ps(self.0, other.0) })
    }

    #[inline(always)]
    fn mul_add(self, by: Self, to: Self) -> Self {
        // SAFETY: reached only after `Avx2::detect` (see `Wide`).
        Self(unsafe { _mm256_fmadd_ps(self.0, by.0, to.0) })
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        // SAFETY: reached only after `Avx2::detect` (see `Wide`).
        let low = unsafe { _mm256_castps256_ps128(self.0) };
        // SAFETY: reached only after `Avx2::detect` (see `Wide`).
        let high = unsafe { _mm256_extractf128_ps::<1>(self.0) };
        // SAFETY: SSE2 is part of every AVX2 processor.
        let four = unsafe { _mm_add_ps(low, high) };
        sum_of_four(four)
    }
}
