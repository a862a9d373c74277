//! The two ends: what they write, what they make of what they read. All of it runs on data threads, without
//! locks or allocation.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};

use rtrb::Producer;

/// Numbers run from 1 to this: integers over 2^24 are exact in a float, and zero means silence.
const NUMBERS: u64 = (1 << 24) - 1;

/// Cycles that are remembered.
const CYCLES: usize = 1024;

/// What `process` gets to know about its cycle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cycle {
    /// Whose clock it is.
    pub(crate) clock_id: u32,
    /// The driver's clock, in ns of `CLOCK_MONOTONIC`.
    pub(crate) clock_ns: u64,
    /// Frames that the clock has counted until this cycle.
    pub(crate) position: u64,
    /// `CLOCK_MONOTONIC` at the start of `process`.
    pub(crate) now_ns: u64,
    /// The graph's rate in Hz.
    pub(crate) rate: u32,
}

impl Cycle {
    /// Length of a frame, in ns.
    pub(crate) fn frame_ns(self) -> f64 {
        1e9 / f64::from(self.rate)
    }
}

/// One end's callback.
pub(crate) trait End: Send {
    /// Handles the samples of one cycle: fills them (writer) or reads them (reader).
    fn process(&mut self, cycle: Cycle, samples: &mut [f32]);
}

/// Counts cycles and their pace.
#[derive(Debug, Default)]
pub(crate) struct PaceCounters {
    pub(crate) cycles: AtomicU64,
    pub(crate) frames: AtomicU64,
    pub(crate) quantum: AtomicU32,
    pub(crate) rate: AtomicU32,
    pub(crate) clock_id: AtomicU32,
    pub(crate) first_ns: AtomicU64,
    pub(crate) last_ns: AtomicU64,
    pub(crate) longest_ns: AtomicU64,
    /// Where the clock's position should be in the next cycle,
    pub(crate) next_position: AtomicU64,
    /// and how many frames it was further than that in all cycles.
    pub(crate) missed: AtomicI64,
    /// Frames from the first cycle's start to the last one's.
    pub(crate) frames_before_last: AtomicU64,
    /// Asked for by the main thread, done by the data thread.
    pub(crate) reset: AtomicBool,
}

impl PaceCounters {
    pub(crate) fn count(&self, cycle: Cycle, frames: usize) {
        let frames = frames as u64;
        if self.reset.swap(false, Ordering::Relaxed) || self.cycles.load(Ordering::Relaxed) == 0 {
            self.cycles.store(0, Ordering::Relaxed);
            self.frames.store(0, Ordering::Relaxed);
            self.longest_ns.store(0, Ordering::Relaxed);
            self.missed.store(0, Ordering::Relaxed);
            self.next_position.store(cycle.position, Ordering::Relaxed);
            self.first_ns.store(cycle.now_ns, Ordering::Relaxed);
            self.last_ns.store(cycle.now_ns, Ordering::Relaxed);
        }
        let pause = cycle.now_ns.saturating_sub(self.last_ns.swap(cycle.now_ns, Ordering::Relaxed));
        self.longest_ns.fetch_max(pause, Ordering::Relaxed);
        let expected = self.next_position.swap(cycle.position.wrapping_add(frames), Ordering::Relaxed);
        // Another clock counts otherwise.
        if self.clock_id.swap(cycle.clock_id, Ordering::Relaxed) == cycle.clock_id {
            self.missed.fetch_add(cycle.position.wrapping_sub(expected) as i64, Ordering::Relaxed);
        }
        let before = self.frames.fetch_add(frames, Ordering::Relaxed);
        self.frames_before_last.store(before, Ordering::Relaxed);
        self.quantum.store(frames as u32, Ordering::Relaxed);
        self.rate.store(cycle.rate, Ordering::Relaxed);
        self.cycles.fetch_add(1, Ordering::Relaxed);
    }
}

/// A cycle of the writer.
#[derive(Debug, Default)]
struct Written {
    first: AtomicU64,
    frames: AtomicU64,
    clock_ns: AtomicU64,
    now_ns: AtomicU64,
}

/// The writer's last cycles, for the reader to look up. A slot is overwritten only a thousand cycles later.
#[derive(Debug)]
pub(crate) struct CycleLog {
    slots: Vec<Written>,
    head: AtomicU64,
}

impl CycleLog {
    pub(crate) fn new() -> Self {
        Self { slots: (0..CYCLES).map(|_| Written::default()).collect(), head: AtomicU64::new(0) }
    }

    fn slot(&self, index: u64) -> Option<&Written> {
        self.slots.get(index as usize % CYCLES)
    }

    fn push(&self, first: u64, frames: u64, cycle: Cycle) {
        let head = self.head.load(Ordering::Relaxed);
        if let Some(slot) = self.slot(head) {
            slot.first.store(first, Ordering::Relaxed);
            slot.frames.store(frames, Ordering::Relaxed);
            slot.clock_ns.store(cycle.clock_ns, Ordering::Relaxed);
            slot.now_ns.store(cycle.now_ns, Ordering::Relaxed);
        }
        self.head.store(head + 1, Ordering::Release);
    }

