//! What goes in and what comes out.

use std::vec::Vec;

use proptest::prelude::*;

use super::rig::{FREQUENCY_HZ, MS, Rig, format, noise};
use crate::cable::{Direction, State};
use crate::format::{Encoding, RATES_HZ, WaveFormat};
use crate::levels::{LEVEL_STEP, Levels};

fn any_format() -> impl Strategy<Value = WaveFormat> {
    (
        proptest::sample::select(&Encoding::ALL[..]),
        proptest::sample::select(&[1_u16, 2, 6, 8][..]),
        proptest::sample::select(&RATES_HZ[..]),
    )
        .prop_map(|(encoding, channels, rate_hz)| format(encoding, channels, rate_hz))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Equal formats: bit by bit, in the same tick, whenever the ticks come.
    #[test]
    fn equal_formats_are_bit_exact(
        format in any_format(),
        gaps in proptest::collection::vec(1..19 * MS, 20..60),
        capture_first in any::<bool>(),
    ) {
        let mut rig = Rig::new();
        let frames = format.rate_hz as usize / 50;
        let mut player = rig.open(Direction::Render, format, frames, 2);
        let mut recorder = rig.open(Direction::Capture, format, frames + 7, 0);
        if capture_first {
            rig.set_state(&recorder, State::Run);
        }
        rig.set_state(&player, State::Run);
        rig.set_state(&recorder, State::Run);
        let (mut heard, sound) = (Vec::new(), noise(format));
        for gap in gaps {
            rig.write(&mut player, &sound);
            rig.advance(gap);
            prop_assert_eq!(rig.frames(&player), rig.frames(&recorder));
            heard.extend(rig.read(&mut recorder));
        }
        let expected: Vec<u8> = (0..rig.frames(&player)).flat_map(&sound).collect();
        prop_assert_eq!(heard, expected);
        prop_assert_eq!(rig.engine.counters().late, 0);
        prop_assert_eq!(rig.engine.counters().silent_frames, 0);
    }

    /// Any two formats: once the sound has begun it never ends, whenever the ticks come.
    #[test]
    fn no_pair_of_formats_runs_dry(
        from in any_format(),
        to in any_format(),
        gaps in proptest::collection::vec(1..19 * MS, 20..60),
    ) {
        let mut rig = Rig::new();
        let mut player = rig.open(Direction::Render, from, from.rate_hz as usize / 50, 2);
        let mut recorder = rig.open(Direction::Capture, to, to.rate_hz as usize / 50, 0);
        rig.set_state(&player, State::Run);
        rig.set_state(&recorder, State::Run);
        // Long enough to begin.
        for _ in 0..20 {
            rig.write(&mut player, noise(from));
            rig.advance(MS);
            rig.read(&mut recorder);
        }
        let silent = rig.engine.counters().silent_frames;
        prop_assert!(silent * 100 <= u64::from(to.rate_hz), "{silent} frames before the sound begins");
        for gap in gaps {
            rig.write(&mut player, noise(from));
            rig.advance(gap);
            rig.read(&mut recorder);
        }
        prop_assert_eq!(rig.engine.counters().silent_frames, silent);
        prop_assert_eq!(rig.engine.way().map(|way| way.report().starvations), Some(0));
    }
}

/// Floats of one channel.
fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|sample| f32::from_le_bytes(sample.try_into().unwrap())).collect()
}

/// What is left of `sound` when the tone of `hz` is taken out, in dB below the tone.
fn residue_db(sound: &[f32], hz: f64, rate_hz: u32) -> f64 {
    let phase = |frame: usize| core::f64::consts::TAU * hz * frame as f64 / f64::from(rate_hz);
    let sum = |of: fn(f64) -> f64| -> f64 {
        sound.iter().enumerate().map(|(frame, &x)| f64::from(x) * of(phase(frame))).sum()
    };
    let half = sound.len() as f64 / 2.0;
    let (a, b) = (sum(f64::cos) / half, sum(f64::sin) / half);
    let rest: f64 = sound
        .iter()
        .enumerate()
        .map(|(frame, &x)| (f64::from(x) - a * phase(frame).cos() - b * phase(frame).sin()).powi(2))
        .sum();
    10.0 * ((a * a + b * b) * half / rest).log10()
}

#[test]
fn other_rates_are_clean() {
    for (from_hz, to_hz) in [(44_100, 48_000), (48_000, 44_100), (192_000, 44_100), (44_100, 192_000)] {
        let (from, to) = (format(Encoding::Float32, 1, from_hz), format(Encoding::Float32, 1, to_hz));
        let mut rig = Rig::new();
        let mut player = rig.open(Direction::Render, from, from_hz as usize / 50, 0);
        let mut recorder = rig.open(Direction::Capture, to, to_hz as usize / 50, 0);
        rig.set_state(&player, State::Run);
        rig.set_state(&recorder, State::Run);
        let tone = |frame: u64| {
            let phase = core::f64::consts::TAU * 1000.0 * frame as f64 / f64::from(from_hz);
            ((0.5 * phase.sin()) as f32).to_le_bytes().to_vec()
        };
        let mut heard = Vec::new();
        for tick in 0..1200 {
            rig.write(&mut player, tone);
            rig.advance(MS + tick % 7 * MS / 10);
            heard.extend(rig.read(&mut recorder));
        }
        // Whole periods of the tone, away from the beginning.
        let sound = &floats(&heard)[to_hz as usize / 10..][..to_hz as usize];
        let db = residue_db(sound, 1000.0, to_hz);
        std::println!("{from_hz} to {to_hz}: all but the tone {db:.1} dB below it");
        assert!(db > 115.0, "{from_hz} to {to_hz}: {db}");
    }
}

