//! What Windows would show.

use std::collections::BTreeSet;

use vcable_portcls_host::abi::guid::*;
use vcable_portcls_host::abi::ks::id;
use vcable_portcls_host::isolated;
use vcable_portcls_host::machine::Machine;
use vcable_portcls_host::nt::registry::Value;
use vcable_portcls_host::nt::{debug, interface, registry};

#[test]
fn sixteen_cables_are_thirty_two_endpoints_with_their_names_and_forms() {
    isolated(|| {
        let machine = Machine::with_cables(16);
        let endpoints = machine.endpoints();
        assert_eq!(endpoints.len(), 32);
        let mut names = BTreeSet::new();
        for end in &endpoints {
            let number = if end.cable == 1 { String::new() } else { format!("{} ", end.cable) };
            let (word, form) =
                if end.is_render { ("Input", NODE_LINE_CONNECTOR) } else { ("Output", NODE_MICROPHONE) };
            assert_eq!(end.text(), Some(format!("Cable {number}{word}")));
            assert_eq!(end.form, form);
            names.insert(end.name);
            let flow = if end.is_render { "Render" } else { "Capture" };
            assert_eq!(end.wave.name, format!("{flow}Wave{}", end.cable));
            assert_eq!(end.topology.name, format!("{flow}Topology{}", end.cable));
        }
        assert_eq!(names.len(), 32, "each has a name of its own");
        drop(endpoints);
        machine.finish();
    });
}

#[test]
fn each_number_of_cables_makes_one_pair_of_endpoints_each() {
    isolated(|| {
        let machine = Machine::with_cables(1);
        for cables in 1..=16 {
            machine.restart(cables);
            let ends: Vec<_> = machine.endpoints().iter().map(|end| (end.cable, end.is_render)).collect();
            let expected: BTreeSet<_> =
                (1..=cables).flat_map(|cable| [(cable, false), (cable, true)]).collect();
            assert_eq!(ends.len(), 2 * cables as usize);
            assert_eq!(ends.into_iter().collect::<BTreeSet<_>>(), expected);
        }
        machine.finish();
    });
}

#[test]
fn a_number_out_of_range_is_clamped_and_said() {
    isolated(|| {
        let machine = Machine::with_cables(1);
        for (value, cables) in [(0, 1), (17, 16), (u32::MAX, 16)] {
            let lines = debug::lines().len();
            machine.restart(value);
            assert_eq!(machine.endpoints().len(), 2 * cables);
            assert!(debug::lines().len() > lines, "nothing is said of {value} cables");
        }
        machine.finish();
    });
}

#[test]
fn values_of_another_type_or_size_count_as_none() {
    isolated(|| {
        let machine = Machine::with_cables(1);
        let odd = [
            Value::Text("3".to_owned()),
            Value::Raw(4, vec![3]),
            Value::Raw(4, vec![]),
            Value::Raw(3, vec![3, 0, 0, 0]),
            Value::Raw(4, vec![3; 4000]),
        ];
        for value in odd {
            machine.restart(1);
            registry::set("", "Cables", value.clone());
            assert_eq!(machine.pnp(4).0, 0);
            assert_eq!(machine.start_device().0, 0, "{value:?}");
            assert_eq!(machine.endpoints().len(), 2, "{value:?}");
        }
        machine.finish();
    });
}

#[test]
fn a_cable_can_be_named_and_offer_fewer_channels() {
    isolated(|| {
        registry::set("Cable2", "Name", Value::Text("Studio".to_owned()));
        registry::set("Cable2", "Channels", Value::Number(2));
        registry::set("Cable1", "Channels", Value::Number(7));
        registry::set("Cable1", "Name", Value::Raw(1, vec![0x41]));
        let machine = Machine::with_cables(2);
        for end in machine.endpoints() {
            let ranges = end.wave.filter.ranges(end.host_pin);
            let most = ranges.iter().filter_map(|range| range.audio).map(|audio| audio.channels).max();
            assert_eq!(most, Some(if end.cable == 2 { 2 } else { 8 }), "{}", end.wave.name);
        }
        machine.finish();
    });
}

/// A text without the zero behind it, as some programs leave it.
fn bare(text: &str) -> Value {
    Value::Raw(1, text.encode_utf16().flat_map(u16::to_le_bytes).collect())
}

