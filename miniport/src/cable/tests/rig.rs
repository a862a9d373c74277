//! A cable between two programs on a clock that the test moves.

use std::boxed::Box;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::vec::Vec;

use crate::cable::{Direction, Ends, Engine, Event, Pages, State, Stream, Way};
use crate::format::{Encoding, WaveFormat};
use crate::position::Clock;

/// Most frequent of all performance counters.
pub(super) const FREQUENCY_HZ: u64 = 10_000_000;
pub(super) const MS: u64 = FREQUENCY_HZ / 1000;

#[derive(Clone)]
pub(super) struct Shared(pub(super) Rc<RefCell<Vec<u8>>>);

impl Pages for Shared {
    fn bytes(&self) -> usize {
        self.0.borrow().len()
    }

    fn load(&self, at: usize, to: &mut [u8]) {
        to.copy_from_slice(&self.0.borrow()[at..at + to.len()]);
    }

    fn store(&mut self, at: usize, from: &[u8]) {
        self.0.borrow_mut()[at..at + from.len()].copy_from_slice(from);
    }
}

#[derive(Clone)]
pub(super) struct Counted(pub(super) Rc<Cell<u32>>);

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Event for Counted {
    fn set(&self) {
        self.0.set(self.0.get() + 1);
    }
}

/// A program at one end.
pub(super) struct Program {
    pub(super) direction: Direction,
    pub(super) id: u64,
    pub(super) format: WaveFormat,
    pub(super) pages: Shared,
    /// Frames it has written or read.
    pub(super) done_frames: u64,
}

pub(super) struct Rig {
    pub(super) engine: Engine<Shared, Counted>,
    pub(super) ends: Ends,
    pub(super) now: u64,
}

pub(super) const fn format(encoding: Encoding, channels: u16, rate_hz: u32) -> WaveFormat {
    let channel_mask = match channels {
        1 => 4,
        2 => 3,
        6 => 0x3F,
        _ => 0x63F,
    };
    WaveFormat { encoding, channels, rate_hz, channel_mask }
}

impl Rig {
    pub(super) fn new() -> Self {
        let mut rig =
            Self { engine: Engine::new(Clock::new(FREQUENCY_HZ)), ends: Ends::default(), now: 987_654_321 };
        rig.advance(0);
        rig
    }

    /// Opens a stream with a buffer of `buffer_frames` in `packets` packets, 0 for none.
    pub(super) fn open(
        &mut self,
        direction: Direction,
        format: WaveFormat,
        buffer_frames: usize,
        packets: u32,
    ) -> Program {
        let stream = Stream::new(format, self.ends.of(direction)).unwrap();
        let id = self.engine.attach(direction, &mut Some(Box::new([stream]))).expect("an empty seat");
        // What is there before anything was recorded must never be heard.
        let pages =
            Shared(Rc::new(RefCell::new(std::vec![0x55; buffer_frames * format.frame_bytes() as usize])));
        let packets = (packets > 0).then_some(packets);
        let half = self.engine.stream(direction, id).unwrap();
        assert!(half.set_buffer(&mut Some(pages.clone()), packets));
        if let Some((pair, [from, to])) = self.engine.lacks_way() {
            let mut way = Some(Box::new([Way::new(&from, &to).unwrap()]));
            self.engine.set_way(pair, &mut way);
            assert!(way.is_none());
        }
        Program { direction, id, format, pages, done_frames: 0 }
    }

    pub(super) fn set_state(&mut self, program: &Program, state: State) {
        self.engine.set_state(program.direction, program.id, state);
    }

    /// Moves the clock on by `ticks` and the cable with it; returns in how many steps.
    pub(super) fn advance(&mut self, ticks: u64) -> usize {
        self.now += ticks;
        let mut steps = 1;
        while !self.engine.advance(self.now, &self.ends) {
            steps += 1;
        }
        steps
    }

    pub(super) fn frames(&mut self, program: &Program) -> u64 {
        self.engine.frames(program.direction, program.id).unwrap()
    }

    /// Writes what comes next as far as the buffer has room; `sound` gives a frame's bytes.
    pub(super) fn write(&mut self, program: &mut Program, sound: impl Fn(u64) -> Vec<u8>) {
        let played = self.frames(program);
        let bytes = program.format.frame_bytes() as usize;
        let mut pages = program.pages.0.borrow_mut();
        let room = (pages.len() / bytes) as u64;
        program.done_frames = program.done_frames.max(played);
        while program.done_frames < played + room {
            let at = (program.done_frames % room) as usize * bytes;
            pages[at..at + bytes].copy_from_slice(&sound(program.done_frames));
            program.done_frames += 1;
        }
    }

    /// Reads what was recorded since the last time, and spoils it: it must be written anew.
    pub(super) fn read(&mut self, program: &mut Program) -> Vec<u8> {
        let recorded = self.frames(program);
        let bytes = program.format.frame_bytes() as usize;
        let mut pages = program.pages.0.borrow_mut();
        let room = (pages.len() / bytes) as u64;
        let mut read = Vec::new();
        while program.done_frames < recorded {
            let at = (program.done_frames % room) as usize * bytes;
            read.extend_from_slice(&pages[at..at + bytes]);
            pages[at..at + bytes].fill(0x55);
            program.done_frames += 1;
        }
        read
    }
}

/// Bytes of a frame that look like noise, the same each time.
pub(super) fn noise(format: WaveFormat) -> impl Fn(u64) -> Vec<u8> {
    move |frame| {
        let mut state = frame.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        };
        (0..format.frame_bytes()).map(|_| next()).collect()
    }
}
