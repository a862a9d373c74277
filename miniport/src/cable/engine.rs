//! Both streams under one clock.

use alloc::boxed::Box;

use super::{
    ends::{Counters, Direction, Ends},
    glitch::{Cause, Glitch, Glitches, QUIET_MS},
    host::{Event, Pages},
    stream::{State, Stream},
    way::Way,
};
use crate::{format::WaveFormat, position::Clock};

/// Most that one step moves the streams on, in milliseconds.
pub const STEP_MS: u32 = 4;

/// Frames of the longest step at `rate_hz`.
pub(super) const fn step_frames(rate_hz: u32) -> usize {
    // One more: a step may begin and end anywhere between two frames.
    (rate_hz * STEP_MS).div_ceil(1000) as usize + 1
}

/// Everything of a cable that the tick works on.
pub struct Engine<P, E> {
    clock: Clock,
    /// What the counter counts in [`STEP_MS`].
    step: u64,
    /// Up to where the counter's time is done.
    done: u64,
    render: Seat<P, E>,
    capture: Seat<P, E>,
    way: Option<Box<[Way; 1]>>,
    counters: Counters,
    last_id: u64,
    /// True from a step that came too late until one that did not: one event.
    late: bool,
    /// False while the machine sleeps: nothing runs then.
    awake: bool,
    /// Whether a glitch is to be told.
    glitched: bool,
}

/// A stream that is gone, and the way to it.
pub type Leaving<P, E> = (Option<Box<[Stream<P, E>; 1]>>, Option<Box<[Way; 1]>>);

/// Where a stream sits.
struct Seat<P, E> {
    /// Distinguishes the streams that sat here; 0 for none.
    id: u64,
    /// Frames of the stream's buffer, and what the counter counts meanwhile: as [`span`](Self::span) last saw it.
    span: (u64, u64),
    stream: Option<Box<[Stream<P, E>; 1]>>,
    /// A glitch that is not told yet.
    glitch: Option<Glitch>,
    /// Until then on the counter none is told.
    quiet_until: u64,
}

impl<P: Pages, E: Event> Seat<P, E> {
    const EMPTY: Self = Self { id: 0, span: (0, 0), stream: None, glitch: None, quiet_until: 0 };

    fn get(&self) -> Option<&Stream<P, E>> {
        self.stream.as_deref().map(|[stream]| stream)
    }

    fn get_mut(&mut self) -> Option<&mut Stream<P, E>> {
        self.stream.as_deref_mut().map(|[stream]| stream)
    }

    fn is_running(&self) -> bool {
        self.get().is_some_and(|stream| stream.position.is_running())
    }

    /// What the counter counts while the buffer of a running stream passes.
    fn span(&mut self, clock: Clock) -> Option<u64> {
        let stream = self.get().filter(|stream| stream.position.is_running())?;
        let frames = stream.buffer_frames()?;
        if self.span.0 != frames {
            self.span = (frames, clock.span(frames, stream.format().rate_hz).max(1));
        }
        Some(self.span.1)
    }

    /// Notes a glitch of the running stream at `at` of the counter, to be told, unless it follows another one at once.
    /// True when it did.
    fn note(&mut self, cause: Cause, clock: Clock, at: u64) -> bool {
        let Some(stream) = self.get().filter(|stream| stream.position.is_running()) else { return false };
        if at < self.quiet_until {
            return false;
        }
        let format = stream.format();
        let bytes = |frames: u64| frames.saturating_mul(u64::from(format.frame_bytes()));
        let position = stream.position.frames(clock.frames(at, format.rate_hz));
        self.glitch = Some(Glitch {
            position_bytes: bytes(position),
            written_bytes: bytes(stream.filled_to().unwrap_or(0)),
            cause,
        });
        self.quiet_until = at.saturating_add(clock.milliseconds(QUIET_MS));
        true
    }

    /// The running stream, its frame at `from` of the counter, and how many more there are until `to`.
    fn moved(&mut self, clock: Clock, from: u64, to: u64) -> Option<(&mut Stream<P, E>, u64, u64)> {
        let stream = self.get_mut().filter(|stream| stream.position.is_running())?;
        let rate_hz = stream.format().rate_hz;
        let (from, to) = (clock.frames(from, rate_hz), clock.frames(to, rate_hz));
        let place = stream.position.frames(from);
        Some((stream, place, to.saturating_sub(from)))
    }
}

