//! The vectors of the loop by hand, and the few operations on them, safe for whoever holds an [`Avx2`].
//!
//! They are inlined into functions compiled for AVX2, where each is one instruction.

use core::arch::x86_64::{
    __m256i, _mm256_cmpeq_epi32, _mm256_cvtps_epi32, _mm256_min_epi32, _mm256_movemask_epi8, _mm256_mul_ps,
    _mm256_packs_epi32, _mm256_permutevar8x32_epi32, _mm256_set1_epi32, _mm256_set1_ps, _mm256_shuffle_epi8,
};

use super::Avx2;
use crate::convert::arch::f32_to_s16::{Order, Vectors};
use crate::convert::f32::F32;
use crate::convert::kernel::{Job, Plain};
use crate::convert::s16::S16;

/// How to put the samples of a vector in order after two vectors `a` and `b` were packed into it: its four 64-bit
/// quarters are then the first of `a`, the first of `b`, the last of `a`, the last of `b`.
struct Moves {
    /// Bytes within each half, twice.
    bytes: [u8; 32],
    /// Then 32-bit words.
    words: [u32; 8],
}

const IN_TURN: Moves = Moves { bytes: twice([0, 1, 2, 3, 4, 5, 6, 7]), words: [0, 1, 4, 5, 2, 3, 6, 7] };
const ALTERNATING: Moves = Moves { bytes: twice([0, 4, 1, 5, 2, 6, 3, 7]), words: [0, 1, 2, 3, 4, 5, 6, 7] };
const EVEN_THEN_ODD: Moves =
    Moves { bytes: twice([0, 2, 4, 6, 1, 3, 5, 7]), words: [0, 4, 1, 5, 2, 6, 3, 7] };

/// The byte order of both halves, given the order of their eight samples.
const fn twice(samples: [u8; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    let mut at = 0;
    while at < 32 {
        bytes[at] = 2 * samples[at % 16 / 2] + (at % 2) as u8;
        at += 1;
    }
    bytes
}

impl Vectors for Avx2 {
    type Vector = [u8; 32];
    type Half = [u8; 16];

    #[inline(always)]
    fn block(self, src: [[u8; 32]; 4], order: Order, dst: &mut [[u8; 32]; 2]) -> bool {
        let [a, b, c, d] = src.map(|samples| self.scale_and_round(samples, 32_768.0));
        let least = self.min(self.min(a, b), self.min(c, d));
        let moves = match order {
            Order::InTurn => &IN_TURN,
            Order::Alternating => &ALTERNATING,
            Order::EvenThenOdd => &EVEN_THEN_ODD,
        };
        *dst = [(a, b), (c, d)].map(|(first, second)| {
            let packed = self.shuffle_bytes(self.clip_to_s16(first, second), moves.bytes);
            self.shuffle_words(packed, moves.words)
        });
        !self.any_is_least(least)
    }

    fn perform_plain(self, map: Plain<F32, S16>, job: Job<'_>) {
        self.perform(map, job);
    }
}

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
