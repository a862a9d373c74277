//! The cable against a naive twin: the rules again, over a queue of frames, one frame at a time.

use std::collections::VecDeque;

use proptest::prelude::*;
use vcable_core::{
    cable::{Cable, Reader, Writer, connect},
    stats::Snapshot,
};

use crate::ports::{Port, planar};

const CAPACITY: usize = 256;
/// The lowest rate, so that a second of cycles is short.
const RATE_HZ: u32 = 8_000;

#[derive(Clone, Copy, Debug)]
enum Step {
    StartWriter,
    StopWriter,
    StartReader,
    StopReader,
    Write(usize),
    Read(usize),
    Follow(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let cycle = prop_oneof![Just(64_usize), 0..100_usize];
    let step = prop_oneof![
        1 => Just(Step::StartWriter),
        1 => Just(Step::StopWriter),
        1 => Just(Step::StartReader),
        1 => Just(Step::StopReader),
        12 => cycle.clone().prop_map(Step::Write),
        6 => cycle.clone().prop_map(Step::Read),
        6 => cycle.prop_map(Step::Follow),
    ];
    // Mostly running, or little would cross.
    prop::collection::vec(step, 0..400)
        .prop_map(|steps| [Step::StartReader, Step::StartWriter].into_iter().chain(steps).collect())
}

/// One frame in the twin's queue: the stream it belongs to, and its position.
type Tagged = (u32, u32);

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "naive: each is one independent fact of the rules")]
struct Twin {
    queue: VecDeque<Tagged>,
    stream: u32,
    writer_on: bool,
    reader_on: bool,
    wrote: usize,
    full: bool,
    overrun_unseen: bool,
    joining: bool,
    short: bool,
    /// For each frame of time that passed with more than a cycle in the queue: how much more.
    idle: Vec<usize>,
    counts: Snapshot,
}

impl Twin {
    fn write(&mut self, from: u32, frames: usize) {
        self.counts.writer_cycles += 1;
        self.wrote = frames;
        if !self.reader_on {
            self.counts.frames_unheard += frames as u64;
            return;
        }
        let mut fits = true;
        for position in (from..).take(frames) {
            if self.queue.len() < CAPACITY {
                self.queue.push_back((self.stream, position));
                self.counts.frames_written += 1;
            } else {
                self.counts.frames_lost += 1;
                fits = false;
            }
        }
        if !fits && !self.full {
            self.counts.overruns += 1;
            self.overrun_unseen = true;
        }
        self.full = !fits;
    }

    fn drop_until(&mut self, mut done: impl FnMut(&VecDeque<Tagged>) -> bool) -> bool {
        let mut dropped = false;
        while !self.queue.is_empty() && !done(&self.queue) {
            self.queue.pop_front();
            self.counts.frames_trimmed += 1;
            dropped = true;
        }
        dropped
    }

    fn settle(&mut self, need: usize) {
        if std::mem::take(&mut self.overrun_unseen) && self.drop_until(|queue| queue.len() <= need) {
            self.counts.trims += 1;
        }
        let stream = self.stream;
        self.drop_until(|queue| queue.front().is_some_and(|frame| frame.0 == stream));
        if std::mem::take(&mut self.joining) {
            let keep = need.max(self.wrote);
            self.drop_until(|queue| queue.len() <= keep);
        }
    }

    fn read(&mut self, frames: usize, follow: bool) -> Vec<u32> {
        self.settle(frames);
        let wait = follow && self.writer_on && self.queue.len() < frames;
        let mut heard = Vec::new();
        while !wait && heard.len() < frames && !self.queue.is_empty() {
            heard.extend(self.queue.pop_front().map(|frame| frame.1));
        }
        self.counts.reader_cycles += 1;
        self.counts.frames_read += heard.len() as u64;
        let short = heard.len() < frames && self.writer_on && self.wrote > 0;
        self.counts.underruns += u64::from(short && !self.short);
        self.short = short;
        self.counts.silence_frames += (frames - heard.len()) as u64;
        heard.resize(frames, 0);
        if follow {
            self.watch(frames);
        }
        heard
    }

    fn watch(&mut self, frames: usize) {
        let fill = self.queue.len();
        if fill <= frames {
            self.idle.clear();
            return;
        }
        self.idle.extend(std::iter::repeat_n(fill - frames, frames));
        if self.idle.len() >= RATE_HZ as usize {
            let excess = self.idle.drain(..).min().expect("a second of frames");
            assert!(self.drop_until(|queue| queue.len() <= fill - excess));
            self.counts.trims += 1;
        }
    }
}

/// The cable and its twin side by side.
struct Pair<'a> {
    writer: Writer<&'a Cable<&'a mut [u64]>>,
    reader: Reader<&'a Cable<&'a mut [u64]>>,
    twin: Twin,
    next: u32,
}

impl Pair<'_> {
    fn step(&mut self, step: Step) {
        match step {
            Step::StartWriter => {
                self.writer.start();
                self.twin = Twin {
                    stream: self.twin.stream + 1,
                    writer_on: true,
                    wrote: 0,
                    full: false,
                    ..std::mem::take(&mut self.twin)
                };
            }
            Step::StopWriter => {
                self.writer.stop();
                self.twin.writer_on = false;
            }
            Step::StartReader => {
                self.reader.start();
                self.twin.drop_until(|_| false);
                self.twin = Twin {
                    reader_on: true,
                    joining: true,
                    overrun_unseen: false,
                    short: false,
                    idle: Vec::new(),
                    ..std::mem::take(&mut self.twin)
                };
            }
            Step::StopReader => {
                self.reader.stop();
                self.twin.reader_on = false;
            }
            Step::Write(frames) => {
                self.writer.write(&Port::counting(2, u64::from(self.next), frames), frames);
                self.twin.write(self.next, frames);
                self.next += frames as u32;
            }
            Step::Read(frames) => self.compare(frames, false),
            Step::Follow(frames) => self.compare(frames, true),
        }
        assert_eq!(self.reader.fill_frames(), self.twin.queue.len());
        assert_eq!(self.reader.cable().stats().snapshot(), self.twin.counts);
    }

    fn compare(&mut self, frames: usize, follow: bool) {
        let mut port = Port(vec![vec![0xa5; 4 * frames]; 2]);
        let read = if follow {
            self.reader.read_follow(&mut port, frames)
        } else {
            self.reader.read(&mut port, frames)
        };
        let expected = self.twin.read(frames, follow);
        assert_eq!(read, expected.iter().filter(|position| **position > 0).count());
        assert_eq!(port.positions(), expected);
    }
}

proptest! {
    #[test]
    fn the_twin_agrees(steps in steps()) {
        let format = planar(2, RATE_HZ);
        let mut storage = vec![0; Cable::<&mut [u64]>::storage_words(&format, CAPACITY)?];
        let cable = Cable::new(&mut storage[..], format, CAPACITY)?;
        let (writer, reader) = connect(&cable).expect("a new cable");
        let mut pair = Pair { writer, reader, twin: Twin::default(), next: 1 };
        for step in steps {
            pair.step(step);
        }
        let counts = pair.twin.counts;
        let offered = counts.frames_written + counts.frames_unheard + counts.frames_lost;
        prop_assert_eq!(offered, u64::from(pair.next) - 1);
        let left = counts.frames_read + counts.frames_trimmed + pair.twin.queue.len() as u64;
        prop_assert_eq!(left, counts.frames_written);
    }
}
