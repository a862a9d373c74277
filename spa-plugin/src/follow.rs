//! A source whose group another clock runs: what it hears, and the sink that it runs in turn.
//!
//! When nobody else runs the sink, the source does, at the foreign clock's pace: each of its cycles begins as many
//! of the sink's as its next one needs. Nothing is resampled, and the sound is one cycle behind. Only ends on two
//! clocks of their own are matched by a resampler.

use crate::fence::Position;
use crate::node::Node;
use crate::relation::{Relation, relation_of};
use crate::rt::{Cycle, Rt};
use crate::sys;
use std::ffi::c_int;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use vcable_core::cable::{Clocks, Path};

/// Cycles of the source after which a sink goes on by its own clock when it is run no more.
const WATCHDOG_CYCLES: u64 = 3;

impl Rt {
    /// A cycle of the group, and the sink that is to be run for the next one.
    pub(crate) fn follow(&mut self, now_nsec: u64) -> (c_int, Option<Arc<Node>>) {
        self.finish_turn();
        let Some(io) = self.io else { return (-libc::EIO, None) };
        if io.status() == sys::SPA_STATUS_HAVE_DATA as c_int {
            return (io.status(), None);
        }
        self.recycle_io();
        let Some(position) = self.position.filter(|_| self.following) else {
            return (sys::SPA_STATUS_OK as c_int, None);
        };
        self.count_missed();
        let cycle = self.running_cycle();
        let frames = self.need_frames(cycle);
        let is_resampled = cycle.rate_hz != self.port_rate_hz;
        let pulls = self.pulls(cycle, position);
        let clocks = if pulls { Clocks::Pulled } else { self.clocks_of_a_follower() };
        if let Some(plug) = self.source().and_then(|state| state.plug_mut()) {
            plug.reader.set_runs_writer(pulls);
            plug.set_resampled(is_resampled);
        }
        let status = self.fill_buffer(frames, clocks, position.nsec());
        let is_played = self.is_played();
        self.stands(if is_played { relation_of(clocks) } else { Relation::Idle });
        let sink = if pulls {
            self.pull(frames, position, now_nsec.saturating_add(WATCHDOG_CYCLES * cycle.nsec()))
        } else {
            None
        };
        (status, sink)
    }

    /// Whether this node's cycles run those of the sink: it is free, and a foreign clock runs this node. Sound that
    /// goes through several cables is not pulled: in a circle they would run each other.
    fn pulls(&mut self, cycle: Cycle, position: Position) -> bool {
        let port_rate_hz = self.port_rate_hz;
        let plug = self.source().and_then(|state| state.plug());
        plug.is_some_and(|plug| {
            plug.sink.is_some()
                && plug.link.sink_drives.load(Ordering::Relaxed)
                && plug.reader.cable().format().rate.hz() == port_rate_hz
                && cycle.rate_hz == port_rate_hz
                && !position.is_cable()
        })
    }

    /// Tells the sink what the next cycle of `frames` frames needs.
    fn pull(&mut self, frames: usize, position: Position, until_nsec: u64) -> Option<Arc<Node>> {
        let plug = self.source()?.plug()?;
        let pull = &plug.link.pull;
        // Half a ring at most: what the ring cannot hold would be wanted for ever.
        let frames = frames.min(plug.reader.cable().capacity_frames() / 2);
        let from_frames = plug.reader.read_frames();
        let wanted_frames = from_frames.saturating_add(frames as u64);
        pull.nsec.store(position.nsec(), Ordering::Relaxed);
        pull.rate_diff.set(position.rate_diff());
        pull.from_frames.store(from_frames, Ordering::Relaxed);
        pull.wanted_frames.store(wanted_frames, Ordering::Relaxed);
        pull.until_nsec.store(until_nsec, Ordering::Relaxed);
        plug.sink.clone()
    }

    /// How the clock that runs this node's group stands to the sink's; when nobody plays, as it stood.
    fn clocks_of_a_follower(&mut self) -> Clocks {
        let own_id = self.clock_id();
        let Some(plug) = self.source().and_then(|state| state.plug()) else { return Clocks::Shared };
        let is_apart = if plug.reader.cable().writer_running() {
            plug.link.sink_clock_id.load(Ordering::Relaxed) != own_id
        } else {
            plug.way.path() == Path::Adaptive
        };
        if is_apart { Clocks::Apart } else { Clocks::Shared }
    }
}
