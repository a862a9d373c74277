//! The audio path allocates nothing and releases nothing.
//!
//! The host arms the trap around every callback that a loop makes: timers, wakes, and within them
//! `ready`, the cycles of both groups, and `process`. Under RealtimeSanitizer all tests of this program
//! prove more: nothing in a callback locks, sleeps or calls the system either.

use crate::host::foreign::Foreign;
use crate::host::trap;
use crate::host::{Cable, Setup, Style, Tie};

/// Runs the cable for `milliseconds` and demands that many cycles, without one allocation.
fn assert_allocates_nothing(cable: &Cable, milliseconds: u64, least_cycles: u64, what: &str) {
    let cycles = || cable.sink.begun_count() + cable.source.begun_count();
    let (before, caught) = (cycles(), trap::caught());
    cable.run_ms(milliseconds);
    assert_eq!(trap::caught() - caught, 0, "{what}: allocations");
    assert!(cycles() - before >= least_cycles, "{what}: only {} cycles", cycles() - before);
}

/// Runs a cable whose recorder's cycle does what must not be done.
fn run_with(planted: fn()) -> Cable {
    let cable = Setup::new("realtime-trap", 256, 256).run();
    cable.run_ms(100);
    cable.source.on_ready.set(planted);
    cable.run_ms(20);
    cable
}

#[cfg(not(rtsan))]
#[test]
fn the_trap_catches_an_allocation_that_is_planted_in_the_audio_path() {
    for plant in [|| drop(Box::new(7)), || std::hint::black_box(Vec::<u8>::with_capacity(9)).push(1)] {
        let caught = trap::caught();
        run_with(plant);
        assert!(trap::caught() > caught, "the trap does not work");
    }
}

/// What RealtimeSanitizer must end the program at. Each is run as a program of its own.
#[cfg(rtsan)]
mod planted {
    use super::run_with;
    use std::fs::File;
    use std::process::Command;

    #[test]
    #[ignore = "ends the program"]
    fn allocation() {
        run_with(|| drop(std::hint::black_box(Box::new(7))));
    }

    #[test]
    #[ignore = "ends the program"]
    fn system_call() {
        run_with(|| drop(File::open("/dev/null")));
    }

    #[test]
    fn the_sanitizer_catches_them() {
        let program = std::env::current_exe().expect("this program");
        for (name, call) in [("allocation", "`malloc`"), ("system_call", "`open")] {
            let test = format!("realtime::planted::{name}");
            let run = Command::new(&program).args(["--ignored", "--exact", "--nocapture", &test]).output();
            let run = run.expect("this program runs");
            let said = String::from_utf8_lossy(&run.stderr);
            assert!(!run.status.success(), "{name} is not caught: {said}");
            assert!(said.contains("RealtimeSanitizer: unsafe-library-call"), "{said}");
            assert!(said.contains(call), "{said}");
        }
    }
}

#[test]
fn chained_cycles_of_any_quanta_allocate_nothing() {
    for (sink, source) in [(64, 64), (256, 256), (1024, 64), (64, 1024), (441, 480)] {
        for style in [Style::Old, Style::New { work_nsec: 100_000 }] {
            for source_loop in [0, 1] {
                let cable =
                    Setup { style, source_loop, ..Setup::new("realtime-chained", sink, source) }.run();
                let what = format!("{sink} to {source}, {style:?}, loop {source_loop}");
                assert_allocates_nothing(&cable, 2000, 180, &what);
            }
        }
    }
}

#[test]
fn silence_late_players_and_stalls_allocate_nothing() {
    for tie in [Tie::OldestFirst, Tie::NewestFirst] {
        let cable = Setup::new("realtime-late", 256, 256).run();
        cable.world.tie.set(tie);
        for misses in [1, 2, 5, 50] {
            cable.sink.misses.set(misses);
            assert_allocates_nothing(&cable, 1000, 300, "missed cycles");
        }
        cable.world.lateness.set(|nsec| nsec.wrapping_mul(0x9E37_79B9_7F4A_7C15) % 9_000_000);
        assert_allocates_nothing(&cable, 1000, 300, "jitter");
        cable.world.stall(700_000_000);
        assert_allocates_nothing(&cable, 1000, 300, "a stall");
        cable.sink.pause();
        assert_allocates_nothing(&cable, 3000, 500, "silence");
        cable.source.pause();
        assert_eq!(cable.sink.start(), 0);
        assert_allocates_nothing(&cable, 3000, 500, "nobody records");
    }
}

#[test]
fn following_and_leading_allocate_nothing() {
    let cable = Setup::new("realtime-follow", 256, 256).run();
    let foreign = Foreign::start(&cable.world, 512, 48_000, 300.0);
    for end in [&cable.sink, &cable.source] {
        foreign.drive(end);
        assert_allocates_nothing(&cable, 2000, 180, "a foreign clock");
        foreign.release(end);
        assert_allocates_nothing(&cable, 1000, 180, "the own clock");
    }
}

#[test]
fn an_end_that_is_not_plugged_or_has_another_rate_allocates_nothing() {
    let mut setup = Setup::new("realtime-rate", 256, 256);
    setup.sink.rate_hz = 44_100;
    let cable = setup.run();
    assert_allocates_nothing(&cable, 2000, 600, "two rates");
    assert_eq!(cable.sink.destroy(), 0);
    assert_allocates_nothing(&cable, 2000, 300, "no sink");
}

#[test]
fn every_format_and_64_channels_allocate_nothing() {
    for format in ["F32P", "F32", "S16", "S24", "S32"] {
        for channels in [1, 64] {
            let cable = Setup { format, channels, ..Setup::new("realtime-formats", 64, 256) }.run();
            assert_allocates_nothing(&cable, 300, 180, &format!("{format}, {channels} channels"));
        }
    }
}

#[test]
fn changes_while_sound_runs_allocate_nothing() {
    let cable = Setup::new("realtime-changes", 256, 256).run();
    let fast = Foreign::start(&cable.world, 512, 48_000, 500.0);
    let slow = Foreign::start(&cable.world, 480, 48_000, -500.0);
    for frames in [64, 1024, 441, 256] {
        cable.sink.set_quantum(frames, 48_000);
        cable.source.set_quantum(frames, 48_000);
        assert_allocates_nothing(&cable, 300, 12, "another quantum");
        fast.drive(&cable.source);
        assert_allocates_nothing(&cable, 300, 12, "pulled");
        slow.drive(&cable.sink);
        assert_allocates_nothing(&cable, 1000, 0, "two clocks");
        fast.release(&cable.source);
        assert_allocates_nothing(&cable, 300, 12, "a sink that follows");
        slow.release(&cable.sink);
        assert_allocates_nothing(&cable, 300, 12, "chained again");
    }
}
