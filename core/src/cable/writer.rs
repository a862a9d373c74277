//! The writing end of a cable.

use core::sync::atomic::Ordering;

use super::{Cable, Planes, copy};
use crate::clock::ClockFilter;
use crate::ring::{Producer, Shared, Storage};

/// The writing end: the sink that players play into. One thread at a time uses it.
pub struct Writer<C> {
    cable: C,
    producer: Producer<C>,
    /// True from a cycle that found the ring full until one that fits whole: one event.
    overrunning: bool,
    clock: ClockFilter,
}

impl<C, S> Writer<C>
where
    C: Shared<Target = Cable<S>>,
    S: Storage,
{
    pub(super) fn new(cable: C, producer: Producer<C>) -> Self {
        let clock = ClockFilter::new(cable.format.rate.hz(), 0);
        Self { cable, producer, overrunning: false, clock }
    }

    /// The cable this is an end of.
    pub fn cable(&self) -> &Cable<S> {
        &self.cable
    }

    /// Ring position of the next frame: frames kept since the cable was made. The writer's thread.
    pub fn written_frames(&self) -> u64 {
        self.producer.written_frames()
    }

    /// Begins a stream. What an earlier stream left in the ring will not be heard any more.
    pub fn start(&mut self) {
        let state = &self.cable.state;
        self.overrunning = false;
        self.clock.rephase();
        state.writer_cycle_frames.store(0, Ordering::Relaxed);
        state.session_start_frames.store(self.producer.written_frames(), Ordering::Relaxed);
        // Release: whoever sees the writer running sees where its stream begins.
        state.writer_running.store(true, Ordering::Release);
    }

    /// Ends the stream. The reader still gets what is in the ring.
    pub fn stop(&mut self) {
        self.cable.state.writer_running.store(false, Ordering::Release);
    }

    /// [`write`](Self::write) in a cycle that was woken at `now_ns` (a monotonic clock, nanoseconds; the one the
    /// reader's wake-ups are told by, if there is one): a reader with a clock of its own needs to know.
    pub fn write_at(&mut self, source: &impl Planes, frames: usize, now_ns: u64) -> usize {
        let written = self.send(source, frames, now_ns);
        let cycle_frames = u32::try_from(frames).unwrap_or(u32::MAX);
        self.clock.configure(self.cable.format.rate.hz(), cycle_frames);
        self.clock.update(now_ns, cycle_frames);
        if let Some(tick) = self.clock.tick(self.producer.written_frames()) {
            self.cable.clock.publish(tick);
        }
        written
    }

    /// Sends one cycle of `frames` frames; returns how many went into the ring.
    ///
    /// A plane of `source` that is too short counts as silent from its end on. While no reader is running the
    /// frames are discarded and counted as unheard; what a full ring has no room for is lost, and counted.
    pub fn write(&mut self, source: &impl Planes, frames: usize) -> usize {
        self.send(source, frames, 0)
    }

    fn send(&mut self, source: &impl Planes, frames: usize, now_ns: u64) -> usize {
        let Cable { state, stats, ring, .. } = &*self.cable;
        let stats = &stats.writer;
        stats.cycles.add(1);
        if !state.reader_running.load(Ordering::Acquire) {
            state.writer_cycle_frames.store(frames, Ordering::Relaxed);
            stats.frames_unheard.add(frames as u64);
            return 0;
        }
        let limit_frames = state.limit_frames.load(Ordering::Relaxed);
        let room = if limit_frames == 0 {
            frames
        } else {
            let wanted = state.reader_wants_frames.load(Ordering::Relaxed);
            limit_frames.max(2 * (frames + wanted)).saturating_sub(self.producer.fill_frames())
        };
        let begun_frames = self.producer.written_frames();
        let mut grant = self.producer.grant(frames.min(room));
        let granted = grant.frames();
        if granted < frames {
            stats.frames_lost.add((frames - granted) as u64);
            if !self.overrunning {
                stats.overruns.add(1);
            }
        }
        self.overrunning = granted < frames;
        for plane in 0..ring.shape().planes() {
            let (before_wrap, after_wrap) = grant.plane_mut(plane);
            let (rest, missing) = copy(source.plane(plane), before_wrap);
            missing.fill(0);
            let (_, missing) = copy(rest, after_wrap);
            missing.fill(0);
        }
        // Before the commit, so that a reader that sees these frames sees their number and their cycle too.
        state.writer_cycle_frames.store(frames, Ordering::Relaxed);
        if now_ns == 0 || state.cycle_ns.load(Ordering::Relaxed) != now_ns {
            state.cycle_start_frames.store(begun_frames, Ordering::Relaxed);
            // Release: whoever sees the cycle sees where it began.
            state.cycle_ns.store(now_ns, Ordering::Release);
        }
        grant.commit(granted);
        stats.frames_written.add(granted as u64);
        granted
    }
}
