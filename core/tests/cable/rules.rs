//! The cable's rules, one example each.

use vcable_core::{
    cable::{Cable, Reader, Writer, connect},
    chain::Due,
    format::{Layout, StreamFormat},
    stats::Snapshot,
};

use crate::ports::{Port, planar};

const CAPACITY: usize = 4096;
const CYCLE: usize = 256;

type Shared<'a> = &'a Cable<&'a mut [u64]>;

/// Both ends of a cable and the position of the next frame the player has.
struct Bench<'a> {
    writer: Writer<Shared<'a>>,
    reader: Reader<Shared<'a>>,
    next: u64,
}

impl Bench<'_> {
    fn play(&mut self, frames: usize) -> usize {
        let port = Port::counting(2, self.next, frames);
        self.next += frames as u64;
        self.writer.write(&port, frames)
    }

    /// Positions heard in one cycle; 0 is silence.
    fn record(&mut self, frames: usize) -> Vec<u32> {
        let mut port = Port(vec![vec![0xa5; 4 * frames]; 2]);
        let read = self.reader.read(&mut port, frames);
        let positions = port.positions();
        assert_eq!(positions.iter().filter(|position| **position > 0).count(), read);
        positions
    }

    fn follow(&mut self, frames: usize) -> Vec<u32> {
        let mut port = Port(vec![vec![0xa5; 4 * frames]; 2]);
        self.reader.read_follow(&mut port, frames);
        port.positions()
    }

    fn stats(&self) -> Snapshot {
        self.writer.cable().stats().snapshot()
    }
}

