//! The loop itself.

use super::lock::{LockDetector, LockState};
use crate::clock::Tick;

/// Slowest and fastest pull of the fill towards its target, per second.
const GAIN_RANGE_PER_S: (f64, f64) = (0.05, 4.0);
/// Most that the pull may bend the pitch, in parts of the ratio.
const PULL_LIMIT: f64 = 500.0e-6;
/// Age of the loop up to which the fill may be realigned without that being an event: the start.
const SETTLE_NS: f64 = 0.5e9;
/// An error that would take longer than this to play is skipped, not pulled in.
const SKIP_NS: f64 = 0.7e6;
/// Gain allowed per ppm by which the ratio of the clocks is uncertain: known rates need no haste.
const GAIN_PER_PPM: f64 = 0.1;
/// An end counts as stopped when it was not heard for this long beyond two of its cycles.
const STOPPED_NS: f64 = 5.0e6;
/// Cycles with a fresh but impossible writer time after which the two time bases are taken to differ.
const REBASE_CYCLES: u32 = 8;
/// Shortages, each within [`SHORTAGE_MEMORY_NS`] of the one before, from which the loop learns.
const SHORTAGES: u32 = 3;
const SHORTAGE_MEMORY_NS: f64 = 2.0e9;
/// Gain allowed at the least, per second, while the loop is young.
const YOUNG_GAIN_PER_S: f64 = 1.0;

/// What the loop must know of the cable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DriftSettings {
    /// Nominal rate of the writer, frames per second.
    pub writer_rate_hz: u32,
    /// Nominal rate of the reader, frames per second.
    pub reader_rate_hz: u32,
    /// Fill to hold, in input frames; see [`least_target_frames`](super::least_target_frames).
    pub target_frames: u32,
    /// What the target holds beyond the two quanta, in input frames: by so much may an end be late.
    pub margin_frames: u32,
    /// Most that the ratio may leave its nominal value, in parts per million; at most 20 000.
    pub limit_ppm: u32,
}

/// One cycle of the reader, as [`Drift::step`] wants it.
#[derive(Clone, Copy, Debug)]
pub struct Cycle {
    /// The writer's clock, from [`PublishedClock::read`](crate::clock::PublishedClock::read); its frames count
    /// what lies in the ring after the writer's cycle.
    pub writer: Option<Tick>,
    /// The reader's clock, from [`ClockFilter::tick`](crate::clock::ClockFilter::tick); its frames are not used.
    pub reader: Option<Tick>,
    /// Ring position of the next frame to be read.
    pub read_frames: u64,
    /// What separates that from the exact position of the next output frame, in input frames: the resampler's
    /// phase, less silence still to be played after a negative skip.
    pub read_offset_frames: f64,
    /// Input frames that were missing from the ring in the cycle before; 0 when it had all it needed.
    pub short_frames: u32,
    /// Output frames of this cycle.
    pub quantum_frames: u32,
}

/// What the cable is to do in this cycle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steering {
    /// Input frames per output frame, from this cycle's first frame on.
    pub ratio: f64,
    /// Input frames to leave out before this cycle, under a crossfade; negative: frames by which to wait,
    /// playing silence. Mostly 0. Already accounted for: the loop expects it to be obeyed at once.
    pub skip_frames: i64,
    /// State after this cycle.
    pub state: LockState,
}

/// Figures for users. Copy them out; nothing here is atomic.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DriftStats {
    /// State of the loop.
    pub state: LockState,
    /// Current ratio against its nominal value, in parts per million.
    pub ratio_ppm: f64,
    /// Fill above its target, in input frames.
    pub error_frames: f64,
    /// Standard deviation of the ratio as the clocks know it, in parts per million.
    pub uncertainty_ppm: f64,
    /// Discontinuities: stalls, losses, jumps of a clock. One that shows in several ways counts once.
    pub events: u64,
    /// Skips ordered, the one that aligns the ends at the start included.
    pub skips: u64,
}

/// The drift loop. Owned by the reader's audio thread.
#[derive(Clone, Debug)]
pub struct Drift {
    settings: DriftSettings,
    /// `writer_rate_hz / reader_rate_hz`.
    nominal: f64,
    /// Ratio of the two clocks' rates, within the limit; held while a clock is missing.
    clocks_ratio: f64,
    writer: Option<Tick>,
    /// Time since the ends were last aligned.
    age_ns: f64,
    /// Whether the ends were aligned since the loop began.
    aligned: bool,
    /// What is to be taken from the writer's times to meet the reader's time base; 0 if both share one.
    base_ns: i64,
    /// Shortages in a row, and the time since the last one.
    shortages: u32,
    since_short_ns: f64,
    /// Time spent without a usable clock, in one go.
    held_ns: f64,
    /// Fresh but impossible writer times in a row.
    impossible_cycles: u32,
    lock: LockDetector,
    stats: DriftStats,
}

