//! A player's cycle runs the recorder's: bit by bit, and with no frame of latency.

use crate::host::{Run, Setup, Style, Tie};

const QUANTA: [u64; 5] = [64, 256, 1024, 441, 480];
const STYLES: [Style; 3] = [Style::Old, Style::New { work_nsec: 0 }, Style::New { work_nsec: 300_000 }];

#[test]
fn equal_quanta_add_no_frame_of_latency_and_lose_none() {
    for quantum in QUANTA {
        for style in STYLES {
            let setup = Setup { style, ..Setup::new("chain-equal", quantum, quantum) };
            let cable = setup.run();
            cable.run_ms(500);
            cable.assert_sound();
            assert_eq!(cable.tape.take_lag_frames(), Some((0, 0)), "{quantum} frames, {style:?}");
            let runs = cable.tape.take_runs();
            let sent = cable.tape.sent_frames();
            assert_eq!(runs, [Run::Sound { first: 0, frames: sent }], "{quantum} frames, {style:?}");
        }
    }
}

#[test]
fn any_two_quanta_lose_no_frame_and_wait_less_than_a_cycle_of_the_player() {
    for sink in QUANTA {
        for source in QUANTA {
            for tie in [Tie::OldestFirst, Tie::NewestFirst] {
                let cable = Setup::new("chain-unequal", sink, source).run();
                cable.world.tie.set(tie);
                cable.run_ms(3000);
                cable.assert_sound();
                let what = format!("{sink} to {source} frames, {tie:?}");
                let (least, most) = cable.tape.take_lag_frames().expect("sound");
                assert_eq!(least, 0, "{what}");
                assert!(most < sink, "{what}: {most} frames behind");
                let runs = cable.tape.take_runs();
                println!("{what} {runs:?}");
            }
        }
    }
}
