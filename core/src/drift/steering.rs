//! The loop itself.

use super::lock::{LockDetector, LockState};
use super::placement::{Placement, View};
use crate::clock::Tick;

/// The pull of the fill towards its target, per second, is this over the age of the loop ...
const GAIN_BY_AGE: f64 = 2.0;
/// ... but at least this: a time constant of 20 s, which lets less than 0.1 ppm of jitter into the pitch ...
const LEAST_GAIN_PER_S: f64 = 0.05;
/// ... and more by this part for each frame of error, so that what wander piles up does not stay for minutes.
const GAIN_PER_FRAME: f64 = 0.25;
/// A young loop may pull this fast ...
const YOUNG_GAIN_PER_S: f64 = 1.0;
/// ... or, while the clocks do not know their rates, this fast per ppm of uncertainty, but never faster than
/// [`MOST_GAIN_PER_S`].
const YOUNG_GAIN_PER_PPM: f64 = 0.1;
const MOST_GAIN_PER_S: f64 = 4.0;
/// Most that the pull may bend the pitch, in parts of the ratio.
const PULL_LIMIT: f64 = 500.0e-6;
/// An error that would take longer than this to play is skipped, not pulled in.
const SKIP_NS: f64 = 0.7e6;
/// Age of the loop from which on a skip is an event of its own.
const SETTLE_NS: f64 = 0.5e9;
/// A clock counts as gone when it was missing for this long and two cycles.
const GONE_NS: f64 = 5.0e6;
/// A writer's frame may differ by this part from its nominal length; else the tick is of another rate.
const RATE_SPAN: f64 = 0.05;

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
    placement: Placement,
    /// Time spent without a usable clock, in one go.
    held_ns: f64,
    lock: LockDetector,
    stats: DriftStats,
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
            placement: Placement::default(),
            held_ns: 0.0,
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

    /// Forgets how the ends stand to each other, but not what was learnt of their rates and time bases: for an
    /// end that stops and starts by intent. The next cycle with both clocks aligns them, and no event is counted.
    pub fn rephase(&mut self) {
        self.writer = None;
        self.aligned = false;
        self.lock.drop_to(LockState::Starting);
        self.stats.state = LockState::Starting;
    }

    /// One cycle of the reader: call it before reading, and obey it.
    pub fn step(&mut self, cycle: &Cycle) -> Steering {
        let cycle_ns = f64::from(cycle.quantum_frames) * 1.0e9 / f64::from(self.settings.reader_rate_hz);
        let fresh = self.take_writer(cycle.writer);
        let (Some(writer), Some(reader)) = (self.writer, cycle.reader) else {
            return self.hold(cycle_ns);
        };
        self.placement.learn_shortage(f64::from(cycle.short_frames) * writer.ns_per_frame, cycle_ns);
        // Counters run free: their difference is exact as an integer.
        let counted = writer.frames.wrapping_sub(cycle.read_frames) as i64 as f64 - cycle.read_offset_frames;
        let target = f64::from(self.settings.target_frames);
        let view = View {
            writer: &writer,
            reader: &reader,
            fresh,
            cycle_ns,
            margin_ns: f64::from(self.settings.margin_frames) * writer.ns_per_frame,
            likely_ns: self
                .aligned
                .then_some((target + self.stats.error_frames - counted) * writer.ns_per_frame),
        };
        let Some(distance_ns) = self.placement.distance_ns(&view) else { return self.hold(cycle_ns) };
        self.held_ns = 0.0;
        self.clocks_ratio = self.limit(reader.ns_per_frame / writer.ns_per_frame);
        let error = counted + distance_ns / writer.ns_per_frame - target;
        let skip_frames = self.realign(error, writer.ns_per_frame);
        self.age_ns += cycle_ns;
        self.stats.error_frames = error - skip_frames as f64;
        self.stats.uncertainty_ppm =
            libm::hypot(f64::from(writer.uncertainty_ppm), f64::from(reader.uncertainty_ppm));
        let ratio = self.limit(self.clocks_ratio + self.pull(reader.ns_per_frame));
        self.lock.judge(self.stats.uncertainty_ppm, self.stats.error_frames, cycle_ns);
        self.report(ratio, skip_frames)
    }

    /// Takes a new tick of the writer; whether it is one.
    fn take_writer(&mut self, seen: Option<Tick>) -> bool {
        let rate_hz = f64::from(self.settings.writer_rate_hz);
        let usable = seen.filter(|tick| (tick.ns_per_frame * rate_hz * 1.0e-9 - 1.0).abs() < RATE_SPAN);
        let fresh = usable.is_some() && usable != self.writer;
        if fresh {
            self.writer = usable;
        }
        fresh
    }

    /// What the ratio needs to bring the fill to its target, at `ns_per_frame` of the reader.
    fn pull(&self, ns_per_frame: f64) -> f64 {
        let error = self.stats.error_frames;
        let unknown = (YOUNG_GAIN_PER_PPM * self.stats.uncertainty_ppm).min(MOST_GAIN_PER_S);
        let young = (GAIN_BY_AGE * 1.0e9 / self.age_ns).min(unknown.max(YOUNG_GAIN_PER_S));
        let gain_per_s = young.max(LEAST_GAIN_PER_S * (1.0 + GAIN_PER_FRAME * error.abs()));
        (gain_per_s * error * ns_per_frame * 1.0e-9).clamp(-PULL_LIMIT, PULL_LIMIT)
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
        let lasting = self.held_ns > 2.0 * cycle_ns + GONE_NS;
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
