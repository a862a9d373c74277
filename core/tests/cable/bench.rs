//! A cable on the bench: a player whose frames carry their position, and a recorder that reads them.

use vcable_core::{
    cable::{Cable, Reader, Writer, connect},
    stats::Snapshot,
};

use crate::ports::{Port, planar};

const CAPACITY: usize = 4096;
/// Frames of one cycle, of either end.
pub(crate) const CYCLE: usize = 256;

type Shared<'a> = &'a Cable<&'a mut [u64]>;

/// Both ends of a cable and the position of the next frame the player has.
pub(crate) struct Bench<'a> {
    pub(crate) writer: Writer<Shared<'a>>,
    pub(crate) reader: Reader<Shared<'a>>,
    pub(crate) next: u64,
}

impl Bench<'_> {
    /// Plays the next `frames` frames; returns how many went into the ring.
    pub(crate) fn play(&mut self, frames: usize) -> usize {
        let port = Port::counting(2, self.next, frames);
        self.next += frames as u64;
        self.writer.write(&port, frames)
    }

    /// Positions heard in one cycle; 0 is silence.
    pub(crate) fn record(&mut self, frames: usize) -> Vec<u32> {
        let mut port = Port(vec![vec![0xa5; 4 * frames]; 2]);
        let read = self.reader.read(&mut port, frames);
        let positions = port.positions();
        assert_eq!(positions.iter().filter(|position| **position > 0).count(), read);
        positions
    }

    /// The same where both ends have one clock.
    pub(crate) fn follow(&mut self, frames: usize) -> Vec<u32> {
        let mut port = Port(vec![vec![0xa5; 4 * frames]; 2]);
        self.reader.read_follow(&mut port, frames);
        port.positions()
    }

    /// The counters now.
    pub(crate) fn stats(&self) -> Snapshot {
        self.writer.cable().stats().snapshot()
    }
}

/// Runs `test` on a new cable of two planes, with both ends at rest.
pub(crate) fn bench(test: impl FnOnce(Bench<'_>)) {
    let format = planar(2, 48_000);
    let words = Cable::<&mut [u64]>::storage_words(&format, CAPACITY).expect("a power of two");
    let mut storage = vec![0; words];
    let cable = Cable::new(&mut storage[..], format, CAPACITY).expect("enough storage");
    let (writer, reader) = connect(&cable).expect("a new cable");
    assert!(connect(&cable).is_none());
    test(Bench { writer, reader, next: 1 });
}

/// `frames` positions from `from` on.
pub(crate) fn positions(from: u32, frames: usize) -> Vec<u32> {
    (from..).take(frames).collect()
}