/// The writer's clock as one cycle of the reader finds it.
enum Sight {
    /// Usable: nanoseconds from the writer's wake-up to the reader's.
    Clear(f64),
    /// The writer is overdue, or the two clocks contradict what the ring shows.
    Missing,
}

impl Drift {
    /// A loop that has seen nothing yet and steers at the nominal ratio.
    ///
    /// Rates of zero stand for one; a limit above 20 000 ppm is brought down to it.
    pub fn new(settings: DriftSettings) -> Self {
        let settings = DriftSettings {
            writer_rate_hz: settings.writer_rate_hz.max(1),
            reader_rate_hz: settings.reader_rate_hz.max(1),
            limit_ppm: settings.limit_ppm.min(20_000),
            ..settings
        };
        let nominal = f64::from(settings.writer_rate_hz) / f64::from(settings.reader_rate_hz);
        Self {
            settings,
            nominal,
            clocks_ratio: nominal,
            writer: None,
            age_ns: 0.0,
            aligned: false,
            base_ns: 0,
            shortages: 0,
            since_short_ns: 0.0,
            held_ns: 0.0,
            impossible_cycles: 0,
            lock: LockDetector::default(),
            stats: DriftStats::default(),
        }
    }

    /// Takes on other settings; call it whenever they may have changed.
    ///
    /// Another target is moved to by a skip. Other rates start the loop over, statistics excepted.
    pub fn configure(&mut self, settings: DriftSettings) {
        let fresh = Self::new(settings);
        let (new, old) = (fresh.settings, self.settings);
        if (new.writer_rate_hz, new.reader_rate_hz) == (old.writer_rate_hz, old.reader_rate_hz) {
            self.settings = new;
            self.aligned &= new.target_frames == old.target_frames;
        } else {
            let DriftStats { events, skips, .. } = self.stats;
            *self = Self { stats: DriftStats { events, skips, ..fresh.stats }, ..fresh };
        }
    }

    /// Figures of the last cycle and counts since the start.
    pub const fn stats(&self) -> DriftStats {
        self.stats
    }

    /// One cycle of the reader: call it before reading, and obey it.
    pub fn step(&mut self, cycle: &Cycle) -> Steering {
        let cycle_ns = f64::from(cycle.quantum_frames) * 1.0e9 / f64::from(self.settings.reader_rate_hz);
        let fresh = self.take_writer(cycle.writer);
        self.learn_shortage(cycle.short_frames, cycle_ns);
        let (Some(writer), Some(reader)) = (self.writer, cycle.reader) else {
            return self.hold(cycle_ns);
        };
        let Sight::Clear(distance_ns) = self.look(&writer, cycle, &reader, fresh, cycle_ns) else {
            return self.hold(cycle_ns);
        };
        self.held_ns = 0.0;
        self.clocks_ratio = self.limit(reader.ns_per_frame / writer.ns_per_frame);
        let fill = Self::counted(&writer, cycle) + distance_ns / writer.ns_per_frame;
        let mut error = fill - f64::from(self.settings.target_frames);
        let skip_frames = self.realign(error, writer.ns_per_frame);
        error -= skip_frames as f64;

        let uncertainty_ppm = libm::hypot(f64::from(writer.uncertainty_ppm), f64::from(reader.uncertainty_ppm));
        self.age_ns += cycle_ns;
        let (slowest, fastest) = GAIN_RANGE_PER_S;
        let fastest = (GAIN_PER_PPM * uncertainty_ppm).max(YOUNG_GAIN_PER_S).min(fastest);
        let gain = (2.0e9 / self.age_ns).min(fastest).max(slowest * (1.0 + 0.25 * error.abs()));
        let pull = (gain * error * reader.ns_per_frame * 1.0e-9).clamp(-PULL_LIMIT, PULL_LIMIT);
        let ratio = self.limit(self.clocks_ratio + pull);

        self.lock.judge(uncertainty_ppm, error, cycle_ns);
        self.stats.error_frames = error;
        self.stats.uncertainty_ppm = uncertainty_ppm;
        self.report(ratio, skip_frames)
    }

    /// Takes a new tick of the writer; whether it is one.
    fn take_writer(&mut self, seen: Option<Tick>) -> bool {
        let usable = seen.filter(|tick| tick.ns_per_frame.is_finite() && tick.ns_per_frame > 0.0);
        let fresh = usable.is_some() && usable != self.writer;
        if fresh {
            self.writer = usable;
        }
        fresh
    }

