//! What both backends promise, whatever is asked of them.

extern crate std;

use super::super::{
    BufferError, Change, Interpolation, Polyphase, Progress, Quality, Resampler, Settings, SettingsError,
    Step,
};
use super::twin::{noise, polyphase};
use proptest::prelude::*;
use std::boxed::Box;
use std::vec;
use std::vec::Vec;

const MAX_CHUNK_FRAMES: usize = 600;

fn backends(settings: Settings) -> Vec<Box<dyn Resampler>> {
    vec![
        Box::new(polyphase(settings)),
        #[cfg(feature = "std")]
        Box::new(super::super::Rubato::new(settings, MAX_CHUNK_FRAMES).unwrap()),
    ]
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let rate = || prop_oneof![Just(8_000u32), Just(44_100), Just(48_000), Just(96_000), 8_000u32..384_000];
    let quality = prop_oneof![Just(Quality::Fast), Just(Quality::Balanced)];
    let interpolation =
        prop_oneof![Just(Interpolation::Sinc), Just(Interpolation::Cubic), Just(Interpolation::Linear)];
    (1usize..=3, rate(), rate(), quality, interpolation).prop_map(
        |(channels, i, o, quality, interpolation)| {
            let nominal = Step::from_rates(i, o).unwrap_or(Step::UNITY);
            Settings { channels, nominal, quality, interpolation }
        },
    )
}

