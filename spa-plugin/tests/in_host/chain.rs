//! A player's cycle runs the recorder's: bit by bit, and with no frame of latency.

use crate::host::tape::{Run, totals};
use crate::host::{Cable, Setup, Style, Tie};

const QUANTA: [u64; 5] = [64, 256, 1024, 441, 480];
const STYLES: [Style; 3] = [Style::Old, Style::New { work_nsec: 0 }, Style::New { work_nsec: 300_000 }];

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// What was heard is silence until the player began, and then all that it played.
fn assert_unbroken(cable: &Cable, what: &str) {
    let runs = cable.tape.take_runs();
    match runs[..] {
        [Run::Sound { first: 0, .. }] | [Run::Silence { .. }, Run::Sound { first: 0, .. }] => {}
        _ => panic!("{what}: {runs:?}"),
    }
    assert!(totals(&runs).0 > 0, "{what}");
}

#[test]
fn equal_quanta_add_no_frame_of_latency_and_lose_none() {
    for quantum in QUANTA {
        for style in STYLES {
            for tie in [Tie::OldestFirst, Tie::NewestFirst] {
                let what = format!("{quantum} frames, {style:?}, {tie:?}");
                let cable = Setup { style, ..Setup::new("chain-equal", quantum, quantum) }.run();
                cable.world.tie.set(tie);
                // The first cycles may catch up with each other.
                cable.run_ms(100);
                cable.tape.take_latency_frames();
                cable.run_ms(400);
                cable.assert_sound();
                cable.assert_no_latency(&what);
                assert_unbroken(&cable, &what);
            }
        }
    }
}

#[test]
fn any_two_quanta_lose_no_frame_and_wait_less_than_a_cycle_of_the_player() {
    for sink in QUANTA {
        for source in QUANTA {
            for tie in [Tie::OldestFirst, Tie::NewestFirst] {
                let what = format!("{sink} to {source} frames, {tie:?}");
                let cable = Setup::new("chain-unequal", sink, source).run();
                cable.world.tie.set(tie);
                // All ways in which the two cycles can lie to each other.
                let common_frames = sink * source / greatest_common_divisor(sink, source);
                cable.run_ms(200);
                cable.tape.take_latency_frames();
                cable.run_ms(100 + 1000 * common_frames / 48_000);
                cable.assert_sound();
                cable.assert_no_latency(&what);
                assert_unbroken(&cable, &what);
            }
        }
    }
}

#[test]
fn a_cycle_of_the_recorder_begins_at_the_instant_of_the_players() {
    for quantum in QUANTA {
        let cable = Setup::new("chain-instant", quantum, quantum).run();
        cable.run_ms(300);
        let (played, recorded) = (cable.sink.take_begun(), cable.source.take_begun());
        assert!(recorded.len() > 10);
        for cycle in &recorded[1..] {
            let cause = played.iter().find(|played| played.nsec == cycle.nsec);
            let cause = cause.expect("a cycle of the player's at the same nsec");
            assert_eq!((cycle.now_nsec, cycle.frames), (cause.now_nsec, quantum));
        }
    }
}

#[test]
fn late_timers_delay_the_sound_and_lose_none_of_it() {
    // A jitter of up to 1.5 ms that is the same in every run.
    let jitter = |nsec: u64| nsec.wrapping_mul(0x9E37_79B9_7F4A_7C15) % 1_500_000;
    for (sink, source) in [(256, 256), (64, 256), (1024, 64), (480, 441)] {
        let cable = Setup::new("chain-jitter", sink, source).run();
        cable.world.lateness.set(jitter);
        cable.run_ms(2000);
        cable.assert_sound();
        let what = format!("{sink} to {source}");
        let runs = cable.tape.take_runs();
        let heard = crate::host::tape::sound(&runs);
        assert_eq!(heard.len(), 1, "{what}: {runs:?}");
        assert!(cable.tape.sent_frames() - heard[0].1 < sink + source, "{what}: {runs:?}");
    }
}
