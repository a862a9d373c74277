//! The source's audio path: out of the ring into the recorder's buffer, and when.
//!
//! A source that drives is run by the sink: [`advance`] is called at the end of the sink's cycle,
//! and fills the buffer and starts the source's group in the same wake-up. Its timer only serves
//! what the sink does not: further cycles of a long write, the silence when nobody plays
//! ([`Pace::Coast`]), and a player that is late ([`Pace::Chained`]'s watchdog).

use crate::cable::{Resampler, Retune, SourcePlug};
use crate::fence::{Callbacks, Loop, PortBuffer};
use crate::node::Node;
use crate::relation::{Heard, Relation, Watch};
use crate::rt::{Cycle, MAX_CYCLE_FRAMES, Period, Rt, Side};
use crate::turn::PATIENCE_NSEC;
use crate::{sink, sys};
use std::ffi::c_int;
use std::sync::atomic::Ordering;
use vcable_core::cable::{Clocks, PlanesMut};
use vcable_core::chain::Due;

/// What a source keeps on its data loop.
#[derive(Default)]
pub(crate) struct State {
    plug: Option<SourcePlug>,
    running: bool,
    pace: Pace,
    /// When the last cycle that this node started began, by its clock.
    last_nsec: u64,
    /// When the sink last wrote, as this loop saw it.
    written_nsec: u64,
    /// The watchdog has barked; next time it bites.
    warned: bool,
    /// What the main thread was told of the way that the sound takes.
    watch: Watch,
}

/// Who says when the next cycle begins.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Pace {
    /// The own timer.
    #[default]
    Coast,
    /// The sink; the timer is armed for what is already in the ring, or as a watchdog.
    Chained,
}

/// How long a player's write may be late before it is given up, in halves of the larger of the two cycles:
/// after one missed cycle the next write still comes before the watchdog.
const WATCHDOG_HALF_CYCLES: u64 = 3;
/// And never before this: while the sink waits for a late player the recorders wait as well, as in any
/// graph, and no silence gets into what they record.
const WATCHDOG_MIN_NSEC: u64 = PATIENCE_NSEC + 10_000_000;

impl State {
    pub(crate) fn plug(&self) -> Option<&SourcePlug> {
        self.plug.as_ref()
    }

    pub(crate) fn plug_mut(&mut self) -> Option<&mut SourcePlug> {
        self.plug.as_mut()
    }

    pub(crate) fn start(&mut self) {
        self.running = true;
        if let Some(plug) = &mut self.plug {
            plug.way.start(&mut plug.reader);
        }
    }

    pub(crate) fn stop(&mut self) {
        self.running = false;
        if let Some(plug) = &mut self.plug {
            plug.reader.stop();
        }
    }

    /// The clock that runs this node's group has changed.
    pub(crate) fn coast(&mut self) {
        self.pace = Pace::Coast;
        self.last_nsec = 0;
        if let Some(plug) = &self.plug {
            plug.link.pull.until_nsec.store(0, Ordering::Relaxed);
        }
    }
}

impl SourcePlug {
    /// Whether a cycle is due.
    fn due(&mut self, need_frames: usize) -> Due {
        self.way.due(&mut self.reader, need_frames)
    }

    /// Tells the core whether an adapter resamples, the source's or the sink's: then cycles vary in size.
    pub(crate) fn set_resampled(&mut self, is_resampled: bool) {
        self.reader.set_uneven(is_resampled || self.link.sink_is_resampled.load(Ordering::Relaxed));
    }
}

/// Plugs a source in; a running one goes on at once. Data loop.
pub(crate) fn plug(rt: &mut Rt, plug: SourcePlug) {
    if let Side::Source(state) = &mut rt.side {
        state.plug = Some(plug);
        state.watch = Watch::default();
        if state.running {
            state.start();
        }
    }
}

/// Data loop. What comes out is dropped on the main thread.
pub(crate) fn unplug(rt: &mut Rt) -> Option<SourcePlug> {
    let period_nsec = rt.target().nsec();
    let Side::Source(state) = &mut rt.side else { return None };
    let mut plug = state.plug.take()?;
    plug.reader.stop();
    if std::mem::take(&mut state.pace) == Pace::Chained && state.running {
        // Silence at the own pace from here, in step with what was.
        let next_nsec = state.last_nsec.saturating_add(period_nsec);
        rt.period.restart_at(next_nsec);
        rt.arm(next_nsec);
    }
    rt.stands(Relation::Idle);
    Some(plug)
}

