//! Filters, pins, nodes and connections.

use std::collections::BTreeSet;

use vcable_portcls_host::abi::guid::*;
use vcable_portcls_host::abi::ks::{COMMUNICATION_SINK, FLOW_IN, FLOW_OUT};
use vcable_portcls_host::abi::pc::{Automation, FILTER};
use vcable_portcls_host::endpoint::{self, Subdevice, reached};
use vcable_portcls_host::isolated;
use vcable_portcls_host::machine::Machine;
use vcable_portcls_host::memory;
use vcable_portcls_host::portcls::adapter;
use vcable_portcls_host::portcls::filter::Filter;

/// Runs a check on every subdevice, with one cable up to the most there are.
fn every_subdevice(check: fn(&Subdevice)) {
    let machine = Machine::with_cables(1);
    for cables in 1..=16 {
        machine.restart(cables);
        let subdevices = endpoint::subdevices();
        assert_eq!(subdevices.len(), 4 * cables as usize);
        subdevices.iter().for_each(check);
        drop(subdevices);
    }
    machine.finish();
}

fn is_wave(filter: &Filter) -> bool {
    filter.pins.iter().any(|pin| pin.pin.communication == COMMUNICATION_SINK)
}

#[test]
fn items_have_the_sizes_that_portcls_demands() {
    isolated(|| {
        every_subdevice(|one| {
            let descriptor = &one.filter.descriptor;
            assert_eq!(descriptor.version, 0);
            assert!(descriptor.pin_size >= 112 && descriptor.pin_size.is_multiple_of(8));
            assert!(descriptor.node_count == 0 || descriptor.node_size >= 32);
            assert!(descriptor.node_size.is_multiple_of(8));
            let pins = one.filter.pins.iter().map(|pin| pin.automation);
            let nodes = one.filter.nodes.iter().map(|node| node.automation);
            for address in pins.chain(nodes).chain([descriptor.automation]).filter(|&address| address != 0) {
                let table: Automation = memory::read(address);
                for (size, count, items) in [
                    (table.property_size, table.property_count, table.properties),
                    (table.method_size, table.method_count, table.methods),
                    (table.event_size, table.event_count, table.events),
                ] {
                    assert!(size.is_multiple_of(8) && (count == 0 || size >= 24), "{}", one.name);
                    assert_eq!(count == 0, items == 0, "an empty list is null: {}", one.name);
                }
                assert_eq!(table.reserved, 0);
            }
        });
    });
}

#[test]
fn connections_name_nodes_and_pins_that_exist() {
    isolated(|| {
        every_subdevice(|one| {
            let filter = &one.filter;
            for connection in &filter.connections {
                for (node, pin, from) in [
                    (connection.from_node, connection.from_pin, true),
                    (connection.to_node, connection.to_pin, false),
                ] {
                    if node == FILTER {
                        let flow = filter.pins[pin as usize].pin.flow;
                        assert_eq!(flow, if from { FLOW_IN } else { FLOW_OUT }, "{}", one.name);
                    } else {
                        assert!((node as usize) < filter.nodes.len(), "{}", one.name);
                        assert_eq!(pin, u32::from(!from), "pins of a node: 1 in, 0 out");
                    }
                }
            }
        });
    });
}

#[test]
fn every_pin_is_reached_by_exactly_one_path_without_a_circle() {
    isolated(|| {
        every_subdevice(|one| {
            let filter = &one.filter;
            assert_eq!(filter.pins.len(), 2);
            for pin in 0..2 {
                let forward = filter.pins[pin as usize].pin.flow == FLOW_IN;
                assert_eq!(reached(filter, pin, forward), [1 - pin], "{} pin {pin}", one.name);
            }
            // A chain: one connection more than nodes, each node entered and left once.
            assert_eq!(filter.connections.len(), filter.nodes.len() + 1, "{}", one.name);
            let entered: BTreeSet<_> = filter.connections.iter().map(|one| one.to_node).collect();
            assert_eq!(entered.len(), filter.connections.len(), "{}", one.name);
        });
    });
}

#[test]
fn host_pins_have_one_instance_and_bridge_pins_none() {
    isolated(|| {
        every_subdevice(|one| {
            for (index, pin) in one.filter.pins.iter().enumerate() {
                let host = pin.pin.communication == COMMUNICATION_SINK;
                let counts = (pin.max_global, pin.max_filter, pin.min_filter);
                assert_eq!(counts, if host { (1, 1, 0) } else { (0, 0, 0) }, "{} pin {index}", one.name);
                assert!(host || pin.pin.communication == 0, "{} pin {index}", one.name);
                assert_eq!(
                    (pin.pin.interfaces_count, pin.pin.mediums_count),
                    (0, 0),
                    "{} pin {index}",
                    one.name
                );
                assert_eq!(pin.pin.reserved[0], 0);
            }
        });
    });
}

