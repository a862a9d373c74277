//! Ends that come and go by the hundred leave nothing behind.

use crate::host::node::End;
use crate::host::trap;
use crate::host::world::ALL;
use crate::host::{Node, Setup, World};

#[test]
fn two_hundred_rounds_leave_no_allocation_descriptor_source_or_timer() {
    let world = World::new();
    // Tables that are kept grow once, for as many cables as other tests may have at a time.
    let names: Vec<_> = (0..400).map(|index| format!("rounds-warm-{index}")).collect();
    let make = |name: &String| Node::new(&world, End::Sink, ALL, &[("vcable.name", name)]).expect("a node");
    drop(names.iter().map(make).collect::<Vec<_>>());
    let round = |index: u64| {
        let cable = Setup::new("rounds", 64 << (index % 5), 64 << (index % 3)).build_in(&world);
        assert_eq!(cable.sink.start(), 0);
        assert_eq!(cable.source.start(), 0);
        cable.run_ms(index % 40);
        if index % 2 == 0 {
            cable.source.pause();
        }
        let first = if index % 3 == 0 { &cable.source } else { &cable.sink };
        assert_eq!(first.destroy(), 0);
        cable.run_ms(index % 7);
    };
    (0..10).for_each(round);
    world.log.take_complaints();
    let before = trap::live_allocations();
    for index in 0..200 {
        round(index);
        assert_eq!(world.leftovers(), (0, 0), "round {index}");
        assert_eq!(world.armed_timers(), 0, "round {index}");
    }
    assert_eq!(world.log.take_complaints(), [""; 0]);
    assert_eq!(trap::live_allocations() - before, 0, "allocations that were not released");
}

#[test]
fn refused_nodes_leave_nothing() {
    let world = World::new();
    let _first = Node::new(&world, End::Source, ALL, &[("vcable.name", "rounds-refused")]).expect("a node");
    world.log.take_complaints();
    let (left, before) = (world.leftovers(), trap::live_allocations());
    for _ in 0..200 {
        assert!(Node::new(&world, End::Source, ALL, &[("vcable.name", "rounds-refused")]).is_err());
        assert!(Node::new(&world, End::Sink, ALL, &[("audio.channels", "0")]).is_err());
        world.log.take_complaints();
    }
    assert_eq!(world.leftovers(), left);
    assert_eq!(trap::live_allocations() - before, 0, "allocations that were not released");
}

#[test]
fn a_loop_that_refuses_calls_makes_no_node_and_keeps_nothing() {
    let world = World::new();
    world.loops[0].is_broken.set(true);
    for end in [End::Sink, End::Source] {
        assert!(Node::new(&world, end, ALL, &[("vcable.name", "rounds-broken")]).is_err());
        assert_eq!(world.leftovers(), (0, 0));
    }
}
