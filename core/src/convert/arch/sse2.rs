//! SSE2, which every `x86_64` processor has: the vectors of the loop by hand.

use core::arch::x86_64::{
    __m128i, _mm_cmpeq_epi32, _mm_cvtps_epi32, _mm_movemask_epi8, _mm_mul_ps, _mm_or_si128, _mm_packs_epi32,
    _mm_set1_epi32, _mm_set1_ps, _mm_shuffle_epi32, _mm_shufflehi_epi16, _mm_shufflelo_epi16,
    _mm_unpackhi_epi64, _mm_unpacklo_epi16,
};

use super::f32_to_s16::{Order, Vectors};
use crate::convert::f32::F32;
use crate::convert::kernel::{Job, Plain, perform};
use crate::convert::s16::S16;

/// Compiled only where SSE2 is part of the target.
#[derive(Clone, Copy)]
pub(super) struct Sse2;

impl Vectors for Sse2 {
    type Vector = [u8; 16];
    type Half = [u8; 8];

    #[inline(always)]
    fn block(self, src: [[u8; 16]; 4], order: Order, dst: &mut [[u8; 16]; 2]) -> bool {
        let [a, b, c, d] = src.map(scale_and_round);
        *dst = [(a, b), (c, d)].map(|(first, second)| bytemuck::must_cast(pack(first, second, order)));
        !any_is_least([a, b, c, d])
    }

    #[inline(always)]
    fn perform_plain(self, map: Plain<F32, S16>, job: Job<'_>) {
        perform(map, job);
    }
}

/// Four F32 samples times 2^15, rounded to nearest even; `i32::MIN` for what an `i32` cannot hold, NaN included.
#[inline(always)]
fn scale_and_round(samples: [u8; 16]) -> __m128i {
    let samples = bytemuck::must_cast(samples);
    // SAFETY: SSE2 is part of the target.
    let scale = unsafe { _mm_set1_ps(32_768.0) };
    // SAFETY: as above.
    let scaled = unsafe { _mm_mul_ps(samples, scale) };
    // SAFETY: as above; the rounding mode is the default one, as everywhere in Rust.
    unsafe { _mm_cvtps_epi32(scaled) }
}

/// Whether any of the sixteen `i32` is `i32::MIN`.
#[inline(always)]
fn any_is_least(values: [__m128i; 4]) -> bool {
    // SAFETY: SSE2 is part of the target.
    let least = unsafe { _mm_set1_epi32(i32::MIN) };
    let [a, b, c, d] = values.map(|value| {
        // SAFETY: as above.
        unsafe { _mm_cmpeq_epi32(value, least) }
    });
    // SAFETY: as above.
    let or = |x, y| unsafe { _mm_or_si128(x, y) };
    // SAFETY: as above.
    unsafe { _mm_movemask_epi8(or(or(a, b), or(c, d))) != 0 }
}

/// Clips eight `i32` to `i16` and puts them in order.
#[inline(always)]
fn pack(first: __m128i, second: __m128i, order: Order) -> __m128i {
    /// The first, the third, the second and the fourth of four.
    const MIDDLE_SWAPPED: i32 = 0b11_01_10_00;
    // SAFETY: SSE2 is part of the target.
    let in_turn = unsafe { _mm_packs_epi32(first, second) };
    match order {
        Order::InTurn => in_turn,
        Order::Alternating => {
            // SAFETY: as above.
            let upper = unsafe { _mm_unpackhi_epi64(in_turn, in_turn) };
            // SAFETY: as above.
            unsafe { _mm_unpacklo_epi16(in_turn, upper) }
        }
        Order::EvenThenOdd => {
            // SAFETY: as above.
            let lower_done = unsafe { _mm_shufflelo_epi16::<MIDDLE_SWAPPED>(in_turn) };
            // SAFETY: as above.
            let both_done = unsafe { _mm_shufflehi_epi16::<MIDDLE_SWAPPED>(lower_done) };
            // SAFETY: as above.
            unsafe { _mm_shuffle_epi32::<MIDDLE_SWAPPED>(both_done) }
        }
    }
}
