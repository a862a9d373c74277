//! Eight samples at a time: the few operations that the inner loop is made of, once per instruction set.
//!
//! `Scalar` is the naive twin of the others, and stands in on targets without a vector unit (a kernel
//! built for soft floats, say). `Baseline` is what every processor of the target has.

#[cfg(all(feature = "std", target_arch = "x86_64"))]
mod avx2;
#[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
mod neon;
#[cfg(any(
    test,
    not(any(
        all(target_arch = "x86_64", target_feature = "sse2"),
        all(target_arch = "aarch64", target_feature = "neon")
    ))
))]
mod scalar;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod sse2;

#[cfg(all(feature = "std", target_arch = "x86_64"))]
pub(super) use avx2::Avx2;
#[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
pub(super) use neon::Neon as Baseline;
#[cfg(not(any(
    all(target_arch = "x86_64", target_feature = "sse2"),
    all(target_arch = "aarch64", target_feature = "neon")
)))]
pub(super) use scalar::Scalar as Baseline;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
pub(super) use sse2::Sse2 as Baseline;

/// Eight samples in memory.
pub(super) type Eight = [f32; 8];

/// Eight samples in registers.
pub(super) trait Vector: Copy {
    /// The same sample eight times.
    fn splat(sample: f32) -> Self;
    /// Reads eight samples.
    fn load(samples: &Eight) -> Self;
    /// Sample by sample.
    fn add(self, other: Self) -> Self;
    /// Sample by sample.
    fn mul(self, other: Self) -> Self;
    /// `self * by + to`, with one rounding or two.
    fn mul_add(self, by: Self, to: Self) -> Self;
    /// The sum of all eight, in pairs, which keeps the rounding error lowest.
    fn sum(self) -> f32;
}

#[cfg(test)]
mod tests {
    use super::scalar::Scalar;
    use super::*;
    use proptest::prelude::*;

    /// Every operation of `V` against the twin's; `fused` allows the rounding that a fused
    /// multiply-add leaves out.
    fn agrees<V: Vector>(samples: [Eight; 3], fused: bool) {
        let bits = |ours: f32, twins: f32| assert_eq!(ours.to_bits(), twins.to_bits(), "{ours} {twins}");
        let (ours, twins) = (samples.map(|x| V::load(&x)), samples.map(|x| Scalar::load(&x)));
        bits(ours[0].sum(), twins[0].sum());
        bits(ours[0].add(ours[1]).sum(), twins[0].add(twins[1]).sum());
        bits(ours[0].mul(ours[1]).sum(), twins[0].mul(twins[1]).sum());
        let first = samples[0][0];
        bits(V::splat(first).add(ours[1]).sum(), Scalar::splat(first).add(twins[1]).sum());
        let ours = ours[0].mul_add(ours[1], ours[2]).sum();
        let twins = twins[0].mul_add(twins[1], twins[2]).sum();
        if fused {
            assert!((ours - twins).abs() <= 32.0 * f32::EPSILON, "{ours} {twins}");
        } else {
            bits(ours, twins);
        }
    }

    fn eight() -> impl Strategy<Value = Eight> {
        prop::array::uniform8(-1f32..1.0)
    }

    proptest! {
        #[test]
        fn the_baseline_agrees_with_its_twin(samples in prop::array::uniform3(eight())) {
            agrees::<Baseline>(samples, cfg!(target_arch = "aarch64"));
        }

        #[cfg(all(feature = "std", target_arch = "x86_64"))]
        #[test]
        fn avx2_agrees_with_its_twin(samples in prop::array::uniform3(eight())) {
            if Avx2::detect().is_some() {
                agrees::<avx2::Wide>(samples, true);
            }
        }
    }
}
