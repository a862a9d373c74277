//! The sink's audio path: from the player's buffer into the ring, and on to the source.

use crate::cable::SinkPlug;
use crate::node::Node;
use crate::rt::{Period, Rt, Side};
use crate::{source, sys};
use std::ffi::c_int;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What a sink keeps on its data loop.
#[derive(Default)]
pub(crate) struct State {
    plug: Option<SinkPlug>,
    running: bool,
    /// The source ran this sink when the timer was last asked.
    pulled: bool,
}

impl State {
    pub(crate) fn start(&mut self) {
        self.running = true;
        if let Some(plug) = &mut self.plug {
            plug.writer.start();
        }
    }

    pub(crate) fn stop(&mut self) {
        self.running = false;
        if let Some(plug) = &mut self.plug {
            plug.writer.stop();
        }
    }

    /// Tells the source which clock runs the sink, and whether that is its own: before its first cycle on it.
    pub(crate) fn drive(&mut self, drives: bool, clock_id: u32) {
        self.pulled = false;
        if let Some(plug) = &self.plug {
            plug.link.sink_clock_id.store(clock_id, Ordering::Relaxed);
            plug.link.sink_drives.store(drives, Ordering::Relaxed);
        }
    }

    /// What the source wants, while it runs this sink.
    fn pull(&self, now_nsec: u64) -> Option<Pulled> {
        let plug = self.plug.as_ref()?;
        let pull = &plug.link.pull;
        let until_nsec = pull.until_nsec.load(Ordering::Relaxed);
        // A frame that is played now has its place in time: one cycle of the source before it is heard there. So the
        // cycles that one of the source's runs follow each other in time as well.
        let ahead_frames =
            plug.writer.written_frames().saturating_sub(pull.from_frames.load(Ordering::Relaxed));
        let ahead_nsec = Period::nsec_of(ahead_frames, plug.writer.cable().format().rate.hz());
        (now_nsec < until_nsec).then(|| Pulled {
            until_nsec,
            nsec: pull.nsec.load(Ordering::Relaxed).saturating_add(ahead_nsec),
            rate_diff: pull.rate_diff.get(),
            is_wanting: self.is_wanted(),
        })
    }

    /// Whether the ring does not cover the next cycle of a source that runs this sink.
    fn is_wanted(&self) -> bool {
        self.plug.as_ref().is_some_and(|plug| {
            plug.writer.written_frames() < plug.link.pull.wanted_frames.load(Ordering::Relaxed)
        })
    }

    /// Lets the source look at the ring, on its own loop.
    pub(crate) fn tell_source(&self) {
        if let Some(next) = self.next() {
            next.run();
        }
    }

    fn next(&self) -> Option<Next> {
        self.plug.as_ref().map(|plug| match &plug.wake {
            Some(wake) => Next::Wake(Arc::clone(wake)),
            None => Next::Run(Arc::clone(&plug.source)),
        })
    }
}

/// How the source is reached from the sink's loop. A clone of a handle: nothing is borrowed while
/// the source's group runs.
enum Next {
    /// It lives on this loop.
    Run(Arc<Node>),
    /// It lives on another.
    Wake(Arc<crate::fence::Event>),
}

impl Next {
    fn run(&self) {
        match self {
            // Under the source's own guard: a fault of its is not the sink's, and a source that
            // failed, whose buffers the host may have taken back since, is left alone.
            Self::Run(source) => {
                source.run(|source| {
                    source::advance(source);
                    0
                });
            }
            Self::Wake(wake) => wake.signal(),
        }
    }
}

/// Plugs a sink in; a running one goes on at once. Data loop.
pub(crate) fn plug(rt: &mut Rt, plug: SinkPlug) {
    let (drives, clock_id) = (rt.drives(), rt.clock_id());
    if let Side::Sink(state) = &mut rt.side {
        state.plug = Some(plug);
        if state.running {
            state.start();
        }
        state.drive(drives, clock_id);
    }
}

/// Data loop. What comes out is dropped on the main thread.
pub(crate) fn unplug(rt: &mut Rt) -> Option<SinkPlug> {
    let Side::Sink(state) = &mut rt.side else { return None };
    let mut plug = state.plug.take()?;
    plug.writer.stop();
    Some(plug)
}

/// A source that runs this sink, and whether it wants another cycle.
struct Pulled {
    until_nsec: u64,
    nsec: u64,
    rate_diff: f64,
    is_wanting: bool,
}

