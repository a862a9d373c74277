//! Players that miss cycles, and players that stop.

use crate::host::graph::Begun;
use crate::host::node::End;
use crate::host::tape::{Run, sound, totals};
use crate::host::{Cable, Setup, Style, Tie, World};

const TIES: [Tie; 2] = [Tie::OldestFirst, Tie::NewestFirst];
const STYLES: [Style; 2] = [Style::Old, Style::New { work_nsec: 200_000 }];

fn settled(setup: &Setup, tie: Tie) -> Cable {
    let cable = setup.run();
    cable.world.tie.set(tie);
    cable.run_ms(300);
    cable.tape.take_runs();
    cable.tape.take_latency_frames();
    cable.source.take_begun();
    cable
}

/// The longest and the shortest time between two cycles.
fn spacing_nsec(cycles: &[Begun], when: impl Fn(&Begun) -> u64) -> (u64, u64) {
    let gaps = cycles.windows(2).map(|pair| when(&pair[1]) - when(&pair[0]));
    gaps.fold((u64::MAX, 0), |(least, most), gap| (least.min(gap), most.max(gap)))
}

#[test]
fn a_missed_cycle_costs_silence_but_no_frame_and_leaves_no_latency() {
    for (sink, source) in [(256, 256), (1024, 1024), (441, 441), (64, 256), (1024, 256)] {
        for misses in [1, 2, 3, 10] {
            for (tie, style) in TIES.iter().flat_map(|tie| STYLES.map(|style| (*tie, style))) {
                let what = format!("{sink} to {source}, {misses} missed, {tie:?}, {style:?}");
                let cable = settled(&Setup { style, ..Setup::new("late-missed", sink, source) }, tie);
                cable.sink.misses.set(misses);
                cable.run_ms(400);
                let runs = cable.tape.take_runs();
                assert_eq!(sound(&runs).len(), 1, "{what}: frames are missing: {runs:?}");
                let missed_frames = u64::from(misses) * sink;
                assert!(totals(&runs).1 <= missed_frames + source, "{what}: {runs:?}");
                cable.tape.take_latency_frames();
                cable.run_ms(200);
                cable.assert_no_latency(&what);
                assert!(matches!(cable.tape.take_runs()[..], [Run::Sound { .. }]), "{what}");
                cable.assert_sound();
            }
        }
    }
}

#[test]
fn a_player_that_hangs_is_replaced_by_silence_at_the_right_pace() {
    for (sink, source) in [(256, 256), (64, 1024), (1024, 64)] {
        for tie in TIES {
            let cable = settled(&Setup::new("late-hangs", sink, source), tie);
            cable.sink.misses.set(u32::MAX);
            // The watchdog's patience, and one cycle.
            let patience_nsec = 50_000_000 + (sink.max(source) + 3 * source) * 1_000_000_000 / 48_000;
            cable.world.run_for(patience_nsec);
            cable.source.take_begun();
            cable.tape.take_runs();
            cable.run_ms(1000);
            let cycles = cable.source.take_begun();
            let period_nsec = source * 1_000_000_000 / 48_000;
            let (least, most) = spacing_nsec(&cycles, |cycle| cycle.nsec);
            assert!(
                least >= period_nsec && most <= period_nsec + 1,
                "{sink} to {source}: {least} to {most} ns"
            );
            let (sound, silence) = totals(&cable.tape.take_runs());
            assert_eq!(sound, 0);
            assert!(silence.abs_diff(48_000) <= source, "{silence} frames of silence in a second");
            cable.assert_sound();
        }
    }
}

#[test]
fn when_the_player_stops_silence_goes_on_without_a_hole() {
    for (sink, source) in [(256, 256), (1024, 1024), (441, 441), (64, 1024), (1024, 64)] {
        for tie in TIES {
            for after_nsec in [0, 1_000_000, 3_141_592] {
                let what = format!("{sink} to {source}, {tie:?}, {after_nsec} ns into the cycle");
                let cable = settled(&Setup::new("late-stops", sink, source), tie);
                cable.world.run_for(after_nsec);
                cable.sink.pause();
                cable.run_ms(500);
                let cycles = cable.source.take_begun();
                let (least, most) = spacing_nsec(&cycles, |cycle| cycle.nsec);
                let period_nsec = source * 1_000_000_000 / 48_000;
                // A recorder with longer cycles than the player's waits for the player's last.
                let slack_nsec = if source > sink { period_nsec } else { 1 };
                assert!(least + 1 >= period_nsec, "{what}: {least} ns apart, not {period_nsec}");
                assert!(most <= period_nsec + slack_nsec, "{what}: {most} ns apart, not {period_nsec}");
                let runs = cable.tape.take_runs();
                assert!(sound(&runs).len() <= 1, "{what}: {runs:?}");
                cable.assert_sound();
            }
        }
    }
}

#[test]
fn all_that_was_played_before_the_stop_is_heard() {
    for (sink, source) in [(256, 256), (1024, 64), (64, 1024), (480, 441)] {
        for tie in TIES {
            let cable = Setup::new("late-drained", sink, source).run();
            cable.world.tie.set(tie);
            cable.run_ms(300);
            cable.sink.pause();
            cable.run_ms(200);
            let runs = cable.tape.take_runs();
            let &(first, frames) = sound(&runs).last().expect("sound");
            assert_eq!(first + frames, cable.tape.sent_frames(), "{sink} to {source}, {tie:?}: {runs:?}");
        }
    }
}