/// Feeds noise and gives what came out, the input split after `parts` frames of each chunk.
fn feed(resampler: &mut dyn Resampler, read: &mut usize, frames: usize, parts: &[usize]) -> Vec<f32> {
    let mut output = vec![0f32; frames];
    let needed = resampler.input_frames_for(frames);
    let mut total = Progress::default();
    for part in parts.iter().copied().chain([usize::MAX]) {
        let part = part.min(needed - total.consumed);
        let input: Vec<f32> = (*read..*read + part).map(|n| noise(0, n)).collect();
        let progress = resampler.process(&[&input], &mut [&mut output[total.produced..]]).unwrap();
        assert_eq!(progress.consumed, part, "all of too little is taken");
        *read += part;
        total.consumed += progress.consumed;
        total.produced += progress.produced;
    }
    assert_eq!((total.consumed, total.produced), (needed, frames));
    output
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn it_takes_what_it_announced_and_no_less_would_do(
        settings in any_settings(),
        cycles in prop::collection::vec((1..=MAX_CHUNK_FRAMES, 0.951f64..1.049, any::<bool>()), 1..6),
    ) {
        let settings = Settings { channels: 1, ..settings };
        for mut resampler in backends(settings) {
            let mut read = 0;
            for &(frames, factor, ramp) in &cycles {
                let step = settings.nominal.scaled(factor).unwrap();
                let change = if ramp { Change::Ramp } else { Change::Jump };
                resampler.set_step(step, change).unwrap();
                prop_assert_eq!(resampler.step(), step);
                let needed = resampler.input_frames_for(frames);
                if let Some(less) = needed.checked_sub(1) {
                    let mut output = vec![0f32; frames];
                    let input: Vec<f32> = (read..read + less).map(|n| noise(0, n)).collect();
                    let first = resampler.process(&[&input], &mut [&mut output]).unwrap();
                    prop_assert_eq!(first.consumed, less);
                    prop_assert!(first.produced < frames);
                    // The rest, with more input than it wants.
                    let input: Vec<f32> = (read + less..read + less + 9).map(|n| noise(0, n)).collect();
                    let rest = resampler.process(&[&input], &mut [&mut output[first.produced..]]).unwrap();
                    prop_assert_eq!((rest.consumed, rest.produced), (1, frames - first.produced));
                } else {
                    feed(resampler.as_mut(), &mut read, frames, &[]);
                }
                read += needed;
            }
        }
    }

    #[test]
    fn how_the_input_is_split_changes_no_bit(
        settings in any_settings(),
        chunks in prop::collection::vec((1..=MAX_CHUNK_FRAMES, prop::collection::vec(0usize..900, 0..4)), 1..5),
    ) {
        let settings = Settings { channels: 1, ..settings };
        for (mut whole, mut parted) in backends(settings).into_iter().zip(backends(settings)) {
            let (mut a, mut b) = (0, 0);
            for (frames, parts) in &chunks {
                whole.set_step(settings.nominal.scaled(1.001).unwrap(), Change::Ramp).unwrap();
                parted.set_step(settings.nominal.scaled(1.001).unwrap(), Change::Ramp).unwrap();
                let one = feed(whole.as_mut(), &mut a, *frames, &[]);
                let two = feed(parted.as_mut(), &mut b, *frames, parts);
                prop_assert!(one.iter().zip(&two).all(|(x, y)| x.to_bits() == y.to_bits()));
                prop_assert!((whole.held_frames() - parted.held_frames()).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn after_a_reset_it_is_as_new(settings in any_settings(), frames in 1..=MAX_CHUNK_FRAMES) {
        let settings = Settings { channels: 1, ..settings };
        for mut resampler in backends(settings) {
            let first = feed(resampler.as_mut(), &mut 0, frames, &[]);
            feed(resampler.as_mut(), &mut 5000, 17, &[]);
            resampler.reset();
            let again = feed(resampler.as_mut(), &mut 0, frames, &[]);
            prop_assert!(first.iter().zip(&again).all(|(x, y)| x.to_bits() == y.to_bits()));
        }
    }

    #[test]
    fn an_exact_ratio_consumes_exactly_its_share(chunk in 1..=MAX_CHUNK_FRAMES, cycles in 1usize..200) {
        let nominal = Step::from_rates(44_100, 48_000).unwrap();
        let settings = Settings { interpolation: Interpolation::Linear, ..Settings::new(1, nominal) };
        for mut resampler in backends(settings) {
            let start = resampler.held_frames();
            let mut consumed = 0;
            for _ in 0..cycles {
                feed(resampler.as_mut(), &mut consumed, chunk, &[]);
            }
            // Held = consumed - instant, and the instant is rational.
            let instant = consumed as f64 - (chunk * cycles * 147) as f64 / 160.0;
            prop_assert!((resampler.held_frames() - start - instant).abs() < 1e-10);
        }
    }

    #[test]
    fn the_storage_is_bounded_as_documented(settings in any_settings()) {
        for quality in [Quality::Fast, Quality::Balanced, Quality::High] {
            let settings = Settings { quality, ..settings };
            let samples = Polyphase::<Vec<f32>>::storage_samples(&settings).unwrap();
            let table = match quality {
                Quality::Fast => 27_000,
                Quality::Balanced => 151_000,
                Quality::High => 40_000,
            };
            prop_assert!(samples <= table + 13_824 * settings.channels, "{samples} for {settings:?}");
        }
    }
}

#[test]
fn channels_do_not_mix() {
    let settings = |channels| Settings::new(channels, Step::from_rates(44_100, 48_000).unwrap());
    for channels in [1, 2, 3, 5, 8, 64] {
        for (mut many, mut one) in backends(settings(channels)).into_iter().zip(backends(settings(1))) {
            let frames = 200;
            let needed = many.input_frames_for(frames);
            let input: Vec<Vec<f32>> =
                (0..channels).map(|c| (0..needed).map(|n| noise(c, n)).collect()).collect();
            let slices: Vec<&[f32]> = input.iter().map(Vec::as_slice).collect();
            let mut output = vec![vec![0f32; frames]; channels];
            let mut outputs: Vec<&mut [f32]> = output.iter_mut().map(Vec::as_mut_slice).collect();
            many.process(&slices, &mut outputs).unwrap();
            for (samples, input) in output.iter().zip(&input) {
                one.reset();
                let mut alone = vec![0f32; frames];
                one.process(&[input], &mut [&mut alone]).unwrap();
                assert!(samples.iter().zip(&alone).all(|(x, y)| (x - y).abs() < 2e-6));
            }
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let good = Settings::new(2, Step::UNITY);
    for channels in [0, 65] {
        let wrong = Settings { channels, ..good };
        assert_eq!(Polyphase::<Vec<f32>>::storage_samples(&wrong), Err(SettingsError::Channels(channels)));
    }
    let mut short = vec![0f32; 100];
    let refused = Polyphase::new(good, short.as_mut_slice()).unwrap_err();
    assert!(matches!(refused, SettingsError::Storage { given: 100, .. }));
    let (a, b) = ([0f32; 8].as_slice(), [0f32; 9].as_slice());
    for mut resampler in backends(good) {
        let mut one = [0f32; 4];
        let (mut x, mut y) = ([0f32; 4], [0f32; 5]);
        assert_eq!(resampler.process(&[a], &mut [&mut one]), Err(BufferError::Channels));
        assert_eq!(resampler.process(&[a, b], &mut [&mut one, &mut x]), Err(BufferError::Lengths));
        assert_eq!(resampler.process(&[a, a], &mut [&mut x[..], &mut y[..]]), Err(BufferError::Lengths));
        assert_eq!(resampler.process(&[a, a], &mut [&mut [], &mut []]), Ok(Progress::default()));
        let far = Step::from_f64(1.06).unwrap();
        assert!(resampler.set_step(far, Change::Jump).is_err());
        assert_eq!(resampler.step(), Step::UNITY);
    }
}