/// The sink drives: a cycle of its group begins, at its own pace or when a source that runs it wants one. Never
/// before the players have finished the last one.
pub(crate) fn on_timer(node: &Node) {
    let begin = |rt: &mut Rt| {
        if !rt.drives() {
            return None;
        }
        let now_nsec = node.data_loop()?.now_nsec();
        let cycle = rt.target();
        let Side::Sink(state) = &mut rt.side else { return None };
        let pulled = state.pull(now_nsec);
        let was_pulled = std::mem::replace(&mut state.pulled, pulled.is_some());
        if let Some(pulled) = &pulled
            && !pulled.is_wanting
        {
            rt.arm(pulled.until_nsec);
            return None;
        }
        if pulled.is_none() && was_pulled {
            rt.period.restart_at(now_nsec);
        }
        if pulled.is_none() && now_nsec < rt.period.next_nsec {
            // Woken to see whether the clients hang: they do not.
            rt.arm(rt.period.next_nsec);
            return None;
        }
        if !rt.is_free(now_nsec, cycle) {
            return None;
        }
        rt.turn.begin(now_nsec);
        let (nsec, next_nsec, rate_diff) = if let Some(pulled) = pulled {
            rt.arm(pulled.until_nsec);
            (pulled.nsec, pulled.nsec.saturating_add(cycle.nsec()), pulled.rate_diff)
        } else {
            let nsec = rt.period.advance(cycle.frames, cycle.rate_hz, now_nsec);
            rt.arm_next(rt.period.next_nsec, now_nsec, cycle);
            (nsec, rt.period.next_nsec, 1.0)
        };
        rt.tick(nsec, next_nsec, cycle, rate_diff);
        Some(rt.callbacks)
    };
    if let Some(callbacks) = node.rt().with(begin).flatten() {
        let told = callbacks.ready(sys::SPA_STATUS_NEED_DATA);
        node.rt().with(|rt| rt.turn.begun(told >= 0));
    }
}

/// A cycle of the sink's group: takes the buffer, then runs the source's group if it is due.
pub(crate) fn process(node: &Node, now_nsec: u64) -> c_int {
    let Some(taken) = node.rt().with(|rt| take(rt, now_nsec)) else { return -libc::EBUSY };
    match taken {
        Ok(next) => {
            if let Some(next) = next {
                next.run();
            }
            sys::SPA_STATUS_HAVE_DATA as c_int
        }
        Err(status) => status,
    }
}

/// Copies the buffer that lies in the io area into the ring.
fn take(rt: &mut Rt, now_nsec: u64) -> Result<Option<Next>, c_int> {
    rt.finish_turn();
    let io = rt.io.ok_or(-libc::EIO)?;
    if io.status() != sys::SPA_STATUS_HAVE_DATA as c_int {
        return Err(io.status());
    }
    rt.count_missed();
    let Some(buffer) = rt.buffers.get(io.buffer_id() as usize) else {
        io.set_status(-libc::EINVAL);
        return Err(-libc::EINVAL);
    };
    io.set_status(sys::SPA_STATUS_OK as c_int);
    let resampler_nsec = rt.resampler_nsec();
    let is_resampled = rt.running_cycle().rate_hz != rt.port_rate_hz;
    let Side::Sink(state) = &mut rt.side else { return Err(-libc::EIO) };
    let Some(plug) = &mut state.plug else { return Ok(None) };
    let frames = buffer.filled_frames(rt.stride_bytes);
    // Before the sound: a source on another loop that sees the sound sees its time as well.
    if let Some(position) = rt.position {
        rt.told.came(now_nsec.saturating_sub(position.nsec()));
        plug.link.sink_nsec.store(position.nsec(), Ordering::Relaxed);
        plug.link.sink_clock_id.store(position.clock_id(), Ordering::Relaxed);
        plug.link.sink_follows_cable.store(rt.following && position.is_cable(), Ordering::Relaxed);
        plug.link.rate_diff.set(position.rate_diff());
        plug.link.sink_is_resampled.store(is_resampled, Ordering::Relaxed);
        plug.link.sink_resampler_nsec.store(resampler_nsec, Ordering::Relaxed);
    }
    let written = match rt.position {
        Some(position) => plug.writer.write_at(buffer, frames, position.nsec()),
        None => plug.writer.write(buffer, frames),
    };
    let next = state.next();
    // A source that runs this sink and has longer cycles wants more: the next one when this one is over. Not after
    // one that brought nothing, which would go on without an end.
    if state.pulled && written > 0 && state.is_wanted() {
        rt.resume_soon();
    }
    Ok(next)
}
