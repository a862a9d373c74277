//! The timestamp filter: a second-order delay-locked loop whose bandwidth falls by itself.
//!
//! The loop is that of Fons Adriaensen, "Using a DLL to filter time" (Linux Audio Conference, 2005): predict
//! the next wake-up, compare, correct the time by one gain and the period by another. The gains are those of
//! the steady two-state Kalman filter (phase and rate, the rate a random walk) rather than of a bandwidth
//! schedule: they start as a least-squares line through all wake-ups, which no schedule can beat, and settle at
//! the bandwidth that fits the jitter actually seen. Because phase and rate carry an uncertainty each, a jump
//! costs the phase only: the rate learnt so far stays.

use super::Tick;

/// Wake-up jitter assumed before any was seen: 50 us rms, usual for a real-time thread on a desktop.
const JITTER_START_NS2: f64 = 50.0e3 * 50.0e3;
/// Bounds of the jitter estimate, 2 us to 5 ms rms: they bound the bandwidth in turn.
const JITTER_RANGE_NS2: (f64, f64) = (2.0e3 * 2.0e3, 5.0e6 * 5.0e6);
/// Cycles over which the jitter estimate forgets.
const JITTER_MEMORY_CYCLES: f64 = 256.0;
/// Weight, in cycles, of [`JITTER_START_NS2`].
const JITTER_START_CYCLES: f64 = 16.0;
/// Spread of unknown rates: sound cards lie within 100 ppm, so three times that is no surprise.
const RATE_START: f64 = 1000.0e-6;
/// Bounds of the expected wander of the rate, squared and per nanosecond: 0.05 to 5 ppm after one second. With
/// 50 us of jitter at 256 frames and 48 kHz the filter settles at a bandwidth of 0.02 to 0.2 Hz.
const WANDER_RANGE_PER_NS: (f64, f64) = (0.05e-6 * 0.05e-6 * 1.0e-9, 5.0e-6 * 5.0e-6 * 1.0e-9);
/// Power of a lasting lateness, against what jitter alone leaves of it, above which more wander is expected and
/// below which less.
const WANDER_BALANCE: f64 = 1.5;
/// Most that one cycle may count in that balance.
const WANDER_SURPRISE: f64 = 4.0;
/// Time in which the expected wander changes by a factor of e, per unit off balance.
const WANDER_NS: f64 = 2.0e9;
/// Largest deviation of the rate that the filter follows.
const RATE_LIMIT: f64 = 0.02;
/// A wake-up further off than this many standard deviations is not taken as jitter.
const GATE_SIGMAS: f64 = 6.0;
/// Part of a cycle by which a wake-up may always be off, so that a clock at the edge of the supported range
/// passes the gate with long cycles.
const GATE_CYCLE: f64 = 0.01;
/// Wake-ups that must agree before a jump is believed.
const JUMP_WAKES: u32 = 3;
/// Time over which a lasting lateness is told from jitter.
const BIAS_NS: f64 = 0.5e9;
/// A lasting lateness of `b` reopens the filter for a change of rate of `b` in this time.
const BIAS_REOPEN_NS: f64 = 4.0e9;

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
    /// Covariance of the time (ns^2), of time and rate (ns), and of the rate.
    var_time: f64,
    cov: f64,
    var_rate: f64,
    /// Expected wander: growth of `var_rate` per nanosecond.
    wander: f64,
    /// Variance of the wake-up jitter, and how many cycles it was learnt from.
    var_jitter: f64,
    jitter_cycles: f64,
    /// Lateness of the last wake-up, from which the jitter is learnt; `None` after a break.
    last_late_ns: Option<f64>,
    /// Slow mean of the lateness.
    bias_ns: f64,
    suspicion: Suspicion,
    jumps: u32,
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
            var_time: 0.0,
            cov: 0.0,
            var_rate: RATE_START * RATE_START,
            wander: WANDER_RANGE_PER_NS.0,
            var_jitter: JITTER_START_NS2,
            jitter_cycles: 0.0,
            last_late_ns: None,
            bias_ns: 0.0,
            suspicion: Suspicion { wakes: 0, frames: 0, late_ns: 0.0 },
            jumps: 0,
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
            self.anchor(now_ns);
            self.started = true;
            return Reading::Started;
        }
        let step_ns = self.predict(advanced_frames);
        // Both times are near each other or the gate catches them: the difference is exact as an integer.
        let late_ns = now_ns.wrapping_sub(self.time_ns) as i64 as f64 - self.time_rest_ns;
        let var_late = self.var_time + self.var_jitter;
        let gate_ns2 = GATE_SIGMAS * GATE_SIGMAS * var_late + (GATE_CYCLE * step_ns) * (GATE_CYCLE * step_ns);
        // Written so that a NaN, were there one, stays outside the gate.
        let inside = late_ns * late_ns <= gate_ns2;
        if !inside {
            return self.suspect(now_ns, late_ns, advanced_frames);
        }
        self.suspicion = Suspicion::default();
        self.correct(late_ns, var_late);
        self.learn_jitter(late_ns);
        self.watch_bias(late_ns, var_late, step_ns);
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
            uncertainty_ppm: (libm::sqrt(self.var_rate.max(0.0)) * 1.0e6) as f32,
            quantum_frames: self.quantum_frames,
        })
    }

    /// Measured rate of the stream against its nominal rate, in parts per million; positive runs fast.
    pub fn rate_ppm(&self) -> f64 {
        -self.rate_dev / (1.0 + self.rate_dev) * 1.0e6
    }

    /// Learnt jitter of the wake-ups, rms, in nanoseconds.
    pub fn jitter_ns(&self) -> f64 {
        libm::sqrt(self.var_jitter)
    }

    /// How often the time jumped since the clock was made.
    pub const fn jumps(&self) -> u32 {
        self.jumps
    }

    const fn nominal_ns(&self) -> f64 {
        1.0e9 / self.rate_hz as f64
    }

    /// Sets the time to `now_ns` and its variance to that of one wake-up; keeps the rate.
    fn anchor(&mut self, now_ns: u64) {
        self.time_ns = now_ns;
        self.time_rest_ns = 0.0;
        self.var_time = self.var_jitter;
        self.cov = 0.0;
        self.last_late_ns = None;
        self.bias_ns = 0.0;
        self.suspicion = Suspicion::default();
    }

    /// Moves the clock on by `frames`; returns their nominal length.
    fn predict(&mut self, frames: u32) -> f64 {
        let step_ns = f64::from(frames) * self.nominal_ns();
        self.shift(step_ns * (1.0 + self.rate_dev));
        self.var_time += step_ns * (2.0 * self.cov + step_ns * self.var_rate);
        self.cov += step_ns * self.var_rate;
        self.var_rate += step_ns * self.wander;
        step_ns
    }

    /// Moves the time by `ns`, keeping the rest within one nanosecond.
    fn shift(&mut self, ns: f64) {
        let sum = self.time_rest_ns + ns;
        let whole = libm::floor(sum);
        self.time_ns = self.time_ns.wrapping_add_signed(whole as i64);
        self.time_rest_ns = sum - whole;
    }

    /// Corrects time and rate by a lateness whose variance is `var_late`.
    fn correct(&mut self, late_ns: f64, var_late: f64) {
        let gain_time = self.var_time / var_late;
        let gain_rate = self.cov / var_late;
        self.shift(gain_time * late_ns);
        self.rate_dev = (self.rate_dev + gain_rate * late_ns).clamp(-RATE_LIMIT, RATE_LIMIT);
        self.var_rate -= gain_rate * self.cov;
        self.cov -= gain_time * self.cov;
        self.var_time -= gain_time * self.var_time;
    }

    /// Learns the jitter from differences of neighbouring wake-ups, which a wrong rate hardly touches.
    fn learn_jitter(&mut self, late_ns: f64) {
        if let Some(last_ns) = self.last_late_ns.replace(late_ns) {
            let difference = late_ns - last_ns;
            // One freak wake-up may not open the gate for the next.
            let seen = (0.5 * difference * difference).min(9.0 * self.var_jitter);
            self.jitter_cycles = (self.jitter_cycles + 1.0).min(JITTER_MEMORY_CYCLES);
            let weight = 1.0 / (self.jitter_cycles + JITTER_START_CYCLES);
            let (least, most) = JITTER_RANGE_NS2;
            self.var_jitter = (self.var_jitter + weight * (seen - self.var_jitter)).clamp(least, most);
        }
    }

    /// Reopens the filter when wake-ups are late on average: the rate has changed by more than it wanders.
    fn watch_bias(&mut self, late_ns: f64, var_late: f64, step_ns: f64) {
        let cycles = (BIAS_NS / step_ns.max(1.0)).max(8.0);
        self.bias_ns += (late_ns - self.bias_ns) / cycles;
        // Variance of an exponential mean over white noise.
        let var_bias = var_late / (2.0 * cycles - 1.0);
        let surprise = self.bias_ns * self.bias_ns / var_bias;
        let off_balance = surprise.min(WANDER_SURPRISE) - WANDER_BALANCE;
        let (least, most) = WANDER_RANGE_PER_NS;
        self.wander = (self.wander * libm::exp(step_ns / WANDER_NS * off_balance)).clamp(least, most);
        if surprise > 64.0 {
            let change = self.bias_ns / BIAS_REOPEN_NS;
            self.var_rate += change * change;
            self.bias_ns = 0.0;
        }
    }

    /// Takes a wake-up outside the gate: a freak to forget, or the first of many after a jump.
    fn suspect(&mut self, now_ns: u64, late_ns: f64, frames: u32) -> Reading {
        let apart = late_ns - self.suspicion.late_ns;
        let agrees = apart * apart <= GATE_SIGMAS * GATE_SIGMAS * 2.0 * self.var_jitter;
        if self.suspicion.wakes > 0 && agrees {
            self.suspicion.wakes += 1;
            self.suspicion.late_ns += apart / f64::from(self.suspicion.wakes);
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
        if lost {
            self.var_jitter = JITTER_START_NS2;
            self.jitter_cycles = 0.0;
        }
        let (agreed, mean_ns) = (self.suspicion.wakes, self.suspicion.late_ns);
        if lost {
            self.anchor(now_ns);
        } else {
            self.anchor(self.time_ns);
            self.shift(mean_ns);
            self.var_time /= f64::from(agreed);
        }
        self.jumps = self.jumps.wrapping_add(1);
        Reading::Jumped
    }
}
