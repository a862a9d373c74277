//! The reader's side of two clocks: when each cycle was woken, and what the drift loop makes of it.

use crate::{
    clock::{ClockFilter, Tick},
    drift::{Cycle, Drift, DriftSettings, DriftStats, LockState, Steering, least_target_frames},
};

/// What the two-clock way needs to know of the cable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    pub(super) writer_rate_hz: u32,
    pub(super) reader_rate_hz: u32,
    /// Distance asked for, in input frames: the least possible one when that is more, and 0 for one with which the
    /// writer may take its whole cycle.
    pub(super) target_frames: u32,
    pub(super) margin_frames: u32,
    pub(super) limit_ppm: u32,
    /// Most that the ring holds.
    pub(super) capacity_frames: u32,
}

/// Where the reader stands at the start of a cycle.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_field_names, reason = "the unit stands last in every name, and all are frames")]
pub(super) struct Stand {
    pub(super) read_frames: u64,
    /// From there back to the frame heard next, in input frames.
    pub(super) behind_frames: f64,
    /// The part of that which is always there.
    pub(super) delay_frames: f64,
    /// Input frames missing in the cycle before.
    pub(super) short_frames: u32,
}

/// The reader's clock and the loop.
pub(super) struct Adaptive {
    ends: Ends,
    clock: ClockFilter,
    drift: Drift,
    /// The two ends' cycles as the target knows them.
    writer_quantum: u32,
    reader_quantum: u32,
    target_frames: u32,
    /// By how much the writer may be late with it.
    late_frames: u32,
}

impl Adaptive {
    pub(super) fn new(ends: Ends) -> Self {
        Self {
            ends,
            clock: ClockFilter::new(ends.reader_rate_hz, 0),
            drift: Drift::new(Self::settings(&ends, 0, ends.margin_frames)),
            writer_quantum: 0,
            reader_quantum: 0,
            target_frames: 0,
            late_frames: 0,
        }
    }

    /// One cycle of `frames` frames, woken at `now_ns`. `writer` is the other clock, while the writer delivers.
    pub(super) fn steer(
        &mut self,
        writer: Option<Tick>,
        now_ns: u64,
        frames: usize,
        stand: &Stand,
    ) -> Steering {
        let quantum = u32::try_from(frames).unwrap_or(u32::MAX);
        self.clock.configure(self.ends.reader_rate_hz, quantum);
        self.clock.update(now_ns, quantum);
        if writer.is_none() && self.drift.stats().state != LockState::Starting {
            // It stopped by intent: not an event.
            self.drift.rephase();
        }
        self.set_target(writer.map_or(0, |tick| tick.quantum_frames), quantum, stand.delay_frames);
        self.drift.step(&Cycle {
            writer,
            reader: self.clock.tick(stand.read_frames),
            read_frames: stand.read_frames,
            read_offset_frames: -stand.behind_frames,
            short_frames: stand.short_frames,
            quantum_frames: quantum,
        })
    }

    /// The ends stand to each other in a new way, at the rates they had.
    pub(super) fn rephase(&mut self) {
        self.clock.rephase();
        self.drift.rephase();
    }

    /// The sound between the ends is another, at the clocks they have.
    pub(super) fn realign(&mut self) {
        self.drift.rephase();
    }

    /// Asks for another distance, in input frames; the next cycle moves there.
    pub(super) const fn set_asked(&mut self, target_frames: u32) {
        self.ends.target_frames = target_frames;
    }

    pub(super) const fn stats(&self) -> DriftStats {
        self.drift.stats()
    }

    /// Distance to be held, in input frames: from the writer's clock to the frame that is heard.
    pub(super) const fn target_frames(&self) -> u32 {
        self.target_frames
    }

    /// Moves the target when a cycle is longer than known, or half as long; cycles that an adapter resamples vary by a
    /// frame, which must not move it each time.
    fn set_target(&mut self, writer_quantum: u32, reader_quantum: u32, delay_frames: f64) {
        let holds = |known: u32, now: u32| now <= known && now > known / 2;
        if writer_quantum > 0 && !holds(self.writer_quantum, writer_quantum) {
            self.writer_quantum = writer_quantum;
        }
        if !holds(self.reader_quantum, reader_quantum) {
            self.reader_quantum = reader_quantum;
        }
        let Ends { writer_rate_hz, reader_rate_hz, margin_frames, .. } = self.ends;
        let taken = u64::from(self.reader_quantum) * u64::from(writer_rate_hz);
        let taken = u32::try_from(taken.div_ceil(u64::from(reader_rate_hz.max(1)))).unwrap_or(u32::MAX);
        let least = least_target_frames(self.writer_quantum, taken, margin_frames);
        // A writer's clients deliver when they are done, at any moment of its cycle.
        let with_whole_cycle = least.saturating_add(self.writer_quantum);
        let asked = if self.ends.target_frames == 0 { with_whole_cycle } else { self.ends.target_frames };
        // The sound inside the resampler has left the ring: it needs no room there.
        let in_ring = asked.max(least).min(self.ends.capacity_frames.saturating_sub(margin_frames));
        let target_frames = in_ring.saturating_add(libm::ceil(delay_frames) as u32);
        // How late a writer may be that way; one that is later still has stopped or lost its thread.
        let late_frames = in_ring.min(with_whole_cycle).saturating_sub(least).saturating_add(margin_frames);
        if (target_frames, late_frames) != (self.target_frames, self.late_frames) {
            (self.target_frames, self.late_frames) = (target_frames, late_frames);
            self.drift.configure(Self::settings(&self.ends, target_frames, late_frames));
        }
    }

    const fn settings(ends: &Ends, target_frames: u32, margin_frames: u32) -> DriftSettings {
        DriftSettings {
            writer_rate_hz: ends.writer_rate_hz,
            reader_rate_hz: ends.reader_rate_hz,
            target_frames,
            margin_frames,
            limit_ppm: ends.limit_ppm,
        }
    }
}