#[test]
fn a_stalled_host_loses_no_frame_and_is_back_without_latency() {
    for stall_ms in [5, 30, 99, 500] {
        for tie in TIES {
            let cable = settled(&Setup::new("late-stall", 256, 256), tie);
            cable.world.stall(stall_ms * 1_000_000);
            cable.run_ms(500);
            let what = format!("{stall_ms} ms, {tie:?}");
            let runs = cable.tape.take_runs();
            assert_eq!(sound(&runs).len(), 1, "{what}: {runs:?}");
            cable.tape.take_latency_frames();
            cable.run_ms(100);
            cable.assert_no_latency(&what);
        }
    }
}

/// A group of the daemon's since 1.0: clients that take 0.2 ms.
const NEW: Style = Style::New { work_nsec: 200_000 };

#[test]
fn clients_that_are_late_are_waited_for_and_lose_nothing() {
    for (sink, source) in [(64, 64), (256, 256), (1024, 1024), (64, 1024), (1024, 64), (480, 441)] {
        for late_ms in [1, 2, 5, 21, 39] {
            for (who, source_loop) in [("player", 0), ("recorder", 0), ("recorder", 1), ("both", 1)] {
                let what = format!("{sink} to {source}, {who} late by {late_ms} ms, loop {source_loop}");
                let setup = Setup { style: NEW, source_loop, ..Setup::new("late-clients", sink, source) };
                let cable = settled(&setup, Tie::OldestFirst);
                for _ in 0..5 {
                    if who != "recorder" {
                        cable.sink.late_nsec.set(late_ms * 1_000_000);
                    }
                    if who != "player" {
                        cable.source.late_nsec.set(late_ms * 1_000_000);
                    }
                    cable.run_ms(200);
                }
                let runs = cable.tape.take_runs();
                assert!(matches!(runs[..], [Run::Sound { .. }]), "{what}: {runs:?}");
                cable.tape.take_latency_frames();
                cable.run_ms(200);
                cable.assert_no_latency(&what);
                cable.assert_sound();
            }
        }
    }
}

#[test]
fn clients_that_are_too_slow_are_followed_by_the_next_cycle_at_once() {
    for (sink, source) in [(64, 64), (64, 256), (256, 64), (256, 256)] {
        let period_nsec = sink * 1_000_000_000 / 48_000;
        // A cycle and a half: they never keep up.
        let work_nsec = period_nsec * 3 / 2;
        let setup = Setup { style: Style::New { work_nsec }, ..Setup::new("late-slow", sink, source) };
        let cable = settled(&setup, Tie::OldestFirst);
        cable.sink.take_begun();
        cable.world.armed_late.set(0);
        cable.run_ms(300);
        let (least, most) = spacing_nsec(&cable.sink.take_begun(), |cycle| cycle.now_nsec);
        assert_eq!((least, most), (work_nsec, work_nsec), "{sink} to {source}");
        // The kernel fires those at once, in the most expensive way.
        assert_eq!(cable.world.armed_late.get(), 0, "{sink} to {source}: timers for the past");
        assert_eq!(cable.sink.faults.overlaps.get(), 0, "{sink} to {source}");
        cable.assert_sound();
    }
}

#[test]
fn clocks_begin_in_step() {
    let world = World::new();
    let start = |name| {
        let cable = Setup::new(name, 256, 256).build_in(&world);
        assert_eq!((cable.sink.start(), cable.source.start()), (0, 0));
        cable
    };
    let one = start("late-one");
    world.run_for(1_700_000);
    let other = start("late-other");
    for cable in [&one, &other] {
        cable.sink.take_begun();
    }
    world.run_for(100_000_000);
    let begun = [&one, &other].map(|cable| cable.sink.take_begun());
    assert!(begun[0].len() > 10);
    for (a, b) in begun[0].iter().zip(&begun[1]) {
        assert!(a.nsec.abs_diff(b.nsec) <= 1, "{} and {}", a.nsec, b.nsec);
    }
}

#[test]
fn a_client_that_hangs_is_waited_for_once_and_the_other_side_goes_on() {
    for quantum in [64, 256, 1024] {
        for who in [End::Sink, End::Source] {
            let setup = Setup { style: NEW, ..Setup::new("late-hung", quantum, quantum) };
            let cable = settled(&setup, Tie::OldestFirst);
            let (hung, other) = match who {
                End::Sink => (&cable.sink, &cable.source),
                End::Source => (&cable.source, &cable.sink),
            };
            hung.late_nsec.set(5_000_000_000);
            cable.run_ms(200);
            let before = other.begun_count();
            cable.run_ms(1000);
            let cycles = other.begun_count() - before;
            let wanted = 48_000 / quantum;
            assert!(cycles.abs_diff(wanted) <= 1, "{who:?} hangs at {quantum}: {cycles} cycles a second");
            // It is back: as before, with its patience.
            cable.run_ms(5000);
            hung.faults.overlaps.set(0);
            cable.tape.take_runs();
            cable.tape.take_latency_frames();
            cable.run_ms(300);
            cable.assert_no_latency(&format!("{who:?} is back"));
            hung.late_nsec.set(30_000_000);
            cable.run_ms(300);
            let runs = cable.tape.take_runs();
            assert!(matches!(runs[..], [Run::Sound { .. }]), "{who:?} is back at {quantum}: {runs:?}");
            cable.assert_sound();
        }
    }
}
