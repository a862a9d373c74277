//! Which build of the inner loop runs.

use super::produce::{Source, produce};
#[cfg(all(feature = "std", target_arch = "x86_64"))]
use super::vector::Avx2;
use super::vector::Baseline;

/// The instruction set that the inner loop is run with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Engine {
    Baseline,
    #[cfg(all(feature = "std", target_arch = "x86_64"))]
    Avx2(Avx2),
}

impl Engine {
    /// The best that this processor has.
    pub(super) fn detect() -> Self {
        #[cfg(all(feature = "std", target_arch = "x86_64"))]
        if let Some(avx2) = Avx2::detect() {
            return Self::Avx2(avx2);
        }
        Self::Baseline
    }

    /// As [`produce`].
    pub(super) fn run<const N: usize>(
        self,
        source: &Source<'_>,
        inputs: [&[f32]; N],
        outputs: &mut [&mut [f32]],
        from: usize,
        frames: usize,
    ) {
        match self {
            Self::Baseline => produce::<Baseline, N>(source, inputs, outputs, from, frames),
            #[cfg(all(feature = "std", target_arch = "x86_64"))]
            Self::Avx2(avx2) => avx2.produce(source, inputs, outputs, from, frames),
        }
    }
}