/// Data loop. What comes out is dropped on the main thread.
pub(crate) fn retune(rt: &mut Rt, change: Retune) -> Option<Resampler> {
    let plug = rt.source()?.plug_mut()?;
    plug.way.set_target(change.latency_frames);
    match plug.way.set_resampler(change.resampler?) {
        Ok(superfluous) => superfluous,
        // Made for rates that the ends do not have any more: they are about to be plugged anew.
        Err(unfit) => Some(unfit),
    }
}

/// The sink has written, or stopped: runs a cycle of the source's group if one is due.
pub(crate) fn advance(node: &Node) {
    start_cycle(node, Rt::begin_chained);
}

/// The timer fired, or a cycle is owed: a further cycle out of the ring, silence at the own pace, or the watchdog.
pub(crate) fn on_timer(node: &Node) {
    start_cycle(node, Rt::begin_timed);
}

/// Lets `begin` fill the buffer and the clock, then starts the group, with nothing borrowed.
fn start_cycle(node: &Node, begin: impl FnOnce(&mut Rt, u64) -> Option<Callbacks>) {
    let Some(now_nsec) = node.data_loop().map(Loop::now_nsec) else { return };
    let callbacks = node.rt().with(|rt| if rt.drives() { begin(rt, now_nsec) } else { None });
    if let Some(callbacks) = callbacks.flatten() {
        let told = callbacks.ready(sys::SPA_STATUS_HAVE_DATA);
        node.rt().with(|rt| rt.turn.begun(told >= 0));
    }
}

/// A cycle of the source's group. When the source drives, the buffer was filled before; when another clock does,
/// it is filled here, and a sink that nobody else runs is run at that clock's pace.
pub(crate) fn process(node: &Node, now_nsec: u64) -> c_int {
    let Some((status, sink)) = node.rt().with(|rt| rt.follow(now_nsec)) else { return -libc::EBUSY };
    if let Some(sink) = sink {
        sink.run(|sink| {
            sink::on_timer(sink);
            0
        });
    }
    status
}

impl Rt {
    pub(crate) fn source(&mut self) -> Option<&mut State> {
        match &mut self.side {
            Side::Source(state) => Some(state),
            Side::Sink(_) => None,
        }
    }

    /// Whether somebody plays into this source's cable.
    pub(crate) fn is_played(&mut self) -> bool {
        let plug = self.source().and_then(|state| state.plug());
        plug.is_some_and(|plug| plug.reader.cable().writer_running())
    }

    /// The cycle that the group runs now.
    pub(crate) fn running_cycle(&self) -> Cycle {
        let (frames, rate_hz) = self.position.map_or((0, 0), |position| position.cycle());
        if frames == 0 || rate_hz == 0 {
            self.target()
        } else {
            Cycle { frames: frames.min(MAX_CYCLE_FRAMES), rate_hz }
        }
    }

    /// Frames at the port for a cycle of the graph. They differ only when the adapter resamples,
    /// and then it says how many; otherwise it may still hold an old number after a change.
    pub(crate) fn need_frames(&self, cycle: Cycle) -> usize {
        let frames = cycle.frames as usize;
        if cycle.rate_hz == self.port_rate_hz {
            return frames;
        }
        let wanted = self.rate_match.map_or(0, |area| area.size_frames());
        if wanted > 0 { wanted as usize } else { frames }
    }

