//! Seeded white noise over the full band and the full scale.

use super::{SampleFormat, Sound};

/// White noise in which no sample is zero, so that silence is never mistaken for it.
///
/// `PipeWire`'s graph carries 32-bit floats, whose significand has 24 bits: S32 noise therefore uses the upper
/// 24 bits, which is all that any path through `PipeWire` can keep. F32 noise uses whole significands.
pub fn noise(format: SampleFormat, channels: u32, rate: u32, frames: usize, seed: u64) -> Sound {
    let mut random = fastrand::Rng::with_seed(seed);
    let words = (0..frames * channels as usize).map(|_| word(format, &mut random)).collect();
    Sound { format, channels, rate, words }
}

fn word(format: SampleFormat, random: &mut fastrand::Rng) -> i32 {
    loop {
        let bits = random.i32(..);
        let word = match format {
            // i32 to f32 rounds to 24 significant bits; the division is exact.
            SampleFormat::F32 => (bits as f32 / -(i32::MIN as f32)).to_bits() as i32,
            SampleFormat::S16 => bits >> 16,
            SampleFormat::S24 => bits >> 8,
            SampleFormat::S32 => bits & !0xff,
        };
        if word != 0 {
            return word;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_white_full_scale_and_repeatable() {
        for format in SampleFormat::ALL {
            let sound = noise(format, 2, 48_000, 20_000, 7);
            assert_eq!(sound, noise(format, 2, 48_000, 20_000, 7));
            assert_ne!(sound, noise(format, 2, 48_000, 20_000, 8));
            assert_eq!(sound.sounding_frames(), 20_000);
            let left = sound.channel(0);
            let power = left.iter().map(|x| x * x).sum::<f64>() / left.len() as f64;
            // Uniform over -1..1: a mean square of 1/3, and neighbours that know nothing of each other.
            assert!((power - 1.0 / 3.0).abs() < 0.02, "{format:?} {power}");
            let next = left.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / left.len() as f64;
            assert!(next.abs() < 0.02, "{format:?} {next}");
        }
    }

    #[test]
    fn s32_noise_survives_a_float() {
        for word in noise(SampleFormat::S32, 1, 48_000, 10_000, 1).words {
            assert_eq!((word as f32) as i32, word);
        }
    }
}