/// Runs `test` on a new cable of two planes, with both ends at rest.
fn bench(test: impl FnOnce(Bench<'_>)) {
    let format = planar(2, 48_000);
    let words = Cable::<&mut [u64]>::storage_words(&format, CAPACITY).expect("a power of two");
    let mut storage = vec![0; words];
    let cable = Cable::new(&mut storage[..], format, CAPACITY).expect("enough storage");
    let (writer, reader) = connect(&cable).expect("a new cable");
    assert!(connect(&cable).is_none());
    test(Bench { writer, reader, next: 1 });
}

fn positions(from: u32, frames: usize) -> Vec<u32> {
    (from..).take(frames).collect()
}

const ONCE: Due = Due::Now { next_after_frames: None };

#[test]
fn chained_ends_add_no_latency_whichever_starts_first() {
    for writer_first in [true, false] {
        bench(|mut bench| {
            if writer_first {
                bench.writer.start();
                bench.play(CYCLE);
                bench.reader.start();
            } else {
                bench.reader.start();
                assert_eq!(bench.record(CYCLE), vec![0; CYCLE]);
                bench.writer.start();
            }
            for _ in 0..10 {
                let from = u32::try_from(bench.next).expect("small");
                bench.play(CYCLE);
                assert_eq!(bench.reader.due(CYCLE), ONCE);
                assert_eq!(bench.record(CYCLE), positions(from, CYCLE));
                assert_eq!(bench.reader.due(CYCLE), Due::Wait);
                assert_eq!(bench.reader.fill_frames(), 0);
            }
            let stats = bench.stats();
            assert_eq!((stats.underruns, stats.overruns, stats.trims), (0, 0, 0));
            assert_eq!(stats.frames_unheard, if writer_first { CYCLE as u64 } else { 0 });
        });
    }
}

/// A reader that is started long before its first cycle hears the present, not what piled up.
#[test]
fn a_late_first_cycle_joins_at_the_present() {
    bench(|mut bench| {
        bench.reader.start();
        bench.writer.start();
        for _ in 0..5 {
            bench.play(CYCLE);
        }
        assert_eq!(bench.reader.due(CYCLE), ONCE);
        assert_eq!(bench.record(CYCLE), positions(1 + 4 * 256, CYCLE));
        assert_eq!((bench.reader.fill_frames(), bench.stats().trims), (0, 0));
        assert_eq!(bench.stats().frames_trimmed, 4 * 256);
    });
}

#[test]
fn nothing_is_kept_for_nobody() {
    bench(|mut bench| {
        bench.writer.start();
        assert_eq!(bench.play(CYCLE), 0);
        bench.reader.start();
        assert_eq!(bench.play(CYCLE), CYCLE);
        bench.reader.stop();
        assert_eq!(bench.play(100), 0);
        // What lay in the ring when the reader left is older than its return.
        bench.reader.start();
        assert_eq!(bench.reader.fill_frames(), 0);
        assert_eq!(bench.stats().frames_unheard, 356);
    });
}

#[test]
fn a_new_stream_is_not_preceded_by_the_rest_of_the_last() {
    bench(|mut bench| {
        bench.reader.start();
        bench.writer.start();
        bench.record(CYCLE);
        bench.play(100);
        bench.writer.stop();
        bench.writer.start();
        bench.play(CYCLE);
        assert_eq!(bench.reader.due(CYCLE), ONCE);
        assert_eq!(bench.record(CYCLE), positions(101, CYCLE));
        assert_eq!(bench.reader.fill_frames(), 0);
    });
}

/// The first cycle after a driver change has an odd size; it must not stay as latency.
#[test]
fn an_odd_first_cycle_leaves_no_latency_and_no_gap() {
    bench(|mut bench| {
        bench.reader.start();
        bench.record(CYCLE);
        bench.writer.start();
        bench.play(100);
        assert_eq!(bench.reader.due(CYCLE), Due::Wait);
        bench.play(CYCLE);
        assert_eq!(bench.reader.due(CYCLE), ONCE);
        assert_eq!(bench.record(CYCLE), positions(101, CYCLE));
        assert_eq!((bench.reader.fill_frames(), bench.stats().trims), (0, 0));
    });
}

/// In mid-stream the odd rest goes once the sizes have settled, and is counted. Alternating sizes lose nothing.
#[test]
fn an_odd_cycle_is_trimmed_once_sizes_are_regular() {
    bench(|mut bench| {
        bench.reader.start();
        bench.writer.start();
        let mut trims = Vec::new();
        for wrote in [256, 255, 257, 256, 255, 257, 356, 256, 256, 256, 256] {
            bench.play(wrote);
            while bench.reader.due(CYCLE) != Due::Wait {
                bench.record(CYCLE);
            }
            trims.push(bench.stats().trims);
        }
        assert_eq!(trims, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!((bench.reader.fill_frames(), bench.stats().frames_trimmed), (0, 100));
    });
}

#[test]
fn silence_counts_as_underrun_only_while_a_writer_delivers() {
    bench(|mut bench| {
        bench.reader.start();
        bench.record(CYCLE);
        bench.writer.start();
        bench.record(CYCLE);
        assert_eq!(bench.stats().underruns, 0);
        bench.play(100);
        assert_eq!(bench.record(CYCLE), [positions(1, 100), vec![0; 156]].concat());
        bench.record(CYCLE);
        assert_eq!(bench.stats().underruns, 1);
        bench.play(CYCLE);
        bench.record(CYCLE);
        bench.record(CYCLE);
        assert_eq!(bench.stats().underruns, 2);
        bench.writer.stop();
        bench.record(CYCLE);
        assert_eq!((bench.stats().underruns, bench.stats().silence_frames), (2, 5 * 256 + 156));
    });
}

/// A reader frozen until the ring ran over goes on with at most one cycle of the old sound.
#[test]
fn an_overrun_leaves_no_latency() {
    bench(|mut bench| {
        bench.reader.start();
        bench.writer.start();
        bench.record(CYCLE);
        for _ in 0..20 {
            bench.play(CYCLE);
        }
        assert_eq!((bench.stats().overruns, bench.stats().frames_lost), (1, 4 * 256));
        assert_eq!(bench.reader.due(CYCLE), ONCE);
        assert_eq!(bench.record(CYCLE), positions(1 + 15 * 256, CYCLE));
        assert_eq!((bench.reader.fill_frames(), bench.stats().trims), (0, 1));
        bench.play(CYCLE);
        assert_eq!(bench.record(CYCLE), positions(1 + 20 * 256, CYCLE));
    });
}

#[test]
fn following_a_late_player_costs_silence_but_no_data() {
    bench(|mut bench| {
        bench.reader.start();
        bench.writer.start();
        bench.play(100);
        assert_eq!(bench.follow(CYCLE), vec![0; CYCLE]);
        bench.play(CYCLE);
        assert_eq!(bench.follow(CYCLE), positions(1, CYCLE));
        bench.writer.stop();
        assert_eq!(bench.follow(CYCLE), [positions(257, 100), vec![0; 156]].concat());
        assert_eq!(bench.stats().underruns, 1);
    });
}

/// One cycle too many stays, as the reserve of a player that was late; more is trimmed after a second.
#[test]
fn following_sheds_latency_that_is_never_used() {
    bench(|mut bench| {
        bench.reader.start();
        bench.writer.start();
        bench.follow(CYCLE);
        bench.play(3 * CYCLE);
        let mut fills = Vec::new();
        for _ in 0..2 * 48_000 / CYCLE {
            bench.play(CYCLE);
            bench.follow(CYCLE);
            fills.push(bench.reader.fill_frames());
        }
        assert_eq!(fills.first(), Some(&(3 * CYCLE)));
        let trimmed_at = fills.iter().position(|fill| *fill == CYCLE).expect("the excess is trimmed");
        assert_eq!(trimmed_at, 187, "a second has 187.5 cycles");
        assert!(fills[trimmed_at..].iter().all(|fill| *fill == CYCLE));
        assert_eq!((bench.stats().trims, bench.stats().frames_trimmed), (1, 2 * 256));
    });
}

/// Short or missing planes on either side are silence, never a panic.
#[test]
fn short_ports_are_silence() {
    let format = StreamFormat { layout: Layout::Planar, ..planar(2, 48_000) };
    let mut storage = vec![0; 64];
    let cable = Cable::new(&mut storage[..], format, 64).expect("8 bytes per frame");
    let (mut writer, mut reader) = connect(&cable).expect("a new cable");
    reader.start();
    writer.start();
    // 40 frames first, so that the next cycle wraps and the short plane ends after the wrap.
    writer.write(&Port(vec![vec![1; 160]; 2]), 40);
    assert_eq!(reader.read(&mut Port(vec![vec![0; 160]]), 40), 40);
    assert_eq!(writer.write(&Port(vec![vec![2; 101]]), 40), 40);
    let mut sink = Port(vec![vec![9; 200], vec![9; 120], vec![9; 4]]);
    assert_eq!(reader.read(&mut sink, 45), 40);
    assert_eq!(sink.0[0], [vec![2; 101], vec![0; 79], vec![9; 20]].concat());
    assert_eq!(sink.0[1], vec![0; 120]);
    assert_eq!(sink.0[2], vec![9; 4]);
}