    /// After a write: begins a cycle if the ring covers one.
    fn begin_chained(&mut self, now_nsec: u64) -> Option<Callbacks> {
        let cycle = self.target();
        let need_frames = self.need_frames(cycle);
        let port_rate_hz = self.port_rate_hz;
        let is_resampled = cycle.rate_hz != port_rate_hz;
        let wait_until_nsec = self.turn.wait_until(now_nsec, cycle.nsec());
        let own_id = self.clock_id();
        let state = self.source()?;
        let Some(plug) = &mut state.plug else { return None };
        if !plug.reader.cable().writer_running() {
            // The player stopped: go on at the own pace, in step with what was.
            if state.pace == Pace::Chained {
                state.pace = Pace::Coast;
                let next_nsec = state.last_nsec.saturating_add(cycle.nsec());
                self.period.restart_at(next_nsec);
                self.arm(next_nsec);
            }
            self.stands(Relation::Idle);
            return None;
        }
        if plug.link.sink_clock_id.load(Ordering::Relaxed) == own_id {
            // This node's clock runs the sink: the sink comes and goes with its cycles, and begins none.
            if std::mem::take(&mut state.pace) == Pace::Chained {
                let next_nsec = state.last_nsec.saturating_add(cycle.nsec());
                self.period.restart_at(next_nsec);
                self.arm(next_nsec);
            }
            return None;
        }
        let sink_nsec = plug.link.sink_nsec.load(Ordering::Relaxed);
        if sink_nsec == state.last_nsec && plug.link.sink_follows_cable.load(Ordering::Relaxed) {
            // The sink's cycle is part of one that this node began: sound goes round in a circle.
            // Running the group again from within would never end; it goes on by the timer.
            return None;
        }
        state.written_nsec = now_nsec;
        state.warned = false;
        // No later than now: a driver's clock need not be the one that timers go by.
        let nsec = sink_nsec.min(now_nsec).max(state.last_nsec);
        if let Some(until_nsec) = wait_until_nsec {
            // A recorder is late: the sound waits for it in the ring.
            state.pace = Pace::Chained;
            self.period.restart_at(nsec);
            self.owe(until_nsec);
            return None;
        }
        plug.set_resampled(is_resampled);
        let Due::Now { next_after_frames } = plug.due(need_frames) else { return None };
        self.begin(nsec, now_nsec, cycle, need_frames, next_after_frames)
    }

    /// The timer fired, or a cycle is owed.
    fn begin_timed(&mut self, now_nsec: u64) -> Option<Callbacks> {
        let cycle = self.target();
        if !self.is_free(now_nsec, cycle) {
            return None;
        }
        let need_frames = self.need_frames(cycle);
        let patience_nsec = self.patience_nsec(need_frames);
        let is_resampled = cycle.rate_hz != self.port_rate_hz;
        let planned_nsec = self.period.next_nsec.min(now_nsec);
        let state = self.source()?;
        if let Some(plug) = state.plug.as_mut().filter(|_| state.pace == Pace::Chained) {
            plug.set_resampled(is_resampled);
            if let Due::Now { next_after_frames } = plug.due(need_frames) {
                let nsec = planned_nsec.max(state.last_nsec);
                return self.begin(nsec, now_nsec, cycle, need_frames, next_after_frames);
            }
            let deadline_nsec = state.written_nsec.saturating_add(patience_nsec);
            if now_nsec < deadline_nsec {
                self.arm(deadline_nsec);
                return None;
            }
            // When the whole machine stood still the sink's timer is late as well, and may only be
            // behind this one in the queue.
            if !std::mem::replace(&mut state.warned, true) {
                self.arm(cycle.retry_nsec(now_nsec));
                return None;
            }
            // The player is late: silence, at the own pace, until it is back.
            state.pace = Pace::Coast;
            self.period.restart_at(now_nsec);
        }
        if now_nsec < self.period.next_nsec {
            // Woken for a cycle out of the ring, and there is no more.
            self.arm(self.period.next_nsec);
            return None;
        }
        let nsec = self.period.advance(cycle.frames, cycle.rate_hz, now_nsec);
        let next_nsec = self.period.next_nsec;
        self.turn.begin(now_nsec);
        self.arm_next(next_nsec, now_nsec, cycle);
        let clocks = self.clocks_of_a_driver();
        let begun = self.deliver(nsec, next_nsec, cycle, need_frames, 1.0, clocks);
        match clocks {
            _ if !self.is_played() => self.stands(Relation::Idle),
            Clocks::Shared => self.stands(Relation::Shared),
            // This only makes up for a late cycle.
            _ => {}
        }
        begun
    }

    /// How the sink's clock stands to this node's own in a cycle that the sink did not begin.
    fn clocks_of_a_driver(&mut self) -> Clocks {
        let own_id = self.clock_id();
        let Some(plug) = self.source().and_then(|state| state.plug.as_mut()) else { return Clocks::Pulled };
        plug.reader.set_runs_writer(false);
        if plug.link.sink_clock_id.load(Ordering::Relaxed) == own_id {
            Clocks::Shared
        } else {
            // A late player costs silence, never its data: only whole cycles are taken while it plays.
            Clocks::Pulled
        }
    }

