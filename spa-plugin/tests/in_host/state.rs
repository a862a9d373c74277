//! How a cable does, as its ends tell it: the relation, and what cycles cost.

use crate::host::foreign::Foreign;
use crate::host::{Cable, Setup, Style};

/// The relation that both ends tell.
fn relation(cable: &Cable) -> String {
    let told = cable.source.listed_text("vcable.state.relation");
    assert_eq!(cable.sink.listed_text("vcable.state.relation"), told);
    told
}

/// What the main thread had to say of it since the last call, each in one line.
fn said(cable: &Cable) -> Vec<String> {
    cable.world.serve_main();
    let lines = cable.world.log.take_lines();
    lines.iter().map(|line| line.split(": ").nth(1).unwrap_or_default().to_owned()).collect()
}

#[test]
fn each_change_of_relation_is_told_and_logged_once() {
    for style in [Style::Old, Style::New { work_nsec: 100_000 }] {
        let cable = Setup { style, ..Setup::new("state-relation", 256, 256) }.run();
        // What is no number any more: two clocks are among the relations.
        cable.sink.is_counting_only.set(true);
        cable.source.is_counting_only.set(true);
        said(&cable);
        let [one, two] = [0.0, 300.0].map(|ppm| Foreign::start(&cable.world, 256, 48_000, ppm));
        let expect = |relation_now: &str| {
            for _ in 0..20 {
                cable.run_ms(20);
                cable.world.serve_main();
            }
            assert_eq!(relation(&cable), relation_now);
            let lines = said(&cable);
            assert_eq!(lines, [relation_now], "{style:?}");
        };
        expect("chained");
        one.drive(&cable.source);
        expect("pulled");
        one.drive(&cable.sink);
        expect("shared");
        one.leave(&cable.sink);
        two.drive(&cable.sink);
        expect("two-clocks");
        two.release(&cable.sink);
        expect("pulled");
        one.release(&cable.source);
        expect("chained");
        cable.sink.pause();
        expect("idle");
        cable.run_ms(500);
        assert_eq!(said(&cable), [""; 0], "nothing changes, and nothing is said");
    }
}

#[test]
fn other_rates_are_resampled_and_an_end_without_the_other_tells_nothing() {
    let mut setup = Setup::new("state-rates", 256, 256);
    setup.sink.rate_hz = 44_100;
    let cable = setup.run();
    cable.sink.is_counting_only.set(true);
    cable.source.is_counting_only.set(true);
    cable.run_ms(200);
    assert_eq!(relation(&cable), "resampled");
    assert_eq!(cable.sink.destroy(), 0);
    assert!(!cable.source.listed().contains_key("vcable.state.relation"));
    assert_eq!(cable.source.listed_text("vcable.quality"), "fast");
}

#[test]
fn lateness_callbacks_and_missed_cycles_are_counted_from_the_start_of_the_node() {
    let style = Style::New { work_nsec: 100_000 };
    let cable = Setup { style, ..Setup::new("state-times", 256, 256) }.run();
    let count = |name: &str| cable.sink.listed_text(name).parse::<u64>().expect("a number");
    cable.run_ms(100);
    assert_eq!(count("vcable.state.late.sink.ns"), 100_000);
    cable.sink.late_nsec.set(1_000_000);
    cable.run_ms(100);
    assert_eq!(count("vcable.state.late.sink.ns"), 1_100_000);
    // In virtual time only what stands still takes time.
    assert_eq!(count("vcable.state.callback.sink.ns"), 0);
    cable.sink.busy_nsec.set(300_000);
    cable.run_ms(20);
    assert_eq!(count("vcable.state.callback.sink.ns"), 300_000);
    assert!(count("vcable.state.cycles.sink") > 30 && count("vcable.state.cycles.source") > 30);
    let foreign = Foreign::start(&cable.world, 256, 48_000, 0.0);
    foreign.drive(&cable.sink);
    cable.run_ms(100);
    assert_eq!(count("vcable.state.missed.sink"), 0);
    cable.sink.misses.set(3);
    cable.run_ms(100);
    assert_eq!(count("vcable.state.missed.sink"), 3);
    cable.sink.pause();
    assert_eq!(cable.sink.start(), 0);
    assert_eq!(count("vcable.state.late.sink.ns"), 0);
}
