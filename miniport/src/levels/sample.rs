//! One sample in each encoding: how loud it is, and how to make it quieter.

/// A kind of sample of `N` bytes.
pub(super) trait Sample<const N: usize> {
    /// Its distance from silence: full scale is 2^31 - 1.
    fn peak(bytes: [u8; N]) -> u32;

    /// The sample times `gain`, which is 0 to 1.
    fn scaled(bytes: [u8; N], gain: f32) -> [u8; N];
}

pub(super) struct Pcm16;
pub(super) struct Pcm24;
pub(super) struct Pcm24In32;
pub(super) struct Pcm32;
pub(super) struct Float32;

/// Distance of an integer from 0; that of the lowest is no further than that of the highest.
fn distance(value: i32) -> u32 {
    value.unsigned_abs().min(i32::MAX as u32)
}

/// `value * gain`, to the nearest integer, ties to even. In range, as `gain` is 1 at most.
fn product(value: i32, gain: f32) -> i32 {
    libm::rint(f64::from(value) * f64::from(gain)) as i32
}

impl Sample<2> for Pcm16 {
    fn peak(bytes: [u8; 2]) -> u32 {
        // All of 16 bits at full scale is all of 31.
        let high = u32::from(i16::from_le_bytes(bytes).unsigned_abs().min(i16::MAX as u16));
        high << 16 | high << 1 | high >> 14
    }

    fn scaled(bytes: [u8; 2], gain: f32) -> [u8; 2] {
        (product(i32::from(i16::from_le_bytes(bytes)), gain) as i16).to_le_bytes()
    }
}

impl Sample<3> for Pcm24 {
    fn peak([low, middle, high]: [u8; 3]) -> u32 {
        let high = distance(i32::from_le_bytes([0, low, middle, high]) >> 8).min(0x7F_FFFF);
        high << 8 | high >> 15
    }

    fn scaled([low, middle, high]: [u8; 3], gain: f32) -> [u8; 3] {
        let value = product(i32::from_le_bytes([0, low, middle, high]) >> 8, gain);
        let [low, middle, high, _] = value.to_le_bytes();
        [low, middle, high]
    }
}

impl Sample<4> for Pcm24In32 {
    fn peak([_, low, middle, high]: [u8; 4]) -> u32 {
        Pcm24::peak([low, middle, high])
    }

    fn scaled([_, low, middle, high]: [u8; 4], gain: f32) -> [u8; 4] {
        let [low, middle, high] = Pcm24::scaled([low, middle, high], gain);
        [0, low, middle, high]
    }
}

impl Sample<4> for Pcm32 {
    fn peak(bytes: [u8; 4]) -> u32 {
        distance(i32::from_le_bytes(bytes))
    }

    fn scaled(bytes: [u8; 4], gain: f32) -> [u8; 4] {
        product(i32::from_le_bytes(bytes), gain).to_le_bytes()
    }
}

impl Sample<4> for Float32 {
    fn peak(bytes: [u8; 4]) -> u32 {
        // A cast saturates, and NaN becomes 0.
        (f32::from_le_bytes(bytes).abs() * i32::MAX as f32) as i32 as u32
    }

    fn scaled(bytes: [u8; 4], gain: f32) -> [u8; 4] {
        (f32::from_le_bytes(bytes) * gain).to_le_bytes()
    }
}
