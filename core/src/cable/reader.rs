//! The reading end of a cable.

use core::sync::atomic::Ordering;

use super::{
    Cable, PlanesMut, copy,
    join::{self, Join},
};
use crate::{
    chain::{Chain, Due},
    ring::{Consumer, Shared, Storage},
};

/// The reading end: the source that recorders record from. One thread at a time uses it.
pub struct Reader<C> {
    cable: C,
    consumer: Consumer<C>,
    join: Join,
    chain: Chain,
    /// Where the writer stood when [`due`](Self::due) was last asked: tells a write from a timer's tick.
    written_at_due: u64,
    /// True from a cycle that came out short until one that does not: one event.
    underrunning: bool,
    floor: Floor,
}

/// How long each cycle has left more than another one behind, and the least by which.
#[derive(Debug)]
struct Floor {
    excess_frames: usize,
    watched_frames: u64,
}

impl Floor {
    const NEW: Self = Self { excess_frames: usize::MAX, watched_frames: 0 };
}

impl<C, S> Reader<C>
where
    C: Shared<Target = Cable<S>>,
    S: Storage,
{
    pub(super) fn new(cable: C, consumer: Consumer<C>) -> Self {
        Self {
            cable,
            consumer,
            join: Join::default(),
            chain: Chain::new(),
            written_at_due: 0,
            underrunning: false,
            floor: Floor::NEW,
        }
    }

    /// The cable this is an end of.
    pub fn cable(&self) -> &Cable<S> {
        &self.cable
    }

    /// Frames in the ring now: the latency it holds.
    pub fn fill_frames(&mut self) -> usize {
        self.consumer.fill_frames()
    }

    /// Joins at the writer's present position: whatever is older is dropped, in whatever order the ends start.
    pub fn start(&mut self) {
        self.join.start(&self.cable, &mut self.consumer);
        self.chain = Chain::new();
        self.written_at_due = self.cable.ring.written_frames();
        self.underrunning = false;
        self.floor = Floor::NEW;
        // Release: a writer that sees the reader running sees the room it made.
        self.cable.state.reader_running.store(true, Ordering::Release);
    }

    /// Leaves: the writer keeps nothing from now on.
    pub fn stop(&mut self) {
        self.cable.state.reader_running.store(false, Ordering::Release);
    }

    /// On the chained way: whether a reader cycle of `need_frames` is due, and when to ask again.
    ///
    /// Ask after each [`Writer::write`](super::Writer::write), then when the told time is over, and after each
    /// `Due::Now` call [`read`](Self::read) for the same number of frames. A cycle larger than the ring is never
    /// due.
    pub fn due(&mut self, need_frames: usize) -> Due {
        self.ask(need_frames, true)
    }

    /// As [`due`](Self::due), for ends whose cycles are not always of one size because an adapter resamples
    /// on their way to the cable: a remainder in the ring is then the slack that such cycles need, and stays.
    pub fn due_resampled(&mut self, need_frames: usize) -> Due {
        self.ask(need_frames, false)
    }

    fn ask(&mut self, need_frames: usize, whole_cycles: bool) -> Due {
        self.join.settle(&self.cable, &mut self.consumer, need_frames);
        let written = self.cable.ring.written_frames();
        if written == core::mem::replace(&mut self.written_at_due, written) {
            return self.chain.after_tick(self.consumer.fill_frames(), need_frames);
        }
        let wrote = self.cable.writer_cycle_frames();
        if whole_cycles {
            self.join.align(&self.cable, &mut self.consumer, need_frames, wrote);
        }
        self.chain.after_write(self.consumer.fill_frames(), need_frames, wrote)
    }

    /// Delivers one cycle of `frames` frames: what is there, and silence for the rest. Returns the frames of
    /// real sound.
    ///
    /// An underrun is counted only when a writer is running and has delivered since its start.
    pub fn read(&mut self, sink: &mut impl PlanesMut, frames: usize) -> usize {
        self.join.settle(&self.cable, &mut self.consumer, frames);
        self.deliver(sink, frames, frames)
    }

    /// Delivers one cycle of `frames` frames where both ends have one clock and neither runs the other. Returns
    /// the frames of real sound.
    ///
    /// When the ring does not cover the cycle while the writer is running, the cycle is silent and the frames
    /// stay: a late player costs silence, never its data. Once the writer has stopped the rest is drained.
    /// Latency that is never used, more than one cycle left behind by each read for a second, is trimmed.
    pub fn read_follow(&mut self, sink: &mut impl PlanesMut, frames: usize) -> usize {
        self.join.settle(&self.cable, &mut self.consumer, frames);
        let wait = self.cable.writer_running() && self.consumer.fill_frames() < frames;
        let read = self.deliver(sink, frames, if wait { 0 } else { frames });
        self.watch_floor(frames);
        read
    }

    /// Copies up to `limit` frames out of the ring and fills up to `frames` with silence; keeps the books.
    fn deliver(&mut self, sink: &mut impl PlanesMut, frames: usize, limit: usize) -> usize {
        let shape = self.cable.ring.shape();
        let view = self.consumer.view(limit);
        let read = view.frames();
        for plane in 0..shape.planes() {
            let (before_wrap, after_wrap) = view.plane(plane);
            let to = sink.plane_mut(plane);
            let cycle_bytes = frames.saturating_mul(shape.stride_bytes()).min(to.len());
            let (to, _) = to.split_at_mut(cycle_bytes);
            let (_, rest) = copy(before_wrap, to);
            let (_, silence) = copy(after_wrap, rest);
            silence.fill(0);
        }
        view.commit(read);
        if read > 0 {
            self.join.delivered();
        }

        let stats = &self.cable.stats.reader;
        stats.cycles.add(1);
        stats.frames_read.add(read as u64);
        stats.silence_frames.add((frames - read) as u64);
        let short = read < frames && self.cable.state.delivering().is_some();
        if short && !self.underrunning {
            stats.underruns.add(1);
        }
        self.underrunning = short;
        read
    }

    /// Trims what all cycles of a second left behind beyond one cycle.
    fn watch_floor(&mut self, frames: usize) {
        let fill = self.consumer.fill_frames();
        let Some(excess) = fill.checked_sub(frames).filter(|&excess| excess > 0) else {
            self.floor = Floor::NEW;
            return;
        };
        self.floor.excess_frames = self.floor.excess_frames.min(excess);
        self.floor.watched_frames += frames as u64;
        if self.floor.watched_frames >= u64::from(self.cable.format.rate.hz()) {
            join::trim(&self.cable, &mut self.consumer, self.floor.excess_frames);
            self.floor = Floor::NEW;
        }
    }
}
