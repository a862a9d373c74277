//! Quality, measured on tones. Run with `--nocapture` for the table; an unoptimised build sweeps fewer tones.

use crate::conversion::{Conversion, MEASURED_FRAMES};
use crate::signal::{Backend, Fit, db, rms, tone};
use std::borrow::{Borrow, BorrowMut};
use std::cell::Cell;
use std::rc::Rc;
use vcable_core::resample::{Interpolation, Polyphase, Quality, Resampler, Settings};

const CONVERSIONS: [(u32, u32, f64); 5] = [
    (44_100, 48_000, 1.0),
    (48_000, 44_100, 1.0),
    (48_000, 96_000, 1.0),
    (48_000, 48_000, 1.000_05),
    (48_000, 48_000, 0.999_95),
];

/// What a quality must reach, in dB, and in frames of the slower rate.
struct Bounds {
    residue_db: f64,
    flat_to_hz: f64,
    flat_db: f64,
    alias_db: f64,
    delay_frames: f64,
}

const fn bounds(quality: Quality) -> Bounds {
    match quality {
        Quality::Fast => Bounds {
            residue_db: -108.0,
            flat_to_hz: 18_000.0,
            flat_db: 0.1,
            alias_db: -98.0,
            delay_frames: 32.0,
        },
        Quality::Balanced => Bounds {
            residue_db: -120.0,
            flat_to_hz: 20_000.0,
            flat_db: 0.1,
            alias_db: -110.0,
            delay_frames: 64.0,
        },
        Quality::High => Bounds {
            residue_db: -135.0,
            flat_to_hz: 20_000.0,
            flat_db: 0.1,
            alias_db: -130.0,
            delay_frames: 128.0,
        },
    }
}

/// Largest deviation of the gain from 0 dB over the band that must be flat.
fn unevenness_db(conversion: &Conversion, resampler: &mut dyn Resampler, to_hz: f64) -> f64 {
    let steps = if cfg!(debug_assertions) { 5 } else { 40 };
    (1..=steps)
        .map(|n| conversion.gain_db(resampler, to_hz * f64::from(n) / f64::from(steps)).abs())
        .fold(0.0, f64::max)
}

/// Strongest component that is not the tone, over tones of the whole input band: up to 20 kHz, and anywhere.
fn aliases_db(conversion: &Conversion, resampler: &mut dyn Resampler) -> (f64, f64) {
    let spacing_hz = if cfg!(debug_assertions) { 2_311.0 } else { 253.0 };
    let tones = (f64::from(conversion.input_hz) / 2.0 / spacing_hz) as u32;
    (1..=tones)
        .map(|n| conversion.spur_db(resampler, spacing_hz * f64::from(n)))
        .fold((f64::MIN, f64::MIN), |worst, spur| (worst.0.max(spur.0), worst.1.max(spur.1)))
}

fn check(backend: Backend, quality: Quality) {
    let bounds = bounds(quality);
    let mut failures = Vec::new();
    for (input_hz, output_hz, factor) in CONVERSIONS {
        let conversion = Conversion { input_hz, output_hz, factor };
        let mut resampler = backend.make(Settings { quality, ..Settings::new(1, conversion.nominal()) });
        let resampler = resampler.as_mut();
        let [low, high] = [1_000.0, 15_000.0].map(|hz| conversion.thd_n_db(resampler, hz));
        let uneven = unevenness_db(&conversion, resampler, bounds.flat_to_hz);
        let (audible, anywhere) = aliases_db(&conversion, resampler);
        let delay = resampler.delay_frames() / conversion.step().to_f64().max(1.0);
        let row = format!(
            "{backend:?} {quality:?} {:<15} THD+N {low:.1} {high:.1}, flat {uneven:.3}, alias {audible:.1}, \
             anywhere {anywhere:.1}, delay {delay:.2}",
            conversion.name()
        );
        println!("{row}");
        // The `rubato` kernels that fit the delay end past Nyquist: tones above 20 kHz have images above
        // 20 kHz. That is printed, and bounded only where the kernel is ours.
        let alias = if backend == Backend::Polyphase { anywhere } else { audible };
        let good = low <= bounds.residue_db
            && high <= bounds.residue_db
            && uneven <= bounds.flat_db
            && alias <= bounds.alias_db
            && delay <= bounds.delay_frames;
        if !good {
            failures.push(row);
        }
    }
    assert!(failures.is_empty(), "out of bounds:\n{}", failures.join("\n"));
}