impl<P: Pages, E: Event> Engine<P, E> {
    /// A cable without streams.
    pub const fn new(clock: Clock) -> Self {
        Self {
            clock,
            step: clock.milliseconds(STEP_MS as u64),
            done: 0,
            render: Seat::EMPTY,
            capture: Seat::EMPTY,
            way: None,
            counters: Counters::NONE,
            last_id: 0,
            late: false,
            awake: true,
            glitched: false,
        }
    }

    /// The clock of all its streams.
    pub const fn clock(&self) -> Clock {
        self.clock
    }

    /// Up to where the counter's time is done: the time of all positions.
    pub const fn done(&self) -> u64 {
        self.done
    }

    /// What happened so far.
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The way between the streams, while there are two.
    pub fn way(&self) -> Option<&Way> {
        self.way.as_deref().map(|[way]| way)
    }

    /// Whether a stream runs, and with it the timer.
    pub fn is_running(&self) -> bool {
        self.render.is_running() || self.capture.is_running()
    }

    /// The stream that sits at `direction`.
    pub fn seated(&self, direction: Direction) -> Option<&Stream<P, E>> {
        match direction {
            Direction::Render => self.render.get(),
            Direction::Capture => self.capture.get(),
        }
    }

    /// The stream `id`, while it sits there.
    pub fn stream(&mut self, direction: Direction, id: u64) -> Option<&mut Stream<P, E>> {
        Some(self.seat(direction)).filter(|seat| seat.id == id).and_then(Seat::get_mut)
    }

    /// Frames of the stream `id` at [`done`](Self::done).
    pub fn frames(&mut self, direction: Direction, id: u64) -> Option<u64> {
        let (clock, done) = (self.clock, self.done);
        let stream = self.stream(direction, id)?;
        Some(stream.position.frames(clock.frames(done, stream.format().rate_hz)))
    }

    /// The counter's value at which frame `frame` of the stream `id` is played or recorded.
    pub fn counter_of(&mut self, direction: Direction, id: u64, frame: u64) -> Option<u64> {
        let clock = self.clock;
        let stream = self.stream(direction, id)?;
        Some(clock.counter(stream.position.scale_of(frame), stream.format().rate_hz))
    }

    /// Seats a stream; its id. `None` when there is one already.
    pub fn attach(
        &mut self,
        direction: Direction,
        stream: &mut Option<Box<[Stream<P, E>; 1]>>,
    ) -> Option<u64> {
        let id = self.last_id + 1;
        let seat = self.seat(direction);
        if seat.stream.is_some() {
            return None;
        }
        *seat = Seat { id, stream: stream.take(), ..Seat::EMPTY };
        self.last_id = id;
        Some(id)
    }

    /// Takes the stream `id` and the way to it out, to be dropped outside the lock.
    pub fn detach(&mut self, direction: Direction, id: u64) -> Leaving<P, E> {
        let seat = self.seat(direction);
        if seat.id != id {
            return (None, None);
        }
        let stream = core::mem::replace(seat, Seat::EMPTY).stream;
        (stream, self.way.take())
    }

    /// The two streams that have no way between them: their ids and formats.
    pub fn lacks_way(&self) -> Option<(Pair, [WaveFormat; 2])> {
        let (render, capture) = (self.render.get()?, self.capture.get()?);
        let pair = Pair(self.render.id, self.capture.id);
        self.way.is_none().then(|| (pair, [*render.format(), *capture.format()]))
    }

    /// Puts `way` between the streams of `pair` if these still sit there without one; else leaves it to be dropped
    /// outside the lock.
    pub fn set_way(&mut self, pair: Pair, way: &mut Option<Box<[Way; 1]>>) {
        if self.lacks_way().is_none_or(|(present, _)| present != pair) {
            return;
        }
        let (playing, recording) = (self.render.is_running(), self.capture.is_running());
        if let Some([made]) = way.as_deref_mut() {
            if playing {
                made.set_playing(true);
            }
            if recording {
                made.set_recording(true);
            }
        }
        self.way = way.take();
    }

    /// Brings the stream `id` into `state` at [`done`](Self::done), which should be the present. While the cable
    /// sleeps, a stream in RUN stands still.
    pub fn set_state(&mut self, direction: Direction, id: u64, state: State) {
        if self.seat(direction).id == id {
            self.change(direction, |stream, scale, awake| stream.set_state(state, scale, awake));
        }
    }

