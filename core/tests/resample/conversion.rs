//! One conversion of rates, and what it does to tones.

use crate::fit::{Fit, db, rms, tone};
use crate::signal::{CHUNK_FRAMES, stream};
use crate::spectrum::{blackman_harris, spectrum};
use vcable_core::resample::{Change, Resampler, Step};

/// Frames measured.
pub(crate) const MEASURED_FRAMES: usize = 8192;

/// Where hearing ends.
pub(crate) const AUDIBLE_HZ: f64 = 20_000.0;

/// A tone of `hz` through a resampler from one rate to another, at a step that may be off the nominal.
pub(crate) struct Conversion {
    pub(crate) input_hz: u32,
    pub(crate) output_hz: u32,
    pub(crate) factor: f64,
}

impl Conversion {
    pub(crate) fn name(&self) -> String {
        let ppm = (self.factor - 1.0) * 1e6;
        let rates = format!("{} -> {}", f64::from(self.input_hz) / 1e3, f64::from(self.output_hz) / 1e3);
        if ppm.abs() < 0.5 { rates } else { format!("{rates} {ppm:+.0} ppm") }
    }

    pub(crate) fn nominal(&self) -> Step {
        Step::from_rates(self.input_hz, self.output_hz).unwrap()
    }

    pub(crate) fn step(&self) -> Step {
        self.nominal().scaled(self.factor).unwrap()
    }

    /// Steady-state output for a tone, its first frame, and the tone's cycles per output frame.
    pub(crate) fn run(&self, resampler: &mut dyn Resampler, hz: f64) -> (Vec<f32>, usize, f64) {
        resampler.set_step(self.step(), Change::Jump).unwrap();
        resampler.reset();
        let cycles_in = hz / f64::from(self.input_hz);
        // Longer than any kernel is.
        let settle = (400.0 / self.step().to_f64().min(1.0)) as usize;
        let output = stream(resampler, tone(cycles_in), settle + MEASURED_FRAMES, CHUNK_FRAMES);
        (output[settle..].to_vec(), settle, cycles_in * self.step().to_f64())
    }

    pub(crate) fn thd_n_db(&self, resampler: &mut dyn Resampler, hz: f64) -> f64 {
        let (samples, first, cycles) = self.run(resampler, hz);
        let turns = |k: usize| cycles * (first + k) as f64;
        let fit = Fit::new(&samples, turns);
        db(rms(&fit.residue(&samples, turns)) / (fit.amplitude() / 2f64.sqrt()))
    }

    pub(crate) fn gain_db(&self, resampler: &mut dyn Resampler, hz: f64) -> f64 {
        let (samples, first, cycles) = self.run(resampler, hz);
        let fit = Fit::new(&samples, |k| cycles * (first + k) as f64);
        db(fit.amplitude() / 10f64.powf(-1.0 / 20.0))
    }

    /// Strongest component other than the tone, relative to the tone: up to [`AUDIBLE_HZ`], and anywhere.
    pub(crate) fn spur_db(&self, resampler: &mut dyn Resampler, hz: f64) -> (f64, f64) {
        let (samples, first, cycles) = self.run(resampler, hz);
        let residue = if cycles < 0.5 {
            let turns = |k: usize| cycles * (first + k) as f64;
            Fit::new(&samples, turns).residue(&samples, turns)
        } else {
            samples.iter().map(|&x| f64::from(x)).collect()
        };
        let spectrum = spectrum(&residue, blackman_harris);
        let reference = 10f64.powf(-1.0 / 20.0);
        let audible = (AUDIBLE_HZ / f64::from(self.output_hz) * MEASURED_FRAMES as f64) as usize;
        let peak = |part: &[f64]| db(part.iter().copied().fold(0.0, f64::max) / reference);
        (peak(&spectrum[..audible.min(spectrum.len())]), peak(&spectrum))
    }
}
