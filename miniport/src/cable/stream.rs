//! One stream of a cable as the tick sees it.

use alloc::boxed::Box;

use super::engine::step_frames;
use super::host::{Event, Pages};
use crate::{
    divisor::Divisor,
    format::WaveFormat,
    levels::{Levels, Shaper},
    packet::Packets,
    pool,
    position::Position,
    sys::{
        NTSTATUS,
        status::{STATUS_INSUFFICIENT_RESOURCES, STATUS_NOT_FOUND, STATUS_UNSUCCESSFUL},
    },
};

/// Events that can be registered with one stream; Windows registers one or two.
const EVENTS: usize = 8;

/// KSSTATE (ks.h).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// At the beginning.
    #[default]
    Stop,
    /// As STOP, but keeps its place.
    Acquire,
    /// Stands still.
    Pause,
    /// Runs.
    Run,
}

impl State {
    /// The state with KSSTATE's number.
    pub const fn from_code(code: i32) -> Option<Self> {
        match code {
            0 => Some(Self::Stop),
            1 => Some(Self::Acquire),
            2 => Some(Self::Pause),
            3 => Some(Self::Run),
            _ => None,
        }
    }
}

/// A stream: its format, its place, and what the client lent it.
pub struct Stream<P, E> {
    format: WaveFormat,
    state: State,
    /// How far it has come.
    pub(super) position: Position,
    pub(super) buffer: Option<Buffer<P>>,
    events: heapless::Vec<E, EVENTS>,
    /// Packets that the events were set for.
    notified: u64,
    /// The frames of one step, on their way.
    staging: Box<[u8]>,
    shaper: Shaper,
    /// True from a step that the player had not filled until one that it has: one event.
    starved: bool,
}

/// The client's cyclic buffer.
pub(super) struct Buffer<P> {
    pages: P,
    frames: Divisor,
    pub(super) packets: Option<Packets>,
}

impl<P: Pages, E: Event> Stream<P, E> {
    /// A stream in STOP. Below DISPATCH.
    ///
    /// # Errors
    /// `STATUS_INSUFFICIENT_RESOURCES`.
    pub fn new(format: WaveFormat, levels: &Levels) -> Result<Self, NTSTATUS> {
        let staging = pool::boxed_slice(step_frames(format.rate_hz) * format.frame_bytes() as usize, 0)?;
        Ok(Self {
            format,
            state: State::Stop,
            position: Position::default(),
            buffer: None,
            events: heapless::Vec::new(),
            notified: 0,
            staging,
            shaper: Shaper::new(levels),
            starved: false,
        })
    }

    /// Its format.
    pub const fn format(&self) -> &WaveFormat {
        &self.format
    }

    /// Its state.
    pub const fn state(&self) -> State {
        self.state
    }

    /// Goes to `state` at the place `scale`. Unless `awake` it stands still in RUN too.
    pub(super) fn set_state(&mut self, state: State, scale: u64, awake: bool) {
        self.state = state;
        match state {
            State::Run if awake => self.position.run(scale),
            State::Run | State::Pause | State::Acquire => self.position.pause(scale),
            State::Stop => {
                self.position.stop();
                (self.notified, self.starved) = (0, false);
                if let Some(packets) = self.packets() {
                    packets.reset();
                }
            }
        }
    }

    /// Takes the client's buffer out of `pages`, in `packets` packets when it is to be notified. False when it does not
    /// hold whole packets of whole frames; nothing changes then.
    pub fn set_buffer(&mut self, pages: &mut Option<P>, packets: Option<u32>) -> bool {
        let frame_bytes = self.format.frame_bytes();
        let bytes = pages.as_ref().map_or(0, P::bytes) as u64;
        let frames = bytes.checked_div(u64::from(frame_bytes)).unwrap_or(0);
        let packets = packets.map(|count| Packets::new(frames, count, frame_bytes));
        if frames == 0 || matches!(packets, Some(None)) {
            return false;
        }
        let length = Divisor::new(frames);
        self.buffer = pages.take().map(|pages| Buffer { pages, frames: length, packets: packets.flatten() });
        true
    }

    /// Gives the buffer back.
    pub fn take_pages(&mut self) -> Option<P> {
        self.buffer.take().map(|buffer| buffer.pages)
    }

    /// Whether it has a buffer.
    pub const fn has_buffer(&self) -> bool {
        self.buffer.is_some()
    }

    /// The packets, when the buffer has notifications.
    pub fn packets(&mut self) -> Option<&mut Packets> {
        self.buffer.as_mut()?.packets.as_mut()
    }

    /// Up to which frame the player has announced sound; `None` when it announces none.
    pub(super) fn filled_to(&self) -> Option<u64> {
        self.buffer.as_ref()?.packets.as_ref()?.filled_to()
    }

    /// Frames the buffer holds; `None` without one.
    pub fn buffer_frames(&self) -> Option<u64> {
        Some(self.buffer.as_ref()?.frames.value())
    }

