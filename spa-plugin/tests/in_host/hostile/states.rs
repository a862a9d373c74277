//! An end is destroyed in every state, and the other goes on.

use crate::host::foreign::Foreign;
use crate::host::node::End;
use crate::host::{Cable, Graph, Setup, Style};
use libspa_sys as sys;
use std::ptr::{null, null_mut};
use std::rc::Rc;

/// Brings one end, which is `graph`, into a state.
type Bring = fn(&Cable, &Rc<Graph>);

const STATES: [(&str, Bring); 9] = [
    ("negotiated", |_, _| ()),
    ("running", |_, graph| assert_eq!(graph.start(), 0)),
    ("running for a while", |cable, graph| {
        assert_eq!(graph.start(), 0);
        cable.run_ms(100);
    }),
    ("paused", |cable, graph| {
        assert_eq!(graph.start(), 0);
        cable.run_ms(10);
        graph.pause();
    }),
    ("suspended", |cable, graph| {
        assert_eq!(graph.start(), 0);
        cable.run_ms(10);
        graph.suspend();
    }),
    ("running without buffers", |_, graph| {
        assert_eq!(graph.start(), 0);
        assert_eq!(graph.lend(Vec::new()), 0);
    }),
    ("running without io", |cable, graph| {
        assert_eq!(graph.start(), 0);
        // SAFETY: no area.
        assert_eq!(unsafe { graph.node.port_set_io(graph.port(), sys::SPA_IO_Buffers, null_mut(), 0) }, 0);
        cable.run_ms(20);
    }),
    ("running without callbacks", |cable, graph| {
        assert_eq!(graph.start(), 0);
        // SAFETY: no callbacks.
        assert_eq!(unsafe { graph.node.set_callbacks(null(), null_mut()) }, 0);
        cable.run_ms(20);
    }),
    ("in the middle of a cycle", |cable, graph| {
        assert_eq!(graph.start(), 0);
        cable.run_ms(50);
        cable.sink.misses.set(1);
        cable.world.stall(3_000_000);
    }),
];

#[test]
fn an_end_is_destroyed_in_every_state_and_the_other_keeps_its_pace() {
    for (state, bring) in STATES {
        for end in [End::Sink, End::Source] {
            for style in [Style::Old, Style::New { work_nsec: 500_000 }] {
                for source_loop in [0, 1] {
                    let setup = Setup { style, source_loop, ..Setup::new("states-all", 256, 256) };
                    let cable = setup.build();
                    let (gone, left) = match end {
                        End::Sink => (&cable.sink, &cable.source),
                        End::Source => (&cable.source, &cable.sink),
                    };
                    let what = format!("{end:?} {state}, {style:?}, loop {source_loop}");
                    assert_eq!(left.start(), 0);
                    bring(&cable, gone);
                    assert_eq!(gone.destroy(), 0, "{what}");
                    assert_eq!(
                        cable.world.leftovers(),
                        (3, 3),
                        "{what}: one end's timer, wake and notice are left"
                    );
                    cable.run_ms(100);
                    let before = left.begun_count();
                    cable.run_ms(1000);
                    let cycles = left.begun_count() - before;
                    assert!(cycles.abs_diff(187) <= 1, "{what}: {cycles} cycles a second");
                    assert_eq!(left.destroy(), 0, "{what}");
                    assert_eq!(cable.world.leftovers(), (0, 0), "{what}");
                    assert_eq!(cable.world.log.take_complaints(), [""; 0], "{what}");
                }
            }
        }
    }
}

#[test]
fn an_end_that_follows_is_destroyed_and_nothing_of_it_is_called() {
    for end in [End::Sink, End::Source] {
        let cable = Setup::new("states-follows", 256, 256).run();
        let foreign = Foreign::start(&cable.world, 256, 48_000, 0.0);
        let gone = if end == End::Sink { &cable.sink } else { &cable.source };
        foreign.drive(gone);
        cable.run_ms(100);
        assert_eq!(gone.destroy(), 0);
        cable.run_ms(100);
        assert_eq!(cable.world.leftovers(), (3, 3));
    }
}
