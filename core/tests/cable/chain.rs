//! Driver chaining in virtual time: a writer and a reader with cycles of their own size, timers that fire when
//! told, and stalls. Every frame carries its position, so a lost, repeated or reordered one is seen.

use proptest::prelude::*;
use vcable_core::{
    cable::{Cable, Reader, Writer, connect},
    chain::{Chain, Due, MAX_PACE},
};

use crate::ports::{Port, planar};

const QUANTA: [usize; 5] = [64, 256, 441, 480, 1024];
const CAPACITY: usize = 1 << 14;

type Shared<'a> = &'a Cable<&'a mut [u64]>;

/// A span of time in which no reader cycle can run.
#[derive(Clone, Copy, Debug)]
struct Stall {
    from: usize,
    until: usize,
}

/// What one run showed.
#[derive(Default)]
struct Run {
    /// Fill before each writer cycle's `due`, with the time.
    fills: Vec<(usize, usize)>,
    /// Fill after each reader cycle, with the time.
    residuals: Vec<(usize, usize)>,
    heard: Vec<u32>,
}

struct Simulation<'a> {
    writer: Writer<Shared<'a>>,
    reader: Reader<Shared<'a>>,
    need: usize,
    timer: Option<usize>,
    run: Run,
}

impl Simulation<'_> {
    /// Asks whether the reader is due at `now`; runs it if so, and sets its timer as told.
    fn ask(&mut self, now: usize) {
        self.timer = None;
        let Due::Now { next_after_frames } = self.reader.due(self.need) else { return };
        let mut port = Port(vec![vec![0; 4 * self.need]; 2]);
        assert_eq!(self.reader.read(&mut port, self.need), self.need, "a due cycle is a full one");
        self.run.heard.extend(port.positions());
        self.run.residuals.push((now, self.reader.fill_frames()));
        self.timer = next_after_frames.map(|frames| now + frames);
    }

    /// Runs for `cycles` writer cycles. A timer that falls into a stall fires at its end; a writer's cycle in a
    /// stall cannot run the reader.
    fn advance(&mut self, wrote: usize, cycles: usize, stalls: &[Stall]) {
        let stalled = |at: usize| stalls.iter().find(|stall| (stall.from..stall.until).contains(&at));
        for cycle in 0..cycles {
            let now = cycle * wrote;
            self.writer.write(&Port::counting(2, 1 + now as u64, wrote), wrote);
            self.run.fills.push((now, self.reader.fill_frames()));
            if stalled(now).is_none() {
                self.ask(now);
            }
            while let Some(at) = self.timer.filter(|&at| at < now + wrote) {
                match stalled(at) {
                    Some(stall) => self.timer = Some(stall.until),
                    None => self.ask(at),
                }
            }
        }
    }
}

fn simulate(need: usize, wrote: usize, cycles: usize, stalls: &[Stall]) -> Run {
    let format = planar(2, 48_000);
    let words = Cable::<&mut [u64]>::storage_words(&format, CAPACITY).expect("a power of two");
    let mut storage = vec![0; words];
    let cable = Cable::new(&mut storage[..], format, CAPACITY).expect("enough storage");
    let (mut writer, mut reader) = connect(&cable).expect("a new cable");
    reader.start();
    writer.start();
    let mut simulation = Simulation { writer, reader, need, timer: None, run: Run::default() };
    simulation.advance(wrote, cycles, stalls);
    let stats = cable.stats().snapshot();
    assert_eq!((stats.trims, stats.overruns, stats.underruns), (0, 0, 0));
    simulation.run
}

/// Nothing lost, repeated or reordered: the positions count up from the first.
fn assert_lossless(heard: &[u32]) {
    for (&position, expected) in heard.iter().zip(1..) {
        assert_eq!(position, expected);
    }
}

