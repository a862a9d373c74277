//! One sample in each encoding: how loud it is, and how to make it quieter.

use bytemuck::{Pod, try_pod_read_unaligned};

/// Samples looked at side by side: whole vectors of the processor, and whole frames of all offered numbers of channels.
pub(super) const LANES: usize = 24;

/// The numbers of up to [`LANES`] samples; silence beyond.
pub(super) fn one_by_one<S: Sample<N>, const N: usize>(samples: &[u8]) -> [S::Value; LANES] {
    let mut values = [S::SILENCE; LANES];
    for (value, sample) in values.iter_mut().zip(samples.chunks_exact(N)) {
        *value = S::value(sample.try_into().unwrap_or([0; N]));
    }
    values
}

/// The same of [`LANES`] samples that lie in memory as the numbers do.
fn at_once<V: Pod>(samples: &[u8], silence: V) -> [V; LANES] {
    const { assert!(cfg!(target_endian = "little")) };
    try_pod_read_unaligned(samples).unwrap_or([silence; LANES])
}

/// A kind of sample of `N` bytes.
pub(super) trait Sample<const N: usize> {
    /// A sample as a number that can be compared.
    type Value: Copy + PartialOrd;

    /// Silence.
    const SILENCE: Self::Value;

    /// The number.
    fn value(bytes: [u8; N]) -> Self::Value;

    /// The numbers of [`LANES`] samples.
    fn values(samples: &[u8]) -> [Self::Value; LANES];

    /// The distance from silence of the further of two numbers on either side of it: full scale is 2^31 - 1.
    fn peak(least: Self::Value, most: Self::Value) -> u32;

    /// The sample times `gain`, which is 0 to 1.
    fn scaled(bytes: [u8; N], gain: f32) -> [u8; N];
}

pub(super) struct Pcm16;
pub(super) struct Pcm24;
pub(super) struct Pcm24In32;
pub(super) struct Pcm32;
pub(super) struct Float32;

/// Distance of the further of two integers from 0; that of the lowest is no further than that of the highest.
fn distance(least: i32, most: i32) -> u32 {
    least.unsigned_abs().max(most.unsigned_abs()).min(i32::MAX as u32)
}

/// `value * gain`, to the nearest integer, ties to even. In range, as `gain` is 1 at most.
fn product(value: i32, gain: f32) -> i32 {
    libm::rint(f64::from(value) * f64::from(gain)) as i32
}

impl Sample<2> for Pcm16 {
    type Value = i16;
    const SILENCE: i16 = 0;

    fn value(bytes: [u8; 2]) -> i16 {
        i16::from_le_bytes(bytes)
    }

    fn values(samples: &[u8]) -> [i16; LANES] {
        at_once(samples, 0)
    }

    fn peak(least: i16, most: i16) -> u32 {
        // All of 16 bits at full scale is all of 31.
        let high = distance(i32::from(least), i32::from(most)).min(i16::MAX as u32);
        high << 16 | high << 1 | high >> 14
    }

    fn scaled(bytes: [u8; 2], gain: f32) -> [u8; 2] {
        (product(i32::from(i16::from_le_bytes(bytes)), gain) as i16).to_le_bytes()
    }
}

impl Sample<3> for Pcm24 {
    type Value = i32;
    const SILENCE: i32 = 0;

    fn value([low, middle, high]: [u8; 3]) -> i32 {
        i32::from_le_bytes([0, low, middle, high])
    }

    fn values(samples: &[u8]) -> [i32; LANES] {
        one_by_one::<Self, 3>(samples)
    }

    fn peak(least: i32, most: i32) -> u32 {
        let high = (distance(least, most) >> 8).min(0x7F_FFFF);
        high << 8 | high >> 15
    }

    fn scaled([low, middle, high]: [u8; 3], gain: f32) -> [u8; 3] {
        let value = product(i32::from_le_bytes([0, low, middle, high]) >> 8, gain);
        let [low, middle, high, _] = value.to_le_bytes();
        [low, middle, high]
    }
}

impl Sample<4> for Pcm24In32 {
    type Value = i32;
    const SILENCE: i32 = 0;

    fn value([_, low, middle, high]: [u8; 4]) -> i32 {
        Pcm24::value([low, middle, high])
    }

    fn values(samples: &[u8]) -> [i32; LANES] {
        at_once(samples, 0).map(|value: i32| value & !0xFF)
    }

    fn peak(least: i32, most: i32) -> u32 {
        Pcm24::peak(least, most)
    }

    fn scaled([_, low, middle, high]: [u8; 4], gain: f32) -> [u8; 4] {
        let [low, middle, high] = Pcm24::scaled([low, middle, high], gain);
        [0, low, middle, high]
    }
}

impl Sample<4> for Pcm32 {
    type Value = i32;
    const SILENCE: i32 = 0;

    fn value(bytes: [u8; 4]) -> i32 {
        i32::from_le_bytes(bytes)
    }

    fn values(samples: &[u8]) -> [i32; LANES] {
        at_once(samples, 0)
    }

    fn peak(least: i32, most: i32) -> u32 {
        distance(least, most)
    }

    fn scaled(bytes: [u8; 4], gain: f32) -> [u8; 4] {
        product(i32::from_le_bytes(bytes), gain).to_le_bytes()
    }
}

impl Sample<4> for Float32 {
    type Value = f32;
    const SILENCE: f32 = 0.0;

    fn value(bytes: [u8; 4]) -> f32 {
        f32::from_le_bytes(bytes)
    }

    fn values(samples: &[u8]) -> [f32; LANES] {
        at_once(samples, 0.0)
    }

    fn peak(least: f32, most: f32) -> u32 {
        let further = if -least > most { -least } else { most };
        // The cast saturates.
        (further * i32::MAX as f32) as i32 as u32
    }

    fn scaled(bytes: [u8; 4], gain: f32) -> [u8; 4] {
        (f32::from_le_bytes(bytes) * gain).to_le_bytes()
    }
}
