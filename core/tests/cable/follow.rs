//! The rules of the same-clock way, where neither end runs the other.

use crate::bench::{CYCLE, bench, positions};

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

/// Only what no cycle needed is shed: the least that was left over, not what is left over at the moment.
#[test]
fn following_keeps_what_uneven_cycles_need() {
    bench(|mut bench| {
        bench.reader.start();
        bench.writer.start();
        bench.follow(CYCLE);
        bench.play(3 * CYCLE);
        for cycle in 0..188 {
            bench.play(if cycle % 2 == 0 { 0 } else { 2 * CYCLE });
            bench.follow(CYCLE);
        }
        assert_eq!((bench.stats().trims, bench.stats().frames_trimmed), (1, 256));
        assert_eq!(bench.reader.fill_frames(), 2 * CYCLE);
    });
}
