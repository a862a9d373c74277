//! The timestamp filter: a second-order delay-locked loop whose bandwidth falls by itself.
//!
//! The loop is that of Fons Adriaensen, "Using a DLL to filter time" (Linux Audio Conference, 2005): predict
//! the next wake-up, compare, correct the time by one gain and the period by another. The gains are those of
//! the steady two-state Kalman filter (phase and rate, the rate a random walk) rather than of a bandwidth
//! schedule: they start as a least-squares line through all wake-ups, which no schedule can beat, and settle at
//! the bandwidth that fits the jitter actually seen. Because phase and rate carry an uncertainty each, a jump
//! costs the phase only: the rate learnt so far stays.

use super::Tick;
use super::estimate::Estimate;

/// Largest deviation of the rate that the filter follows.
const RATE_LIMIT: f64 = 0.02;
/// Wake-ups that must agree before a jump is believed.
const JUMP_WAKES: u32 = 3;
/// Jumps follow each other closely within so many cycles, or within a quarter of a second ...
const JUMPY_CYCLES: u64 = 16;
/// ... and when so many have done so, it is the rate that is wrong.
const JUMPY_JUMPS: u32 = 2;

/// What [`ClockFilter::update`] made of a wake-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The first wake-up: the clock has a time but no measured rate yet.
    Started,
    /// Within the expected jitter: the clock was corrected.
    Steady,
    /// Too far off to be jitter: ignored until others confirm it. The clock runs on by its learnt rate.
    Held,
    /// The time jumped for good: the clock was set to it, its rate was kept.
    Jumped,
}

/// Wake-ups outside the gate, waiting to be confirmed.
#[derive(Clone, Copy, Debug, Default)]
struct Suspicion {
    /// Wake-ups in a row that agree with `late_ns`; 0 when nothing is suspected.
    wakes: u32,
    /// Frames since the first wake-up outside the gate.
    frames: u64,
    /// Mean lateness of the wake-ups that agree.
    late_ns: f64,
}

/// Turns wake-ups into a smooth clock.
///
/// One per end of the cable, owned by that end's audio thread. Every method runs in constant time.
///
/// ```
/// use vcable_core::clock::{ClockFilter, Reading};
///
/// let mut clock = ClockFilter::new(48_000, 256);
/// assert_eq!(clock.update(1_000_000_000, 256), Reading::Started);
/// assert_eq!(clock.update(1_005_340_000, 256), Reading::Steady);
/// let tick = clock.tick(512).unwrap();
/// assert!(tick.time_ns.abs_diff(1_005_340_000) < 10_000);
/// ```
#[derive(Clone, Debug)]
pub struct ClockFilter {
    rate_hz: u32,
    quantum_frames: u32,
    /// Whether `time_ns` means anything.
    started: bool,
    /// Smoothed time of the last wake-up: whole nanoseconds and, in `[0, 1)`, the rest.
    time_ns: u64,
    time_rest_ns: f64,
    /// Measured length of a frame over the nominal one, less one.
    rate_dev: f64,
    estimate: Estimate,
    suspicion: Suspicion,
    jumps: u32,
    /// Frames since the last jump or start, and how many jumps in a row followed closely on another.
    frames_since_jump: u64,
    close_jumps: u32,
}

impl ClockFilter {
    /// A clock for a stream of `rate_hz` frames per second in cycles of `quantum_frames`.
    ///
    /// Zero stands for one in both.
    pub const fn new(rate_hz: u32, quantum_frames: u32) -> Self {
        Self {
            rate_hz: if rate_hz == 0 { 1 } else { rate_hz },
            quantum_frames: if quantum_frames == 0 { 1 } else { quantum_frames },
            started: false,
            time_ns: 0,
            time_rest_ns: 0.0,
            rate_dev: 0.0,
            estimate: Estimate::new(),
            suspicion: Suspicion { wakes: 0, frames: 0, late_ns: 0.0 },
            jumps: 0,
            frames_since_jump: 0,
            close_jumps: 0,
        }
    }

    /// Takes on a rate and a quantum; call it whenever they may have changed, each cycle if that is easiest.
    ///
    /// Equal values change nothing. Another quantum may shift wake-ups against the stream, so the time is
    /// taken afresh while the rate stays. Another rate starts the clock over.
    pub const fn configure(&mut self, rate_hz: u32, quantum_frames: u32) {
        let fresh = Self::new(rate_hz, quantum_frames);
        if fresh.rate_hz != self.rate_hz {
            *self = fresh;
        } else if fresh.quantum_frames != self.quantum_frames {
            self.quantum_frames = fresh.quantum_frames;
            self.rephase();
        }
    }

    /// Forgets the time but not the rate: for a pause, or a stop and a start of the same device.
    ///
    /// The next wake-up starts the clock again.
    pub const fn rephase(&mut self) {
        self.started = false;
    }

