//! Sound that goes round: nothing recurses, nothing spins, the pace stays.

use crate::host::{Cable, Graph, Setup, Style, Tie, World};

const STYLES: [Style; 3] = [Style::Old, Style::New { work_nsec: 0 }, Style::New { work_nsec: 100_000 }];

/// The node's clock keeps its pace for a second, and never begins a cycle within itself.
fn assert_keeps_pace(graph: &Graph, cycles_before: u64, what: &str) {
    let cycles = graph.begun_count() - cycles_before;
    assert!(cycles.abs_diff(187) <= 3, "{what}: {cycles} cycles a second, 187.5 would be right");
    assert_eq!(graph.faults.recursions.get(), 0, "{what}");
    assert_eq!(graph.faults.strays.get(), 0, "{what}");
}

#[test]
fn a_sink_whose_driver_is_its_own_source_runs_at_the_sources_pace() {
    for style in STYLES {
        for tie in [Tie::OldestFirst, Tie::NewestFirst] {
            let cable = Setup { style, ..Setup::new("circle-own", 256, 256) }.build();
            cable.world.tie.set(tie);
            cable.sink.follow(&cable.source);
            assert_eq!(cable.sink.start(), 0);
            assert_eq!(cable.source.start(), 0);
            cable.run_ms(200);
            let before = cable.source.begun_count();
            cable.run_ms(1000);
            assert_keeps_pace(&cable.source, before, &format!("{style:?}, {tie:?}"));
            assert_eq!(cable.world.armed_timers(), 1);
        }
    }
}

#[test]
fn two_cables_in_a_circle_run_at_the_pace_of_their_clocks() {
    for style in STYLES {
        for tie in [Tie::OldestFirst, Tie::NewestFirst] {
            let world = World::new();
            world.tie.set(tie);
            let make = |name| Setup { style, ..Setup::new(name, 256, 256) }.build_in(&world);
            let cables: [Cable; 2] = [make("circle-one"), make("circle-two")];
            // What comes out of one is played into the other.
            cables[1].sink.follow(&cables[0].source);
            cables[0].sink.follow(&cables[1].source);
            for cable in &cables {
                assert_eq!(cable.sink.start(), 0);
                assert_eq!(cable.source.start(), 0);
            }
            world.run_for(200_000_000);
            let before = [0, 1].map(|index| cables[index].source.begun_count());
            world.run_for(1_000_000_000);
            for (cable, before) in cables.iter().zip(before) {
                assert_keeps_pace(&cable.source, before, &format!("{style:?}, {tie:?}"));
            }
        }
    }
}

#[test]
fn a_circle_that_is_opened_again_leaves_no_latency() {
    for style in STYLES {
        let cable = Setup { style, ..Setup::new("circle-opened", 256, 256) }.build();
        cable.sink.follow(&cable.source);
        assert_eq!(cable.source.start(), 0);
        assert_eq!(cable.sink.start(), 0);
        cable.run_ms(200);
        cable.sink.lead(Some(&cable.source));
        cable.run_ms(200);
        cable.tape.take_latency_frames();
        cable.run_ms(200);
        cable.assert_no_latency(&format!("{style:?}"));
    }
}
