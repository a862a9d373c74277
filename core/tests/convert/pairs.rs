//! All pairs of formats and layouts, by every instruction set, equal the naive twin bit by bit.

use proptest::prelude::*;
use vcable_core::format::{Layout, SampleFormat};

use crate::naive;
use crate::sides::{FORMATS, LAYOUTS, Side, any_sample, instruction_sets, special_floats};

type Kind = (SampleFormat, Layout);

fn any_kind() -> impl Strategy<Value = Kind> {
    (proptest::sample::select(&FORMATS[..]), proptest::sample::select(&LAYOUTS[..]))
}

/// Two sides of the same shape: the first full of sound, the second untouched.
fn any_sides() -> impl Strategy<Value = (Side, Side)> {
    let channels = prop_oneof![3 => Just(2_usize), 1 => Just(1_usize), 2 => 3_usize..=64];
    let frames = prop_oneof![4 => 0_usize..80, 1 => 80_usize..300];
    (any_kind(), any_kind(), channels, frames, 0_usize..40, 0_usize..40).prop_flat_map(
        |(from, to, channels, frames, from_offset, to_offset)| {
            proptest::collection::vec(any_sample(from.0), 1..=(frames * channels).max(1)).prop_map(
                move |samples| {
                    let mut samples = samples.iter().cycle().cloned();
                    let src = Side::new(from, channels, frames, from_offset);
                    (src.filled(|_| samples.next().unwrap()), Side::new(to, channels, frames, to_offset))
                },
            )
        },
    )
}

fn assert_equals_twin(src: &Side, dst: &Side) {
    let twin = src.mapped(dst, |sample, _| naive::convert(src.format, dst.format, sample));
    for set in instruction_sets() {
        let mut own = dst.clone();
        let mut converter = src.converter_to(dst).with_instructions(set);
        assert_eq!(converter.process(&src.slices(0), &mut own.slices_mut(0), usize::MAX), src.frames());
        assert_eq!(own, twin, "by {set:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn conversion_equals_the_naive_twin((src, dst) in any_sides()) {
        assert_equals_twin(&src, &dst);
    }
}

/// Not by chance: each pair of formats and layouts, each length up to four blocks of the widest loop, mono and stereo.
#[test]
fn no_pair_and_no_length_is_left_out() {
    let kinds: Vec<Kind> =
        FORMATS.iter().flat_map(|&format| LAYOUTS.iter().map(move |&layout| (format, layout))).collect();
    let specials = special_floats();
    let (mut pairs, mut state) = (0, 1_u32);
    for &from in &kinds {
        for &to in &kinds {
            pairs += 1;
            for frames in 0..=66 {
                for channels in [1, 2, 3] {
                    let src = Side::new(from, channels, frames, frames % 5).filled(|_| {
                        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        let special = specials[state as usize / 64 % specials.len()];
                        let random = f64::from(state as i32) / 2_147_483_648.0;
                        let value = if state / 16 % 64 == 0 { special } else { random as f32 };
                        match from.0 {
                            SampleFormat::F32 => value.to_le_bytes().to_vec(),
                            format => naive::encode(format, random),
                        }
                    });
                    assert_equals_twin(&src, &Side::new(to, channels, frames, frames % 7));
                }
            }
        }
    }
    assert_eq!(pairs, 100);
}

/// One bad sample at each place of a long run: the loops by hand find it and spoil nothing beside it.
#[test]
fn one_bad_sample_is_found_at_every_place() {
    for bad in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 70_000.0, -70_000.0, f32::MAX] {
        for (from, to) in LAYOUTS.iter().flat_map(|&from| LAYOUTS.iter().map(move |&to| (from, to))) {
            for at in 0..140 {
                let src = Side::new((SampleFormat::F32, from), 2, 70, 1).filled(|place| {
                    let index = place.frame * 2 + place.channel;
                    let value = if index == at { bad } else { index as f32 / 150.0 - 0.5 };
                    value.to_le_bytes().to_vec()
                });
                assert_equals_twin(&src, &Side::new((SampleFormat::S16, to), 2, 70, 1));
            }
        }
    }
}
