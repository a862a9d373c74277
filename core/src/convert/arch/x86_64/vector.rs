//! The few vector operations the loop by hand is made of, safe for whoever holds an [`Avx2`].
//!
//! They are inlined into functions compiled for AVX2, where each is one instruction.

use core::arch::x86_64::{
    __m256i, _mm256_cmpeq_epi32, _mm256_cvtps_epi32, _mm256_min_epi32, _mm256_movemask_epi8, _mm256_mul_ps,
    _mm256_packs_epi32, _mm256_permutevar8x32_epi32, _mm256_set1_epi32, _mm256_set1_ps, _mm256_shuffle_epi8,
};

use super::Avx2;

impl Avx2 {
    /// Eight F32 samples times `scale`, rounded to nearest even; `i32::MIN` for what an `i32` cannot hold, NaN included.
    #[inline(always)]
    pub(super) fn scale_and_round(self, samples: [u8; 32], scale: f32) -> __m256i {
        let samples = bytemuck::must_cast(samples);
        // SAFETY: `self` proves that the processor has AVX2 and so AVX.
        let scale = unsafe { _mm256_set1_ps(scale) };
        // SAFETY: as above.
        let scaled = unsafe { _mm256_mul_ps(samples, scale) };
        // SAFETY: as above; the rounding mode is the default one, as everywhere in Rust.
        unsafe { _mm256_cvtps_epi32(scaled) }
    }

    /// The lesser of each pair of `i32`.
    #[inline(always)]
    pub(super) fn min(self, a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: `self` proves that the processor has AVX2.
        unsafe { _mm256_min_epi32(a, b) }
    }

    /// Whether any of the eight `i32` is `i32::MIN`.
    #[inline(always)]
    pub(super) fn any_is_least(self, values: __m256i) -> bool {
        // SAFETY: `self` proves that the processor has AVX2 and so AVX.
        let least = unsafe { _mm256_set1_epi32(i32::MIN) };
        // SAFETY: `self` proves that the processor has AVX2.
        let equal = unsafe { _mm256_cmpeq_epi32(values, least) };
        // SAFETY: as above.
        unsafe { _mm256_movemask_epi8(equal) != 0 }
    }

    /// Clips sixteen `i32` to `i16`: four of `a`, four of `b`, the other four of `a`, the other four of `b`.
    #[inline(always)]
    pub(super) fn clip_to_s16(self, a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: `self` proves that the processor has AVX2.
        unsafe { _mm256_packs_epi32(a, b) }
    }

    /// Within each half, the bytes that `order` names (0 to 15 of that half).
    #[inline(always)]
    pub(super) fn shuffle_bytes(self, values: __m256i, order: [u8; 32]) -> __m256i {
        // SAFETY: `self` proves that the processor has AVX2.
        unsafe { _mm256_shuffle_epi8(values, bytemuck::must_cast(order)) }
    }

    /// The 32-bit words that `order` names (0 to 7), as bytes.
    #[inline(always)]
    pub(super) fn shuffle_words(self, values: __m256i, order: [u32; 8]) -> [u8; 32] {
        // SAFETY: `self` proves that the processor has AVX2.
        bytemuck::must_cast(unsafe { _mm256_permutevar8x32_epi32(values, bytemuck::must_cast(order)) })
    }
}
