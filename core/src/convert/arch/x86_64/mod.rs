//! AVX2: the safe loops compiled for it, and the loop by hand.

#![expect(clippy::unused_self, reason = "a value of Avx2 is not data but the proof that it may be called")]

mod vector;

use std::arch::is_x86_feature_detected;

use crate::convert::arch::f32_to_s16;
use crate::convert::kernel::{Job, Map, perform};

/// Proof that the processor has AVX2: only [`detect`](Self::detect) makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Avx2(());

impl Avx2 {
    /// Asks the processor.
    pub(super) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }

    /// Does `job` with the safe loop, compiled for AVX2.
    #[inline]
    pub(super) fn perform<M: Map>(self, map: M, job: Job<'_>) {
        // SAFETY: `self` proves that the processor has AVX2, the one thing `perform_avx2` asks for.
        unsafe { perform_avx2(map, job) }
    }

    /// Does `job` from F32 to S16 without dither.
    pub(super) fn f32_to_s16(self, job: Job<'_>) {
        // SAFETY: `self` proves that the processor has AVX2, the one thing `f32_to_s16_avx2` asks for.
        unsafe { f32_to_s16_avx2(self, job) }
    }
}

/// The safe loop under a wider instruction set.
///
/// # Safety
/// The processor must have AVX2.
#[target_feature(enable = "avx2")]
unsafe fn perform_avx2<M: Map>(map: M, job: Job<'_>) {
    perform(map, job);
}

/// The loop by hand under the instruction set it is written for.
///
/// # Safety
/// The processor must have AVX2.
#[target_feature(enable = "avx2")]
unsafe fn f32_to_s16_avx2(avx2: Avx2, job: Job<'_>) {
    f32_to_s16::run(avx2, job);
}
