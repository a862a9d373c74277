//! Whether the loop holds the two clocks together.

/// State of the loop, as users and statistics see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum LockState {
    /// One of the ends has not run yet.
    #[default]
    Starting = 0,
    /// Both ends run; rates and fill are settling.
    Acquiring = 1,
    /// Rates are known to 2 ppm and the fill is at its target.
    Locked = 2,
    /// An end has stopped or its clock jumped: the last known rate is held until both run again.
    Holding = 3,
}

/// Locked when this good for [`LOCK_AFTER_NS`] ...
const LOCK_PPM: f64 = 2.0;
const LOCK_ERROR_FRAMES: f64 = 2.0;
const LOCK_AFTER_NS: f64 = 0.5e9;
/// ... and until this bad.
const UNLOCK_PPM: f64 = 20.0;
const UNLOCK_ERROR_FRAMES: f64 = 8.0;

/// Hysteresis between [`LockState::Acquiring`] and [`LockState::Locked`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LockDetector {
    state: LockState,
    /// How long the loop has been good enough to lock.
    good_ns: f64,
}

impl LockDetector {
    pub(super) const fn state(&self) -> LockState {
        self.state
    }

    /// Leaves the lock for `state`, to be earned again.
    pub(super) const fn drop_to(&mut self, state: LockState) {
        self.state = state;
        self.good_ns = 0.0;
    }

    /// Judges a cycle of `cycle_ns` with both clocks running.
    pub(super) fn judge(&mut self, uncertainty_ppm: f64, error_frames: f64, cycle_ns: f64) {
        let error = error_frames.abs();
        if self.state == LockState::Locked {
            if uncertainty_ppm > UNLOCK_PPM || error > UNLOCK_ERROR_FRAMES {
                self.drop_to(LockState::Acquiring);
            }
            return;
        }
        self.state = LockState::Acquiring;
        let good = uncertainty_ppm < LOCK_PPM && error < LOCK_ERROR_FRAMES;
        self.good_ns = if good { self.good_ns + cycle_ns } else { 0.0 };
        if self.good_ns >= LOCK_AFTER_NS {
            self.drop_to(LockState::Locked);
        }
    }
}
