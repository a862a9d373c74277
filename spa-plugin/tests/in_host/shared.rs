//! One clock runs both ends: the sound is one cycle behind, whoever is first and however it began.

use crate::host::foreign::Foreign;
use crate::host::tape::{Run, sound};
use crate::host::{Cable, Setup, Style};

const STYLES: [Style; 2] = [Style::Old, Style::New { work_nsec: 100_000 }];
const QUANTA: [u64; 4] = [64, 256, 1024, 441];

/// In every cycle from here on the sound is so far behind, and the state says so.
fn assert_behind(cable: &Cable, frames: u64, what: &str) {
    cable.run_ms(100);
    cable.tape.take_runs();
    cable.tape.take_latency_frames();
    cable.run_ms(500);
    let runs = cable.tape.take_runs();
    assert!(matches!(runs[..], [Run::Sound { .. }]), "{what}: {runs:?}");
    let behind = Some((frames as i64, frames as i64));
    assert_eq!(cable.tape.take_latency_frames(), behind, "{what}");
    cable.world.serve_main();
    for end in [&cable.source, &cable.sink] {
        assert_eq!(end.listed_text("vcable.state.relation"), "shared", "{what}");
        let told = end.listed_text("vcable.state.latency.frames").parse::<f64>().expect("frames");
        assert!((told - frames as f64).abs() < 0.1, "{what}: told {told}");
    }
    cable.assert_sound();
}

/// Orders of the two in a cycle: one, the other, each in turn, at random.
const ORDERS: [u64; 4] = [0, u64::MAX, 0x5555_5555_5555_5555, 0x9E37_79B9_7F4A_7C15];

#[test]
fn ends_of_one_foreign_clock_are_one_cycle_apart_in_any_order() {
    for frames in QUANTA {
        for turned in ORDERS {
            let cable = Setup::new("shared-orders", frames, frames).run();
            let foreign = Foreign::start(&cable.world, frames, 48_000, 100.0);
            foreign.turned.set(turned);
            foreign.drive(&cable.sink);
            foreign.drive(&cable.source);
            let what = format!("{frames}, {turned:x}");
            assert_behind(&cable, frames, &what);
            for round in 0..20 {
                // Stops and starts at any place in a cycle.
                let both = [&cable.sink, &cable.source];
                let ends = [&both[..1], &both[1..], &both[..]][round % 3];
                for end in ends {
                    end.pause();
                }
                cable.world.run_for(7_654_321 * (1 + round as u64 % 4));
                for end in ends.iter().rev() {
                    assert_eq!(end.start(), 0);
                    cable.world.run_for(1_234_567);
                }
                assert_behind(&cable, frames, &format!("{what}, start {round}"));
            }
            assert_eq!(cable.world.armed_timers(), 0, "nobody drives");
        }
    }
}

#[test]
fn a_cycle_that_one_end_misses_leaves_no_latency() {
    for sink_misses in [true, false] {
        for misses in [1, 2, 7] {
            let cable = Setup::new("shared-missed", 256, 256).run();
            let foreign = Foreign::start(&cable.world, 256, 48_000, 0.0);
            foreign.turned.set(ORDERS[3]);
            let ends = if sink_misses { [&cable.sink, &cable.source] } else { [&cable.source, &cable.sink] };
            for end in ends {
                foreign.drive(end);
            }
            assert_behind(&cable, 256, "before");
            cable.run_ms(20);
            foreign.misses.set(misses);
            // From the next cycle on, not only in the long run.
            cable.world.run_for(5_333_334 * u64::from(misses + 1));
            cable.tape.take_latency_frames();
            cable.run_ms(100);
            assert_eq!(cable.tape.take_latency_frames(), Some((256, 256)));
            let pieces = sound(&cable.tape.take_runs()).len();
            // What the source does not fetch is lost, and what the sink does not get was never played.
            assert_eq!(pieces, if sink_misses { 1 } else { 2 });
            assert_behind(&cable, 256, &format!("sink: {sink_misses}, {misses}"));
        }
    }
}

/// A client with both ends in one node: the clock of one of the two runs the other.
#[test]
fn an_end_that_the_other_ones_clock_runs_is_one_cycle_away() {
    for style in STYLES {
        for frames in QUANTA {
            for sink_drives in [true, false] {
                let cable = Setup { style, ..Setup::new("shared-own", frames, frames) }.run();
                let (driver, follower) =
                    if sink_drives { (&cable.sink, &cable.source) } else { (&cable.source, &cable.sink) };
                cable.run_ms(50);
                for round in 0..20 {
                    let what = format!("{frames}, the sink drives: {sink_drives}, {style:?}, round {round}");
                    follower.follow(driver);
                    assert_behind(&cable, frames, &what);
                    follower.lead(Some(driver));
                    cable.run_ms(200 + round);
                    cable.tape.take_latency_frames();
                    cable.run_ms(100);
                    cable.assert_no_latency(&what);
                    cable.assert_sound_but_for_overlaps(2);
                    cable.tape.take_runs();
                }
            }
        }
    }
}
