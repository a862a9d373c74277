//! What a node keeps on the data loop, and the clock that it has when it drives.

use crate::fence::{Callbacks, Clock, Event, Loop, PortBuffer, PortIo, Position, RateMatch, Tick};
use crate::props::End;
use crate::relation::Relation;
use crate::told::Told;
use crate::turn::Turn;
use crate::{sink, source, sys};
use std::sync::Arc;

/// The data loop's half of a node.
pub(crate) struct Rt {
    pub(crate) callbacks: Callbacks,
    pub(crate) clock: Option<Clock>,
    pub(crate) position: Option<Position>,
    pub(crate) io: Option<PortIo>,
    pub(crate) rate_match: Option<RateMatch>,
    pub(crate) buffers: Vec<PortBuffer>,
    /// Bytes of one frame in one plane.
    pub(crate) stride_bytes: usize,
    pub(crate) port_rate_hz: u32,
    pub(crate) started: bool,
    /// Another node drives this one's group.
    pub(crate) following: bool,
    pub(crate) period: Period,
    pub(crate) turn: Turn,
    pub(crate) told: Arc<Told>,
    /// When the last cycle began by a clock that is another's; 0 before the first.
    followed_nsec: u64,
    events: Option<Events>,
    /// What the timer is armed for; 0 when it is not.
    armed_nsec: u64,
    /// A cycle is to begin when the loop comes round.
    resumes: bool,
    pub(crate) side: Side,
}

/// What a node is woken by.
pub(crate) struct Events {
    /// The own clock.
    pub(crate) timer: Event,
    /// The other end, when it lives on another loop.
    pub(crate) wake: Arc<Event>,
    /// Wakes the node's main thread.
    pub(crate) notice: Option<Event>,
}

/// What only one of the ends has.
pub(crate) enum Side {
    Sink(sink::State),
    Source(source::State),
}

/// When the own clock's cycles begin.
#[derive(Default)]
pub(crate) struct Period {
    /// The next cycle, `CLOCK_MONOTONIC`.
    pub(crate) next_nsec: u64,
    /// What a whole number of ns leaves of the cycles so far, in 1/rate ns: without it a timer
    /// would run up to one ns a cycle too fast.
    remainder: u64,
}

/// A late timer is caught up with, cycle by cycle, as long as it is not later than this.
const MAX_LATE_NSEC: u64 = 100_000_000;

impl Period {
    /// The length of `frames` at `rate_hz`.
    pub(crate) fn nsec_of(frames: u64, rate_hz: u32) -> u64 {
        frames.saturating_mul(1_000_000_000).checked_div(u64::from(rate_hz)).unwrap_or(0)
    }

    /// The last whole number of cycles since the clock began, and `more` cycles. Clocks that start there wake the daemon
    /// in the same moment if their cycles have one length, once for all of them.
    fn in_step(frames: u64, rate_hz: u32, now_nsec: u64, more: u128) -> Self {
        let (frames, rate) = (u128::from(frames.max(1)), u128::from(rate_hz.max(1)));
        let cycles = u128::from(now_nsec) * rate / 1_000_000_000 / frames + more;
        let exact = cycles * frames * 1_000_000_000;
        // Of the same size as `now_nsec`, and less than the rate: both fit.
        Self { next_nsec: (exact / rate) as u64, remainder: (exact % rate) as u64 }
    }

    /// Advances by one cycle and returns when it begins. After a long stall it begins anew.
    pub(crate) fn advance(&mut self, frames: u64, rate_hz: u32, now_nsec: u64) -> u64 {
        if now_nsec > self.next_nsec.saturating_add(MAX_LATE_NSEC) {
            *self = Self::in_step(frames, rate_hz, now_nsec, 0);
        }
        let begin_nsec = self.next_nsec;
        let rate = u64::from(rate_hz.max(1));
        let exact = frames.saturating_mul(1_000_000_000).saturating_add(self.remainder % rate);
        self.next_nsec = begin_nsec.saturating_add(exact / rate);
        self.remainder = exact % rate;
        begin_nsec
    }

    /// Makes the next cycle begin soon, in step with other clocks.
    pub(crate) fn restart_in_step(&mut self, cycle: Cycle, now_nsec: u64) {
        *self = Self::in_step(cycle.frames, cycle.rate_hz, now_nsec, 1);
    }

    /// Makes the next cycle begin at `nsec`.
    pub(crate) fn restart_at(&mut self, nsec: u64) {
        *self = Self { next_nsec: nsec, remainder: 0 };
    }
}

