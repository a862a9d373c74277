//! Two ends of a cable in virtual time: each driver has its own rate, wander, wake-up jitter and mishaps; the
//! ring and the resampler between them are ideal and counted to a fraction of a frame.
//!
//! Nothing here sleeps or reads a clock: an hour takes as long as its arithmetic. The same scenario and seed
//! give the same result, bit for bit.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use rand_distr::StandardNormal;
use vcable_core::drift::{LockState, Steering, least_target_frames};

/// A plausible time of day in nanoseconds since 1970: far beyond what an `f64` holds to the nanosecond.
const EPOCH_NS: u64 = 1_750_000_000_123_456_789;

/// Which end of the cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Writer,
    Reader,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// The driver stops for so many seconds; the frames of that time never exist.
    Lost(f64),
    /// Wake-ups of so many seconds come late, all at once at the end; no frame is lost.
    Late(f64),
    /// The clock that stamps the wake-ups jumps by so many seconds; the sound does not notice.
    ClockJump(f64),
    /// The rate changes by so many ppm at once.
    RateStep(f64),
    /// The driver goes on in cycles of so many frames.
    Quantum(u32),
}

/// One driver.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) rate_hz: u32,
    pub(crate) quantum_frames: u32,
    /// Offset from the nominal rate at the start.
    pub(crate) ppm: f64,
    /// Random walk of the rate: standard deviation after one second.
    pub(crate) wander_ppm: f64,
    /// Steady slope of the rate, turning round at +-200 ppm.
    pub(crate) slope_ppm_per_s: f64,
    /// Wake-up jitter, rms.
    pub(crate) jitter_ns: f64,
    /// Part of the wake-ups that come late by up to 3 ms on top.
    pub(crate) freaks: f64,
    /// Part of the cycles that the driver misses.
    pub(crate) missed: f64,
}

impl End {
    pub(crate) fn new(quantum_frames: u32, ppm: f64) -> Self {
        Self {
            rate_hz: 48_000,
            quantum_frames,
            ppm,
            wander_ppm: 0.0,
            slope_ppm_per_s: 0.0,
            jitter_ns: 50.0e3,
            freaks: 0.0,
            missed: 0.0,
        }
    }
}

/// A run of the simulator.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) seed: u64,
    pub(crate) seconds: f64,
    pub(crate) writer: End,
    pub(crate) reader: End,
    /// Seconds from the start, in order.
    pub(crate) faults: Vec<(f64, Side, Fault)>,
    /// What the target fill has over the two quanta, and the ring over the target.
    pub(crate) margin_frames: u32,
}

impl Scenario {
    /// Equal quanta, the writer off by `ppm`, 50 us of jitter on either end.
    pub(crate) fn new(seed: u64, quantum_frames: u32, ppm: f64, seconds: f64) -> Self {
        Self {
            seed,
            seconds,
            writer: End::new(quantum_frames, ppm),
            reader: End::new(quantum_frames, 0.0),
            faults: Vec::new(),
            margin_frames: 48,
        }
    }

    pub(crate) fn target_frames(&self) -> u32 {
        target_frames(&self.writer, &self.reader, self.margin_frames)
    }
}

/// The least target for two ends, the reader's cycle counted in input frames.
fn target_frames(writer: &End, reader: &End, margin_frames: u32) -> u32 {
    let frames = u64::from(reader.quantum_frames) * u64::from(writer.rate_hz);
    let frames = frames.div_ceil(u64::from(reader.rate_hz)) as u32;
    least_target_frames(writer.quantum_frames, frames, margin_frames)
}

/// Where the reader stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Next frame of the ring, and the exact position less that.
    pub(crate) read: u64,
    pub(crate) offset: f64,
    /// Frames that were missing in the last cycle.
    pub(crate) short: u32,
}

/// What a loop under test is told, and what it answers.
pub(crate) trait Loop {
    /// The writer woke at `now_ns`, moved `frames`, and the ring has now been given `written` in all.
    fn writer(&mut self, now_ns: u64, frames: u32, written: u64);
    /// The reader woke at `now_ns` for `frames`.
    fn reader(&mut self, now_ns: u64, frames: u32, place: Place) -> Steering;
    /// Discontinuities counted so far.
    fn events(&self) -> u64;
}

