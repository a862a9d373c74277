//! Instruction sets. The loops are compiled once for the target's baseline (SSE2 on `x86_64`, NEON on `aarch64`) and,
//! where the standard library can ask the processor, once more for AVX2. On `x86_64` one of them is also written by hand,
//! where the compiler's code was too slow.

use super::kernel::{Job, Map, perform};

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod f32_to_s16;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod sse2;
#[cfg(all(target_arch = "x86_64", feature = "std"))]
mod x86_64;

/// An instruction set this processor is known to have: whoever holds one may run code compiled for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstructionSet(Known);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Baseline,
    #[cfg(all(target_arch = "x86_64", feature = "std"))]
    Avx2(x86_64::Avx2),
}

impl InstructionSet {
    /// What every processor of the target has: SSE2 on `x86_64`, NEON on `aarch64`.
    pub const BASELINE: Self = Self(Known::Baseline);

    /// The best set this processor has. Without the feature `std`, and on all but `x86_64`, that is
    /// [`BASELINE`](Self::BASELINE). Asks the processor once per process; any thread may call it.
    pub fn detect() -> Self {
        #[cfg(all(target_arch = "x86_64", feature = "std"))]
        if let Some(avx2) = x86_64::Avx2::detect() {
            return Self(Known::Avx2(avx2));
        }
        Self::BASELINE
    }

    /// Does `job` with code compiled for this set.
    #[inline]
    pub(super) fn perform<M: Map>(self, map: M, job: Job<'_>) {
        match self.0 {
            Known::Baseline => perform(map, job),
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            Known::Avx2(avx2) => avx2.perform(map, job),
        }
    }

    /// Does `job` from F32 to S16 without dither.
    pub(super) fn f32_to_s16(self, job: Job<'_>) {
        match self.0 {
            #[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
            Known::Baseline => f32_to_s16::run(sse2::Sse2, job),
            #[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
            Known::Baseline => {
                let plain =
                    super::kernel::Plain::<super::f32::F32, super::s16::S16>(core::marker::PhantomData);
                perform(plain, job);
            }
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            Known::Avx2(avx2) => avx2.f32_to_s16(job),
        }
    }
}