#[test]
fn a_flagged_range_is_followed_by_its_attributes() {
    isolated(|| {
        every_subdevice(|one| {
            for pin in 0..2 {
                let ranges = one.filter.ranges(pin);
                assert!(!ranges.is_empty(), "{} pin {pin}", one.name);
                let host = one.filter.pins[pin as usize].pin.communication == COMMUNICATION_SINK;
                for range in ranges {
                    assert_eq!(range.head.major, TYPE_AUDIO);
                    if host {
                        assert_eq!(range.head.size, 88);
                        assert_eq!(range.attributes, [ATTRIBUTE_MODE], "{} pin {pin}", one.name);
                        assert_eq!(range.head.specifier, SPECIFIER_WAVE);
                        assert!([SUBTYPE_PCM, SUBTYPE_FLOAT].contains(&range.head.sub));
                        let audio = range.audio.expect("a range of audio formats");
                        assert!(audio.min_bits <= audio.max_bits && audio.min_hz <= audio.max_hz);
                        assert!((1..=8).contains(&audio.channels));
                    } else {
                        assert_eq!((range.head.sub, range.head.specifier), (SUBTYPE_ANALOG, SPECIFIER_NONE));
                        assert_eq!((range.head.size, range.head.flags), (64, 0));
                    }
                }
            }
        });
    });
}

#[test]
fn categories_are_those_of_audio_and_the_flow() {
    isolated(|| {
        every_subdevice(|one| {
            let flow = if one.name.starts_with("Render") { CATEGORY_RENDER } else { CATEGORY_CAPTURE };
            let categories = &one.filter.categories;
            if !categories.is_empty() {
                let expected: &[Guid] = if is_wave(&one.filter) {
                    &[CATEGORY_AUDIO, flow, CATEGORY_REALTIME]
                } else {
                    &[CATEGORY_AUDIO, CATEGORY_TOPOLOGY]
                };
                assert_eq!(
                    categories.iter().collect::<BTreeSet<_>>(),
                    expected.iter().collect(),
                    "{}",
                    one.name
                );
            }
        });
    });
}

#[test]
fn each_inner_pin_has_one_physical_connection_and_outer_pins_none() {
    isolated(|| {
        let machine = Machine::with_cables(16);
        let (subdevices, connections) = (endpoint::subdevices(), adapter::connections());
        assert_eq!(connections.len(), 32);
        for connection in &connections {
            let find = |name: &str| subdevices.iter().find(|one| one.name == name).expect("a subdevice");
            let (from, to) = (find(&connection.from), find(&connection.to));
            assert_eq!(from.filter.pins[connection.from_pin as usize].pin.flow, FLOW_OUT);
            assert_eq!(to.filter.pins[connection.to_pin as usize].pin.flow, FLOW_IN);
            assert!(from.order < to.order || from.order < connection.order, "connected before registered");
            let number = connection.from.trim_start_matches(char::is_alphabetic);
            let expected = if is_wave(&from.filter) {
                (format!("RenderWave{number}"), format!("RenderTopology{number}"), 1, 0)
            } else {
                (format!("CaptureTopology{number}"), format!("CaptureWave{number}"), 1, 0)
            };
            let got =
                (connection.from.clone(), connection.to.clone(), connection.from_pin, connection.to_pin);
            assert_eq!(got, expected);
        }
        let ends: BTreeSet<_> =
            connections.iter().flat_map(|one| [(&one.from, one.from_pin), (&one.to, one.to_pin)]).collect();
        assert_eq!(ends.len(), 64, "no pin is connected twice");
        drop(subdevices);
        machine.finish();
    });
}

#[test]
fn each_end_is_registered_as_topology_then_wave_then_connection() {
    isolated(|| {
        let machine = Machine::with_cables(16);
        let connections = adapter::connections();
        for end in machine.endpoints() {
            let names = [&end.wave.name, &end.topology.name];
            let connection =
                connections.iter().find(|one| names.contains(&&one.from)).expect("its connection");
            assert!(
                end.topology.order < end.wave.order && end.wave.order < connection.order,
                "{}",
                end.wave.name
            );
        }
        assert!(adapter::max_objects() >= 64);
        machine.finish();
    });
}