/// One cycle of the reader as only the simulator knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) seconds: f64,
    /// Ratio over the true quotient of the two rates, less one.
    pub(crate) pitch_ppm: f64,
    /// True fill above the target, in input frames.
    pub(crate) fill_error: f64,
    /// The ratio ordered.
    pub(crate) ratio: f64,
    pub(crate) state: LockState,
    pub(crate) skip_frames: i64,
    /// Nothing was read in this cycle.
    pub(crate) silent: bool,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) cycles: u64,
    pub(crate) underruns: u64,
    pub(crate) overruns: u64,
    pub(crate) events: u64,
}

/// A driver's truth.
struct Driver {
    end: End,
    rng: SmallRng,
    /// The wake-up to come, as an ideal clock would give it: nanoseconds since the start, exact to 1e-3 ns
    /// over a day.
    due_ns: u64,
    due_rest_ns: f64,
    /// When it will really come.
    wake_ns: u64,
    ppm: f64,
    late_until_ns: u64,
    stamp_offset_ns: i64,
}

impl Driver {
    fn new(end: &End, seed: u64) -> Self {
        let mut rng = SmallRng::seed_from_u64(seed);
        let cycle_ns = f64::from(end.quantum_frames) * 1.0e9 / f64::from(end.rate_hz);
        let due_ns = 1_000_000 + (rng.random::<f64>() * cycle_ns) as u64;
        Self {
            end: end.clone(),
            rng,
            due_ns,
            due_rest_ns: 0.0,
            wake_ns: due_ns,
            ppm: end.ppm,
            late_until_ns: 0,
            stamp_offset_ns: 0,
        }
    }

    fn rate_hz(&self) -> f64 {
        f64::from(self.end.rate_hz) * (1.0 + self.ppm * 1.0e-6)
    }

    fn advance(&mut self, ns: f64) {
        let sum = self.due_rest_ns + ns;
        self.due_ns += sum.floor() as u64;
        self.due_rest_ns = sum - sum.floor();
    }

    /// Moves on to the next cycle.
    fn next(&mut self) {
        let seconds = f64::from(self.end.quantum_frames) / self.rate_hz();
        let missed = self.end.missed > 0.0 && self.rng.random::<f64>() < self.end.missed;
        self.advance(seconds * 1.0e9 * if missed { 2.0 } else { 1.0 });
        if self.end.wander_ppm > 0.0 {
            let step: f64 = self.rng.sample(StandardNormal);
            self.ppm += self.end.wander_ppm * step * seconds.sqrt();
        }
        self.ppm += self.end.slope_ppm_per_s * seconds;
        if self.ppm * self.end.slope_ppm_per_s.signum() > 200.0 {
            self.end.slope_ppm_per_s = -self.end.slope_ppm_per_s;
        }
        let mut jitter_ns = self.end.jitter_ns * self.rng.sample::<f64, _>(StandardNormal);
        if self.end.freaks > 0.0 && self.rng.random::<f64>() < self.end.freaks {
            jitter_ns += self.rng.random::<f64>() * 3.0e6;
        }
        // A wake-up never overtakes the one before.
        let wake_ns = self.due_ns.saturating_add_signed(jitter_ns as i64);
        self.wake_ns = wake_ns.max(self.wake_ns + 1_000).max(self.late_until_ns);
    }

    fn strike(&mut self, fault: Fault) {
        match fault {
            Fault::Lost(seconds) => {
                self.advance(seconds * 1.0e9);
                self.wake_ns += (seconds * 1.0e9) as u64;
            }
            Fault::Late(seconds) => {
                self.late_until_ns = self.wake_ns + (seconds * 1.0e9) as u64;
                self.wake_ns = self.late_until_ns;
            }
            Fault::ClockJump(seconds) => self.stamp_offset_ns += (seconds * 1.0e9) as i64,
            Fault::RateStep(ppm) => self.ppm += ppm,
            Fault::Quantum(frames) => self.end.quantum_frames = frames,
        }
    }

    /// What the clock says at the wake-up.
    fn stamp_ns(&self) -> u64 {
        EPOCH_NS.wrapping_add(self.wake_ns).wrapping_add_signed(self.stamp_offset_ns)
    }
}

/// The ring and the resampler's place in it.
struct Cable {
    capacity_frames: u64,
    written: u64,
    read: u64,
    /// Exact position less `read`; negative while silence is inserted.
    offset: f64,
    /// Frames that were missing in the last cycle.
    short: u32,
    /// Silent since it ran dry, until the loop has found both ends again.
    muted: bool,
}

