//! The reading end of a cable.

use core::sync::atomic::Ordering;

#[cfg(feature = "ffi")]
use super::Report;
use super::{
    Cable, PlanesMut, copy,
    join::{self, Join},
    uneven::LACK_FRAMES,
};
use crate::{
    chain::{Chain, Due},
    ring::{Consumer, RingShape, Shared, Storage, View},
};

/// The reading end: the source that recorders record from. One thread at a time uses it.
pub struct Reader<C> {
    cable: C,
    consumer: Consumer<C>,
    pub(super) join: Join,
    chain: Chain,
    /// Where the writer stood when [`due`](Self::due) was last asked: tells a write from a timer's tick.
    written_at_due: u64,
    /// True from a cycle that came out short until one that does not: one event.
    underrunning: bool,
    /// This reader's cycles run the writer's.
    runs_writer: bool,
    floor: Floor,
    /// Cycles are not all of one size.
    pub(super) uneven: bool,
    /// Position in the ring from which on frames belong to the present cycle and are for the next one.
    pub(super) until_frames: u64,
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
            runs_writer: false,
            floor: Floor::NEW,
            uneven: false,
            until_frames: u64::MAX,
        }
    }

    /// Tells whether [`read_follow`](Self::read_follow) is the call of a reader whose cycles run the writer's, each as
    /// many as its next one needs. Then nothing but whole cycles of the two waits in the ring; what is there beyond
    /// them, as after a change of their sizes, is trimmed. The reader's thread.
    pub fn set_runs_writer(&mut self, runs: bool) {
        self.runs_writer = runs;
    }

    /// What [`set_runs_writer`](Self::set_runs_writer) was told last.
    pub const fn runs_writer(&self) -> bool {
        self.runs_writer
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

    /// As [`due`](Self::due), for a reader that resamples: a remainder in the ring is what its next cycles need, and
    /// stays.
    pub fn due_resampled(&mut self, need_frames: usize) -> Due {
        self.ask(need_frames, false)
    }

    fn ask(&mut self, need_frames: usize, whole_cycles: bool) -> Due {
        self.settle(need_frames);
        let written = self.cable.ring.written_frames();
        if written == core::mem::replace(&mut self.written_at_due, written) {
            return self.chain.after_tick(self.consumer.fill_frames(), need_frames);
        }
        let wrote = self.cable.writer_cycle_frames();
        let least_frames = if whole_cycles { self.least_frames(need_frames, wrote) } else { need_frames };
        if whole_cycles && self.uneven {
            self.join.align_alike(&self.cable, &mut self.consumer, need_frames, wrote);
        } else if whole_cycles {
            self.join.align(&self.cable, &mut self.consumer, need_frames, wrote);
        }
        self.chain.after_write(self.consumer.fill_frames(), least_frames, wrote)
    }

    /// Delivers one cycle of `frames` frames: what is there, and silence for the rest. Returns the frames of
    /// real sound.
    ///
    /// An underrun is counted only when a writer is running and has delivered since its start.
    pub fn read(&mut self, sink: &mut impl PlanesMut, frames: usize) -> usize {
        let (shape, format) = (*self.cable.ring.shape(), self.cable.format);
        let (mut sink, frames) = self.lead(sink, &format, frames);
        self.read_by(frames, |view| copy_cycle(&shape, view, &mut sink, frames))
    }

    /// Delivers one cycle of `frames` frames where the writer need not keep the reader's pace. Returns the frames of
    /// real sound.
    ///
    /// When the ring does not cover the cycle while the writer is running, the cycle is silent and the frames
    /// stay: a late player costs silence, never its data. Once the writer has stopped the rest is drained.
    /// Latency that is never used, more than one cycle left behind by each read for a second, is trimmed.
    pub fn read_follow(&mut self, sink: &mut impl PlanesMut, frames: usize) -> usize {
        let (shape, format) = (*self.cable.ring.shape(), self.cable.format);
        let (mut sink, frames) = self.lead(sink, &format, frames);
        self.follow_by(frames, |view| copy_cycle(&shape, view, &mut sink, frames))
    }

    /// [`read`](Self::read), with `deliver` in place of the copy: it gets what is there and fills the cycle.
    pub(super) fn read_by(&mut self, frames: usize, deliver: impl FnOnce(&View<'_, S>)) -> usize {
        self.settle(frames);
        let read = self.cycle(frames, frames, deliver);
        if self.uneven {
            self.watch_floor(frames, LACK_FRAMES);
        }
        read
    }

    /// [`read_follow`](Self::read_follow), with `deliver` in place of the copy.
    pub(super) fn follow_by(&mut self, frames: usize, deliver: impl FnOnce(&View<'_, S>)) -> usize {
        self.settle(frames);
        if self.runs_writer {
            let wrote = self.cable.writer_cycle_frames();
            self.join.align(&self.cable, &mut self.consumer, frames, wrote);
        }
        let wait = self.cable.writer_running() && self.consumer.fill_frames() < frames;
        let read = self.cycle(frames, if wait { 0 } else { frames }, deliver);
        self.watch_floor(frames, frames);
        read
    }

    /// Drops what is too old for a reader that wants `need` frames of the ring.
    pub(super) fn settle(&mut self, need: usize) {
        self.join.settle(&self.cable, &mut self.consumer, need, self.until_frames);
    }

    /// Joins the writer's present position again in the next cycle, dropping what is older.
    pub(super) fn rejoin(&mut self) {
        self.join.rejoin();
        self.floor = Floor::NEW;
    }

    /// Drops the oldest `frames` frames; returns how many there were to drop.
    pub(super) fn skip(&mut self, frames: usize) -> usize {
        join::skip(&self.cable, &mut self.consumer, frames)
    }

    /// Takes back what a crossing has reported: there is none any more.
    #[cfg(feature = "ffi")]
    pub(crate) fn forget_report(&mut self) {
        self.cable.board.write(&Report::default());
    }

    /// Ring position of the next frame: frames since the cable was made. The reader's thread.
    pub fn read_frames(&self) -> u64 {
        self.consumer.read_frames()
    }

    /// Frames in the ring that this cycle may hear: all, unless some are held back.
    pub(super) fn ready_frames(&mut self) -> usize {
        let before = self.until_frames.saturating_sub(self.consumer.read_frames());
        self.consumer.fill_frames().min(usize::try_from(before).unwrap_or(usize::MAX))
    }

    /// Drops the oldest `frames` frames; in a stream that is being heard that is a trim.
    pub(super) fn shed(&mut self, frames: usize) {
        self.join.shed(&self.cable, &mut self.consumer, frames);
    }

    /// Hands up to `limit` frames of the ring to `take`, which tells how many it has used up.
    pub(super) fn take(&mut self, limit: usize, take: impl FnOnce(&View<'_, S>) -> usize) -> usize {
        let limit = limit.min(self.ready_frames());
        let view = self.consumer.view(limit);
        let used = take(&view).min(view.frames());
        view.commit(used);
        if used > 0 {
            self.join.delivered();
        }
        self.cable.stats.reader.frames_read.add(used as u64);
        used
    }

    /// Books a cycle with `silence` frames for want of sound; `short` when a running writer would have owed them.
    pub(super) fn book(&mut self, silence: usize, short: bool) {
        let stats = &self.cable.stats.reader;
        stats.cycles.add(1);
        stats.silence_frames.add(silence as u64);
        let short = short && self.cable.state.delivering().is_some();
        if short && !self.underrunning {
            stats.underruns.add(1);
        }
        self.underrunning = short;
    }

    /// One cycle of `frames` frames with up to `limit` frames of the ring; keeps the books.
    pub(super) fn cycle(&mut self, frames: usize, limit: usize, deliver: impl FnOnce(&View<'_, S>)) -> usize {
        let read = self.take(limit, |view| {
            deliver(view);
            view.frames()
        });
        // What a stream began with in this very cycle is for the next one.
        let is_early = self.until_frames < u64::MAX && self.join.is_fresh();
        self.book(frames - read, read < frames && !is_early);
        read
    }

    /// Books `frames` frames of silence in front of a cycle's sound.
    pub(super) fn book_lead(&mut self, frames: usize, short: bool) {
        let stats = &self.cable.stats.reader;
        stats.silence_frames.add(frames as u64);
        stats.underruns.add(u64::from(short));
    }

    /// Trims what all cycles of a second, this one of `frames` frames the last, left behind beyond `keep` frames.
    pub(super) fn watch_floor(&mut self, frames: usize, keep: usize) {
        let fill = self.consumer.fill_frames();
        let Some(excess) = fill.checked_sub(keep).filter(|&excess| excess > 0) else {
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

/// Copies all frames in view to the port and fills its cycle of `frames` with silence.
pub(super) fn copy_cycle<S: Storage>(
    shape: &RingShape,
    view: &View<'_, S>,
    sink: &mut impl PlanesMut,
    frames: usize,
) {
    for plane in 0..shape.planes() {
        let (before_wrap, after_wrap) = view.plane(plane);
        let to = sink.plane_mut(plane);
        let cycle_bytes = frames.saturating_mul(shape.stride_bytes()).min(to.len());
        let (to, _) = to.split_at_mut(cycle_bytes);
        let (_, rest) = copy(before_wrap, to);
        let (_, silence) = copy(after_wrap, rest);
        silence.fill(0);
    }
}
