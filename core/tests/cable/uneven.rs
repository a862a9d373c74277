//! Cycles that a host resamples: the sizes vary by a frame, and the latency by no more.

use proptest::prelude::*;
use vcable_core::chain::Due;

use crate::bench::{Bench, bench};
use crate::ports::Port;

/// Frames of cycle `cycle` when each lasts `fifths` fifths of a frame, counted from `phase` on.
fn size(fifths: usize, cycle: usize, phase: usize) -> usize {
    ((cycle + 1) * fifths + phase) / 5 - (cycle * fifths + phase) / 5
}

/// Everything that was heard, without the silence in front.
fn sounding(heard: &[u32]) -> &[u32] {
    let first = heard.iter().position(|position| *position > 0).unwrap_or(heard.len());
    heard.get(first..).unwrap_or_default()
}

fn is_whole(heard: &[u32]) -> bool {
    sounding(heard).windows(2).all(|pair| pair[1] == pair[0] + 1)
}

impl Bench<'_> {
    /// Runs the reader as often as it is due at once, in cycles of `need`. Returns how often.
    fn run_due(&mut self, need: usize, heard: &mut Vec<u32>) -> usize {
        let mut runs = 0;
        while self.reader.due(need) != Due::Wait {
            heard.extend(self.record(need));
            runs += 1;
        }
        runs
    }
}

proptest! {
    /// Each write runs the reader once, from the first on, and nothing more than the slack ever waits.
    #[test]
    fn no_write_is_waited_for(fifths in 294_usize..5000, phases in (0_usize..5, 0_usize..5), late in 0_usize..9) {
        bench(|mut bench| {
            bench.reader.set_uneven(true);
            bench.reader.start();
            bench.writer.start();
            let mut heard = Vec::new();
            for cycle in late..late + 300 {
                bench.play(size(fifths, cycle, phases.0));
                assert_eq!(bench.run_due(size(fifths, cycle, phases.1), &mut heard), 1, "cycle {cycle}");
                assert!(bench.reader.fill_frames() <= 4, "{} wait", bench.reader.fill_frames());
            }
            assert!(is_whole(&heard));
            assert_eq!(sounding(&heard)[0], 1, "from the first frame on");
            let stats = bench.stats();
            assert_eq!((stats.underruns, stats.trims, stats.frames_trimmed), (0, 0, 0));
        });
    }

    /// The same where one clock runs both, in any order.
    #[test]
    fn nor_is_a_cycle_of_one_clock(fifths in 294_usize..5000, phases in (0_usize..5, 0_usize..5), order: u64) {
        bench(|mut bench| {
            bench.reader.set_uneven(true);
            bench.reader.start();
            bench.writer.start();
            let mut heard = Vec::new();
            for cycle in 0..300 {
                let (wrote, need) = (size(fifths, cycle, phases.0), size(fifths, cycle, phases.1));
                let now_ns = 1 + cycle as u64;
                let play = |bench: &mut Bench<'_>| {
                    bench.writer.write_at(&Port::counting(2, bench.next, wrote), wrote, now_ns);
                    bench.next += wrote as u64;
                };
                let is_first = order >> (cycle % 64) & 1 == 1;
                if is_first {
                    play(&mut bench);
                }
                let before = bench.reader.fill_frames();
                let mut port = Port(vec![vec![0xa5; 4 * need]; 2]);
                bench.reader.read_shared(&mut port, need, now_ns);
                heard.extend(port.positions());
                let left = bench.reader.fill_frames() - if is_first { wrote } else { 0 };
                assert!(left <= 4, "{left} of {before} are left in cycle {cycle}");
                if !is_first {
                    play(&mut bench);
                }
            }
            assert!(is_whole(&heard));
            assert_eq!(sounding(&heard)[0], 1);
            assert_eq!((bench.stats().underruns, bench.stats().frames_trimmed), (0, 0));
        });
    }

    /// A longer cycle of the writer runs several of the reader, the last one as well, and the reverse.
    #[test]
    fn cycles_of_several_are_not_waited_for_either(times in 2_usize..17, phases in (0_usize..5, 0_usize..5), reverse: bool) {
        bench(|mut bench| {
            bench.reader.set_uneven(true);
            bench.reader.start();
            bench.writer.start();
            let short = 294; // 58.8 frames
            let mut heard = Vec::new();
            for cycle in 0..100 {
                if reverse {
                    for part in cycle * times..(cycle + 1) * times {
                        bench.play(size(short, part, phases.0));
                        let need = size(short * times, cycle, phases.1);
                        let runs = bench.run_due(need, &mut heard);
                        assert_eq!(runs, usize::from(part + 1 == (cycle + 1) * times), "cycle {cycle}, part {part}");
                    }
                } else {
                    bench.play(size(short * times, cycle, phases.0));
                    for part in cycle * times..(cycle + 1) * times {
                        let need = size(short, part, phases.1);
                        assert_ne!(bench.reader.due(need), Due::Wait, "cycle {cycle}, part {part}");
                        heard.extend(bench.record(need));
                    }
                }
                assert!(bench.reader.fill_frames() <= 4, "{} wait", bench.reader.fill_frames());
            }
            assert!(is_whole(&heard));
        });
    }
}

/// An odd cycle, as after a change of driver, makes one hole and leaves the latency as it was.
#[test]
fn an_odd_cycle_is_over_within_a_second() {
    for odd in [-3_isize, 100] {
        bench(|mut bench| {
            bench.reader.set_uneven(true);
            bench.reader.start();
            bench.writer.start();
            let mut heard = Vec::new();
            for cycle in 0..300 {
                let wrote = size(2352, cycle, 0).saturating_add_signed(if cycle == 50 { odd } else { 0 });
                bench.play(wrote);
                assert_eq!(bench.run_due(size(2352, cycle, 3), &mut heard), 1, "{odd}: cycle {cycle}");
            }
            assert!(bench.reader.fill_frames() <= 6, "{odd}: {} wait", bench.reader.fill_frames());
            let stats = bench.stats();
            assert_eq!(stats.underruns + stats.trims, 1, "{odd}");
            let holes = heard.windows(2).filter(|pair| pair[0] > 0 && pair[1] != pair[0] + 1).count();
            assert_eq!(holes, 1, "{odd}");
        });
    }
}
