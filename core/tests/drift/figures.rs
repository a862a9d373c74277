//! The figures by which loops are compared.

use super::simulator::{Loop, Sample, Scenario, run};
use vcable_core::drift::LockState;

/// Settling, residual and fill of one run or, by [`Figures::worst`], of several.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Figures {
    /// Last time the pitch was off by more than 20 ppm, and by more than 2 ppm, in seconds.
    pub(crate) within_20_ppm_s: f64,
    pub(crate) within_2_ppm_s: f64,
    /// Pitch error over the last third, rms and largest.
    pub(crate) residual_ppm: f64,
    pub(crate) residual_peak_ppm: f64,
    /// True fill against its mean over the last third, rms, every cycle counted.
    pub(crate) fill_rms_frames: f64,
    /// Largest true fill error after the first half second.
    pub(crate) excursion_frames: f64,
    /// When the loop first said it was locked.
    pub(crate) locked_s: f64,
    pub(crate) underruns: u64,
    pub(crate) overruns: u64,
    pub(crate) events: u64,
}

impl Figures {
    /// Measures a run.
    pub(crate) fn of(scenario: &Scenario, under_test: &mut dyn Loop) -> Self {
        let mut figures = Self { locked_s: f64::INFINITY, ..Self::default() };
        let (mut count, mut pitch2, mut fill1, mut fill2) = (0.0, 0.0, 0.0, 0.0);
        let outcome = run(scenario, under_test, &mut |sample: &Sample| {
            let pitch = sample.pitch_ppm.abs();
            if pitch > 20.0 {
                figures.within_20_ppm_s = sample.seconds;
            }
            if pitch > 2.0 {
                figures.within_2_ppm_s = sample.seconds;
            }
            if sample.seconds > 0.5 {
                figures.excursion_frames = figures.excursion_frames.max(sample.fill_error.abs());
            }
            if sample.state == LockState::Locked {
                figures.locked_s = figures.locked_s.min(sample.seconds);
            }
            if sample.seconds > scenario.seconds * (2.0 / 3.0) {
                count += 1.0;
                pitch2 += pitch * pitch;
                fill1 += sample.fill_error;
                fill2 += sample.fill_error * sample.fill_error;
                figures.residual_peak_ppm = figures.residual_peak_ppm.max(pitch);
            }
        });
        figures.residual_ppm = f64::sqrt(pitch2 / count);
        figures.fill_rms_frames = f64::sqrt(fill2 / count - (fill1 / count) * (fill1 / count));
        (figures.underruns, figures.overruns) = (outcome.underruns, outcome.overruns);
        figures.events = outcome.events;
        figures
    }

    /// The worse of the two in every figure.
    pub(crate) fn worst(self, other: Self) -> Self {
        Self {
            within_20_ppm_s: self.within_20_ppm_s.max(other.within_20_ppm_s),
            within_2_ppm_s: self.within_2_ppm_s.max(other.within_2_ppm_s),
            residual_ppm: self.residual_ppm.max(other.residual_ppm),
            residual_peak_ppm: self.residual_peak_ppm.max(other.residual_peak_ppm),
            fill_rms_frames: self.fill_rms_frames.max(other.fill_rms_frames),
            excursion_frames: self.excursion_frames.max(other.excursion_frames),
            locked_s: self.locked_s.max(other.locked_s),
            underruns: self.underruns.max(other.underruns),
            overruns: self.overruns.max(other.overruns),
            events: self.events.max(other.events),
        }
    }
}