#[test]
fn a_cable_that_has_a_name_shows_it_at_both_ends() {
    isolated(|| {
        let long = "n".repeat(63);
        let named = [
            (1, Value::Text("Music".to_owned()), Some("Music")),
            (2, Value::Text("Música 𝄞".to_owned()), Some("Música 𝄞")),
            (3, bare("Bare"), Some("Bare")),
            (4, Value::Text(long.clone()), Some(long.as_str())),
            (5, bare(&long), Some(long.as_str())),
            // Too long: cut, and not within a character.
            (6, Value::Text("n".repeat(64)), Some(long.as_str())),
            (7, bare(&"n".repeat(2000)), Some(long.as_str())),
            (8, Value::Text(format!("{}𝄞", &long[1..])), Some(&long[1..])),
            // A zero ends it, and half a unit is none.
            (9, Value::Text("One\0Two".to_owned()), Some("One")),
            (10, Value::Raw(1, b"H\0i\0!".to_vec()), Some("Hi")),
            // No name at all.
            (11, Value::Text(String::new()), None),
            (12, Value::Raw(1, Vec::new()), None),
            (13, Value::Raw(1, vec![b'x']), None),
            (14, Value::Number(7), None),
            (15, Value::Raw(3, b"B\0i\0n\0\0\0".to_vec()), None),
        ];
        for (cable, value, _) in &named {
            registry::set(&format!("Cable{cable}"), "Name", value.clone());
        }
        let machine = Machine::with_cables(16);
        let endpoints = machine.endpoints();
        assert_eq!(endpoints.len(), 32);
        for end in &endpoints {
            let word = if end.is_render { "Input" } else { "Output" };
            let own = named.iter().find(|(cable, ..)| *cable == end.cable).and_then(|(_, _, name)| *name);
            let name = own.map_or_else(|| format!("Cable {}", end.cable), str::to_owned);
            assert_eq!(end.text(), Some(format!("{name} {word}")));
            // Who has none of its own leaves the answer to PortCls, as it was.
            let answers = end.topology.filter.property(SET_PIN, id::PIN_NAME).is_some();
            assert_eq!(answers, own.is_some(), "cable {}", end.cable);
        }
        let cut = debug::lines().iter().filter(|line| line.contains("too long")).count();
        assert_eq!(cut, 3, "{:?}", debug::lines());
        drop(endpoints);
        machine.finish();
    });
}

#[test]
fn packet_sizes_are_limited_before_the_wave_filter_is_there() {
    isolated(|| {
        let machine = Machine::with_cables(2);
        let properties = interface::properties();
        for end in machine.endpoints() {
            let property = properties
                .iter()
                .find(|one| one.reference == end.wave.name && one.key == (DEVPKEY_CONSTRAINTS2, 2))
                .unwrap_or_else(|| panic!("no limits for {}", end.wave.name));
            assert_eq!(property.category, CATEGORY_AUDIO);
            assert_eq!(property.kind, 0x1003, "binary");
            assert!(property.order < end.wave.order, "{} is registered before", end.wave.name);
            check_constraints(&property.data);
        }
        machine.finish();
    });
}

/// The period, the most bytes, and for each mode frames or a duration above the period.
fn check_constraints(data: &[u8]) {
    let word = |at: usize| u32::from_le_bytes(data[at..at + 4].try_into().expect("four bytes"));
    let (period_hns, most_bytes, modes) = (word(0), word(8), word(12));
    assert_eq!(data.len(), 16 + 24 * modes as usize);
    assert!((1..=100_000).contains(&period_hns), "{period_hns}");
    assert!(most_bytes == 0 || most_bytes >= 61_440, "{most_bytes}");
    for mode in 0..modes as usize {
        let at = 16 + 24 * mode;
        let guid: [u8; 16] = data[at..at + 16].try_into().expect("an identifier");
        assert!([MODE_DEFAULT, MODE_RAW].contains(&Guid(guid)));
        let (samples, hns) = (word(at + 16), word(at + 20));
        assert!(samples == 0 || hns == 0, "a mode has one of both");
        assert!(hns == 0 || hns > period_hns, "a mode's duration is above the period");
    }
}
