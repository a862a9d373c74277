//! Division by a number that stays the same.

/// A divisor and its reciprocal: dividing by it is a multiplication, of some three cycles instead of tens. A tick divides
/// a dozen times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Divisor {
    /// Not 0.
    value: u64,
    /// `u64::MAX / value`.
    reciprocal: u64,
}

impl Divisor {
    /// `value`; 1 instead of 0.
    pub const fn new(value: u64) -> Self {
        let value = if value == 0 { 1 } else { value };
        Self { value, reciprocal: u64::MAX / value }
    }

    /// The number itself.
    pub const fn value(self) -> u64 {
        self.value
    }

    /// Quotient and remainder of `number`, exactly.
    pub const fn div_rem(self, number: u64) -> (u64, u64) {
        // The reciprocal is less than one too small, so that the quotient is right or one too small.
        let quotient = ((number as u128 * self.reciprocal as u128) >> 64) as u64;
        let rest = number.wrapping_sub(quotient.wrapping_mul(self.value));
        if rest < self.value {
            (quotient, rest)
        } else {
            (quotient.wrapping_add(1), rest.wrapping_sub(self.value))
        }
    }

    /// The quotient of `number`, rounded down.
    pub const fn quotient(self, number: u64) -> u64 {
        self.div_rem(number).0
    }

    /// What is left of `number`.
    pub const fn rest(self, number: u64) -> u64 {
        self.div_rem(number).1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Divisor;

    /// Of every size, and beside powers of two.
    fn number() -> impl Strategy<Value = u64> {
        (0..64_u32, any::<u64>(), any::<bool>()).prop_map(|(shift, bits, edge)| {
            if edge { (1_u64 << shift).wrapping_add(bits % 3).wrapping_sub(1) } else { bits >> shift }
        })
    }

    proptest! {
        #[test]
        fn it_divides_as_the_processor_does(divisor in number(), number in number()) {
            let own = Divisor::new(divisor);
            let divisor = divisor.max(1);
            prop_assert_eq!(own.div_rem(number), (number / divisor, number % divisor));
        }
    }

    #[test]
    fn the_largest_numbers_are_divided_too() {
        for divisor in [1, 2, 3, 10_000_000, 1 << 40, u64::MAX - 1, u64::MAX] {
            for number in [0, 1, divisor - 1, divisor, u64::MAX - 1, u64::MAX] {
                assert_eq!(Divisor::new(divisor).div_rem(number), (number / divisor, number % divisor));
            }
        }
        assert_eq!(Divisor::new(0), Divisor::new(1));
    }
}