    /// How long after a write the next one may come.
    fn patience_nsec(&mut self, need_frames: usize) -> u64 {
        let port_rate_hz = self.port_rate_hz;
        let plug = self.source().and_then(|state| state.plug.as_ref());
        let wrote_frames = plug.map_or(0, |plug| plug.reader.cable().writer_cycle_frames());
        let cycle_nsec = Period::nsec_of(need_frames.max(wrote_frames) as u64, port_rate_hz);
        let late_nsec = cycle_nsec.saturating_mul(WATCHDOG_HALF_CYCLES) / 2;
        cycle_nsec.saturating_add(late_nsec.max(WATCHDOG_MIN_NSEC))
    }

    /// Begins a cycle out of the ring and arms the timer for what follows it.
    fn begin(
        &mut self,
        nsec: u64,
        now_nsec: u64,
        cycle: Cycle,
        need_frames: usize,
        next_after_frames: Option<usize>,
    ) -> Option<Callbacks> {
        let patience_nsec = self.patience_nsec(need_frames);
        let port_rate_hz = self.port_rate_hz;
        let state = self.source()?;
        state.pace = Pace::Chained;
        let rate_diff = state.plug.as_ref().map_or(1.0, |plug| plug.link.rate_diff.get());
        let deadline_nsec = state.written_nsec.saturating_add(patience_nsec);
        self.turn.begin(now_nsec);
        if let Some(frames) = next_after_frames {
            let planned_nsec = nsec.saturating_add(Period::nsec_of(frames as u64, port_rate_hz));
            self.period.restart_at(planned_nsec);
            self.arm_next(planned_nsec, now_nsec, cycle);
        } else {
            self.arm_before(deadline_nsec);
        }
        let next_nsec = nsec.saturating_add(cycle.nsec());
        let begun = self.deliver(nsec, next_nsec, cycle, need_frames, rate_diff, Clocks::Chained);
        self.stands(Relation::Chained);
        begun
    }

    /// Fills buffer and clock; what is left to do is to call the host.
    fn deliver(
        &mut self,
        nsec: u64,
        next_nsec: u64,
        cycle: Cycle,
        need_frames: usize,
        rate_diff: f64,
        clocks: Clocks,
    ) -> Option<Callbacks> {
        self.source()?.last_nsec = nsec;
        self.tick(nsec, next_nsec, cycle, rate_diff);
        self.recycle_io();
        self.fill_buffer(need_frames, clocks, nsec);
        Some(self.callbacks)
    }

    /// Fills a free buffer with `frames` frames of a cycle that began at `nsec`, and puts it into the io area.
    pub(crate) fn fill_buffer(&mut self, frames: usize, clocks: Clocks, nsec: u64) -> c_int {
        let Some(io) = self.io else { return -libc::EIO };
        if io.status() == sys::SPA_STATUS_HAVE_DATA as c_int {
            return io.status();
        }
        let (rate_hz, resampler_nsec) = (self.port_rate_hz, self.resampler_nsec());
        let Side::Source(state) = &mut self.side else { return -libc::EIO };
        let free = (0..).zip(&mut self.buffers).find(|(_, buffer)| !buffer.is_out);
        let Some((id, buffer)) = free else {
            io.set_status(-libc::EPIPE);
            return -libc::EPIPE;
        };
        let frames = frames.min(buffer.capacity_frames(self.stride_bytes));
        let mut is_news = false;
        if let Some(plug) = &mut state.plug {
            // Refused only without a resampler, and there is one.
            let _taken = plug.way.set_clocks(clocks);
            if plug.way.read(&mut plug.reader, buffer, frames, nsec) > 0 {
                let heard = Heard { clocks, frames, rate_hz, nsec, resampler_nsec };
                if let Some(passage) = state.watch.see(plug.passage(&heard)) {
                    plug.link.told.set(passage);
                    is_news = true;
                }
            }
        } else {
            silence(buffer, frames * self.stride_bytes);
        }
        buffer.set_filled(frames, self.stride_bytes);
        buffer.is_out = true;
        io.set_buffer_id(id);
        io.set_status(sys::SPA_STATUS_HAVE_DATA as c_int);
        if is_news {
            self.notify_main();
        }
        sys::SPA_STATUS_HAVE_DATA as c_int
    }
}

fn silence(buffer: &mut PortBuffer, plane_bytes: usize) {
    for index in 0..buffer.plane_count() {
        buffer.plane_mut(index).iter_mut().take(plane_bytes).for_each(|byte| *byte = 0);
    }
}