/// The longest cycle that is believed: the areas are memory that others may write.
pub(crate) const MAX_CYCLE_FRAMES: u64 = 65_536;

/// A cycle that the node starts: its frames, at the graph's rate.
#[derive(Clone, Copy)]
pub(crate) struct Cycle {
    pub(crate) frames: u64,
    pub(crate) rate_hz: u32,
}

impl Cycle {
    pub(crate) fn nsec(self) -> u64 {
        Period::nsec_of(self.frames, self.rate_hz)
    }

    /// When a late player is looked for again, the watchdog having barked.
    pub(crate) fn retry_nsec(self, now_nsec: u64) -> u64 {
        now_nsec.saturating_add(self.nsec() / 4)
    }
}

impl Rt {
    pub(crate) fn new(end: End, told: Arc<Told>) -> Self {
        Self {
            callbacks: Callbacks::NONE,
            clock: None,
            position: None,
            io: None,
            rate_match: None,
            buffers: Vec::new(),
            stride_bytes: 0,
            port_rate_hz: 0,
            started: false,
            following: false,
            period: Period::default(),
            turn: Turn::default(),
            told,
            followed_nsec: 0,
            events: None,
            armed_nsec: 0,
            resumes: false,
            side: match end {
                End::Sink => Side::Sink(sink::State::default()),
                End::Source => Side::Source(source::State::default()),
            },
        }
    }

    /// Puts the events in or takes them out; the old ones go back to be dropped on the main thread.
    pub(crate) fn set_events(&mut self, events: Option<Events>) -> Option<Events> {
        std::mem::replace(&mut self.events, events)
    }

    pub(crate) fn wake(&self) -> Option<Arc<Event>> {
        self.events.as_ref().map(|events| Arc::clone(&events.wake))
    }

    /// Lets the main thread run [`Node::on_notice`](crate::node::Node::on_notice), soon and once however often this
    /// was called.
    pub(crate) fn notify_main(&self) {
        if let Some(notice) = self.events.as_ref().and_then(|events| events.notice.as_ref()) {
            notice.signal();
        }
    }

    /// The ends stand to each other in this way, unless something is resampled between them. A source's.
    pub(crate) fn stands(&mut self, relation: Relation) {
        let plug = self.source().and_then(|state| state.plug());
        let relation = match plug {
            Some(plug) if relation != Relation::Idle => relation.on(plug.way.path()),
            _ => Relation::Idle,
        };
        if self.told.set_relation(relation) {
            self.notify_main();
        }
    }

    /// Whether another node's clock runs this one's group.
    pub(crate) fn is_following(&self) -> bool {
        self.position.zip(self.clock).is_some_and(|(position, clock)| position.clock_id() != clock.id())
    }

    /// Whether this node's own clock runs its group now.
    pub(crate) fn drives(&self) -> bool {
        self.started && !self.following
    }

    /// The clock that runs this node's group.
    pub(crate) fn clock_id(&self) -> u32 {
        self.position.map_or(sys::SPA_ID_INVALID, |position| position.clock_id())
    }

    /// The next cycle of the group, as the host wants it.
    pub(crate) fn target(&self) -> Cycle {
        let (frames, rate_hz) = self.position.map_or((0, 0), |position| position.target());
        if frames == 0 || rate_hz == 0 {
            Cycle { frames: 1024, rate_hz: 48_000 }
        } else {
            Cycle { frames: frames.min(MAX_CYCLE_FRAMES), rate_hz }
        }
    }

    /// Starts the own clock, or silences it when it is not wanted.
    pub(crate) fn restart_timer(&mut self, data_loop: Option<Loop>) {
        let runs = self.drives();
        self.turn = Turn::default();
        self.followed_nsec = 0;
        let cycle = self.target();
        self.period.restart_in_step(cycle, data_loop.map_or(0, Loop::now_nsec));
        let clock_id = self.clock_id();
        match &mut self.side {
            Side::Source(state) => state.coast(),
            Side::Sink(state) => state.drive(runs, clock_id),
        }
        self.arm(if runs { self.period.next_nsec } else { 0 });
    }

    /// A cycle of the group brings or takes sound: counts those that another's clock ran without doing so.
    pub(crate) fn count_missed(&mut self) {
        let Some(position) = self.position.filter(|_| self.following) else { return };
        let cycle_nsec = self.running_cycle().nsec();
        let before_nsec = std::mem::replace(&mut self.followed_nsec, position.nsec());
        let apart_nsec = self.followed_nsec.saturating_sub(before_nsec);
        if before_nsec > 0 && apart_nsec > cycle_nsec + cycle_nsec / 2 {
            self.told.missed((apart_nsec + cycle_nsec / 2).checked_div(cycle_nsec).unwrap_or(1) - 1);
        }
    }

