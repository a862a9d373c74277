//! The nodes' own clocks, compared with exact rational time.

use crate::host::node::End;
use crate::host::{Setup, World};

/// A day of cycles, each compared with where it must begin: all at whole numbers of cycles since the clock began.
fn run_a_day(end: End, frames: u64, rate_hz: u32) {
    let mut setup = Setup {
        channels: 1,
        format: "S16",
        ..Setup::new(&format!("clock-day-{end:?}-{rate_hz}"), frames, frames)
    };
    (setup.sink.rate_hz, setup.source.rate_hz, setup.capacity_frames) = (rate_hz, rate_hz, 1);
    let world = World::new();
    let graph = setup.end(&world, end, &setup.tape());
    graph.is_counting_only.set(true);
    assert_eq!(graph.start(), 0);
    let start_nsec = world.now_nsec();
    let cycles = 24 * 3600 * u64::from(rate_hz) / frames;
    let first = start_nsec * u64::from(rate_hz) / 1_000_000_000 / frames + 1;
    for cycle in 0..cycles {
        world.run_while(u64::MAX, || graph.begun_count() == cycle);
        let exact = u128::from(first + cycle) * u128::from(frames) * 1_000_000_000 / u128::from(rate_hz);
        let nsec = graph.position.clock.nsec.get();
        assert_eq!(u128::from(nsec), exact, "cycle {cycle}");
        assert_eq!(world.now_nsec(), nsec);
    }
    assert!(world.now_nsec() - start_nsec > 23 * 3_600_000_000_000);
}

#[test]
fn a_source_at_44100_hz_does_not_drift_in_24_hours() {
    run_a_day(End::Source, 441, 44_100);
}

#[test]
fn a_source_at_48000_hz_does_not_drift_in_24_hours() {
    run_a_day(End::Source, 1024, 48_000);
}

#[test]
fn a_sink_at_48000_hz_does_not_drift_in_24_hours() {
    run_a_day(End::Sink, 1024, 48_000);
}

#[test]
fn the_position_counts_every_frame_of_every_cycle() {
    let cable = Setup::new("clock-position", 256, 441).run();
    cable.run_ms(1000);
    for graph in [&cable.sink, &cable.source] {
        let frames: u64 = graph.take_begun().iter().map(|cycle| cycle.frames).sum();
        let position = graph.position.clock.position.get();
        let quantum = graph.position.clock.duration.get();
        assert!(frames - position <= quantum, "{:?}: {position} of {frames} frames", graph.end);
    }
}

#[test]
fn a_change_of_quantum_leaves_no_latency_and_drops_less_than_a_cycle() {
    use crate::host::Style;
    use crate::host::tape::sound;
    for style in [Style::Old, Style::New { work_nsec: 50_000 }] {
        let cable = Setup { style, ..Setup::new("clock-quantum", 256, 256) }.run();
        for frames in [1024, 64, 441, 256, 480, 512] {
            cable.run_ms(200);
            cable.tape.take_runs();
            cable.sink.set_quantum(frames, 48_000);
            cable.source.set_quantum(frames, 48_000);
            cable.run_ms(300);
            let runs = cable.tape.take_runs();
            // What whole cycles of the new size would never use up is dropped, once at most.
            let dropped = match sound(&runs)[..] {
                [_] => 0,
                [(first, before), (next, _)] => next - (first + before),
                _ => panic!("to {frames}, {style:?}: {runs:?}"),
            };
            assert!(dropped < frames, "to {frames}, {style:?}: {runs:?}");
            cable.tape.take_latency_frames();
            cable.run_ms(100);
            cable.assert_no_latency(&format!("to {frames}, {style:?}"));
        }
    }
}