/// Runs a scenario; `watch` sees every cycle of the reader.
pub(crate) fn run(scenario: &Scenario, under_test: &mut dyn Loop, watch: &mut dyn FnMut(&Sample)) -> Outcome {
    let mut writer = Driver::new(&scenario.writer, scenario.seed.wrapping_mul(2));
    let mut reader = Driver::new(&scenario.reader, scenario.seed.wrapping_mul(2) + 1);
    let mut target = scenario.target_frames();
    let capacity_frames = u64::from(target + scenario.margin_frames);
    let mut cable = Cable { capacity_frames, written: 0, read: 0, offset: 0.0, short: 0, muted: true };
    let mut outcome = Outcome::default();
    let mut faults = scenario.faults.iter().peekable();
    // The writer's last cycle as an ideal clock saw it.
    let mut line = (0_u64, 0.0_f64);
    loop {
        let now_ns = writer.wake_ns.min(reader.wake_ns);
        let elapsed_s = now_ns as f64 * 1.0e-9;
        if elapsed_s > scenario.seconds {
            outcome.events = under_test.events();
            return outcome;
        }
        if let Some((_, side, fault)) = faults.next_if(|(at_s, ..)| *at_s <= elapsed_s) {
            let struck = if *side == Side::Writer { &mut writer } else { &mut reader };
            struck.strike(*fault);
            target = target_frames(&writer.end, &reader.end, scenario.margin_frames);
            cable.capacity_frames = cable.capacity_frames.max(u64::from(target + scenario.margin_frames));
            continue;
        }
        if writer.wake_ns <= reader.wake_ns {
            cable.write(writer.end.quantum_frames, &mut outcome);
            under_test.writer(writer.stamp_ns(), writer.end.quantum_frames, cable.written);
            line = (writer.due_ns, writer.due_rest_ns);
            writer.next();
            continue;
        }
        let frames = reader.end.quantum_frames;
        let place = Place { read: cable.read, offset: cable.offset, short: cable.short };
        let steering = under_test.reader(reader.stamp_ns(), frames, place);
        cable.skip(steering.skip_frames);
        let since_ns = reader.due_ns.wrapping_sub(line.0) as i64 as f64 + reader.due_rest_ns - line.1;
        let counted = cable.written.wrapping_sub(cable.read) as i64 as f64 - cable.offset;
        let fill = counted + since_ns * 1.0e-9 * writer.rate_hz();
        let silent = cable.take(frames, &steering, &mut outcome);
        watch(&Sample {
            seconds: elapsed_s,
            pitch_ppm: (steering.ratio * reader.rate_hz() / writer.rate_hz() - 1.0) * 1.0e6,
            fill_error: fill - f64::from(target),
            ratio: steering.ratio,
            state: steering.state,
            skip_frames: steering.skip_frames,
            silent,
        });
        outcome.cycles += 1;
        reader.next();
    }
}

impl Cable {
    fn write(&mut self, frames: u32, outcome: &mut Outcome) {
        let room = self.capacity_frames - (self.written - self.read);
        let frames = u64::from(frames);
        // A muted reader drops what it does not play, as a cable does that has nobody listening.
        if frames > room {
            if self.muted {
                self.read = self.written + frames - self.capacity_frames;
            } else {
                outcome.overruns += 1;
            }
        }
        self.written += if self.muted { frames } else { frames.min(room) };
    }

    fn skip(&mut self, frames: i64) {
        self.offset += frames as f64;
        self.settle();
    }

    /// Brings whole frames from the offset into the counter, but never past what was written.
    fn settle(&mut self) {
        let whole = (self.offset.floor().max(0.0) as u64).min(self.written - self.read);
        self.read += whole;
        self.offset -= whole as f64;
    }

    /// Reads a cycle; whether it was silent.
    fn take(&mut self, frames: u32, steering: &Steering, outcome: &mut Outcome) -> bool {
        let need = self.offset + f64::from(frames) * steering.ratio;
        let lacking = (need.ceil() - (self.written - self.read) as f64).max(0.0) as u32;
        let dry = lacking > 0 && !self.muted;
        outcome.underruns += u64::from(dry);
        self.short = if dry { lacking } else { 0 };
        let holding = matches!(steering.state, LockState::Holding | LockState::Starting);
        self.muted = lacking > 0 || (self.muted && holding);
        if !self.muted {
            self.offset = need;
            self.settle();
        }
        self.muted
    }
}
