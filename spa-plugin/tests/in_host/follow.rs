//! Ends whose group another clock runs.

use crate::host::foreign::Foreign;
use crate::host::tape::{Run, sound, totals};
use crate::host::trap;
use crate::host::{Cable, Setup, Style, Tie};

const STYLES: [Style; 2] = [Style::Old, Style::New { work_nsec: 100_000 }];

fn settle(cable: &Cable) {
    cable.run_ms(300);
    cable.tape.take_runs();
    cable.tape.take_latency_frames();
}

#[test]
fn a_sink_on_a_foreign_clock_runs_the_source_at_that_clocks_pace() {
    for style in STYLES {
        for ppm in [0.0, 200.0, -200.0] {
            for (foreign_frames, source_frames) in [(256, 256), (1024, 256), (64, 1024)] {
                let setup = Setup { style, ..Setup::new("follow-sink", foreign_frames, source_frames) };
                let cable = setup.run();
                let foreign = Foreign::start(&cable.world, foreign_frames, 48_000, ppm);
                foreign.drive(&cable.sink);
                settle(&cable);
                cable.source.take_begun();
                cable.run_ms(1000);
                let what = format!("{foreign_frames} to {source_frames} at {ppm} ppm, {style:?}");
                let runs = cable.tape.take_runs();
                assert!(matches!(runs[..], [Run::Sound { .. }]), "{what}: {runs:?}");
                let frames = totals(&runs).0 as f64;
                let expected = 48_000.0 * (1.0 + ppm * 1e-6);
                assert!(
                    (frames - expected).abs() <= (foreign_frames + source_frames) as f64,
                    "{what}: {frames}"
                );
                cable.assert_no_latency(&what);
                cable.assert_sound_but_for_overlaps(1);
            }
        }
    }
}

const QUANTA: [u64; 5] = [64, 256, 1024, 441, 480];

#[test]
fn a_source_on_a_foreign_clock_runs_a_free_sink_and_is_exact_and_one_cycle_behind() {
    for (style, tie) in STYLES.iter().zip([Tie::OldestFirst, Tie::NewestFirst]) {
        for ppm in [0.0, 500.0, -500.0] {
            for (sink_frames, foreign_frames) in QUANTA.iter().flat_map(|a| QUANTA.map(|b| (*a, b))) {
                let setup = Setup::new("follow-source", sink_frames, foreign_frames);
                let cable = Setup { style: *style, ..setup }.run();
                cable.world.tie.set(tie);
                cable.world.run_for(1_700_000);
                let foreign = Foreign::start(&cable.world, foreign_frames, 48_000, ppm);
                foreign.drive(&cable.source);
                settle(&cable);
                cable.run_ms(1000);
                let what = format!("{sink_frames} to {foreign_frames} at {ppm} ppm, {style:?}, {tie:?}");
                let runs = cable.tape.take_runs();
                assert!(matches!(runs[..], [Run::Sound { .. }]), "{what}: {runs:?}");
                let (least, most) = cable.tape.take_latency_frames().expect("sound");
                let behind = foreign_frames as i64;
                // A period that is 500 ppm longer moves a frame's place within a long cycle.
                assert!(least >= behind - 1 && most <= behind + 1, "{what}: {least} to {most} frames behind");
                cable.assert_sound();
            }
        }
    }
}

#[test]
fn a_late_player_of_a_pulled_sink_loses_no_frame() {
    for (sink_frames, foreign_frames) in [(256, 256), (64, 1024), (1024, 64)] {
        for late_ms in [1, 8, 20] {
            let style = Style::New { work_nsec: 100_000 };
            let cable = Setup { style, ..Setup::new("follow-late", sink_frames, foreign_frames) }.run();
            let foreign = Foreign::start(&cable.world, foreign_frames, 48_000, 100.0);
            foreign.drive(&cable.source);
            settle(&cable);
            for _ in 0..5 {
                cable.sink.late_nsec.set(late_ms * 1_000_000);
                cable.run_ms(200);
            }
            let runs = cable.tape.take_runs();
            let what = format!("{sink_frames} to {foreign_frames}, {late_ms} ms late");
            assert_eq!(sound(&runs).len(), 1, "{what}: frames are missing: {runs:?}");
            cable.tape.take_latency_frames();
            cable.run_ms(200);
            let (_, most) = cable.tape.take_latency_frames().expect("sound");
            assert!(most <= foreign_frames as i64 + 1, "{what}: {most} frames behind afterwards");
            cable.assert_sound();
        }
    }
}

#[test]
fn a_change_of_quantum_while_pulled_leaves_no_latency() {
    for (before, after) in [(256, 1024), (1024, 256), (64, 480), (480, 64), (441, 256)] {
        let cable = Setup::new("follow-quantum", before, before).run();
        let first = Foreign::start(&cable.world, before, 48_000, 0.0);
        first.drive(&cable.source);
        settle(&cable);
        let second = Foreign::start(&cable.world, after, 48_000, 0.0);
        first.release(&cable.source);
        second.drive(&cable.source);
        cable.sink.set_quantum(after, 48_000);
        cable.run_ms(500);
        cable.tape.take_runs();
        cable.tape.take_latency_frames();
        cable.run_ms(500);
        let (least, most) = cable.tape.take_latency_frames().expect("sound");
        let behind = after as i64;
        assert!(least >= behind - 1 && most <= behind + 1, "{before} to {after}: {least} to {most} behind");
        assert!(matches!(cable.tape.take_runs()[..], [Run::Sound { .. }]), "{before} to {after}");
    }
}

