//! Dither: equal to its naive twin, independent of how the stream is cut and laid out, and of the promised statistics.

use proptest::prelude::*;
use vcable_core::convert::Converter;
use vcable_core::format::{ChannelCount, Layout, SampleFormat};

use crate::naive;
use crate::sides::{FORMATS, LAYOUTS, Side, any_sample, instruction_sets};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn dither_equals_the_naive_twin_however_the_stream_is_cut(
        (src, to, to_layout) in (
            proptest::sample::select(&FORMATS[..]),
            proptest::sample::select(&LAYOUTS[..]),
            prop_oneof![Just(2_usize), 1_usize..5],
            0_usize..120,
        )
            .prop_flat_map(|(format, layout, channels, frames)| {
                let samples = proptest::collection::vec(any_sample(format), (frames * channels).max(1));
                let side = samples.prop_map(move |samples| {
                    Side::new((format, layout), channels, frames, 1)
                        .filled(|place| samples[place.frame * channels + place.channel].clone())
                });
                (side, proptest::sample::select(&FORMATS[..]), proptest::sample::select(&LAYOUTS[..]))
            }),
        seed: u32,
        cut in 0_usize..120,
    ) {
        let dst = src.like((to, to_layout));
        let twin = src.mapped(&dst, |sample, place| {
            naive::convert_dithered(src.format, to, sample, seed, place)
        });
        for set in instruction_sets() {
            let mut own = dst.clone();
            let mut converter = src.converter_to(&dst).with_instructions(set).with_dither(seed);
            let first = converter.process(&src.slices(0), &mut own.slices_mut(0), cut);
            converter.process(&src.slices(first), &mut own.slices_mut(first), usize::MAX);
            prop_assert_eq!(&own, &twin);
        }
    }
}

const FRAMES: usize = 1 << 18;

/// What dither makes of a constant `value`, in last bits of S16.
fn dithered(from: SampleFormat, value: f64, seed: u32) -> Vec<f64> {
    let src = naive::encode(from, value).repeat(FRAMES);
    let mut dst = vec![0; FRAMES * 2];
    let mono = ChannelCount::new(1).unwrap();
    let mut converter =
        Converter::new((from, Layout::Planar), (SampleFormat::S16, Layout::Planar), mono).with_dither(seed);
    assert_eq!(converter.process(&[&src], &mut [&mut dst], FRAMES), FRAMES);
    dst.chunks_exact(2).map(|bytes| f64::from(i16::from_le_bytes([bytes[0], bytes[1]]))).collect()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// Lipshitz, Wannamaker and Vanderkooy: with triangular dither of one last bit the total error has mean 0 and variance
/// 1/4, whatever the signal. Bounds are five standard deviations of the estimates over this many samples.
#[test]
fn the_error_has_the_promised_mean_and_power_at_every_level() {
    for from in [SampleFormat::F32, SampleFormat::S32, SampleFormat::S24] {
        for steps in [0.0, 0.1, 0.25, 0.5, 0.9, 100.3, -7.7] {
            let outputs = dithered(from, steps / 32_768.0, 7);
            let held = naive::decode(from, &naive::encode(from, steps / 32_768.0)) * 32_768.0;
            let error_mean = mean(outputs.iter().map(|output| output - held));
            let error_power = mean(outputs.iter().map(|output| (output - held).powi(2)));
            let deviation = 0.5 / (FRAMES as f64).sqrt();
            assert!(error_mean.abs() < 5.0 * deviation, "{from:?} {steps}: mean {error_mean}");
            assert!((error_power - 0.25).abs() < 5.0 * deviation, "{from:?} {steps}: power {error_power}");
        }
    }
}

#[test]
fn neighbouring_samples_and_seeds_are_unlike() {
    let one = dithered(SampleFormat::F32, 0.0, 1);
    let other = dithered(SampleFormat::F32, 0.0, 2);
    assert_ne!(one, other);
    assert_eq!(one, dithered(SampleFormat::F32, 0.0, 1));
    let power = mean(one.iter().map(|sample| sample * sample));
    let bound = 5.0 * power / (FRAMES as f64).sqrt();
    for lag in 1..=64 {
        let product = mean(
            one.iter()
                .zip(one[lag..].iter())
                .take(FRAMES - 64)
                .map(|(a, b)| a * b)
                .collect::<Vec<_>>()
                .into_iter(),
        );
        assert!(product.abs() < bound, "lag {lag}: {product}");
    }
    let across = mean(one.iter().zip(&other).map(|(a, b)| a * b).collect::<Vec<_>>().into_iter());
    assert!(across.abs() < bound, "across seeds: {across}");
}
