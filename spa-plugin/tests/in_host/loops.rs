//! Sink and source on different data loops: the sink wakes the source by an eventfd.

use crate::host::tape::sound;
use crate::host::{Setup, Style, Tie};

#[test]
fn two_data_loops_lose_nothing_and_add_no_cycle() {
    for (sink, source) in [(256, 256), (1024, 64), (64, 1024), (441, 480)] {
        for style in [Style::Old, Style::New { work_nsec: 100_000 }] {
            for tie in [Tie::OldestFirst, Tie::NewestFirst] {
                let setup = Setup { style, source_loop: 1, ..Setup::new("loops-two", sink, source) };
                let cable = setup.run();
                cable.world.tie.set(tie);
                cable.run_ms(1500);
                let what = format!("{sink} to {source}, {style:?}, {tie:?}");
                let runs = cable.tape.take_runs();
                assert_eq!(sound(&runs).len(), 1, "{what}: {runs:?}");
                cable.tape.take_latency_frames();
                cable.run_ms(500);
                cable.assert_no_latency(&what);
                cable.assert_sound_but_for_overlaps(1);
            }
        }
    }
}

#[test]
fn a_loop_that_wakes_late_loses_nothing() {
    let cable = Setup { source_loop: 1, ..Setup::new("loops-late", 256, 256) }.run();
    cable.world.lateness.set(|nsec| nsec.wrapping_mul(0x9E37_79B9_7F4A_7C15) % 3_000_000);
    cable.run_ms(3000);
    let runs = cable.tape.take_runs();
    assert_eq!(sound(&runs).len(), 1, "{runs:?}");
    cable.world.lateness.set(|_| 0);
    cable.run_ms(200);
    cable.tape.take_latency_frames();
    cable.run_ms(200);
    cable.assert_no_latency("on time again");
}

#[test]
fn a_player_that_stops_on_the_other_loop_leaves_silence_at_the_right_pace() {
    let cable = Setup { source_loop: 1, ..Setup::new("loops-stop", 256, 256) }.run();
    cable.run_ms(200);
    cable.source.take_begun();
    cable.sink.pause();
    cable.run_ms(500);
    for pair in cable.source.take_begun().windows(2) {
        assert!((pair[1].nsec - pair[0].nsec).abs_diff(5_333_333) <= 1);
    }
    cable.assert_sound();
}