#[test]
fn all_that_was_played_into_a_pulled_sink_before_it_stopped_is_heard() {
    for (sink_frames, foreign_frames) in [(256, 256), (1024, 256), (64, 1024)] {
        let cable = Setup::new("follow-stops", sink_frames, foreign_frames).run();
        let foreign = Foreign::start(&cable.world, foreign_frames, 48_000, 0.0);
        foreign.drive(&cable.source);
        settle(&cable);
        cable.run_ms(100);
        cable.sink.pause();
        cable.run_ms(300);
        let runs = cable.tape.take_runs();
        let &(first, frames) = sound(&runs).last().expect("sound");
        assert_eq!(first + frames, cable.tape.sent_frames(), "{sink_frames} to {foreign_frames}: {runs:?}");
    }
}

#[test]
fn a_foreign_cycle_of_absurd_length_makes_no_sink_spin() {
    let cable = Setup::new("follow-absurd", 256, 256).run();
    let foreign = Foreign::start(&cable.world, 256, 48_000, 0.0);
    foreign.drive(&cable.source);
    settle(&cable);
    let before = cable.sink.begun_count();
    foreign.position.clock.duration.set(1 << 40);
    cable.run_ms(50);
    foreign.position.clock.duration.set(256);
    cable.run_ms(1000);
    let cycles = cable.sink.begun_count() - before;
    // A ring full at most, and then as before.
    assert!(cycles < 2 * 200 + 2 * 65_536 / 256, "{cycles} cycles of the sink");
}

#[test]
fn a_foreign_clock_that_vanishes_costs_four_cycles_of_silence_at_most() {
    let cable = Setup::new("follow-vanishes", 256, 256).run();
    for round in 0..10_u64 {
        let foreign = Foreign::start(&cable.world, 256, 48_000, 100.0);
        foreign.drive(&cable.source);
        settle(&cable);
        cable.world.run_for(round * 543_210);
        foreign.release(&cable.source);
        cable.run_ms(300);
        let runs = cable.tape.take_runs();
        assert_eq!(sound(&runs).len(), 1, "round {round}: frames are missing: {runs:?}");
        assert!(totals(&runs).1 <= 4 * 256, "round {round}: {runs:?}");
        cable.tape.take_latency_frames();
        cable.run_ms(100);
        cable.assert_no_latency(&format!("round {round}"));
    }
}

#[test]
fn a_sink_that_goes_from_one_foreign_clock_to_another_is_on_a_clock_of_its_own() {
    let cable = Setup::new("follow-moves", 256, 256).run();
    let [shared, own] = [0.0, 300.0].map(|ppm| Foreign::start(&cable.world, 256, 48_000, ppm));
    shared.drive(&cable.sink);
    shared.drive(&cable.source);
    settle(&cable);
    cable.run_ms(300);
    assert!(matches!(cable.tape.take_runs()[..], [Run::Sound { .. }]), "one clock is exact");
    // Straight from one to the other: it follows before and after.
    shared.leave(&cable.sink);
    own.drive(&cable.sink);
    cable.run_ms(3000);
    let runs = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| cable.tape.take_runs()));
    assert!(runs.is_err(), "two clocks are resampled, and what is resampled has no numbers any more");
}

#[test]
fn ends_on_two_clocks_allocate_nothing_and_keep_their_paces() {
    for ppm in [300.0, -300.0] {
        for rate_hz in [48_000, 44_100] {
            let mut setup = Setup::new("follow-apart", 256, 256);
            setup.sink.rate_hz = rate_hz;
            let cable = setup.run();
            // What is resampled has no numbers any more.
            cable.sink.is_counting_only.set(true);
            cable.source.is_counting_only.set(true);
            let foreign = [(256, rate_hz, ppm), (256, 48_000, 0.0)]
                .map(|(frames, rate_hz, ppm)| Foreign::start(&cable.world, frames, rate_hz, ppm));
            foreign[0].drive(&cable.sink);
            foreign[1].drive(&cable.source);
            let caught = trap::caught();
            cable.run_ms(3000);
            assert_eq!(trap::caught() - caught, 0, "allocations");
            assert_eq!(cable.world.armed_timers(), 0, "nobody drives");
            cable.assert_sound();
        }
    }
}

#[test]
fn a_clock_that_comes_and_goes_leaves_no_latency_and_no_timer_too_many() {
    for style in STYLES {
        let cable = Setup { style, ..Setup::new("follow-changes", 256, 256) }.run();
        cable.world.run_for(1_700_000);
        let foreign = Foreign::start(&cable.world, 256, 48_000, 0.0);
        for round in 0..10_u64 {
            for (end, timers) in [(&cable.sink, 1), (&cable.source, 1)] {
                foreign.drive(end);
                cable.world.run_for(50_000_000 + round * 654_321);
                assert!(cable.world.armed_timers() <= timers);
                foreign.release(end);
                cable.world.run_for(50_000_000 + round * 123_456);
                cable.tape.take_runs();
                cable.tape.take_latency_frames();
                cable.run_ms(50);
                let what = format!("round {round}, {:?}, {style:?}", end.end);
                assert_eq!(sound(&cable.tape.take_runs()).len(), 1, "{what}");
                cable.assert_no_latency(&what);
                cable.assert_sound_but_for_overlaps(2);
            }
        }
    }
}
