//! One clock for both ends, in any order within its cycles: what is heard is what was played one cycle before.

use proptest::prelude::*;
use vcable_core::cable::{Cable, connect};

use crate::bench::{Bench, CYCLE, bench, positions};
use crate::ports::{Port, planar};

/// Time of cycle `number`; only that it differs from all others counts.
fn time(number: usize) -> u64 {
    1_000_000 + 5_333_333 * number as u64
}

impl Bench<'_> {
    fn play_at(&mut self, frames: usize, cycle: usize) {
        let port = Port::counting(2, self.next, frames);
        self.next += frames as u64;
        self.writer.write_at(&port, frames, time(cycle));
    }

    fn share(&mut self, frames: usize, cycle: usize) -> Vec<u32> {
        let mut port = Port(vec![vec![0xa5; 4 * frames]; 2]);
        let read = self.reader.read_shared(&mut port, frames, time(cycle));
        let positions = port.positions();
        assert_eq!(positions.iter().filter(|position| **position > 0).count(), read);
        positions
    }
}

#[test]
fn whoever_is_first_the_last_cycle_is_heard() {
    for order in [[true; 4], [false; 4], [true, false, true, false]] {
        bench(|mut bench| {
            bench.reader.start();
            bench.writer.start();
            for cycle in 0..200 {
                let from = u32::try_from(bench.next).expect("small");
                let writer_first = order[cycle % 4];
                if writer_first {
                    bench.play_at(CYCLE, cycle);
                }
                let heard = bench.share(CYCLE, cycle);
                if !writer_first {
                    bench.play_at(CYCLE, cycle);
                }
                let expected = if cycle == 0 { vec![0; CYCLE] } else { positions(from - 256, CYCLE) };
                assert_eq!(heard, expected, "cycle {cycle}, {order:?}");
            }
            let stats = bench.stats();
            assert_eq!((stats.trims, stats.frames_trimmed, stats.overruns), (0, 0, 0));
        });
    }
}

/// A reader that misses cycles loses theirs and no other, and one that goes on hears the last one at once.
#[test]
fn missed_cycles_leave_no_latency() {
    bench(|mut bench| {
        bench.reader.start();
        bench.writer.start();
        for cycle in 0..40 {
            if cycle % 10 != 7 {
                let from = u32::try_from(bench.next).expect("small");
                // Nothing was played in the cycle before.
                let is_silent = cycle == 0 || cycle % 10 == 4;
                let expected = if is_silent { vec![0; CYCLE] } else { positions(from - 256, CYCLE) };
                assert_eq!(bench.share(CYCLE, cycle), expected, "cycle {cycle}");
            }
            if cycle % 10 != 3 {
                bench.play_at(CYCLE, cycle);
            }
        }
        let stats = bench.stats();
        assert_eq!((stats.trims, stats.frames_trimmed), (4, 4 * 256));
    });
}

/// What was played is heard to its end, and the silence after a longer cycle begins is as long as it must be.
#[test]
fn a_change_of_the_cycle_costs_the_difference_and_a_writer_that_stops_nothing() {
    bench(|mut bench| {
        bench.reader.start();
        bench.writer.start();
        let mut heard = Vec::new();
        for (cycle, frames) in [64, 64, 64, 256, 256, 256].into_iter().enumerate() {
            heard.extend(bench.share(frames, cycle));
            bench.play_at(frames, cycle);
        }
        bench.writer.stop();
        heard.extend(bench.share(256, 6));
        let expected = [vec![0; 64], positions(1, 192), vec![0; 192], positions(193, 768)].concat();
        assert_eq!(heard, expected);
        assert_eq!(bench.stats().frames_trimmed, 0);
    });
}

/// A writer that tells no time comes second in every cycle.
#[test]
fn without_a_time_nothing_is_held_back() {
    bench(|mut bench| {
        bench.reader.start();
        bench.writer.start();
        bench.play(CYCLE);
        assert_eq!(bench.share(CYCLE, 1), positions(1, CYCLE));
        bench.play_at(CYCLE, 2);
        let mut port = Port(vec![vec![0; 4 * CYCLE]; 2]);
        assert_eq!(bench.reader.read_shared(&mut port, CYCLE, 0), CYCLE);
    });
}

