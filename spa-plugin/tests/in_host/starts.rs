//! In whatever order the ends are made, plugged, started, stopped and started again.

use crate::host::node::End;
use crate::host::tape::{Run, sound, totals};
use crate::host::{Cable, Graph, Setup, Style, Tie, World};
use std::rc::Rc;

const STYLES: [Style; 2] = [Style::Old, Style::New { work_nsec: 100_000 }];

/// Lets the cable settle, and then demands sound without latency, hole or loss.
fn assert_flows(cable: &Cable, what: &str) {
    cable.run_ms(60);
    cable.tape.take_latency_frames();
    cable.tape.take_runs();
    cable.run_ms(100);
    cable.assert_no_latency(what);
    let runs = cable.tape.take_runs();
    assert!(matches!(runs[..], [Run::Sound { .. }]), "{what}: {runs:?}");
    cable.assert_sound_but_for_overlaps(1);
}

fn start_apart(first: &Graph, second: &Graph, cable: &Cable, pause_nsec: u64) {
    assert_eq!(first.start(), 0);
    cable.world.run_for(pause_nsec);
    assert_eq!(second.start(), 0);
}

#[test]
fn whoever_is_made_and_started_first_no_latency_stays() {
    for style in STYLES {
        for source_first in [false, true] {
            for sink_starts in [false, true] {
                for pause_nsec in [0, 1, 1_000_000, 5_333_333, 77_777_777] {
                    let what = format!("{style:?} {source_first} {sink_starts} {pause_nsec}");
                    let setup = Setup { style, ..Setup::new("starts-order", 256, 256) };
                    let (world, tape) = (World::new(), setup.tape());
                    let make = |end| setup.end(&world, end, &tape);
                    let (sink, source) = if source_first {
                        let source = make(End::Source);
                        (make(End::Sink), source)
                    } else {
                        let sink = make(End::Sink);
                        (sink, make(End::Source))
                    };
                    let cable = Cable { sink, source, tape, world };
                    if sink_starts {
                        start_apart(&cable.sink, &cable.source, &cable, pause_nsec);
                    } else {
                        start_apart(&cable.source, &cable.sink, &cable, pause_nsec);
                    }
                    assert_flows(&cable, &what);
                }
            }
        }
    }
}

#[test]
fn an_end_that_is_made_while_the_other_runs_joins_it() {
    for early in [End::Sink, End::Source] {
        for tie in [Tie::OldestFirst, Tie::NewestFirst] {
            let setup = Setup::new("starts-joins", 256, 256);
            let (world, tape) = (World::new(), setup.tape());
            world.tie.set(tie);
            let early_end = setup.end(&world, early, &tape);
            assert_eq!(early_end.start(), 0);
            world.run_for(123_456_789);
            let late = if early == End::Sink { End::Source } else { End::Sink };
            let late_end = setup.end(&world, late, &tape);
            assert_eq!(late_end.start(), 0);
            let (sink, source) =
                if early == End::Sink { (early_end, late_end) } else { (late_end, early_end) };
            assert_flows(&Cable { sink, source, tape, world }, &format!("{early:?} first, {tie:?}"));
        }
    }
}

#[test]
fn after_a_restart_of_either_end_no_latency_stays_and_nothing_old_is_heard() {
    for style in STYLES {
        for end in [End::Sink, End::Source] {
            for (sink, source) in [(256, 256), (64, 256), (1024, 64)] {
                let cable = Setup { style, ..Setup::new("starts-restart", sink, source) }.run();
                for round in 0..25_u64 {
                    cable.world.run_for(30_000_000 + round * 3_111_111);
                    let graph = if end == End::Sink { &cable.sink } else { &cable.source };
                    graph.pause();
                    cable.world.run_for(round * 4_938_271);
                    cable.tape.take_runs();
                    let sent = cable.tape.sent_frames();
                    assert_eq!(graph.start(), 0);
                    cable.run_ms(60);
                    let runs = cable.tape.take_runs();
                    let what = format!("{style:?}, {end:?}, {sink} to {source}, round {round}: {runs:?}");
                    let first = sound(&runs).first().expect("sound").0;
                    // A recorder that runs on may still hear the last of the player's old frames.
                    assert!(first + sink + source > sent, "{what}");
                    cable.tape.take_latency_frames();
                    cable.run_ms(60);
                    cable.assert_no_latency(&what);
                    cable.assert_sound_but_for_overlaps(1);
                }
            }
        }
    }
}

#[test]
fn after_suspend_and_a_new_format_sound_flows_again() {
    for style in STYLES {
        let setup = Setup { style, ..Setup::new("starts-suspend", 256, 256) };
        let cable = setup.run();
        for graph in [&cable.sink, &cable.source] {
            cable.run_ms(50);
            graph.suspend();
            assert_eq!(graph.start(), -libc::EIO, "there is no format");
            assert_eq!(setup.negotiate(graph), 0);
            assert_eq!(graph.start(), 0);
            assert_flows(&cable, &format!("{:?}, {style:?}", graph.end));
        }
    }
}

#[test]
fn one_end_that_is_made_anew_goes_on_with_the_other() {
    let setup = Setup::new("starts-anew", 256, 256);
    let mut cable = setup.run();
    for round in 0..20 {
        cable.run_ms(31);
        let end = if round % 2 == 0 { End::Sink } else { End::Source };
        // Its memory is given back before the new one comes, as the daemon has it.
        let place: &mut Rc<Graph> = if end == End::Sink { &mut cable.sink } else { &mut cable.source };
        assert_eq!(Rc::strong_count(place), 1);
        place.node.clear();
        *place = setup.end(&cable.world, end, &cable.tape);
        assert_eq!(place.start(), 0);
        assert_flows(&cable, &format!("{end:?}, round {round}"));
    }
    cable.tape.take_runs();
    cable.run_ms(50);
    assert_eq!(totals(&cable.tape.take_runs()).1, 0);
}
