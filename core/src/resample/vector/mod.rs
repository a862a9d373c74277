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
    fn agrees<V: Vector>(a: Eight, b: Eight, c: Eight, fused: bool) {
        let bits = |x: f32, y: f32| assert_eq!(x.to_bits(), y.to_bits(), "{x} {y}");
        let (v, w) = ([a, b, c].map(|x| V::load(&x)), [a, b, c].map(|x| Scalar::load(&x)));
        bits(v[0].sum(), w[0].sum());
        bits(v[0].add(v[1]).sum(), w[0].add(w[1]).sum());
        bits(v[0].mul(v[1]).sum(), w[0].mul(w[1]).sum());
        bits(V::splat(a[0]).add(v[1]).sum(), Scalar::splat(a[0]).add(w[1]).sum());
        let (x, y) = (v[0].mul_add(v[1], v[2]).sum(), w[0].mul_add(w[1], w[2]).sum());
        if fused {
            assert!((x - y).abs() <= 32.0 * f32::EPSILON, "{x} {y}");
        } else {
            bits(x, y);
        }
    }

    fn eight() -> impl Strategy<Value = Eight> {
        prop::array::uniform8(-1f32..1.0)
    }

    proptest! {
        #[test]
        fn the_baseline_agrees_with_its_twin(a in eight(), b in eight(), c in eight()) {
            agrees::<Baseline>(a, b, c, cfg!(target_arch = "aarch64"));
        }

        #[cfg(all(feature = "std", target_arch = "x86_64"))]
        #[test]
        fn avx2_agrees_with_its_twin(a in eight(), b in eight(), c in eight()) {
            if Avx2::detect().is_some() {
                agrees::<avx2::Wide>(a, b, c, true);
            }
        }
    }
}