    /// Lets all streams stand still at [`done`](Self::done), as before the machine sleeps, or go on from there.
    pub fn set_awake(&mut self, awake: bool) {
        self.awake = awake;
        for direction in [Direction::Render, Direction::Capture] {
            self.change(direction, |stream, scale, awake| stream.set_state(stream.state(), scale, awake));
        }
    }

    /// Changes whether a stream runs, and tells the way.
    fn change(&mut self, direction: Direction, change: impl FnOnce(&mut Stream<P, E>, u64, bool)) {
        let (clock, done, awake) = (self.clock, self.done, self.awake);
        let Some(stream) = self.seat(direction).get_mut() else { return };
        let ran = stream.position.is_running();
        change(stream, clock.frames(done, stream.format().rate_hz), awake);
        let runs = stream.position.is_running();
        if let Some([way]) = self.way.as_deref_mut().filter(|_| ran != runs) {
            match direction {
                Direction::Render => way.set_playing(runs),
                Direction::Capture => way.set_recording(runs),
            }
        }
    }

    /// Moves the streams on towards `now`, a value of the counter; true once they are there. At most DISPATCH, under the
    /// cable's lock.
    pub fn advance(&mut self, now: u64, levels: &Ends) -> bool {
        if now <= self.done {
            // Another processor was there first.
            return true;
        }
        let spans = (self.render.span(self.clock), self.capture.span(self.clock));
        let (least, most) = match spans {
            (Some(render), Some(capture)) => (render.min(capture), render.max(capture)),
            (Some(one), None) | (None, Some(one)) => (one, one),
            (None, None) => {
                self.done = now;
                return true;
            }
        };
        let step = self.step.min(least);
        let gap = now - self.done;
        let late = gap > least;
        if late && !self.late {
            self.counters.late += 1;
            let (clock, done) = (self.clock, self.done);
            self.glitched |= self.render.note(Cause::Late, clock, done);
            self.glitched |= self.capture.note(Cause::Late, clock, done);
        }
        self.late = late;
        if late {
            // What lies further back than the longer buffer has been overwritten by what follows.
            self.done = self.done.max(now - gap.min(most));
        }
        // Of what lies further back than the shorter one, only silence is left.
        let silent_until = now - (now - self.done).min(least);
        let silent = self.done < silent_until;
        let to = if silent { silent_until } else { now }.min(self.done.saturating_add(step));
        self.step(to, silent, levels);
        self.done == now
    }

    /// Moves both streams from [`done`](Self::done) to `to`.
    fn step(&mut self, to: u64, silent: bool, levels: &Ends) {
        let (clock, from) = (self.clock, self.done);
        let mut way = self.way.as_deref_mut().map(|[way]| way).filter(|_| !silent);
        self.counters.steps += 1;
        if let Some((stream, place, frames)) = self.render.moved(clock, from, to) {
            let mut short = false;
            if !silent {
                let (sound, starved) = stream.play(place, frames, &levels.render);
                short = starved;
                if let Some(way) = &mut way {
                    way.write(sound, frames);
                }
            }
            self.counters.played_frames += frames;
            stream.notify(place + frames);
            if short {
                self.counters.starved += 1;
                self.glitched |= self.render.note(Cause::Starved, clock, from);
            }
        }
        if let Some((stream, place, frames)) = self.capture.moved(clock, from, to) {
            let room = stream.room(frames);
            let heard = if let Some(way) = way {
                way.read(room, frames)
            } else {
                room.fill(0);
                0
            };
            stream.record(place, frames, &levels.capture);
            self.counters.recorded_frames += frames;
            self.counters.silent_frames += frames.saturating_sub(heard);
            stream.notify(place + frames);
        }
        self.done = to;
    }

    /// Notes that the recorder lost a packet by its own delay, at [`done`](Self::done).
    pub fn overrun(&mut self) {
        self.glitched |= self.capture.note(Cause::Overrun, self.clock, self.done);
    }

    /// The glitches since the last time this was asked, if there are any.
    pub fn take_glitches(&mut self) -> Option<Glitches> {
        if !core::mem::take(&mut self.glitched) {
            return None;
        }
        Some(Glitches { render: self.render.glitch.take(), capture: self.capture.glitch.take() })
    }

    const fn seat(&mut self, direction: Direction) -> &mut Seat<P, E> {
        match direction {
            Direction::Render => &mut self.render,
            Direction::Capture => &mut self.capture,
        }
    }
}

/// The ids of a render and a capture stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair(u64, u64);
