//! What an engine does to tones, by the same sine fit and spectrum as the core's own quality test.

use std::f64::consts::TAU;

use crate::fit::{Fit, db, rms, tone};
use crate::spectrum::{blackman_harris, spectrum};

/// Frames measured.
pub(crate) const MEASURED_FRAMES: usize = 8192;
/// Frames before them, longer than any engine here takes to settle.
pub(crate) const SETTLE_FRAMES: usize = 4096;

/// -1 dBFS.
const PEAK: f64 = 0.891_250_938_133_745_5;

/// A tone at -1 dBFS, in cycles per frame, as long as a measurement at `step` needs.
pub(crate) fn test_tone(cycles: f64, step: f64) -> Vec<f32> {
    let frames = ((MEASURED_FRAMES + SETTLE_FRAMES + 2048) as f64 * step) as usize + 8192;
    (0..frames).map(tone(cycles)).collect()
}

/// Level of all but the tone relative to the tone, in dB, and the tone's gain in dB. `cycles` is per output frame,
/// and refined first: a rate that is off by a hundredth of a ppm is no distortion.
pub(crate) fn thd_n_and_gain_db(samples: &[f32], cycles: f64) -> (f64, f64) {
    let mut cycles = cycles;
    for _ in 0..3 {
        cycles += drift(samples, cycles);
    }
    let fit = Fit::new(samples, |k| cycles * k as f64);
    let rest = rms(&fit.residue(samples, |k| cycles * k as f64));
    (db(rest / (fit.amplitude() / 2f64.sqrt())), db(fit.amplitude() / PEAK))
}

/// By how much the tone is faster than `cycles` per frame: what the phase gains from one half to the other.
fn drift(samples: &[f32], cycles: f64) -> f64 {
    let half = samples.len() / 2;
    let phase = |from: usize| {
        let fit = Fit::new(&samples[from..from + half], |k| cycles * (from + k) as f64);
        fit.cosine.atan2(fit.sine)
    };
    let gained = (phase(half) - phase(0)) / TAU;
    (gained - gained.round()) / half as f64
}

/// Strongest component other than the tone, relative to full level, in dB.
pub(crate) fn spur_db(samples: &[f32], cycles: f64) -> f64 {
    let residue = if cycles < 0.5 {
        let cycles = cycles + drift(samples, cycles);
        let turns = |k: usize| cycles * k as f64;
        Fit::new(samples, turns).residue(samples, turns)
    } else {
        samples.iter().map(|&x| f64::from(x)).collect()
    };
    db(spectrum(&residue, blackman_harris).iter().copied().fold(0.0, f64::max) / PEAK)
}