/// What happens in one cycle of the clock.
#[derive(Clone, Copy, Debug)]
struct Round {
    frames: usize,
    writer_first: bool,
    writes: bool,
    reads: bool,
    restart: Restart,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Restart {
    None,
    Writer,
    Reader,
    WriterStops,
}

fn rounds() -> impl Strategy<Value = Vec<Round>> {
    let restart = prop_oneof![
        20 => Just(Restart::None),
        1 => Just(Restart::Writer),
        1 => Just(Restart::Reader),
        1 => Just(Restart::WriterStops),
    ];
    let frames = prop_oneof![9 => Just(64_usize), 1 => 1..100_usize];
    let often = || prop::bool::weighted(0.95);
    let round = (frames, any::<bool>(), often(), often(), restart);
    let round = round.prop_map(|(frames, writer_first, writes, reads, restart)| Round {
        frames,
        writer_first,
        writes,
        reads,
        restart,
    });
    prop::collection::vec(round, 1..120)
}

/// Frames that wait: the cycle they were played in, and their position.
#[derive(Default)]
struct Twin {
    waiting: Vec<(usize, u32)>,
    next: u32,
}

impl Twin {
    fn hear(&mut self, cycle: usize, frames: usize) -> Vec<u32> {
        let (mut before, since): (Vec<_>, Vec<_>) =
            self.waiting.drain(..).partition(|(played_in, _)| *played_in < cycle);
        self.waiting = since;
        let old = before.len().saturating_sub(frames);
        let mut heard: Vec<_> = before.drain(..).skip(old).map(|(_, position)| position).collect();
        heard.resize(frames, 0);
        heard
    }

    fn play(&mut self, cycle: usize, frames: usize) {
        let frames = (0..frames as u32).map(|frame| (cycle, self.next + frame + 1));
        self.waiting.extend(frames);
        self.next = self.waiting.last().map_or(self.next, |frame| frame.1);
    }
}

proptest! {
    #[test]
    fn the_twin_hears_the_same(rounds in rounds()) {
        let format = planar(2, 48_000);
        let mut storage = vec![0; Cable::<&mut [u64]>::storage_words(&format, 4096)?];
        let cable = Cable::new(&mut storage[..], format, 4096)?;
        let (writer, reader) = connect(&cable).expect("a new cable");
        let mut bench = Bench { writer, reader, next: 1 };
        let mut twin = Twin::default();
        bench.reader.start();
        bench.writer.start();
        // In which cycle what was last played, and how much; nothing when a start was in between.
        let mut last = None;
        for (cycle, round) in rounds.into_iter().enumerate() {
            match round.restart {
                Restart::None => {}
                Restart::Writer => bench.writer.start(),
                Restart::Reader => bench.reader.start(),
                Restart::WriterStops => bench.writer.stop(),
            }
            if matches!(round.restart, Restart::Writer | Restart::Reader) {
                twin.waiting.clear();
                last = None;
            }
            let before = last.take();
            for is_writer in [round.writer_first, !round.writer_first] {
                if is_writer && round.writes {
                    last = Some((bench.next as u32, round.frames));
                    bench.play_at(round.frames, cycle);
                    twin.play(cycle, round.frames);
                } else if !is_writer && round.reads {
                    let heard = bench.share(round.frames, cycle);
                    prop_assert_eq!(&heard, &twin.hear(cycle, round.frames), "cycle {}", cycle);
                    if let Some((from, frames)) = before
                        && frames == round.frames
                    {
                        prop_assert_eq!(heard, positions(from, frames), "cycle {}: not one behind", cycle);
                    }
                }
            }
        }
        let (stats, left) = (bench.stats(), bench.reader.fill_frames() as u64);
        prop_assert_eq!(stats.frames_read + stats.frames_trimmed + left, stats.frames_written);
    }
}
