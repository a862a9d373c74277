//! Quality, measured on tones. Run with `--nocapture` for the table; an unoptimised build sweeps fewer tones.

use crate::conversion::{AUDIBLE_HZ, Conversion, MEASURED_FRAMES};
use crate::fit::{Fit, db, rms, tone};
use crate::signal::Backend;
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
    /// Aliases and images that can be heard or have an audible cause.
    audible_db: f64,
    /// All of them.
    anywhere_db: f64,
    delay_frames: f64,
}

const fn bounds(backend: Backend, quality: Quality) -> Bounds {
    // The kernels of the polyphase end on Nyquist. So do the crate's windows, but not if they are to be flat and
    // as short as `Fast` and `Balanced` want them: what they leave lies above 20 kHz, on either side of Nyquist.
    let ours = matches!(backend, Backend::Polyphase);
    match quality {
        Quality::Fast => Bounds {
            residue_db: -108.0,
            flat_to_hz: 18_000.0,
            flat_db: 0.1,
            audible_db: -98.0,
            anywhere_db: if ours { -98.0 } else { -55.0 },
            delay_frames: 32.0,
        },
        Quality::Balanced => Bounds {
            residue_db: -120.0,
            flat_to_hz: 20_000.0,
            flat_db: 0.1,
            audible_db: -110.0,
            anywhere_db: if ours { -110.0 } else { -75.0 },
            delay_frames: 64.0,
        },
        Quality::High => Bounds {
            residue_db: -135.0,
            flat_to_hz: 20_000.0,
            flat_db: 0.1,
            audible_db: -130.0,
            anywhere_db: -130.0,
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

/// The strongest aliases and images of a sweep over the whole band of the input, of each kind, in dB.
struct Aliases {
    /// Tones swept.
    tones: usize,
    /// Up to 20 kHz, of any tone.
    heard: f64,
    /// Anywhere, of tones up to 20 kHz.
    caused: f64,
    /// Anywhere, of any tone.
    anywhere: f64,
}

/// Evenly spaced tones, and one on either side of the slower rate's Nyquist frequency, where kernels are worst.
fn swept_hz(conversion: &Conversion) -> Vec<f64> {
    let spacing_hz = if cfg!(debug_assertions) { 2_311.0 } else { 253.0 };
    let nyquist_hz = f64::from(conversion.input_hz) / 2.0;
    let slower_hz = nyquist_hz.min(f64::from(conversion.output_hz) / 2.0);
    let even = (1..).map(|n| spacing_hz * f64::from(n)).take_while(|hz| *hz < nyquist_hz);
    even.chain([0.998 * slower_hz, 1.002 * slower_hz]).filter(|hz| *hz < nyquist_hz).collect()
}

fn aliases(conversion: &Conversion, resampler: &mut dyn Resampler) -> Aliases {
    let swept = swept_hz(conversion);
    let mut worst = Aliases { tones: swept.len(), heard: f64::MIN, caused: f64::MIN, anywhere: f64::MIN };
    for hz in swept {
        let (heard, anywhere) = conversion.spur_db(resampler, hz);
        worst.heard = worst.heard.max(heard);
        worst.anywhere = worst.anywhere.max(anywhere);
        if hz <= AUDIBLE_HZ {
            worst.caused = worst.caused.max(anywhere);
        }
    }
    worst
}

fn check(backend: Backend, quality: Quality) {
    let bounds = bounds(backend, quality);
    let mut failures = Vec::new();
    for (input_hz, output_hz, factor) in CONVERSIONS {
        let conversion = Conversion { input_hz, output_hz, factor };
        let mut resampler = backend.make(Settings { quality, ..Settings::new(1, conversion.nominal()) });
        let resampler = resampler.as_mut();
        let [low, high] = [1_000.0, 15_000.0].map(|hz| conversion.thd_n_db(resampler, hz));
        let uneven = unevenness_db(&conversion, resampler, bounds.flat_to_hz);
        let Aliases { tones, heard, caused, anywhere } = aliases(&conversion, resampler);
        let delay = resampler.delay_frames() / conversion.step().to_f64().max(1.0);
        let row = format!(
            "{backend:?} {quality:?} {:<15} THD+N {low:.1} {high:.1}, flat {uneven:.3}, aliases of {tones} tones: \
             below 20 kHz {heard:.1}, of tones below 20 kHz {caused:.1}, all {anywhere:.1}, delay {delay:.2}",
            conversion.name()
        );
        println!("{row}");
        let good = low <= bounds.residue_db
            && high <= bounds.residue_db
            && uneven <= bounds.flat_db
            && heard.max(caused) <= bounds.audible_db
            && anywhere <= bounds.anywhere_db
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