    /// Takes the wake-up of a cycle: at `now_ns` the stream stood `advanced_frames` further than at the
    /// wake-up before.
    ///
    /// `advanced_frames` counts what the device has moved, also what found no room in the ring; it need not be
    /// the quantum.
    pub fn update(&mut self, now_ns: u64, advanced_frames: u32) -> Reading {
        if !self.started {
            self.anchor(now_ns, 1);
            self.started = true;
            return Reading::Started;
        }
        let step_ns = self.predict(advanced_frames);
        self.frames_since_jump = self.frames_since_jump.saturating_add(u64::from(advanced_frames));
        // Both times are near each other or the gate catches them: the difference is exact as an integer.
        let late_ns = now_ns.wrapping_sub(self.time_ns) as i64 as f64 - self.time_rest_ns;
        if !self.estimate.expects(late_ns, step_ns) {
            return self.suspect(now_ns, late_ns, advanced_frames);
        }
        self.suspicion = Suspicion::default();
        let correction = self.estimate.correct(late_ns, step_ns);
        self.shift(correction.time_ns);
        self.rate_dev = (self.rate_dev + correction.rate_dev).clamp(-RATE_LIMIT, RATE_LIMIT);
        Reading::Steady
    }

    /// The clock at the last wake-up, for a stream that stood at `frames` then.
    ///
    /// `None` before the first wake-up and while wake-ups lie outside the gate: a reader then goes on with
    /// the tick it has.
    pub fn tick(&self, frames: u64) -> Option<Tick> {
        (self.started && self.suspicion.wakes == 0).then(|| Tick {
            frames,
            time_ns: self.time_ns,
            ns_per_frame: self.nominal_ns() * (1.0 + self.rate_dev),
            uncertainty_ppm: (self.estimate.rate_sigma() * 1.0e6) as f32,
            quantum_frames: self.quantum_frames,
        })
    }

    /// Measured rate of the stream against its nominal rate, in parts per million; positive runs fast.
    pub fn rate_ppm(&self) -> f64 {
        -self.rate_dev / (1.0 + self.rate_dev) * 1.0e6
    }

    /// Learnt jitter of the wake-ups, rms, in nanoseconds.
    pub fn jitter_ns(&self) -> f64 {
        self.estimate.jitter_ns()
    }

    /// How often the time jumped since the clock was made.
    pub const fn jumps(&self) -> u32 {
        self.jumps
    }

    const fn nominal_ns(&self) -> f64 {
        1.0e9 / self.rate_hz as f64
    }

    /// Sets the time to `now_ns`, the mean of `wakes` wake-ups; keeps the rate.
    fn anchor(&mut self, now_ns: u64, wakes: u32) {
        self.time_ns = now_ns;
        self.time_rest_ns = 0.0;
        self.estimate.anchor(wakes);
        self.suspicion = Suspicion::default();
    }

    /// Moves the clock on by `frames`; returns their nominal length.
    fn predict(&mut self, frames: u32) -> f64 {
        let step_ns = f64::from(frames) * self.nominal_ns();
        self.shift(step_ns * (1.0 + self.rate_dev));
        self.estimate.predict(step_ns);
        step_ns
    }

    /// Moves the time by `ns`, keeping the rest within one nanosecond.
    fn shift(&mut self, ns: f64) {
        let sum = self.time_rest_ns + ns;
        let whole = libm::floor(sum);
        self.time_ns = self.time_ns.wrapping_add_signed(whole as i64);
        self.time_rest_ns = sum - whole;
    }

    /// Takes a wake-up outside the gate: a freak to forget, or the first of many after a jump.
    fn suspect(&mut self, now_ns: u64, late_ns: f64, frames: u32) -> Reading {
        let apart_ns = late_ns - self.suspicion.late_ns;
        if self.suspicion.wakes > 0 && self.estimate.agree(apart_ns) {
            self.suspicion.wakes += 1;
            self.suspicion.late_ns += apart_ns / f64::from(self.suspicion.wakes);
        } else {
            self.suspicion.wakes = 1;
            self.suspicion.late_ns = late_ns;
        }
        self.suspicion.frames += u64::from(frames);
        // Half a second of wake-ups that agree with nothing: the jitter is not what was learnt.
        let lost = self.suspicion.frames > u64::from(self.rate_hz) / 2;
        if self.suspicion.wakes < JUMP_WAKES && !lost {
            return Reading::Held;
        }
        self.count_close_jumps();
        let Suspicion { wakes, late_ns, .. } = self.suspicion;
        if lost {
            self.estimate.forget_jitter();
            self.anchor(now_ns, 1);
        } else {
            self.shift(late_ns);
            self.anchor(self.time_ns, wakes);
        }
        self.jumps = self.jumps.wrapping_add(1);
        Reading::Jumped
    }

    /// Jumps that keep coming are a clock running away from its learnt rate.
    fn count_close_jumps(&mut self) {
        let close = (u64::from(self.rate_hz) / 4).max(JUMPY_CYCLES * u64::from(self.quantum_frames));
        self.close_jumps = if self.frames_since_jump < close { self.close_jumps + 1 } else { 0 };
        self.frames_since_jump = 0;
        if self.close_jumps >= JUMPY_JUMPS {
            self.close_jumps = 0;
            self.estimate.forget_rate();
        }
    }
}