    /// Sets `event` at the end of every packet from now on.
    ///
    /// # Errors
    /// `STATUS_UNSUCCESSFUL` when it is registered already, `STATUS_INSUFFICIENT_RESOURCES` when too many are.
    pub fn register(&mut self, event: E) -> Result<(), NTSTATUS> {
        if self.events.contains(&event) {
            return Err(STATUS_UNSUCCESSFUL);
        }
        self.events.push(event).map_err(|_| STATUS_INSUFFICIENT_RESOURCES)
    }

    /// Never sets `event` again.
    ///
    /// # Errors
    /// `STATUS_NOT_FOUND` when it is not registered.
    pub fn unregister(&mut self, event: &E) -> Result<(), NTSTATUS> {
        let at = self.events.iter().position(|known| known == event).ok_or(STATUS_NOT_FOUND)?;
        self.events.swap_remove(at);
        Ok(())
    }

    /// The place within the buffer, in bytes, of the stream's frame `frame`; 0 without a buffer.
    pub fn offset_bytes(&self, frame: u64) -> u64 {
        let wrapped = self.buffer.as_ref().map_or(0, |buffer| buffer.frames.rest(frame));
        wrapped * u64::from(self.format.frame_bytes())
    }

    /// Plays frames `from..from + frames`; returns them, and true when the player turns out not to have filled them all.
    /// What it did not fill is silent.
    pub(super) fn play(&mut self, from: u64, frames: u64, levels: &Levels) -> (&[u8], bool) {
        let buffer = self.buffer.as_ref();
        let packets = buffer.and_then(|buffer| buffer.packets.as_ref());
        let filled = self.filled_to();
        let sound = filled.map_or(frames, |end| end.saturating_sub(from).min(frames));
        let short = sound < frames && !packets.is_some_and(Packets::ended);
        let frame_bytes = self.format.frame_bytes() as usize;
        let bytes = (frames as usize * frame_bytes).min(self.staging.len());
        let (staging, _) = self.staging.split_at_mut(bytes);
        let (heard, silent) = staging.split_at_mut((sound as usize * frame_bytes).min(bytes));
        silent.fill(0);
        match buffer {
            Some(buffer) => buffer.load(from, frame_bytes, heard),
            None => heard.fill(0),
        }
        let starved = core::mem::replace(&mut self.starved, short);
        let starts = short && !starved;
        self.shaper.process(staging, self.format.encoding, usize::from(self.format.channels), levels);
        (staging, starts)
    }

    /// Room for the next `frames` frames to be recorded.
    pub(super) fn room(&mut self, frames: u64) -> &mut [u8] {
        let bytes = (frames as usize * self.format.frame_bytes() as usize).min(self.staging.len());
        self.staging.split_at_mut(bytes).0
    }

    /// Records what is in the [`room`](Self::room) as frames `from..from + frames`.
    pub(super) fn record(&mut self, from: u64, frames: u64, levels: &Levels) {
        let frame_bytes = self.format.frame_bytes() as usize;
        let bytes = (frames as usize * frame_bytes).min(self.staging.len());
        let (sound, _) = self.staging.split_at_mut(bytes);
        self.shaper.process(sound, self.format.encoding, usize::from(self.format.channels), levels);
        if let Some(buffer) = &mut self.buffer {
            buffer.store(from, frame_bytes, sound);
        }
    }

    /// Sets the events if a packet was completed before the stream's frame `frame`.
    pub(super) fn notify(&mut self, frame: u64) {
        let packets = self.buffer.as_ref().and_then(|buffer| buffer.packets.as_ref());
        let completed = packets.map_or(self.notified, |packets| packets.completed(frame));
        if completed != self.notified {
            self.notified = completed;
            self.events.iter().for_each(Event::set);
        }
    }
}

impl<P: Pages> Buffer<P> {
    /// Where `bytes` bytes from frame `from` on lie: the place of the first, and how many there are before the end.
    fn split(&self, from: u64, frame_bytes: usize, bytes: usize) -> (usize, usize) {
        let at = self.frames.rest(from) as usize * frame_bytes;
        let before_end = (self.frames.value() as usize * frame_bytes).saturating_sub(at);
        (at, before_end.min(bytes))
    }

    fn load(&self, from: u64, frame_bytes: usize, to: &mut [u8]) {
        let (at, head) = self.split(from, frame_bytes, to.len());
        let (before_wrap, after_wrap) = to.split_at_mut(head);
        self.pages.load(at, before_wrap);
        self.pages.load(0, after_wrap);
    }

    fn store(&mut self, from: u64, frame_bytes: usize, sound: &[u8]) {
        let (at, head) = self.split(from, frame_bytes, sound.len());
        let (before_wrap, after_wrap) = sound.split_at(head);
        self.pages.store(at, before_wrap);
        self.pages.store(0, after_wrap);
    }
}
