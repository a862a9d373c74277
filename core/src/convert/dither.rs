//! Dither: noise of triangular distribution that turns rounding error into a steady hiss.
//!
//! Two independent uniform deviates of one last bit each, summed: the least noise that makes both mean and power of
//! the total error independent of the signal (S. P. Lipshitz, R. A. Wannamaker, J. Vanderkooy, "Quantization and
//! Dither: A Theoretical Survey", J. Audio Eng. Soc. 40(5), 1992). Peak is one last bit, variance 1/6 of its square,
//! and the total error's 1/4: 4.8 dB above plain rounding.
//!
//! The deviates come from a counter and a mixing function, not from a state that runs along, so a sample's noise
//! depends only on the seed and its place in the stream. The counter steps by 2^32 divided by the golden ratio (as in
//! G. L. Steele, D. Lea, C. H. Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014) and is mixed by
//! the 32-bit finaliser of Austin Appleby's `MurmurHash3`. It repeats after 2^32 samples.

/// Where a stream of noise stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dither {
    /// Two streams with different seeds are unlike.
    pub(super) seed: u32,
    /// Samples (not frames) made so far, modulo 2^32.
    pub(super) position: u32,
}

impl Dither {
    /// 32 random bits for the sample `place` samples further on.
    #[inline(always)]
    fn bits(self, place: u32) -> u32 {
        const GOLDEN: u32 = 0x9e37_79b9;
        let place = self.position.wrapping_add(place);
        let mut x = self.seed.wrapping_add(place.wrapping_mul(GOLDEN));
        x = (x ^ (x >> 16)).wrapping_mul(0x85eb_ca6b);
        x = (x ^ (x >> 13)).wrapping_mul(0xc2b2_ae35);
        x ^ (x >> 16)
    }

    /// Noise between -1 and 1, in last bits.
    #[inline(always)]
    pub(super) fn float(self, place: u32) -> f32 {
        self.integer(place, 16) as f32 / 65_536.0
    }

    /// Noise below 2^`drop` in magnitude, for a value that will lose `drop` bits; `drop` is at most 16.
    #[inline(always)]
    pub(super) fn integer(self, place: u32, drop: u32) -> i32 {
        let bits = self.bits(place);
        let one = (bits & 0xffff) >> (16 - drop);
        let other = bits >> (32 - drop);
        // Each is 0 to 2^drop - 1: less their mean, the sum is symmetric about zero.
        (one + other) as i32 - ((1 << drop) - 1)
    }
}
