//! The rules in figures worked out by hand, and the round trips over all values.

use vcable_core::convert::Converter;
use vcable_core::format::{ChannelCount, Layout, SampleFormat};

use SampleFormat::{F32, S16, S24, S24In32, S32};

fn convert(from: SampleFormat, to: SampleFormat, src: &[u8]) -> Vec<u8> {
    let samples = src.len() / from.bytes();
    let mut dst = vec![0; samples * to.bytes()];
    let mono = ChannelCount::new(1).unwrap();
    let mut converter = Converter::new((from, Layout::Planar), (to, Layout::Planar), mono);
    assert_eq!(converter.process(&[src], &mut [&mut dst], samples), samples);
    dst
}

fn from_f32(to: SampleFormat, value: f32) -> i32 {
    integer(to, &convert(F32, to, &value.to_le_bytes()))
}

fn to_f32(from: SampleFormat, value: i32) -> f32 {
    let bytes = convert(from, F32, &value.to_le_bytes()[..from.bytes()]);
    f32::from_le_bytes(bytes.try_into().unwrap())
}

fn between(from: SampleFormat, to: SampleFormat, value: i32) -> i32 {
    integer(to, &convert(from, to, &value.to_le_bytes()[..from.bytes()]))
}

fn integer(format: SampleFormat, bytes: &[u8]) -> i32 {
    match (format, bytes) {
        (S16, &[a, b]) => i32::from(i16::from_le_bytes([a, b])),
        (S24, &[a, b, c]) => i32::from_le_bytes([0, a, b, c]) >> 8,
        (S24In32 | S32, &[a, b, c, d]) => i32::from_le_bytes([a, b, c, d]),
        _ => panic!("{format:?} is no integer of {} bytes", bytes.len()),
    }
}

#[test]
fn full_scale_is_symmetric_and_clips() {
    for (format, most) in [(S16, 32_767), (S24, 8_388_607), (S24In32, 8_388_607), (S32, i32::MAX)] {
        let least = -most - 1;
        for beyond in [1.0, 1.5, 2.0, 100.0, 1e5, 1e20, f32::MAX] {
            assert_eq!(from_f32(format, beyond), most, "{format:?} of {beyond}");
            assert_eq!(from_f32(format, -beyond), least, "{format:?} of -{beyond}");
        }
        assert_eq!(from_f32(format, 0.5), most / 2 + 1);
        assert_eq!(from_f32(format, -0.5), least / 2);
        assert_eq!(to_f32(format, least).to_bits(), (-1.0_f32).to_bits());
        assert_eq!(to_f32(format, most / 2 + 1).to_bits(), 0.5_f32.to_bits());
    }
}

#[test]
fn nan_and_infinities_are_silence_in_every_format() {
    for bits in [0x7f80_0000_u32, 0xff80_0000, 0x7fc0_0000, 0xffc0_0000, 0x7f80_0001, 0xffff_ffff] {
        for format in [F32, S16, S24, S24In32, S32] {
            assert!(
                convert(F32, format, &bits.to_le_bytes()).iter().all(|&byte| byte == 0),
                "{bits:x} {format:?}"
            );
        }
    }
}

#[test]
fn finite_floats_pass_unchanged() {
    for value in [0.0, -0.0, f32::from_bits(1), -f32::MIN_POSITIVE, 1.0, -1.0, 3.5, f32::MAX, f32::MIN] {
        assert_eq!(convert(F32, F32, &value.to_le_bytes()), value.to_le_bytes());
    }
}

#[test]
fn ties_go_to_even() {
    for (steps, nearest) in
        [(0.5, 0), (1.5, 2), (2.5, 2), (-0.5, 0), (-1.5, -2), (-2.5, -2), (0.75, 1), (1.25, 1)]
    {
        assert_eq!(from_f32(S16, steps / 32_768.0), nearest);
        assert_eq!(from_f32(S24, steps / 8_388_608.0), nearest);
        assert_eq!(from_f32(S24In32, steps / 8_388_608.0), nearest);
        assert_eq!(from_f32(S32, steps / 2_147_483_648.0), nearest);
        assert_eq!(between(S32, S16, (steps * 65_536.0) as i32), nearest);
        assert_eq!(between(S32, S24, (steps * 256.0) as i32), nearest);
        assert_eq!(between(S24, S16, (steps * 256.0) as i32), nearest);
    }
    // 2^24 + 1 and 2^24 + 3, the first odd numbers an f32 lacks.
    for (value, nearest) in [(16_777_217, 16_777_216.0_f32), (16_777_219, 16_777_220.0)] {
        assert_eq!(to_f32(S32, value).to_bits(), (nearest / 2_147_483_648.0).to_bits());
    }
}

#[test]
fn integers_that_round_up_beyond_the_range_clip() {
    assert_eq!(between(S32, S16, i32::MAX), 32_767);
    assert_eq!(between(S32, S16, 0x7fff_8000), 32_767);
    assert_eq!(between(S32, S24, i32::MAX), 8_388_607);
    assert_eq!(between(S24, S16, 8_388_607), 32_767);
    assert_eq!(between(S32, S16, i32::MIN), -32_768);
}

#[test]
fn integers_do_not_pass_through_floats() {
    for value in [0x1234_5678, -0x1234_5679, i32::MAX, i32::MIN, 16_777_217] {
        assert_eq!(between(S32, S32, value), value);
    }
}

#[test]
fn the_high_byte_of_24_in_32_is_ignored_and_written_as_the_sign() {
    for (stored, value) in [(0x5a12_3456, 0x12_3456), (0x0080_0000, -0x80_0000), (0x00ff_ffff, -1)] {
        assert_eq!(between(S24In32, S24In32, stored), value);
        assert_eq!(between(S24In32, S32, stored), value * 256);
        assert_eq!(between(S24In32, S24, stored), value);
        assert_eq!(between(S24, S24In32, stored), value);
    }
}

/// All values of `from`, through `via` and back; each seventh where the compiler does not optimise, to save a minute.
fn assert_round_trip(from: SampleFormat, bits: u32, via: SampleFormat) {
    let half = 1_i32 << (bits - 1);
    let step = if cfg!(debug_assertions) && bits > 16 { 7 } else { 1 };
    let values = (-half..half).step_by(step).chain([half - 1]);
    let all: Vec<u8> = values.flat_map(|value| value.to_le_bytes().into_iter().take(from.bytes())).collect();
    let there = convert(from, via, &all);
    assert!(convert(via, from, &there) == all, "{from:?} through {via:?}");
}

#[test]
fn every_s16_survives_every_wider_format() {
    for via in [F32, S24, S24In32, S32] {
        assert_round_trip(S16, 16, via);
    }
}

#[test]
fn every_s24_survives_every_format_that_holds_it() {
    for via in [F32, S24In32, S32] {
        assert_round_trip(S24, 24, via);
    }
    assert_round_trip(S24In32, 24, F32);
}
