//! What is set while sound runs.

use crate::host::foreign::Foreign;
use crate::host::listener::words;
use crate::host::tape::{Run, sound};
use crate::host::{Cable, Graph, Setup};
use libspa::pod::{ChoiceValue, Value};
use libspa::utils::{Choice, ChoiceEnum};
use libspa_sys as sys;

const NAMES: [&str; 4] =
    ["vcable.quality", "vcable.interpolation", "vcable.latency.frames", "vcable.buffer.frames"];

fn settings(graph: &Graph) -> [String; 4] {
    NAMES.map(|name| graph.listed_text(name))
}

fn both(cable: &Cable) -> [String; 4] {
    let listed = settings(&cable.source);
    assert_eq!(settings(&cable.sink), listed, "the settings are the cable's");
    listed
}

#[test]
fn either_end_takes_them_and_both_list_them() {
    let cable = Setup::new("live-ends", 256, 256).run();
    assert_eq!(both(&cable), ["fast", "sinc", "0", "0"]);
    assert_eq!(cable.sink.set_words(&["vcable.quality", "high", "vcable.buffer.frames", "512"]), 0);
    assert_eq!(both(&cable), ["high", "sinc", "0", "512"]);
    let numbers = vec![Value::String("vcable.latency.frames".into()), Value::Int(2048)];
    assert_eq!(cable.source.set_listed(numbers), 0);
    assert_eq!(cable.source.set_words(&["vcable.interpolation", "linear"]), 0);
    assert_eq!(both(&cable), ["high", "linear", "2048", "512"]);
    // What was read may be written back, and what is another's is passed over.
    let listed = cable.sink.listed().into_iter().flat_map(|(name, value)| [Value::String(name), value]);
    assert_eq!(cable.sink.set_listed(listed.collect()), 0);
    assert_eq!(cable.sink.set_words(&["channelmix.normalize", "true"]), 0);
    assert_eq!(both(&cable), ["high", "linear", "2048", "512"]);
    assert_eq!(cable.world.log.take_complaints(), [""; 0]);
}

#[test]
fn what_is_refused_is_named_in_one_line_and_changes_nothing() {
    let cable = Setup::new("live-bad", 256, 256).run();
    for (name, value, accepted) in [
        ("vcable.quality", "best", "fast, balanced, high"),
        ("vcable.interpolation", "", "sinc, cubic, linear"),
        ("vcable.latency.frames", "8193", "0 to 8192"),
        ("vcable.buffer.frames", "255", "0, or 256 to 4096"),
        ("vcable.colour", "red", "vcable.buffer.frames"),
        ("vcable.name", "another", "the name it was made with"),
    ] {
        for end in [&cable.sink, &cable.source] {
            let good = ["vcable.quality", "high", name, value, "vcable.latency.frames", "100"];
            assert_eq!(end.set_words(&good), -libc::EINVAL, "{name} = {value}");
            let lines = cable.world.log.take_complaints();
            assert_eq!(lines.len(), 1, "{lines:?}");
            for part in [name, &format!("\"{value}\""), accepted] {
                assert!(lines[0].contains(part), "{part} is not in {}", lines[0]);
            }
            assert_eq!(both(&cable), ["fast", "sinc", "0", "0"]);
        }
    }
    assert_eq!(cable.sink.set_words(&["vcable.quality"]), -libc::EINVAL, "a name without a value");
    assert_eq!(both(&cable), ["fast", "sinc", "0", "0"]);
}

#[test]
fn tools_are_told_what_can_be_set() {
    let cable = Setup::new("live-infos", 256, 256).run();
    for end in [&cable.sink, &cable.source] {
        let infos = end.params(sys::SPA_PARAM_PropInfo);
        let info = |name: &str| {
            let key = |object: &libspa::pod::Object, key| {
                object.properties.iter().find(|property| property.key == key).map(|found| found.value.clone())
            };
            let named = infos
                .iter()
                .find(|info| key(info, sys::SPA_PROP_INFO_name) == Some(Value::String(name.into())))
                .unwrap_or_else(|| panic!("no {name}"));
            assert_eq!(key(named, sys::SPA_PROP_INFO_params), Some(Value::Bool(true)), "{name}");
            (key(named, sys::SPA_PROP_INFO_type).expect("a type"), key(named, sys::SPA_PROP_INFO_labels))
        };
        let (type_, labels) = info("vcable.quality");
        assert_eq!(type_, Value::String("balanced".into()));
        let labels = labels.expect("labels");
        assert_eq!(words(&labels), ["fast", "Fast", "balanced", "Balanced", "high", "High"]);
        let labels = info("vcable.interpolation").1.expect("labels");
        assert_eq!(words(&labels).iter().step_by(2).collect::<Vec<_>>(), [&"sinc", &"cubic", &"linear"]);
        for (name, most) in [("vcable.latency.frames", 8192), ("vcable.buffer.frames", 4096)] {
            let Value::Choice(ChoiceValue::Int(Choice(_, range))) = info(name).0 else { panic!("{name}") };
            assert_eq!(range, ChoiceEnum::Range { default: 0, min: 0, max: most }, "{name}");
        }
    }
}