    /// Arms the timer for `nsec`; 0 disarms it.
    pub(crate) fn arm(&mut self, nsec: u64) {
        self.armed_nsec = nsec;
        if let Some(events) = &self.events {
            events.timer.arm(nsec);
        }
    }

    /// Makes sure that the timer fires at `nsec` at the latest. One that fires before asks again then: a
    /// watchdog that is put off in every cycle costs no call of the system in every cycle.
    pub(crate) fn arm_before(&mut self, nsec: u64) {
        if self.armed_nsec == 0 || self.armed_nsec > nsec {
            self.arm(nsec);
        }
    }

    /// Whether a cycle may begin now. Otherwise it is owed.
    pub(crate) fn is_free(&mut self, now_nsec: u64, cycle: Cycle) -> bool {
        let until_nsec = self.turn.wait_until(now_nsec, cycle.nsec());
        until_nsec.is_none_or(|until_nsec| {
            self.owe(until_nsec);
            false
        })
    }

    /// A cycle has begun, and the next one is to at `nsec`. When that is past already, it is owed.
    pub(crate) fn arm_next(&mut self, nsec: u64, now_nsec: u64, cycle: Cycle) {
        if nsec > now_nsec || self.is_free(now_nsec, cycle) {
            self.arm(nsec);
        }
    }

    /// A cycle begins when the clients are done with the last one, or were waited for until `until_nsec`.
    pub(crate) fn owe(&mut self, until_nsec: u64) {
        self.turn.owe();
        self.arm_before(until_nsec);
    }

    /// The host called `process`: the clients are done. A cycle that waits for that begins right after it. Not by the
    /// timer: to arm one for a time that is past costs several times as much as all the rest of a cycle.
    pub(crate) fn finish_turn(&mut self) {
        if self.turn.finish() {
            self.resume_soon();
        }
    }

    /// Begins a cycle when the loop comes round.
    pub(crate) fn resume_soon(&mut self) {
        if let Some(events) = &self.events {
            self.resumes = true;
            events.wake.signal();
        }
    }

    /// Whether that is what the node was woken for.
    pub(crate) fn resume(&mut self) -> bool {
        std::mem::take(&mut self.resumes)
    }

    /// The timer fired.
    pub(crate) fn disarmed(&mut self) {
        self.armed_nsec = 0;
    }

    /// What the adapter's resampler takes on the way to or from this node.
    pub(crate) fn resampler_nsec(&self) -> u64 {
        let delay_frames = self.rate_match.map_or(0.0, |area| area.delay_frames());
        if delay_frames <= 0.0 {
            return 0;
        }
        let is_at_graph_rate = matches!(self.side, Side::Sink(_))
            && self.position.is_some_and(|position| !position.has_target());
        let rate_hz = if is_at_graph_rate { self.target().rate_hz } else { self.port_rate_hz };
        (delay_frames * 1.0e9 / f64::from(rate_hz.max(1))) as u64
    }

    /// Writes the clock of a cycle that this node starts.
    pub(crate) fn tick(&self, nsec: u64, next_nsec: u64, cycle: Cycle, rate_diff: f64) {
        if let Some(clock) = self.clock {
            clock.tick(&Tick {
                nsec,
                next_nsec,
                duration_frames: cycle.frames,
                rate_hz: cycle.rate_hz,
                rate_diff,
            });
        }
    }

    /// The host gives a buffer back.
    pub(crate) fn recycle(&mut self, id: u32) {
        if let Some(buffer) = self.buffers.get_mut(id as usize) {
            buffer.is_out = false;
        }
    }

    /// Takes the buffer back that lies in the io area, unless the host has not fetched it yet.
    pub(crate) fn recycle_io(&mut self) {
        if let Some(io) = self.io.filter(|io| io.status() != sys::SPA_STATUS_HAVE_DATA as i32) {
            self.recycle(io.buffer_id());
            io.set_buffer_id(sys::SPA_ID_INVALID);
        }
    }

    pub(crate) fn start_side(&mut self) {
        match &mut self.side {
            Side::Sink(state) => state.start(),
            Side::Source(state) => state.start(),
        }
    }

    pub(crate) fn stop_side(&mut self) {
        match &mut self.side {
            Side::Sink(state) => state.stop(),
            Side::Source(state) => state.stop(),
        }
    }
}
