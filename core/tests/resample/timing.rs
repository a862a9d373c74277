//! Delay and position, and how a changing step sounds.

use crate::fit::{Fit, db, tone};
use crate::signal::{Backend, stream};
use crate::spectrum::{spectrum, steep};
use std::f64::consts::TAU;
use vcable_core::resample::{Change, Interpolation, Quality, Resampler, Settings, Step};

/// The delay read off the phase of a tone that is slow enough to be unambiguous.
fn measured_delay(resampler: &mut dyn Resampler, step: Step) -> f64 {
    let cycles_in = 0.1 / (resampler.delay_frames() + 4.0 * step.to_f64() + 4.0);
    let cycles_out = cycles_in * step.to_f64();
    let settle = (2.0 * resampler.delay_frames() / step.to_f64()) as usize + 64;
    let output = stream(resampler, tone(cycles_in), settle + (2.0 / cycles_out) as usize, 500);
    let fit = Fit::new(&output[settle..], |k| cycles_out * (settle + k) as f64);
    -fit.cosine.atan2(fit.sine) / (TAU * cycles_in)
}

#[test]
fn the_delay_is_as_reported() {
    let rates = [
        (44_100, 48_000),
        (48_000, 44_100),
        (48_000, 48_000),
        (48_000, 96_000),
        (96_000, 44_100),
        (8_000, 384_000),
        (384_000, 8_000),
    ];
    for &backend in Backend::ALL {
        for (input_hz, output_hz) in rates {
            let nominal = Step::from_rates(input_hz, output_hz).unwrap();
            for (interpolation, quality) in [
                (Interpolation::Sinc, Quality::Fast),
                (Interpolation::Sinc, Quality::Balanced),
                (Interpolation::Sinc, Quality::High),
                (Interpolation::Cubic, Quality::Fast),
                (Interpolation::Linear, Quality::Fast),
            ] {
                let mut resampler = backend.make(Settings { channels: 1, nominal, quality, interpolation });
                let reported = resampler.delay_frames();
                let measured = measured_delay(resampler.as_mut(), nominal);
                println!(
                    "{backend:?} {interpolation:?} {quality:?} {input_hz} -> {output_hz}: \
                     reported {reported:.3}, measured {measured:.3} input frames"
                );
                assert!((measured - reported).abs() < 0.1);
            }
        }
    }
}

#[test]
fn a_minute_at_an_exact_ratio_ends_on_the_exact_frame() {
    // For the polyphase 24 hours are proven in closed form; `rubato` is held to the exact position
    // chunk by chunk, so that what holds after a minute holds after a day.
    let nominal = Step::from_rates(44_100, 48_000).unwrap();
    for &backend in Backend::ALL {
        let settings = Settings { interpolation: Interpolation::Linear, ..Settings::new(1, nominal) };
        let mut resampler = backend.make(settings);
        let start = resampler.held_frames();
        let (input, mut output) = ([0f32; 960], [0f32; 960]);
        let mut consumed = 0;
        for second in 1..=60 {
            for _ in 0..50 {
                consumed += resampler.process(&[&input], &mut [&mut output]).unwrap().consumed;
            }
            let off = resampler.held_frames() - start - (consumed as f64 - f64::from(second) * 44_100.0);
            assert!(off.abs() < 1e-9, "{backend:?} off by {off:e} after {second} s");
        }
    }
}

/// The step that is meant at an output frame: a swing of 100 ppm once a second.
fn swing(frame: f64) -> f64 {
    1.0 + 100e-6 * (TAU * frame / 48_000.0).sin()
}

/// Strongest side band of a tone of 15 kHz, more than 60 Hz from it, when the swing is told to the resampler
/// every 256 frames. (Slower errors are what a clock-drift loop measures and takes back.)
fn side_band_db(backend: Backend, change: Change) -> f64 {
    const CHUNK: usize = 256;
    const CYCLES: f64 = 15_000.0 / 48_000.0;
    const FRAMES: usize = 8192;
    let mut resampler = backend.make(Settings { quality: Quality::High, ..Settings::new(1, Step::UNITY) });
    let source = tone(CYCLES);
    let (mut read, mut samples) = (0, Vec::new());
    for chunk in 0..FRAMES / CHUNK + 4 {
        let start = (chunk * CHUNK) as f64;
        // A ramp is told where it shall end, a jump what holds on the average: the best for each.
        let at = match change {
            Change::Ramp => start + CHUNK as f64,
            Change::Jump => start + (CHUNK + 1) as f64 / 2.0,
        };
        resampler.set_step(Step::from_f64(swing(at)).unwrap(), change).unwrap();
        let needed = resampler.input_frames_for(CHUNK);
        let input: Vec<f32> = (read..read + needed).map(&source).collect();
        read += needed;
        let mut output = [0f32; CHUNK];
        resampler.process(&[&input], &mut [&mut output]).unwrap();
        samples.extend(output.map(f64::from));
    }
    let spectrum = spectrum(&samples[samples.len() - FRAMES..], steep);
    let bin = |hz: f64| (hz / 48_000.0 * FRAMES as f64) as usize;
    let peak = |part: &[f64]| part.iter().copied().fold(0.0, f64::max);
    let beside = peak(&spectrum[..bin(14_940.0)]).max(peak(&spectrum[bin(15_060.0) + 1..]));
    db(beside / peak(&spectrum))
}

#[test]
fn a_ramp_is_smoother_than_a_jump() {
    for &backend in Backend::ALL {
        let jump = side_band_db(backend, Change::Jump);
        let ramp = side_band_db(backend, Change::Ramp);
        println!("{backend:?}: 100 ppm swing at 1 Hz, 256 frames: jump {jump:.1} dB, ramp {ramp:.1} dB");
        assert!(ramp < jump - 20.0);
    }
}
