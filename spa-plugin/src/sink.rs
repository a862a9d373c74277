//! The sink's audio path: from the player's buffer into the ring, and on to the source.

use crate::cable::{Link, SinkPlug};
use crate::node::Node;
use crate::rt::{Cycle, Rt, Side};
use crate::{source, sys};
use std::ffi::c_int;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What a sink keeps on its data loop.
#[derive(Default)]
pub(crate) struct State {
    plug: Option<SinkPlug>,
    running: bool,
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

    pub(crate) fn link(&self) -> Option<&Link> {
        self.plug.as_ref().map(|plug| &*plug.link)
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
    if let Side::Sink(state) = &mut rt.side {
        state.plug = Some(plug);
        if state.running {
            state.start();
        }
    }
}

/// Data loop. What comes out is dropped on the main thread.
pub(crate) fn unplug(rt: &mut Rt) -> Option<SinkPlug> {
    let Side::Sink(state) = &mut rt.side else { return None };
    let mut plug = state.plug.take()?;
    plug.writer.stop();
    Some(plug)
}

/// The sink drives: a cycle of its group begins, once the players have finished the last one.
pub(crate) fn on_timer(node: &Node) {
    let begin = |rt: &mut Rt| {
        if !rt.started || rt.following {
            return None;
        }
        let now_nsec = node.data_loop()?.now_nsec();
        let cycle @ Cycle { frames, rate_hz } = rt.target();
        if !rt.turn.is_free(now_nsec, cycle.nsec()) {
            rt.arm(cycle.retry_nsec(now_nsec));
            return None;
        }
        let nsec = rt.period.advance(frames, rate_hz, now_nsec);
        rt.tick(nsec, rt.period.next_nsec, cycle, 1.0);
        rt.arm(rt.period.next_nsec);
        rt.turn.begin(now_nsec);
        Some(rt.callbacks)
    };
    if let Some(callbacks) = node.rt().with(begin).flatten() {
        callbacks.ready(sys::SPA_STATUS_NEED_DATA);
        node.rt().with(|rt| rt.turn.begun());
    }
}

/// A cycle of the sink's group: takes the buffer, then runs the source's group if it is due.
pub(crate) fn process(node: &Node) -> c_int {
    let Some(taken) = node.rt().with(take) else { return -libc::EBUSY };
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
fn take(rt: &mut Rt) -> Result<Option<Next>, c_int> {
    rt.turn.finish();
    let io = rt.io.ok_or(-libc::EIO)?;
    if io.status() != sys::SPA_STATUS_HAVE_DATA as c_int {
        return Err(io.status());
    }
    let Some(buffer) = rt.buffers.get(io.buffer_id() as usize) else {
        io.set_status(-libc::EINVAL);
        return Err(-libc::EINVAL);
    };
    io.set_status(sys::SPA_STATUS_OK as c_int);
    let Side::Sink(state) = &mut rt.side else { return Err(-libc::EIO) };
    let Some(plug) = &mut state.plug else { return Ok(None) };
    // Before the sound: a source on another loop that sees the sound sees its time as well.
    if let Some(position) = rt.position {
        plug.link.sink_nsec.store(position.nsec(), Ordering::Relaxed);
        plug.link.sink_follows_cable.store(rt.following && position.is_cable(), Ordering::Relaxed);
        plug.link.set_rate_diff(position.rate_diff());
    }
    plug.writer.write(buffer, buffer.filled_frames(rt.stride_bytes));
    Ok(state.next())
}
