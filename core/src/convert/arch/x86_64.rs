//! The loops compiled for AVX2.

use std::arch::is_x86_feature_detected;

use crate::convert::kernel::{Job, Map, perform};

/// Proof that the processor has AVX2: only [`detect`](Self::detect) makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Avx2(());

impl Avx2 {
    /// Asks the processor.
    pub(super) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }

    /// Does `job` with AVX2.
    #[inline]
    pub(super) fn perform<M: Map>(self, map: M, job: Job<'_>) {
        // SAFETY: `self` proves that the processor has AVX2, the one thing `perform_avx2` asks for.
        unsafe { perform_avx2(map, job) }
    }
}

/// The same safe loop under a wider instruction set.
///
/// # Safety
/// The processor must have AVX2.
#[target_feature(enable = "avx2")]
unsafe fn perform_avx2<M: Map>(map: M, job: Job<'_>) {
    perform(map, job);
}
