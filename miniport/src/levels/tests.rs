use super::{CHANNELS, LEVEL_MAX, LEVEL_MIN, LEVEL_STEP, Levels, PEAK_MAX, Shaper};
use crate::format::Encoding;
use proptest::prelude::*;
use std::vec::Vec;

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..2000)
}

proptest! {
    /// At 0 dB nothing changes, whatever the bits are: NaN, the lowest integers, a dirty low byte.
    #[test]
    fn unity_is_transparent(
        sound in bytes(),
        encoding in proptest::sample::select(&Encoding::ALL[..]),
        channels in 1..=CHANNELS,
    ) {
        let levels = Levels::new();
        let mut shaped = sound.clone();
        Shaper::new(&levels).process(&mut shaped, encoding, channels, &levels);
        prop_assert_eq!(shaped, sound);
    }

    /// Side by side or sample by sample: the meter of each channel tells the same.
    #[test]
    fn the_meter_looks_at_every_sample(
        mut sound in bytes(),
        encoding in proptest::sample::select(&Encoding::ALL[..]),
        channels in 1..=CHANNELS,
    ) {
        let sample = usize::from(encoding.container_bits() / 8);
        sound.truncate(sound.len() - sound.len() % (sample * channels));
        let mut expected = [0; CHANNELS];
        for (index, sample) in sound.chunks_exact(sample).enumerate() {
            let alone = Levels::new();
            Shaper::new(&alone).process(&mut sample.to_vec(), encoding, 1, &alone);
            let peak = &mut expected[index % channels];
            *peak = alone.take_peak(0).unwrap().max(*peak);
        }
        let levels = Levels::new();
        Shaper::new(&levels).process(&mut sound, encoding, channels, &levels);
        let got: [i32; CHANNELS] = core::array::from_fn(|channel| levels.take_peak(channel).unwrap());
        prop_assert_eq!(got, expected);
    }

    /// Levels are clamped to their range and put on the nearest step.
    #[test]
    fn levels_are_clamped(asked in any::<i32>(), channel in 0..2 * CHANNELS) {
        let levels = Levels::new();
        prop_assert_eq!(levels.set_level(channel, asked).is_some(), channel < CHANNELS);
        if let Some(level) = levels.level(channel) {
            let nearest = asked.clamp(LEVEL_MIN, LEVEL_MAX);
            prop_assert!((level - nearest).abs() <= LEVEL_STEP / 2);
            prop_assert_eq!(level % LEVEL_STEP, 0);
        }
    }
}

fn sixteen(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

#[test]
fn a_level_is_what_it_says() {
    let levels = Levels::new();
    // -6.5 dB is a factor of 0.47315.
    levels.set_level(1, -13 * LEVEL_STEP);
    let mut sound = sixteen(&[10_000, 10_000, -20_000, -20_000]);
    Shaper::new(&levels).process(&mut sound, Encoding::Pcm16, 2, &levels);
    assert_eq!(sound, sixteen(&[10_000, 4_732, -20_000, -9_463]));
    let mut float: Vec<u8> = 0.5_f32.to_le_bytes().repeat(2);
    Shaper::new(&levels).process(&mut float, Encoding::Float32, 2, &levels);
    assert_eq!(float[..4], 0.5_f32.to_le_bytes());
    let quiet = f32::from_le_bytes(float[4..].try_into().unwrap());
    assert!((quiet - 0.236_576).abs() < 1e-6, "{quiet}");
}

#[test]
fn every_encoding_is_scaled() {
    let levels = Levels::new();
    levels.set_level(0, -40 * 2 * LEVEL_STEP);
    let hundredth = |encoding, sample: &[u8]| {
        let mut sample = sample.to_vec();
        Shaper::new(&levels).process(&mut sample, encoding, 1, &levels);
        sample
    };
    assert_eq!(
        hundredth(Encoding::Pcm24, &(-1_000_000_i32).to_le_bytes()[..3]),
        (-10_000_i32).to_le_bytes()[..3]
    );
    assert_eq!(
        hundredth(Encoding::Pcm24In32, &(-1_000_000_i32 << 8).to_le_bytes()),
        (-10_000_i32 << 8).to_le_bytes()
    );
    assert_eq!(hundredth(Encoding::Pcm32, &1_000_000_000_i32.to_le_bytes()), 10_000_000_i32.to_le_bytes());
    assert_eq!(hundredth(Encoding::Pcm16, &(-10_000_i16).to_le_bytes()), (-100_i16).to_le_bytes());
}

#[test]
fn mute_falls_and_rises_without_a_step() {
    let levels = Levels::new();
    let mut shaper = Shaper::new(&levels);
    levels.set_muted(true);
    let mut falling = sixteen(&[6400; 100]);
    shaper.process(&mut falling, Encoding::Pcm16, 1, &levels);
    let expected: Vec<i16> = (0..100).map(|frame| (6300 - 100 * frame).max(0)).collect();
    assert_eq!(falling, sixteen(&expected));
    levels.set_muted(false);
    let mut rising = sixteen(&[6400; 100]);
    shaper.process(&mut rising, Encoding::Pcm16, 1, &levels);
    let expected: Vec<i16> = (1..=100).map(|frame| (100 * frame).min(6400)).collect();
    assert_eq!(rising, sixteen(&expected));
}

#[test]
fn the_meter_holds_the_highest_until_it_is_read() {
    let levels = Levels::new();
    let mut shaper = Shaper::new(&levels);
    let mut meter = |encoding, sound: &[u8]| {
        shaper.process(&mut sound.to_vec(), encoding, 1, &levels);
        levels.take_peak(0).unwrap()
    };
    assert_eq!(meter(Encoding::Pcm16, &sixteen(&[5, i16::MIN, 7])), PEAK_MAX);
    assert_eq!(meter(Encoding::Pcm16, &sixteen(&[i16::MAX])), PEAK_MAX);
    assert_eq!(meter(Encoding::Pcm16, &sixteen(&[0; 3])), 0);
    assert_eq!(meter(Encoding::Pcm24, &[0xFF, 0xFF, 0x7F]), PEAK_MAX);
    assert_eq!(meter(Encoding::Pcm24, &[0x00, 0x00, 0xC0]), 0x4000_0080);
    assert_eq!(meter(Encoding::Pcm24In32, &[0xFF, 0x00, 0x00, 0x80]), PEAK_MAX);
    assert_eq!(meter(Encoding::Pcm32, &i32::MIN.to_le_bytes()), PEAK_MAX);
    assert_eq!(meter(Encoding::Float32, &(-2.0_f32).to_le_bytes()), PEAK_MAX);
    assert_eq!(meter(Encoding::Float32, &f32::NAN.to_le_bytes()), 0);
    assert_eq!(meter(Encoding::Float32, &0.25_f32.to_le_bytes()), 1 << 29);
    assert_eq!(levels.take_peak(0), Some(0));
    assert_eq!(levels.take_peak(CHANNELS), None);
}
