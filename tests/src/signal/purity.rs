//! What besides a tone is in a recording of it, and how its pitch moves.

use std::f64::consts::TAU;

use realfft::RealFftPlanner;

use super::tone::phasor;

/// Frames of one spectrum: a line every 1.5 Hz at 48 kHz.
const LENGTH: usize = 1 << 15;

/// Spectra overlap by seven eighths: a click is seen alike wherever it falls.
const HOP: usize = LENGTH / 8;

/// Blackman-Harris of seven terms: side lobes below -180 dB, main lobe of +-7 lines.
const WINDOW: [f64; 7] = [
    0.271_051_400_693_42,
    -0.433_297_939_234_48,
    0.218_122_999_543_11,
    -0.065_925_446_388_03,
    0.010_811_742_098_37,
    -0.000_776_584_825_22,
    0.000_013_887_217_35,
];

/// The notch that takes the tone out reaches that far to both sides, in Hz.
const NOTCH_HZ: f64 = 50.0;

/// Lines from 0 that only hold what leaks from a direct current.
const LOWEST_LINE: usize = 8;

/// Distortion, noise and clicks over the tone's power.
#[derive(Clone, Debug, PartialEq)]
pub struct Purity {
    /// Over the whole recording, in dB.
    pub thd_n_db: f64,
    /// In half of the spectra it is less, in dB: what clicks here and there do not change.
    pub median_db: f64,
    /// In the worst spectrum (0.7 s), in dB,
    pub worst_db: f64,
    /// and where its middle lies, in seconds.
    pub worst_seconds: f64,
    /// Of each spectrum, in dB, in ascending order.
    pub spectra_db: Vec<f64>,
}

impl Purity {
    /// How many spectra have more than that, in dB. One click is seen by [`Purity::SPECTRA_PER_CLICK`].
    pub fn spectra_above(&self, bound_db: f64) -> u64 {
        self.spectra_db.iter().filter(|db| **db > bound_db).count() as u64
    }

    /// Spectra overlap: so many see one and the same frame.
    pub const SPECTRA_PER_CLICK: u64 = (LENGTH / HOP) as u64;
}

/// Takes a tone near `expected` Hz out with a notch of +-50 Hz and compares what is left to what was taken.
/// Where there is no tone, or less than one spectrum's samples (32768), nothing is pure: infinite.
pub fn measure_purity(samples: &[f64], rate: f64, expected: f64) -> Purity {
    let window = window();
    let transform = RealFftPlanner::new().plan_fft_forward(LENGTH);
    let mut spectrum = transform.make_output_vec();
    let mut all = (0.0, 0.0);
    let mut ratios = Vec::new();
    for (index, part) in samples.windows(LENGTH).step_by(HOP).enumerate() {
        let mut weighted: Vec<_> = part.iter().zip(&window).map(|(sample, weight)| sample * weight).collect();
        if transform.process(&mut weighted, &mut spectrum).is_err() {
            break;
        }
        let (mut rest, mut tone) = (0.0, 0.0);
        for (line, value) in spectrum.iter().enumerate().skip(LOWEST_LINE) {
            let off_hz = line as f64 * rate / LENGTH as f64 - expected;
            *if off_hz.abs() > NOTCH_HZ { &mut rest } else { &mut tone } += value.norm_sqr();
        }
        all = (all.0 + rest, all.1 + tone);
        ratios.push((decibels(rest, tone), (index * HOP + LENGTH / 2) as f64 / rate));
    }
    ratios.sort_by(|a, b| a.0.total_cmp(&b.0));
    let nothing = (f64::INFINITY, 0.0);
    let (worst_db, worst_seconds) = ratios.last().copied().unwrap_or(nothing);
    let median_db = ratios.get(ratios.len() / 2).unwrap_or(&nothing).0;
    let spectra_db = ratios.iter().map(|(db, _)| *db).collect();
    Purity { thd_n_db: decibels(all.0, all.1), median_db, worst_db, worst_seconds, spectra_db }
}

fn decibels(rest: f64, tone: f64) -> f64 {
    if tone > 0.0 { 10.0 * (rest / tone).log10() } else { f64::INFINITY }
}

fn window() -> Vec<f64> {
    let weight = |frame: usize| {
        let turn = TAU * frame as f64 / LENGTH as f64;
        (0..).zip(WINDOW).map(|(term, factor)| factor * (f64::from(term) * turn).cos()).sum()
    };
    (0..LENGTH).map(weight).collect()
}

/// How a tone's pitch moves, seen through windows of 0.1 s.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// The pitch over the expected one, in ppm: the median, which single jumps do not change.
    pub offset_ppm: f64,
    /// How far it moves away from that: root mean square, in ppm.
    pub residual_ppm: f64,
    /// How far the sound moves against one of the expected pitch, in frames from its earliest to its latest
    /// place: what the latency changes by.
    pub slip_frames: f64,
}

