//! The cable's rules, one example each.

use vcable_core::{
    cable::{Cable, connect},
    chain::Due,
    format::{Layout, StreamFormat},
};

use crate::{
    bench::{Bench, CYCLE, bench, positions},
    ports::{Port, planar},
};

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

/// The same when the reader has heard an earlier stream.
#[test]
fn an_odd_first_cycle_of_a_second_stream_leaves_no_gap_either() {
    bench(|mut bench| {
        bench.reader.start();
        for _ in 0..2 {
            bench.writer.start();
            let first = u32::try_from(bench.next).expect("small") + 100;
            bench.play(100);
            assert_eq!(bench.reader.due(CYCLE), Due::Wait);
            for cycle in 0..5 {
                bench.play(CYCLE);
                assert_eq!(bench.reader.due(CYCLE), ONCE);
                assert_eq!(bench.record(CYCLE), positions(first + 256 * cycle, CYCLE));
                assert_eq!((bench.reader.fill_frames(), bench.stats().trims), (0, 0));
            }
            bench.writer.stop();
        }
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

/// Short or missing planes on either side are silence, never a panic.
#[test]
fn short_ports_are_silence() {
    let format = StreamFormat { layout: Layout::Planar, ..planar(2, 48_000) };
    let mut storage = vec![0; 64];
    let cable = Cable::new(&mut storage[..], format, 64).expect("8 bytes per frame");
    let (mut writer, mut reader) = connect(&cable).expect("a new cable");
    reader.start();
    writer.start();
    // 104 frames first, so that the next cycle wraps over old sound and the short plane ends after the wrap.
    for frames in [64, 40] {
        writer.write(&Port(vec![vec![1; 4 * frames]; 2]), frames);
        assert_eq!(reader.read(&mut Port(vec![vec![0; 160]]), frames), frames);
    }
    assert_eq!(writer.write(&Port(vec![vec![2; 101]]), 40), 40);
    let mut sink = Port(vec![vec![9; 200], vec![9; 120], vec![9; 4]]);
    assert_eq!(reader.read(&mut sink, 45), 40);
    assert_eq!(sink.0[0], [vec![2; 101], vec![0; 79], vec![9; 20]].concat());
    assert_eq!(sink.0[1], vec![0; 120]);
    assert_eq!(sink.0[2], vec![9; 4]);
}

/// 48 kHz in cycles of 1024 is 940.8 frames at 44.1 kHz: an adapter gives and takes 940 or 941.
#[test]
fn the_slack_of_resampled_cycles_is_not_trimmed() {
    bench(|mut bench| {
        bench.writer.start();
        bench.reader.start();
        let size = |cycle: usize, phase: usize| ((cycle + 1) * 4704 + phase) / 5 - (cycle * 4704 + phase) / 5;
        let mut heard = 1;
        for cycle in 0..1000 {
            bench.play(size(cycle, 0));
            let need = size(cycle, 3);
            while bench.reader.due_resampled(need) != Due::Wait {
                assert_eq!(bench.record(need), positions(heard, need));
                heard += u32::try_from(need).expect("small");
            }
        }
        let stats = bench.stats();
        assert_eq!((stats.trims, stats.frames_trimmed, stats.underruns, stats.overruns), (0, 0, 0, 0));
        assert!(bench.reader.fill_frames() <= 941);
    });
}

/// So much is there for a reader that was late, and what is beyond is lost: it goes on at the present.
#[test]
fn a_limit_bounds_what_waits_and_may_change_at_any_time() {
    bench(|mut bench| {
        bench.writer.start();
        bench.reader.start();
        let limit = |bench: &Bench<'_>, frames| bench.writer.cable().set_limit(frames);
        let fill = |bench: &mut Bench<'_>, cycles| {
            for _ in 0..cycles {
                bench.play(CYCLE);
            }
            bench.reader.fill_frames()
        };
        limit(&bench, 2048);
        bench.play(CYCLE);
        assert_eq!(bench.record(CYCLE), positions(1, CYCLE));
        assert_eq!((fill(&mut bench, 20), bench.stats().overruns), (2048, 1));
        // What was lost was lost once, and the newest that was kept comes next.
        assert_eq!(bench.record(CYCLE), positions(1 + 8 * 256, CYCLE));
        assert_eq!((bench.reader.fill_frames(), bench.stats().trims), (0, 1));
        // Two cycles of each end fit whatever is asked for.
        limit(&bench, 1);
        assert_eq!(fill(&mut bench, 20), 4 * CYCLE);
        limit(&bench, 0);
        assert_eq!(fill(&mut bench, 20), 4096, "as much as the ring holds");
    });
}
