//! How a loop gets over a fault.

use super::simulator::{Loop, Outcome, Sample, Scenario, run};
use vcable_core::drift::LockState;

/// What the fault of a scenario did, from the moment it struck.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Recovery {
    /// Until sound was whole for good: not silent, within 20 ppm and 4 frames.
    pub(crate) whole_s: f64,
    /// Until the loop was locked for good.
    pub(crate) locked_s: f64,
    /// Largest pitch error after the fault.
    pub(crate) pitch_peak_ppm: f64,
    /// Smallest and largest ratio of the whole run.
    pub(crate) ratio_range: (f64, f64),
    /// Cycles played as silence after the fault.
    pub(crate) silent_cycles: u64,
    /// Skips after the fault.
    pub(crate) skips: u64,
    pub(crate) outcome: Outcome,
}

impl Recovery {
    /// Runs a scenario whose first fault is the one in question.
    pub(crate) fn of(scenario: &Scenario, under_test: &mut dyn Loop) -> Self {
        let struck_s = scenario.faults.first().map_or(0.0, |(at_s, ..)| *at_s);
        let mut recovery = Self { ratio_range: (f64::INFINITY, 0.0), ..Self::default() };
        recovery.outcome = run(scenario, under_test, &mut |sample: &Sample| {
            let (least, most) = recovery.ratio_range;
            recovery.ratio_range = (least.min(sample.ratio), most.max(sample.ratio));
            if sample.seconds < struck_s {
                return;
            }
            let since_s = sample.seconds - struck_s;
            let pitch = sample.pitch_ppm.abs();
            if sample.silent || pitch > 20.0 || sample.fill_error.abs() > 4.0 {
                recovery.whole_s = since_s;
            }
            if sample.state != LockState::Locked {
                recovery.locked_s = since_s;
            }
            recovery.pitch_peak_ppm = recovery.pitch_peak_ppm.max(pitch);
            recovery.silent_cycles += u64::from(sample.silent);
            recovery.skips += u64::from(sample.skip_frames != 0);
        });
        recovery
    }
}