/// Follows the pitch of a tone that is within 5 Hz of `expected`: the phase of each tenth of a second over that
/// of the one before. `None` with less than two of them.
pub fn measure_drift(samples: &[f64], rate: f64, expected: f64) -> Option<Drift> {
    let length = (rate / 10.0) as usize;
    let turn = TAU * expected / rate;
    let parts = samples.chunks_exact(length).enumerate();
    let phasors = parts.map(|(index, part)| phasor(part, turn, index * length));
    let phases: Vec<_> = phasors.map(|(re, im)| im.atan2(re)).collect();
    let wrapped = |step: f64| (step + TAU / 2.0).rem_euclid(TAU) - TAU / 2.0;
    let steps: Vec<_> = phases.windows(2).map(|pair| wrapped(pair[1] - pair[0]) / turn).collect();
    let (mut place, mut least, mut most) = (0.0, 0.0_f64, 0.0_f64);
    for step in &steps {
        place += step;
        (least, most) = (least.min(place), most.max(place));
    }
    let mut offsets: Vec<_> = steps.iter().map(|step| step * 1e6 / length as f64).collect();
    offsets.sort_by(f64::total_cmp);
    let offset_ppm = *offsets.get(offsets.len() / 2)?;
    let squares = offsets.iter().map(|offset| (offset - offset_ppm).powi(2)).sum::<f64>();
    let residual_ppm = (squares / offsets.len() as f64).sqrt();
    Some(Drift { offset_ppm, residual_ppm, slip_frames: most - least })
}

/// The longest run of samples that are exactly zero.
pub fn longest_silence(samples: &[f64]) -> usize {
    samples.split(|sample| *sample != 0.0).map(<[f64]>::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::sine;
    use super::*;

    const RATE: f64 = 48_000.0;

    fn tone(frequency: f64) -> Vec<f64> {
        sine(1, 48_000, 96_000, frequency, 0.5).channel(0)
    }

    #[test]
    fn a_tone_in_floats_is_pure() {
        for frequency in [1_000.0, 1_000.7, 15_000.3] {
            let purity = measure_purity(&tone(frequency), RATE, frequency);
            assert!(purity.worst_db < -145.0, "{frequency}: {purity:?}");
        }
    }

    #[test]
    fn a_known_overtone_is_measured() {
        let overtone = tone(2_345.6);
        let sum: Vec<_> =
            tone(1_000.0).iter().zip(overtone).map(|(tone, other)| tone + 1e-5 * other).collect();
        let purity = measure_purity(&sum, RATE, 1_000.0);
        assert!((purity.thd_n_db + 100.0).abs() < 0.1 && (purity.worst_db + 100.0).abs() < 0.1, "{purity:?}");
    }

    #[test]
    fn one_skipped_frame_is_heard_and_found() {
        let mut samples = tone(1_000.0);
        samples.remove(70_010);
        let purity = measure_purity(&samples, RATE, 1_000.0);
        assert!(purity.thd_n_db > -60.0, "{purity:?}");
        assert!((purity.worst_seconds - 70_010.0 / RATE).abs() < 0.3, "{purity:?}");
        assert!(purity.median_db < -145.0, "{purity:?}");
    }

    #[test]
    fn silence_is_not_pure() {
        assert!(measure_purity(&vec![0.0; 50_000], RATE, 1_000.0).thd_n_db.is_infinite());
        assert!(measure_purity(&[0.0; 100], RATE, 1_000.0).thd_n_db.is_infinite());
    }

    #[test]
    fn drift_tells_offset_from_movement() {
        let drift = measure_drift(&tone(1_000.01), RATE, 1_000.0).expect("long enough");
        assert!((drift.offset_ppm - 10.0).abs() < 0.05 && drift.residual_ppm < 0.05, "{drift:?}");
        // 10 ppm of the 1.9 s from the first window's middle to the last one's.
        assert!((drift.slip_frames - 0.912).abs() < 0.01, "{drift:?}");
        // A pitch that swings by 5 ppm once a second.
        let swing = |time: f64| TAU * 1_000.0 * time - 5e-3 * (TAU * time).cos();
        let samples: Vec<_> = (0..192_000).map(|frame| swing(f64::from(frame) / RATE).sin()).collect();
        let drift = measure_drift(&samples, RATE, 1_000.0).expect("long enough");
        assert!((drift.residual_ppm - 5.0 / 2.0_f64.sqrt()).abs() < 0.2, "{drift:?}");
        assert!(measure_drift(&tone(1_000.0)[..9_000], RATE, 1_000.0).is_none());
    }

    #[test]
    fn skipped_frames_are_a_slip_and_no_offset() {
        let mut samples = tone(1_000.0);
        samples.drain(50_000..50_016);
        let drift = measure_drift(&samples, RATE, 1_000.0).expect("long enough");
        assert!(drift.offset_ppm.abs() < 0.1 && (drift.slip_frames - 16.0).abs() < 0.1, "{drift:?}");
    }

    #[test]
    fn silence_is_counted_only_in_a_row() {
        assert_eq!(longest_silence(&[0.0, 1.0, 0.0, 0.0, 1.0, 0.0]), 2);
        assert_eq!(longest_silence(&[1.0]), 0);
    }
}
