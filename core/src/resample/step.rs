//! The step: input frames per output frame, held so that rational ratios never drift.

/// Fraction bits of the fixed-point part.
const FRACTION_BITS: u32 = 64;
/// One input frame in fixed point.
pub(super) const ONE: u128 = 1 << FRACTION_BITS;

/// How far the reading position moves in the input for one output frame, in input frames.
///
/// A ratio of two rates is kept as a quotient and a remainder, so that the position reached after any
/// number of output frames is the exact rational one: 24 hours of 44.1 kHz to 48 kHz read
/// 3 810 240 000 input frames, not one more. A ratio given as a floating-point number is kept exactly
/// as given, because 64 fraction bits hold every `f64` in the range.
///
/// The value is `(fixed + rem / den) / 2^64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub(super) fixed: u128,
    pub(super) rem: u32,
    pub(super) den: u32,
    /// Lowest terms, when the step was made from two rates.
    ratio: Option<(u32, u32)>,
}

impl Step {
    /// The smallest nominal step: one input frame becomes 48 output frames (8 kHz to 384 kHz).
    pub const MIN: f64 = 1.0 / 48.0;
    /// The largest nominal step: 48 input frames become one output frame (384 kHz to 8 kHz).
    pub const MAX: f64 = 48.0;

    /// One input frame per output frame.
    pub const UNITY: Self = Self { fixed: ONE, rem: 0, den: 1, ratio: Some((1, 1)) };

    /// The exact step from one rate to another, both in Hz. `None` when a rate is zero or the ratio is
    /// outside 1/48 to 48.
    pub fn from_rates(input_hz: u32, output_hz: u32) -> Option<Self> {
        let (num, den) = lowest_terms(input_hz, output_hz)?;
        if u64::from(num) * 48 < u64::from(den) || u64::from(num) > 48 * u64::from(den) {
            return None;
        }
        let scaled = u128::from(num) << FRACTION_BITS;
        let divisor = u128::from(den);
        let (fixed, rem) = (scaled.checked_div(divisor)?, scaled.checked_rem(divisor)?);
        // The remainder is below `den`, which is a `u32`.
        Some(Self { fixed, rem: rem as u32, den, ratio: Some((num, den)) })
    }

    /// The step nearest to a floating-point ratio of input frames per output frame. `None` when it is
    /// not a number or more than a tenth outside [`Step::MIN`] to [`Step::MAX`] (the tenth leaves room
    /// for a clock correction on top of the widest nominal ratio).
    pub fn from_f64(input_per_output: f64) -> Option<Self> {
        if !(Self::MIN * 0.9..=Self::MAX * 1.1).contains(&input_per_output) {
            return None;
        }
        // A power of two scales without rounding, and the cast is exact: the lowest mantissa bit of a
        // number above 2^-6 weighs at least 2^-58.
        let fixed = (input_per_output * ONE as f64) as u128;
        Some(Self { fixed, rem: 0, den: 1, ratio: None })
    }

    /// This step corrected by a factor near one, as a clock-drift loop asks for. A factor of exactly
    /// one gives back the exact step. `None` as for [`Step::from_f64`].
    pub fn scaled(self, factor: f64) -> Option<Self> {
        if factor.to_bits() == 1f64.to_bits() { Some(self) } else { Self::from_f64(self.to_f64() * factor) }
    }

    /// Input frames per output frame, rounded to a floating-point number.
    pub fn to_f64(self) -> f64 {
        match self.ratio {
            Some((num, den)) => f64::from(num) / f64::from(den),
            None => self.fixed as f64 / ONE as f64,
        }
    }

    /// Input frames over output frames in lowest terms, when the step came from two rates.
    pub fn ratio(self) -> Option<(u32, u32)> {
        self.ratio
    }
}

/// Euclid's algorithm; `None` when either number is zero.
fn lowest_terms(num: u32, den: u32) -> Option<(u32, u32)> {
    let (mut a, mut b) = (num, den);
    // At most 47 rounds for 32-bit numbers (Lamé).
    while let Some(rem) = a.checked_rem(b) {
        (a, b) = (b, rem);
    }
    let terms = (num.checked_div(a)?, den.checked_div(a)?);
    (terms.0 > 0 && terms.1 > 0).then_some(terms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_common_rates_reduce() {
        let step = Step::from_rates(44_100, 48_000).unwrap();
        assert_eq!(step.ratio(), Some((147, 160)));
        assert_eq!(Step::from_rates(48_000, 48_000), Some(Step::UNITY));
        assert_eq!(Step::from_rates(384_000, 8_000).map(Step::to_f64), Some(48.0));
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        assert_eq!(Step::from_rates(0, 48_000), None);
        assert_eq!(Step::from_rates(48_000, 0), None);
        assert_eq!(Step::from_rates(384_000, 7_999), None);
        assert_eq!(Step::from_rates(7_999, 384_000), None);
        for wrong in [f64::NAN, f64::INFINITY, 0.0, -1.0, 0.018, 53.0] {
            assert_eq!(Step::from_f64(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_float_is_kept_as_given(x in Step::MIN..Step::MAX) {
            prop_assert_eq!(Step::from_f64(x).unwrap().to_f64().to_bits(), x.to_bits());
        }

        #[test]
        fn quotient_and_remainder_rebuild_the_ratio(num in 1u32..400_000, den in 1u32..400_000) {
            if let Some(step) = Step::from_rates(num, den) {
                let (n, d) = step.ratio().unwrap();
                prop_assert_eq!(u64::from(n) * u64::from(den), u64::from(d) * u64::from(num));
                prop_assert_eq!(step.fixed * u128::from(d) + u128::from(step.rem), u128::from(n) << 64);
            }
        }
    }
}
