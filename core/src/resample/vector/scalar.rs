//! The naive twin: eight samples, one after the other. Needs no vector unit.
#![expect(
    clippy::inline_always,
    reason = "vectors must stay in registers, and features of the caller must reach in"
)]

use super::{Eight, Vector};

#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Scalar(Eight);

impl Scalar {
    #[inline(always)]
    fn each(self, other: Self, op: impl Fn(f32, f32) -> f32) -> Self {
        let mut all = self.0;
        all.iter_mut().zip(other.0).for_each(|(a, b)| *a = op(*a, b));
        Self(all)
    }
}

impl Vector for Scalar {
    #[inline(always)]
    fn splat(sample: f32) -> Self {
        Self([sample; 8])
    }

    #[inline(always)]
    fn load(samples: &Eight) -> Self {
        Self(*samples)
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.each(other, |a, b| a + b)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.each(other, |a, b| a * b)
    }

    #[inline(always)]
    fn mul_add(self, by: Self, to: Self) -> Self {
        self.mul(by).add(to)
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        let mut all = self.0;
        // Halves onto each other: 8 to 4 to 2 to 1.
        for half in [4, 2, 1] {
            let (low, high) = all.split_at_mut(half);
            low.iter_mut().zip(high).for_each(|(a, b)| *a += *b);
        }
        let [sum, ..] = all;
        sum
    }
}