fn assert_in_step(run: &Run, need: usize, wrote: usize, from: usize) {
    for &(at, fill) in run.fills.iter().filter(|(at, _)| *at >= from) {
        assert!(
            fill < need + wrote,
            "{need}/{wrote}: {fill} frames in the ring at {at}, in step from {from}"
        );
    }
    for &(at, residual) in run.residuals.iter().filter(|(at, _)| *at >= from) {
        assert!(need != wrote || residual == 0, "{need}: {residual} frames left behind at {at}");
    }
}

/// Without stalls the ring never holds more than one cycle of each end, and nothing with equal cycles.
#[test]
fn in_step_for_all_pairs() {
    for need in QUANTA {
        for wrote in QUANTA {
            let run = simulate(need, wrote, 400, &[]);
            assert_lossless(&run.heard);
            assert_in_step(&run, need, wrote, 0);
            assert!(run.heard.len() + need + wrote > 400 * wrote, "{need}/{wrote}: the reader fell behind");
        }
    }
}

/// The example of the design: one missed cycle of equal size is made up for within the writer's next.
#[test]
fn one_missed_cycle_is_made_up_at_once() {
    let run = simulate(256, 256, 20, &[Stall { from: 256, until: 300 }]);
    assert_lossless(&run.heard);
    let times: Vec<_> = run.residuals.iter().map(|(at, _)| *at).take(4).collect();
    assert_eq!(times, [0, 512, 512 + 128, 768]);
    assert_in_step(&run, 256, 256, 640);
}

/// Never more than `MAX_PACE` cycles start within one of the reader's own, but for the one that falls to the
/// writer's cycle.
#[test]
fn catching_up_keeps_its_distance() {
    for need in QUANTA {
        for wrote in QUANTA {
            let until = 9_000;
            let run = simulate(need, wrote, 400, &[Stall { from: 1, until }]);
            assert_lossless(&run.heard);
            let times: Vec<_> = run.residuals.iter().map(|(at, _)| *at).filter(|at| *at >= until).collect();
            for pair in times.windows(3) {
                let closest = need.div_ceil(MAX_PACE);
                assert!(pair[2] - pair[0] >= closest, "{need}/{wrote}: cycles at {pair:?}");
            }
        }
    }
}

proptest! {
    // Each case is some seconds of sound, frame by frame.
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Stalls of any length the ring can hold lose nothing, and the ring drains back to its floor at the promised
    /// pace: four cycles' worth out for each in, so within a third of the backlog's time, and a few cycles for
    /// the grid that the two quanta make.
    #[test]
    fn stalls_lose_nothing_and_leave_nothing(
        need in prop::sample::select(&QUANTA[..]),
        wrote in prop::sample::select(&QUANTA[..]),
        stalls in prop::collection::vec((0_usize..40_000, 1_usize..8_000), 0..4),
    ) {
        // Apart by what it takes to recover, so that backlogs do not add up to more than the ring.
        let mut stalls: Vec<_> = stalls.into_iter().map(|(from, len)| Stall { from, until: from + len }).collect();
        stalls.sort_by_key(|stall| stall.from);
        let mut free_at = 0;
        stalls.retain(|stall| {
            let keep = stall.from >= free_at;
            if keep { free_at = stall.until + 16_000; }
            keep
        });
        let end = stalls.last().map_or(0, |stall| stall.until);
        let length = stalls.last().map_or(0, |stall| stall.until - stall.from);
        let recovered = end + (length + need + wrote) / 3 + 4 * need.max(wrote);
        let run = simulate(need, wrote, (recovered + 20_000) / wrote, &stalls);
        assert_lossless(&run.heard);
        assert_in_step(&run, need, wrote, recovered);
    }

    /// No input, however absurd, panics or asks for a cycle that the fill does not cover.
    #[test]
    fn any_numbers_are_answered(fill: usize, need: usize, wrote: usize) {
        let mut chain = Chain::new();
        for due in [chain.after_write(fill, need, wrote), chain.after_tick(fill, need)] {
            if let Due::Now { next_after_frames } = due {
                prop_assert!(need > 0 && fill >= need);
                prop_assert!(next_after_frames.is_none_or(|frames| (1..=need).contains(&frames)));
            }
        }
    }
}
