//! The naive twin: eight samples, one after the other. Needs no vector unit.

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
        let [a, b, c, d, e, f, g, h] = self.0;
        ((a + e) + (c + g)) + ((b + f) + (d + h))
    }
}
