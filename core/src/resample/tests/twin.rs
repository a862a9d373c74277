//! The polyphase against its naive twin: the kernel itself at the exact position, in 64-bit arithmetic.

extern crate std;

use super::super::kernel::Kernel;
use super::super::walk::Stepper;
use super::super::{Change, Interpolation, Polyphase, Quality, Resampler, Settings, Step};
use proptest::prelude::*;
use std::vec;
use std::vec::Vec;

pub(super) fn polyphase(settings: Settings) -> Polyphase<Vec<f32>> {
    let samples = Polyphase::<Vec<f32>>::storage_samples(&settings).unwrap();
    Polyphase::new(settings, vec![0f32; samples]).unwrap()
}

/// White noise that depends on the channel and frame only.
pub(super) fn noise(channel: usize, frame: usize) -> f32 {
    let mut x = (frame as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (channel as u64) << 32;
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x >> 40) as i32 - (1 << 23)) as f32 / (1 << 23) as f32
}

/// The output sample at an instant, from the definition of each interpolation.
fn at_instant(settings: &Settings, channel: usize, whole: i64, fraction: f64) -> f64 {
    let widening = settings.nominal.to_f64().max(1.0);
    let kernel = Kernel::new(settings.quality);
    let reach = match settings.interpolation {
        Interpolation::Sinc => (kernel.length_frames as f64 * widening / 2.0) as i64 + 2,
        _ => 2,
    };
    let weight = |t: f64| match settings.interpolation {
        Interpolation::Sinc => kernel.at(t / widening) / widening,
        Interpolation::Linear => (1.0 - t.abs()).max(0.0),
        // Lagrange's basis polynomial, which differs on each side of the frame.
        Interpolation::Cubic => match t.abs() {
            x if x < 1.0 => (1.0 - x * x) * (2.0 - x) / 2.0,
            x if x < 2.0 => (1.0 - x) * (2.0 - x) * (3.0 - x) / 6.0,
            _ => 0.0,
        },
    };
    (whole - reach..=whole + reach)
        .filter(|&n| n >= 0)
        .map(|n| f64::from(noise(channel, n as usize)) * weight((n - whole) as f64 - fraction))
        .sum()
}

/// What rounding and the interpolation between phases may add, on full-scale noise.
fn tolerance(settings: &Settings) -> f64 {
    match (settings.interpolation, settings.quality) {
        (Interpolation::Sinc, Quality::Fast) => 2e-4,
        (Interpolation::Sinc, Quality::Balanced) => 3e-5,
        (Interpolation::Sinc, Quality::High) => 2e-6,
        _ => 1e-6,
    }
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let nominal = prop_oneof![
        Just((44_100, 48_000)),
        Just((48_000, 44_100)),
        Just((48_000, 48_000)),
        Just((96_000, 44_100)),
        Just((48_000, 47_999)),
        Just((8_000, 384_000)),
        Just((192_000, 16_000)),
    ];
    let quality = prop_oneof![Just(Quality::Fast), Just(Quality::Balanced), Just(Quality::High)];
    let interpolation = prop_oneof![3 => Just(Interpolation::Sinc), 1 => Just(Interpolation::Cubic), 1 => Just(Interpolation::Linear)];
    (1usize..=7, nominal, quality, interpolation).prop_map(|(channels, (i, o), quality, interpolation)| {
        Settings { channels, nominal: Step::from_rates(i, o).unwrap(), quality, interpolation }
    })
}

/// Runs `chunks` of output frames, each with its own step factor, and holds every sample to the twin.
fn holds_to_the_twin(settings: Settings, baseline: bool, chunks: &[(usize, f64, bool)]) {
    let mut resampler = polyphase(settings);
    if baseline {
        resampler.force_baseline();
    }
    let mut stepper = Stepper::new(settings.nominal);
    let mut whole = -(resampler.delay_frames() as i64);
    let mut read = 0;
    for &(frames, factor, ramp) in chunks {
        let step = settings.nominal.scaled(factor).unwrap();
        let change = if ramp { Change::Ramp } else { Change::Jump };
        resampler.set_step(step, change).unwrap();
        stepper.set(step, change);
        let needed = resampler.input_frames_for(frames);
        // Up to `delay_frames` after the whole frame at or before the last output frame, and not one more.
        let last = whole + stepper.preview(frames, frames - 1) as i64;
        let newest = last + resampler.delay_frames() as i64;
        assert_eq!(needed, usize::try_from(newest + 1 - read as i64).unwrap_or(0));
        let input: Vec<Vec<f32>> =
            (0..settings.channels).map(|c| (read..read + needed).map(|n| noise(c, n)).collect()).collect();
        read += needed;
        let mut output = vec![vec![0f32; frames]; settings.channels];
        let slices: Vec<&[f32]> = input.iter().map(Vec::as_slice).collect();
        let mut outputs: Vec<&mut [f32]> = output.iter_mut().map(Vec::as_mut_slice).collect();
        let progress = resampler.process(&slices, &mut outputs).unwrap();
        assert_eq!((progress.consumed, progress.produced), (needed, frames));
        stepper.begin_chunk(frames);
        for frame in 0..frames {
            let fraction = stepper.fraction();
            for (channel, samples) in output.iter().enumerate() {
                let exact = at_instant(&settings, channel, whole, fraction);
                let error = (f64::from(samples[frame]) - exact).abs();
                assert!(error <= tolerance(&settings), "{error:e} in frame {frame} of channel {channel}");
            }
            whole += stepper.skip_in_segment(1) as i64;
        }
        let held = read as f64 - (whole as f64 + stepper.fraction());
        assert!((resampler.held_frames() - held).abs() < 1e-9);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_sample_is_the_kernel_at_the_exact_position(
        settings in any_settings(),
        baseline in any::<bool>(),
        chunks in prop::collection::vec((1usize..60, 0.951f64..1.049, any::<bool>()), 1..5),
    ) {
        holds_to_the_twin(settings, baseline, &chunks);
    }

    #[test]
    fn so_it_is_at_exact_ratios(settings in any_settings(), baseline in any::<bool>(), frames in 1usize..90) {
        holds_to_the_twin(settings, baseline, &[(frames, 1.0, false), (frames + 1, 1.0, true)]);
    }
}

#[test]
fn on_rows_and_between_them_agree() {
    let frames = 300;
    // One half is the same step either way, but only the ratio is known to stay on rows.
    let settings = Settings::new(3, Step::from_rates(24_000, 48_000).unwrap());
    let (mut exact, mut float) = (polyphase(settings), polyphase(settings));
    float.set_step(Step::from_f64(0.5).unwrap(), Change::Jump).unwrap();
    let needed = exact.input_frames_for(frames);
    assert_eq!(float.input_frames_for(frames), needed);
    let input: Vec<f32> = (0..needed).map(|n| noise(0, n)).collect();
    let [mut a, mut b] = [(); 2].map(|()| vec![vec![0f32; frames]; 3]);
    for (resampler, output) in [(&mut exact, &mut a), (&mut float, &mut b)] {
        let mut outputs: Vec<&mut [f32]> = output.iter_mut().map(Vec::as_mut_slice).collect();
        resampler.process(&[input.as_slice(); 3], &mut outputs).unwrap();
    }
    for (x, y) in a.iter().flatten().zip(b.iter().flatten()) {
        assert!((x - y).abs() < 1e-6);
    }
}