    /// When the ring runs dry again and again the line promises more than is there: its times are off by less
    /// than shows, or the target is too low for these threads. One late writer teaches nothing.
    fn learn_shortage(&mut self, short_frames: u32, cycle_ns: f64) {
        self.since_short_ns += cycle_ns;
        if self.since_short_ns > SHORTAGE_MEMORY_NS {
            self.shortages = 0;
        }
        let Some(writer) = self.writer.filter(|_| short_frames > 0) else { return };
        self.shortages += 1;
        self.since_short_ns = 0.0;
        if self.shortages >= SHORTAGES {
            self.shortages = 0;
            let short_ns = f64::from(short_frames) * writer.ns_per_frame;
            self.base_ns = self.base_ns.wrapping_sub(short_ns as i64);
        }
    }

    /// Places the writer's clock against the reader's.
    fn look(&mut self, writer: &Tick, cycle: &Cycle, reader: &Tick, fresh: bool, cycle_ns: f64) -> Sight {
        let apart_ns = reader.time_ns.wrapping_sub(writer.time_ns).wrapping_add_signed(self.base_ns) as i64;
        let distance_ns = apart_ns as f64;
        let margin_ns = f64::from(self.settings.margin_frames) * writer.ns_per_frame;
        if !fresh {
            let due_ns = f64::from(writer.quantum_frames) * writer.ns_per_frame;
            let heard = (-margin_ns..=due_ns + margin_ns).contains(&distance_ns);
            return if heard { Sight::Clear(distance_ns) } else { Sight::Missing };
        }
        // A writer that was not heard in the reader's last cycle, but now is, woke since.
        let possible = -margin_ns..=cycle_ns + margin_ns;
        if possible.contains(&distance_ns) {
            self.impossible_cycles = 0;
            return Sight::Clear(distance_ns);
        }
        self.impossible_cycles += 1;
        if self.impossible_cycles < REBASE_CYCLES {
            return Sight::Missing;
        }
        self.impossible_cycles = 0;
        let distance_ns = self.likely_distance_ns(writer, cycle).clamp(0.0, cycle_ns);
        self.base_ns = self.base_ns.wrapping_add(distance_ns as i64).wrapping_sub(apart_ns);
        Sight::Clear(distance_ns)
    }

    /// The distance at which the fill is what it was before the clocks fell apart; 0, which errs on the side of
    /// a fuller ring, when it was never known.
    fn likely_distance_ns(&self, writer: &Tick, cycle: &Cycle) -> f64 {
        if !self.aligned {
            return 0.0;
        }
        let fill = f64::from(self.settings.target_frames) + self.stats.error_frames;
        (fill - Self::counted(writer, cycle)) * writer.ns_per_frame
    }

    /// Frames in the ring by its counters, as a line through the writer's last wake-up.
    fn counted(writer: &Tick, cycle: &Cycle) -> f64 {
        // Counters run free: their difference is exact as an integer.
        writer.frames.wrapping_sub(cycle.read_frames) as i64 as f64 - cycle.read_offset_frames
    }

    /// Frames to skip so that an error too large to pull in is gone.
    fn realign(&mut self, error: f64, ns_per_frame: f64) -> i64 {
        let far = error.abs() * ns_per_frame > SKIP_NS;
        if self.aligned && !far && self.lock.state() != LockState::Holding {
            return 0;
        }
        if self.aligned && far && self.lock.state() != LockState::Holding && self.age_ns > SETTLE_NS {
            self.stats.events += 1;
        }
        let skip_frames = libm::round(error);
        self.aligned = true;
        self.age_ns = 0.0;
        self.lock.drop_to(LockState::Acquiring);
        if skip_frames != 0.0 {
            self.stats.skips += 1;
        }
        skip_frames as i64
    }

    /// A cycle without a usable clock: go on at the ratio of the clocks as last known.
    fn hold(&mut self, cycle_ns: f64) -> Steering {
        self.age_ns += cycle_ns;
        self.held_ns += cycle_ns;
        let lasting = self.held_ns > 2.0 * cycle_ns + STOPPED_NS;
        if lasting && self.aligned && self.lock.state() != LockState::Holding {
            self.stats.events += 1;
            self.lock.drop_to(LockState::Holding);
        }
        let ratio = self.clocks_ratio;
        self.report(ratio, 0)
    }

    fn limit(&self, ratio: f64) -> f64 {
        let span = f64::from(self.settings.limit_ppm) * 1.0e-6;
        ratio.max(self.nominal * (1.0 - span)).min(self.nominal * (1.0 + span))
    }

    fn report(&mut self, ratio: f64, skip_frames: i64) -> Steering {
        let state = self.lock.state();
        self.stats.state = state;
        self.stats.ratio_ppm = (ratio / self.nominal - 1.0) * 1.0e6;
        Steering { ratio, skip_frames, state }
    }
}
