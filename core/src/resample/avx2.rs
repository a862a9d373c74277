//! The inner loop compiled once more for AVX2 with fused multiply-add, chosen at run time.

extern crate std;

use super::produce::{Arithmetic, Source, produce};

/// One rounding, one instruction.
struct Fused;

impl Arithmetic for Fused {
    #[inline(always)]
    fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }
}

/// Proof that the processor has AVX2 and FMA; only [`Avx2::detect`] makes one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Avx2(());

impl Avx2 {
    /// Asks the processor, once per resampler.
    pub(super) fn detect() -> Option<Self> {
        (std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma")).then_some(Self(()))
    }

    /// As [`produce`].
    pub(super) fn produce<const N: usize>(
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
    produce::<Fused, N>(source, inputs, outputs, from, frames);
}