/// Where nothing is resampled nothing is heard of it.
#[test]
fn exact_ways_stay_exact_whatever_is_set() {
    for pulled in [false, true] {
        let cable = Setup::new("live-exact", 256, 256).run();
        let foreign = Foreign::start(&cable.world, 256, 48_000, 100.0);
        if pulled {
            foreign.drive(&cable.source);
        }
        cable.run_ms(300);
        cable.tape.take_runs();
        for round in 0..20 {
            let end = if round % 2 == 0 { &cable.sink } else { &cable.source };
            let (quality, frames) =
                (["high", "fast", "balanced"][round % 3], ["256", "0", "4096"][round % 3]);
            let all =
                ["vcable.quality", quality, "vcable.buffer.frames", frames, "vcable.latency.frames", frames];
            assert_eq!(end.set_words(&all), 0);
            cable.run_ms(17);
        }
        let runs = cable.tape.take_runs();
        assert!(matches!(runs[..], [Run::Sound { .. }]), "{runs:?}");
        cable.assert_sound();
    }
}

/// A recorder that stands still finds no more than was to be kept, and all of it.
#[test]
fn the_buffer_bounds_what_a_late_recorder_finds() {
    let cable = Setup::new("live-buffer", 256, 256).run();
    let foreign = Foreign::start(&cable.world, 256, 48_000, 0.0);
    foreign.drive(&cable.sink);
    for (asked, kept) in [("2048", 2048), ("1024", 1024), ("4096", 4096)] {
        assert_eq!(cable.source.set_words(&["vcable.buffer.frames", asked]), 0);
        cable.run_ms(300);
        cable.tape.take_runs();
        cable.source.late_nsec.set(0);
        let fill = || cable.source.listed_text("vcable.state.fill.frames").parse::<u64>().expect("frames");
        // Another clock that does not tick runs the recorder: it stands still, and the player goes on.
        let silent = Foreign::start(&cable.world, 256, 48_000, 0.0);
        silent.drive(&cable.source);
        silent.leave(&cable.source);
        cable.run_ms(500);
        assert_eq!(fill(), kept, "{asked} asked");
        silent.release(&cable.source);
        cable.run_ms(300);
        assert!(fill() < 512, "it is back at the present");
    }
}

#[test]
fn two_clocks_hold_what_is_asked_for_and_a_whole_cycle_more_than_needed_by_themselves() {
    for (frames, automatic) in [(64, 240), (256, 816), (1024, 3120)] {
        let cable = Setup { channels: 1, ..Setup::new("live-latency", frames, frames) }.run();
        cable.sink.is_counting_only.set(true);
        cable.source.is_counting_only.set(true);
        let clocks = [500.0, 0.0].map(|ppm| Foreign::start(&cable.world, frames, 48_000, ppm));
        clocks[0].drive(&cable.sink);
        clocks[1].drive(&cable.source);
        let held = || {
            cable.run_ms(100);
            let locked = || cable.source.listed_text("vcable.state.lock") == "locked";
            assert!(
                (0..50).any(|_| locked() || {
                    cable.run_ms(200);
                    false
                }),
                "10 s are enough"
            );
            let told = cable.source.listed_text("vcable.state.latency.frames");
            // What is held counts from the end of the sink's cycle.
            told.parse::<f64>().expect("frames") + frames as f64
        };
        let delay = 64.0;
        let by_itself = held() - delay;
        assert!((by_itself - f64::from(automatic)).abs() < 2.0, "{frames}: {by_itself}");
        assert_eq!(cable.sink.set_words(&["vcable.latency.frames", "4000"]), 0);
        let asked = held() - delay;
        assert!((asked - 4000.0).abs() < 2.0, "{frames}: {asked}");
        // Less than is held by itself, and more than the least: as asked.
        let less = automatic - (frames as i32) / 2;
        assert_eq!(cable.sink.set_words(&["vcable.latency.frames", &less.to_string()]), 0);
        let asked = held() - delay;
        assert!((asked - f64::from(less)).abs() < 2.0, "{frames}: {asked}");
        // A better resampler looks further ahead; all else is as it was.
        assert_eq!(cable.source.set_words(&["vcable.quality", "high", "vcable.latency.frames", "0"]), 0);
        let by_itself = held() - delay;
        assert!((0.0..100.0).contains(&(by_itself - f64::from(automatic))), "{frames}: {by_itself}");
        assert_eq!(cable.source.listed_text("vcable.state.underruns"), "0");
        cable.assert_sound();
    }
}

/// All that is played is heard, once the ends have been told.
#[test]
fn an_end_that_is_made_anew_takes_over_what_the_other_was_told() {
    let setup = Setup::new("live-anew", 256, 256);
    let cable = setup.run();
    assert_eq!(cable.sink.set_words(&["vcable.latency.frames", "3000", "vcable.buffer.frames", "512"]), 0);
    assert_eq!(cable.source.destroy(), 0);
    let source = setup.end(&cable.world, crate::host::node::End::Source, &cable.tape);
    assert_eq!(source.start(), 0);
    assert_eq!(settings(&source), ["fast", "sinc", "3000", "512"]);
    cable.tape.take_runs();
    cable.run_ms(200);
    assert_eq!(sound(&cable.tape.take_runs()).len(), 1);
}
