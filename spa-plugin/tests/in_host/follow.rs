//! Ends whose group another clock runs.

use crate::host::foreign::Foreign;
use crate::host::tape::{Run, sound, totals};
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

#[test]
fn a_source_on_a_foreign_clock_of_the_same_pace_is_exact_and_a_cycle_behind_at_most() {
    for tie in [Tie::OldestFirst, Tie::NewestFirst] {
        for (sink_frames, foreign_frames) in [(256, 256), (1024, 256), (64, 1024)] {
            let cable = Setup::new("follow-source", sink_frames, foreign_frames).run();
            cable.world.tie.set(tie);
            // Not at the same instants: the order would hang on the rounding of a ns.
            cable.world.run_for(1_700_000);
            let foreign = Foreign::start(&cable.world, foreign_frames, 48_000, 0.0);
            foreign.drive(&cable.source);
            settle(&cable);
            cable.run_ms(2000);
            let what = format!("{sink_frames} to {foreign_frames}, {tie:?}");
            let runs = cable.tape.take_runs();
            assert!(matches!(runs[..], [Run::Sound { .. }]), "{what}: {runs:?}");
            let (_, most) = cable.take_added_latency_frames();
            assert!(most <= sink_frames.max(foreign_frames) as i64, "{what}: {most} frames behind");
            cable.assert_sound();
        }
    }
}

#[test]
fn both_ends_in_one_group_are_exact_and_one_cycle_apart_at_most() {
    for source_first in [false, true] {
        let cable = Setup::new("follow-both", 256, 256).run();
        let foreign = Foreign::start(&cable.world, 256, 48_000, 100.0);
        let ends = if source_first { [&cable.source, &cable.sink] } else { [&cable.sink, &cable.source] };
        for end in ends {
            foreign.drive(end);
        }
        settle(&cable);
        cable.run_ms(1000);
        let runs = cable.tape.take_runs();
        assert!(matches!(runs[..], [Run::Sound { .. }]), "{runs:?}");
        let (least, most) = cable.tape.take_latency_frames().expect("sound");
        let expected = if source_first { 256 } else { 0 };
        assert!(least >= expected && most <= 256, "{least} to {most} frames behind");
        assert_eq!(cable.world.armed_timers(), 0, "nobody drives");
        cable.assert_sound();
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