#[test]
fn polyphase_fast() {
    check(Backend::Polyphase, Quality::Fast);
}

#[test]
fn polyphase_balanced() {
    check(Backend::Polyphase, Quality::Balanced);
}

#[test]
fn polyphase_high() {
    check(Backend::Polyphase, Quality::High);
}

#[cfg(feature = "std")]
#[test]
fn rubato_fast() {
    check(Backend::Rubato, Quality::Fast);
}

#[cfg(feature = "std")]
#[test]
fn rubato_balanced() {
    check(Backend::Rubato, Quality::Balanced);
}

#[cfg(feature = "std")]
#[test]
fn rubato_high() {
    check(Backend::Rubato, Quality::High);
}

#[test]
fn the_polynomials_are_as_poor_as_documented() {
    let conversion = Conversion { input_hz: 44_100, output_hz: 48_000, factor: 1.0 };
    for &backend in Backend::ALL {
        for (interpolation, from_db, to_db) in
            [(Interpolation::Cubic, -18.0, -14.0), (Interpolation::Linear, -13.0, -9.0)]
        {
            let settings = Settings { interpolation, ..Settings::new(1, conversion.nominal()) };
            let mut resampler = backend.make(settings);
            let [low, high] = [1_000.0, 15_000.0].map(|hz| conversion.thd_n_db(resampler.as_mut(), hz));
            println!("{backend:?} {interpolation:?} THD+N {low:.1} {high:.1}");
            assert!(high > from_db && high < to_db, "{high}");
        }
    }
}

#[test]
fn the_meter_reads_what_is_there() {
    let signal = tone(0.1);
    let samples: Vec<f32> = (0..MEASURED_FRAMES).map(|n| signal(n) + 1e-5 * (n as f32 * 0.9).sin()).collect();
    let fit = Fit::new(&samples, |n| 0.1 * n as f64);
    let read = db(rms(&fit.residue(&samples, |n| 0.1 * n as f64)) / (fit.amplitude() / 2f64.sqrt()));
    assert!((read + 99.0).abs() < 0.1, "{read}");
}

/// Storage in which one sample can be spoilt while the resampler owns it.
struct Spoilable {
    samples: Vec<f32>,
    spoil: Rc<Cell<bool>>,
}

impl Borrow<[f32]> for Spoilable {
    fn borrow(&self) -> &[f32] {
        &self.samples
    }
}

impl BorrowMut<[f32]> for Spoilable {
    fn borrow_mut(&mut self) -> &mut [f32] {
        if self.spoil.take() {
            // The largest weight near the front: in the first row, whatever the alignment.
            let row = &mut self.samples[..128];
            let largest = row.iter_mut().max_by(|a, b| a.total_cmp(b)).unwrap();
            *largest += 1e-3;
        }
        &mut self.samples
    }
}

#[test]
fn one_spoilt_weight_of_71680_is_heard() {
    let conversion = Conversion { input_hz: 44_100, output_hz: 48_000, factor: 1.0 };
    let settings = Settings::new(1, conversion.nominal());
    let samples = vec![0.0; Polyphase::<Vec<f32>>::storage_samples(&settings).unwrap()];
    let spoil = Rc::new(Cell::new(false));
    let mut resampler = Polyphase::new(settings, Spoilable { samples, spoil: Rc::clone(&spoil) }).unwrap();
    let good = conversion.thd_n_db(&mut resampler, 15_000.0);
    spoil.set(true);
    let bad = conversion.thd_n_db(&mut resampler, 15_000.0);
    assert!(good <= -120.0 && bad > -90.0, "{good} {bad}");
}