    /// The newest cycle with this number: frames since its first, its clock and its wall time.
    fn find(&self, number: u64) -> Option<(u64, u64, u64)> {
        let head = self.head.load(Ordering::Acquire);
        (head.saturating_sub(CYCLES as u64 - 8)..head).rev().find_map(|index| {
            let slot = self.slot(index)?;
            let first = slot.first.load(Ordering::Relaxed);
            let into = (number + NUMBERS - first % NUMBERS) % NUMBERS;
            (into < slot.frames.load(Ordering::Relaxed))
                .then(|| (into, slot.clock_ns.load(Ordering::Relaxed), slot.now_ns.load(Ordering::Relaxed)))
        })
    }
}

/// State that both ends and the main thread share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) log: CycleLog,
    pub(crate) writer: PaceCounters,
    pub(crate) reader: PaceCounters,
    pub(crate) decoded: AtomicU64,
    pub(crate) silent: AtomicU64,
    pub(crate) corrupt: AtomicU64,
    pub(crate) jumps: AtomicU64,
    pub(crate) lost: AtomicU64,
    /// How long the writer's next cycle is to last, in ns.
    pub(crate) stall_ns: AtomicU64,
    pub(crate) unknown: AtomicU64,
    /// When the last pulse was in its middle, by the writer's clock.
    pub(crate) pulse_ns: AtomicU64,
    /// The next frame's number, kept over restarts of the writer.
    next_frame: AtomicU64,
}

impl Shared {
    pub(crate) fn new() -> Self {
        Self {
            log: CycleLog::new(),
            writer: PaceCounters::default(),
            reader: PaceCounters::default(),
            decoded: AtomicU64::new(0),
            silent: AtomicU64::new(0),
            corrupt: AtomicU64::new(0),
            jumps: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            stall_ns: AtomicU64::new(0),
            unknown: AtomicU64::new(0),
            pulse_ns: AtomicU64::new(0),
            next_frame: AtomicU64::new(0),
        }
    }
}

/// Numbers its frames.
pub(crate) struct Writer {
    pub(crate) shared: std::sync::Arc<Shared>,
}

impl End for Writer {
    fn process(&mut self, cycle: Cycle, samples: &mut [f32]) {
        let frames = samples.len() as u64;
        let first = self.shared.next_frame.fetch_add(frames, Ordering::Relaxed);
        self.shared.log.push(first, frames, cycle);
        for (frame, sample) in (first..).zip(samples.iter_mut()) {
            *sample = (frame % NUMBERS + 1) as f32 / (NUMBERS + 1) as f32;
        }
        self.shared.writer.count(cycle, samples.len());
        let stall_ns = self.shared.stall_ns.swap(0, Ordering::Relaxed);
        if stall_ns > 0 {
            std::thread::sleep(std::time::Duration::from_nanos(stall_ns));
        }
    }
}

/// One value for each cycle of the reader, or for each pulse.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latency {
    pub(crate) frames: f64,
    pub(crate) wall_ns: u64,
}

/// Decodes the numbers.
pub(crate) struct Reader {
    pub(crate) shared: std::sync::Arc<Shared>,
    pub(crate) latencies: Producer<Latency>,
    pub(crate) expected: Option<u64>,
    /// The same, but not forgotten over silence.
    pub(crate) next: Option<u64>,
}

impl End for Reader {
    fn process(&mut self, cycle: Cycle, samples: &mut [f32]) {
        let mut first = None;
        for (at, sample) in samples.iter().enumerate() {
            if let Some(number) = self.decode(*sample) {
                first.get_or_insert((at, number));
            }
        }
        if let Some((at, number)) = first {
            self.locate(cycle, at as i64, number);
        }
        self.shared.reader.count(cycle, samples.len());
    }
}

impl Reader {
    fn decode(&mut self, sample: f32) -> Option<u64> {
        let scaled = f64::from(sample) * (NUMBERS + 1) as f64;
        if scaled == 0.0 {
            self.shared.silent.fetch_add(1, Ordering::Relaxed);
            self.expected = None;
            return None;
        }
        if scaled.fract() != 0.0 || scaled < 1.0 || scaled > NUMBERS as f64 {
            self.shared.corrupt.fetch_add(1, Ordering::Relaxed);
            self.expected = None;
            return None;
        }
        let number = scaled as u64 - 1;
        if self.expected.is_some_and(|expected| expected != number) {
            self.shared.jumps.fetch_add(1, Ordering::Relaxed);
        }
        let skipped = self.next.map_or(0, |next| (number + NUMBERS - next) % NUMBERS);
        // More than half of all numbers is a step back.
        if skipped < NUMBERS / 2 {
            self.shared.lost.fetch_add(skipped, Ordering::Relaxed);
        }
        self.next = Some((number + 1) % NUMBERS);
        self.expected = self.next;
        self.shared.decoded.fetch_add(1, Ordering::Relaxed);
        Some(number)
    }

    /// The distance in clock time between the frame's place in this cycle and its place in the writer's.
    fn locate(&mut self, cycle: Cycle, at: i64, number: u64) {
        let Some((into, clock_ns, now_ns)) = self.shared.log.find(number) else {
            self.shared.unknown.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let clock = cycle.clock_ns as i64 - clock_ns as i64;
        let frames = (clock as f64 / cycle.frame_ns()).round() + (at - into as i64) as f64;
        // A full queue means that no one has asked for minutes: those values are not missed.
        let _ = self.latencies.push(Latency { frames, wall_ns: cycle.now_ns.saturating_sub(now_ns) });
    }
}
