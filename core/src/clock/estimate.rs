//! The numbers behind the timestamp filter: how far time and rate may be off, and what that makes of a
//! wake-up. All times in nanoseconds, rates as parts of the nominal rate.

/// Wake-up jitter assumed before any was seen: 50 us rms, usual for a real-time thread on a desktop.
const JITTER_START_NS2: f64 = 50.0e3 * 50.0e3;
/// Bounds of the jitter estimate, 2 us to 5 ms rms: they bound the bandwidth in turn.
const JITTER_RANGE_NS2: (f64, f64) = (2.0e3 * 2.0e3, 5.0e6 * 5.0e6);
/// Cycles over which the jitter estimate forgets.
const JITTER_MEMORY_CYCLES: f64 = 256.0;
/// Weight, in cycles, of [`JITTER_START_NS2`].
const JITTER_START_CYCLES: f64 = 16.0;
/// Spread of unknown rates. Crystals lie within 100 ppm; the supported range of 5000 ppm is five times this.
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
/// A wake-up further off than this many standard deviations is not taken as jitter.
const GATE_SIGMAS: f64 = 6.0;
/// Part of a cycle by which a wake-up may always be off, so that a clock at the edge of the supported range
/// passes the gate with long cycles.
const GATE_CYCLE: f64 = 0.01;
/// Time over which a lasting lateness is told from jitter.
const BIAS_NS: f64 = 0.5e9;
/// A lasting lateness beyond this many standard deviations is a step of the rate, not wander ...
const STEP_SIGMAS: f64 = 8.0;
/// ... and reopens the filter for a step that would have caused it in this time.
const STEP_NS: f64 = 4.0e9;

/// What a lateness does to the clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Correction {
    /// To be added to the time.
    pub(super) time_ns: f64,
    /// To be added to the deviation of the frame length.
    pub(super) rate_dev: f64,
}

/// Uncertainty of a clock, and what was learnt about its wake-ups.
#[derive(Clone, Debug)]
pub(super) struct Estimate {
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
}

impl Estimate {
    /// Nothing known but what clocks are like.
    pub(super) const fn new() -> Self {
        Self {
            var_time: JITTER_START_NS2,
            cov: 0.0,
            var_rate: RATE_START * RATE_START,
            wander: WANDER_RANGE_PER_NS.0,
            var_jitter: JITTER_START_NS2,
            jitter_cycles: 0.0,
            last_late_ns: None,
            bias_ns: 0.0,
        }
    }

    /// The time was taken afresh from the mean of `wakes` wake-ups; the rate stays as known as it was.
    pub(super) fn anchor(&mut self, wakes: u32) {
        self.var_time = self.var_jitter / f64::from(wakes.max(1));
        self.cov = 0.0;
        self.last_late_ns = None;
        self.bias_ns = 0.0;
    }

    /// The jitter is not what was learnt.
    pub(super) const fn forget_jitter(&mut self) {
        self.var_jitter = JITTER_START_NS2;
        self.jitter_cycles = 0.0;
    }

    /// The rate is not what was learnt.
    pub(super) const fn forget_rate(&mut self) {
        self.var_rate = RATE_START * RATE_START;
    }

    /// Nominally `step_ns` go by without a look at the clock.
    pub(super) fn predict(&mut self, step_ns: f64) {
        self.var_time += step_ns * (2.0 * self.cov + step_ns * self.var_rate);
        self.cov += step_ns * self.var_rate;
        self.var_rate += step_ns * self.wander;
    }

    /// Whether a lateness can be jitter, after a step of `step_ns`.
    pub(super) fn expects(&self, late_ns: f64, step_ns: f64) -> bool {
        let free_ns = GATE_CYCLE * step_ns;
        late_ns * late_ns <= GATE_SIGMAS * GATE_SIGMAS * (self.var_time + self.var_jitter) + free_ns * free_ns
    }

    /// Whether two wake-ups that lie `apart_ns` can have the same cause.
    pub(super) fn agree(&self, apart_ns: f64) -> bool {
        apart_ns * apart_ns <= GATE_SIGMAS * GATE_SIGMAS * 2.0 * self.var_jitter
    }

    /// Learns from a lateness after a step of `step_ns`.
    pub(super) fn correct(&mut self, late_ns: f64, step_ns: f64) -> Correction {
        let var_late = self.var_time + self.var_jitter;
        let gain_time = self.var_time / var_late;
        let gain_rate = self.cov / var_late;
        self.var_rate -= gain_rate * self.cov;
        self.cov -= gain_time * self.cov;
        self.var_time -= gain_time * self.var_time;
        self.learn_jitter(late_ns);
        self.learn_wander(late_ns, var_late, step_ns);
        Correction { time_ns: gain_time * late_ns, rate_dev: gain_rate * late_ns }
    }

    /// Standard deviation of the rate.
    pub(super) fn rate_sigma(&self) -> f64 {
        libm::sqrt(self.var_rate.max(0.0))
    }

    /// Standard deviation of the wake-ups.
    pub(super) fn jitter_ns(&self) -> f64 {
        libm::sqrt(self.var_jitter)
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

    /// Learns the wander from lateness that lasts: with the right gains wake-ups are late as often as early.
    fn learn_wander(&mut self, late_ns: f64, var_late: f64, step_ns: f64) {
        let cycles = (BIAS_NS / step_ns.max(1.0)).max(8.0);
        self.bias_ns += (late_ns - self.bias_ns) / cycles;
        // Variance of an exponential mean over white noise.
        let var_bias = var_late / (2.0 * cycles - 1.0);
        let surprise = self.bias_ns * self.bias_ns / var_bias;
        let off_balance = surprise.min(WANDER_SURPRISE) - WANDER_BALANCE;
        let (least, most) = WANDER_RANGE_PER_NS;
        self.wander = (self.wander * libm::exp(step_ns / WANDER_NS * off_balance)).clamp(least, most);
        if surprise > STEP_SIGMAS * STEP_SIGMAS {
            let step = self.bias_ns / STEP_NS;
            self.var_rate += step * step;
            self.bias_ns = 0.0;
        }
    }
}