#[test]
fn channels_and_samples_are_converted() {
    let (from, to) = (format(Encoding::Pcm16, 1, 48_000), format(Encoding::Pcm24In32, 2, 48_000));
    let mut rig = Rig::new();
    let mut player = rig.open(Direction::Render, from, 480, 0);
    let mut recorder = rig.open(Direction::Capture, to, 480, 0);
    rig.set_state(&player, State::Run);
    rig.set_state(&recorder, State::Run);
    rig.write(&mut player, |_| (-12_345_i16).to_le_bytes().to_vec());
    rig.advance(5 * MS);
    let heard = rig.read(&mut recorder);
    assert_eq!(heard.len(), 240 * 8);
    assert!(heard.chunks_exact(4).all(|sample| sample == (-12_345_i32 << 16).to_le_bytes()));
}

#[test]
fn twenty_four_bits_of_thirty_two_leave_the_low_byte_zero() {
    let (from, to) = (format(Encoding::Pcm32, 1, 48_000), format(Encoding::Pcm24In32, 1, 48_000));
    let mut rig = Rig::new();
    let mut player = rig.open(Direction::Render, from, 480, 0);
    let mut recorder = rig.open(Direction::Capture, to, 480, 0);
    rig.set_state(&player, State::Run);
    rig.set_state(&recorder, State::Run);
    let values = [i32::MAX, i32::MIN, 0x1234_5680, 0x1234_567F, -1];
    rig.write(&mut player, |frame| values[frame as usize % 5].to_le_bytes().to_vec());
    rig.advance(MS);
    let heard: Vec<i32> = rig
        .read(&mut recorder)
        .chunks_exact(4)
        .map(|sample| i32::from_le_bytes(sample.try_into().unwrap()))
        .collect();
    assert_eq!(heard[..5], [0x7FFF_FF00, i32::MIN, 0x1234_5700, 0x1234_5600, 0]);
}

#[test]
fn both_ends_apply_their_levels() {
    let stereo = format(Encoding::Float32, 2, 48_000);
    let mut rig = Rig::new();
    let half = |levels: &Levels| levels.set_level(0, -12 * LEVEL_STEP).unwrap();
    half(&rig.ends.render);
    half(&rig.ends.capture);
    let mut player = rig.open(Direction::Render, stereo, 480, 0);
    let mut recorder = rig.open(Direction::Capture, stereo, 480, 0);
    rig.set_state(&player, State::Run);
    rig.set_state(&recorder, State::Run);
    rig.write(&mut player, |_| 0.5_f32.to_le_bytes().repeat(2));
    rig.advance(MS);
    let heard = floats(&rig.read(&mut recorder));
    // -12 dB in all on the left, nothing on the right.
    assert!((heard[0] - 0.125_594).abs() < 1e-5 && heard[1].to_bits() == 0.5_f32.to_bits());
    let peak = |levels: &Levels, channel| levels.take_peak(channel).unwrap() >> 20;
    assert_eq!([peak(&rig.ends.render, 0), peak(&rig.ends.render, 1)], [513, 1024]);
    assert_eq!([peak(&rig.ends.capture, 0), peak(&rig.ends.capture, 1)], [257, 1024]);
}

#[test]
fn an_hour_passes_without_a_lost_frame() {
    let (from, to) = (format(Encoding::Pcm16, 1, 44_100), format(Encoding::Pcm16, 1, 44_100));
    let mut rig = Rig::new();
    let mut player = rig.open(Direction::Render, from, 44_100, 2);
    let recorder = rig.open(Direction::Capture, to, 44_100, 2);
    rig.set_state(&player, State::Run);
    rig.set_state(&recorder, State::Run);
    let start = rig.now;
    rig.write(&mut player, noise(from));
    // Ticks of 499 ms, which no second is a multiple of.
    for _ in 0..3600 * 1000 / 499 {
        rig.advance(499 * MS);
        let exact = u128::from(rig.now - start) * 44_100 / u128::from(FREQUENCY_HZ);
        assert!(u128::from(rig.frames(&player)).abs_diff(exact) <= 1);
    }
    assert_eq!(rig.frames(&player), rig.frames(&recorder));
    assert_eq!((rig.engine.counters().late, rig.engine.counters().silent_frames), (0, 0));
}
