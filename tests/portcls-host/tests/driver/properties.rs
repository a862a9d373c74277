//! Properties, as clients ask for them and as they must not.

use std::time::Duration;

use vcable_portcls_host::abi::guid::*;
use vcable_portcls_host::abi::ks::{JackDescription, id, verb};
use vcable_portcls_host::abi::pc::FILTER;
use vcable_portcls_host::abi::status::Status;
use vcable_portcls_host::endpoint::{Endpoint, Subdevice};
use vcable_portcls_host::engine::{State, Stream};
use vcable_portcls_host::format::{self, Format};
use vcable_portcls_host::fuzz::Fuzzer;
use vcable_portcls_host::machine::Machine;
use vcable_portcls_host::nt::registry::{self, Value};
use vcable_portcls_host::nt::timer;
use vcable_portcls_host::portcls::filter::Property;
use vcable_portcls_host::portcls::request::{Reply, Request};
use vcable_portcls_host::region::Guarded;
use vcable_portcls_host::{isolated, measured};

const MS: i64 = 1_000_000;

/// What follows the identifier when a client asks about a pin.
fn about(pin: u32) -> Vec<u8> {
    [pin, 0].iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// Runs a check on both ends of a cable.
fn each_end(check: fn(&Endpoint)) {
    let machine = Machine::start();
    let (render, capture) = machine.cable(1);
    check(&render);
    check(&capture);
    drop((render, capture));
    machine.finish();
}

fn propose(end: &Endpoint, pin: u32, verb: u32, value: &[u8]) -> Reply {
    let property = end.wave.filter.property(SET_PIN, id::PROPOSE_FORMAT).expect("formats can be proposed");
    let target = end.wave.port.miniport();
    Request::new(target.address(), &property, verb).instance(&about(pin)).value(value).send()
}

#[test]
fn every_format_that_opens_can_be_proposed_and_stays_as_it_is() {
    isolated(|| {
        each_end(|end| {
            for format in format::all() {
                for bytes in [format.bytes(), format.bytes_with_mode(MODE_RAW)] {
                    let reply = propose(end, end.host_pin, verb::SET, &bytes);
                    assert_eq!(reply.status, Status::SUCCESS, "{format:?}");
                    assert_eq!(reply.value, bytes, "a proposal is not answered in its buffer");
                }
            }
        });
    });
}

#[test]
fn proposals_that_nobody_can_stream_are_no_match() {
    isolated(|| {
        each_end(|end| {
            let formats = [
                Format::pcm16(47_999, 2),
                Format::pcm16(384_000, 2),
                Format::pcm16(48_000, 3),
                Format::pcm16(48_000, 16),
                Format { container: 8, valid: 8, ..Format::pcm16(48_000, 2) },
                Format { container: 64, valid: 64, ..Format::float(48_000, 2) },
            ];
            for format in formats {
                assert_eq!(
                    propose(end, end.host_pin, verb::SET, &format.bytes()).status,
                    Status::NO_MATCH,
                    "{format:?}"
                );
            }
        });
    });
}

#[test]
fn proposals_of_other_sizes_pins_and_verbs_are_answered_by_the_book() {
    isolated(|| {
        each_end(|end| {
            let good = Format::pcm16(48_000, 2).bytes();
            let size = propose(end, end.host_pin, verb::SET, &[]);
            assert_eq!((size.status, size.size), (Status::BUFFER_OVERFLOW, 104));
            for bytes in 1..104 {
                let reply = propose(end, end.host_pin, verb::SET, &good[..bytes]);
                assert_eq!(reply.status, Status::BUFFER_TOO_SMALL, "{bytes} bytes");
            }
            assert_eq!(propose(end, 1 - end.host_pin, verb::SET, &good).status, Status::NOT_SUPPORTED);
            assert_eq!(propose(end, 2, verb::SET, &good).status, Status::INVALID_PARAMETER);
            assert_eq!(propose(end, u32::MAX, verb::SET, &good).status, Status::INVALID_PARAMETER);
            assert_eq!(propose(end, end.host_pin, verb::GET, &good).status, Status::INVALID_DEVICE_REQUEST);
        });
    });
}

#[test]
fn modes_are_default_and_raw_on_the_host_pin_alone() {
    isolated(|| {
        each_end(|end| {
            let processing = end.wave.port.processing().expect("modes");
            let modes = |pin: u32, room: u32, null: bool| {
                let out = Guarded::filled(16 * room as usize, 0xEE);
                let count = Guarded::new(&room.to_le_bytes());
                let at = if null { 0 } else { out.address() };
                let status =
                    processing.status("GetModes", 3, &[pin.into(), at.into(), count.address().into()]);
                (status, count.value::<u32>(), out.contents())
            };
            assert_eq!(modes(end.host_pin, 0, true).0, Status::SUCCESS);
            let count = modes(end.host_pin, 0, true).1;
            let (status, same, bytes) = modes(end.host_pin, count, false);
            assert_eq!((status, same), (Status::SUCCESS, count));
            let mut got: Vec<_> =
                bytes.chunks(16).map(|guid| Guid(guid.try_into().expect("16 bytes"))).collect();
            got.sort();
            let mut expected = [MODE_DEFAULT, MODE_RAW];
            expected.sort();
            assert_eq!(got, expected);
            let (status, needed, bytes) = modes(end.host_pin, count - 1, false);
            assert_eq!((status, needed), (Status::BUFFER_TOO_SMALL, count));
            assert!(bytes.iter().all(|&byte| byte == 0xEE));
            assert_eq!(modes(1 - end.host_pin, 2, false).0, Status::NOT_SUPPORTED);
            assert_eq!(modes(2, 2, false).0, Status::INVALID_PARAMETER);
        });
    });
}

fn jack(end: &Endpoint, number: u32, pin: u32, verb: u32, room: usize) -> Reply {
    let property = end.topology.filter.property(SET_JACK, number).expect("a jack");
    let target = end.topology.port.miniport();
    Request::new(target.address(), &property, verb).instance(&about(pin)).value(&vec![0xEE; room]).send()
}

#[test]
fn a_jack_is_on_the_outer_pin_alone_and_always_plugged_in() {
    isolated(|| {
        each_end(|end| {
            for (number, length) in [(id::JACK_DESCRIPTION, 36), (id::JACK_DESCRIPTION2, 16)] {
                let size = jack(end, number, end.outer_pin, verb::GET, 0);
                assert_eq!((size.status, size.size), (Status::BUFFER_OVERFLOW, length));
                for room in 1..length as usize {
                    let reply = jack(end, number, end.outer_pin, verb::GET, room);
                    assert_eq!(reply.status, Status::BUFFER_TOO_SMALL, "{room} bytes");
                }
                let reply = jack(end, number, end.outer_pin, verb::GET, 64);
                assert_eq!((reply.status, reply.size), (Status::SUCCESS, length));
                let head: [u32; 2] = bytemuck::pod_read_unaligned(&reply.value[..8]);
                assert_eq!(head, [length, 1], "size and number of the jacks");
                assert!(reply.value[length as usize..].iter().all(|&byte| byte == 0xEE));
                for pin in [1 - end.outer_pin, 2, u32::MAX] {
                    let reply = jack(end, number, pin, verb::GET, 64);
                    assert!(!reply.status.is_success(), "pin {pin}");
                }
                let inner = jack(end, number, 1 - end.outer_pin, verb::GET, 64);
                assert_eq!(inner.status, Status::INVALID_DEVICE_REQUEST);
                assert!(!jack(end, number, end.outer_pin, verb::SET, 64).status.is_success());
            }
            let reply = jack(end, id::JACK_DESCRIPTION, end.outer_pin, verb::GET, 36);
            let jack: JackDescription = bytemuck::pod_read_unaligned(&reply.value[8..36]);
            assert_eq!(jack.is_connected, 1);
        });
    });
}

#[test]
fn the_state_of_a_cable_can_be_read_on_both_ends() {
    isolated(|| {
        each_end(|end| {
            let property = end.wave.filter.property(SET_VCABLE, id::STATE).expect("the cable's state");
            let target = end.wave.port.miniport();
            let ask = |room: usize, verb: u32| {
                Request::new(target.address(), &property, verb).value(&vec![0xEE; room]).send()
            };
            let size = ask(0, verb::GET);
            assert_eq!(size.status, Status::BUFFER_OVERFLOW);
            assert_eq!(ask(size.size as usize - 1, verb::GET).status, Status::BUFFER_TOO_SMALL);
            let reply = ask(size.size as usize, verb::GET);
            assert_eq!((reply.status, reply.size), (Status::SUCCESS, size.size));
            assert!(!ask(size.size as usize, verb::SET).status.is_success());
        });
    });
}

/// Every property of every filter of the cable.
fn all(end: &Endpoint) -> Vec<(&Subdevice, u32, Property)> {
    [&end.wave, &end.topology]
        .into_iter()
        .flat_map(|one| {
            one.filter.all_properties().into_iter().map(move |(node, property)| (one, node, property))
        })
        .collect()
}

#[test]
fn every_property_withstands_every_size_verb_and_null_pointer() {
    const VALUES: [u32; 14] = [0, 1, 3, 4, 8, 35, 36, 39, 40, 71, 72, 103, 104, 4096];
    const INSTANCES: [u32; 6] = [0, 3, 4, 7, 8, 4096];
    const VERBS: [u32; 7] = [0, 1, 2, 3, 0x100, 0x200, 0x1000_0000];
    isolated(|| {
        registry::set("Cable1", "Name", Value::Text("Music".to_owned()));
        each_end(|end| {
            for (one, node, property) in all(end) {
                let target = one.port.miniport();
                for (verb, instance) in VERBS.iter().flat_map(|verb| INSTANCES.map(|bytes| (*verb, bytes))) {
                    for value in VALUES {
                        let request = Request { node, ..Request::new(target.address(), &property, verb) };
                        let mut about = about(end.host_pin);
                        about.resize(instance as usize, 0);
                        let reply =
                            request.clone().instance(&about).value(&vec![0xEE; value as usize]).send();
                        assert!(reply.size <= value.max(4096), "{reply:?}");
                        let grown = reply.status == Status::BUFFER_OVERFLOW;
                        assert!(
                            grown || reply.size <= value,
                            "{verb} {value}: {:?} {}",
                            reply.status,
                            reply.size
                        );
                        let instance_at = Guarded::new(&about);
                        let (status, _) = request.send_raw((instance, instance_at.address()), (value, 0));
                        assert!(
                            value == 0 || !status.is_success(),
                            "a null value of {value} bytes: {status}"
                        );
                        if instance > 0 {
                            request.send_raw((instance, 0), (0, 0));
                        }
                    }
                }
                // What nobody has, and nobody gave.
                for verb in VERBS {
                    let request = Request { node, ..Request::new(target.address(), &property, verb) };
                    let (status, size) = request.send_raw((u32::MAX, 0), (u32::MAX, 0));
                    assert!(!status.is_success() && size == 0, "{verb}: {status}, {size} bytes");
                }
            }
        });
    });
}

#[test]
fn basic_support_tells_the_verbs_of_each_property() {
    isolated(|| {
        each_end(|end| {
            for (one, node, property) in all(end) {
                if property.item.flags & verb::BASIC_SUPPORT == 0 {
                    continue;
                }
                let target = one.port.miniport();
                let pin = if property.set == SET_JACK { end.outer_pin } else { end.host_pin };
                let about = about(pin);
                let ask = |verb: u32, room: usize| {
                    let request = Request { node, ..Request::new(target.address(), &property, verb) };
                    request.instance(&about).value(&vec![0xEE; room]).send()
                };
                let what = format!("{} {}", property.set, property.item.id);
                let reply = ask(verb::BASIC_SUPPORT, 4);
                assert_eq!((reply.status, reply.size), (Status::SUCCESS, 4), "{what}");
                let flags: u32 = bytemuck::pod_read_unaligned(&reply.value);
                assert_eq!(flags & 3, property.item.flags & 3, "{what}");
                // PortCls passes the verb as a mask: support is asked about, nothing is read or set.
                let mixed = ask(verb::BASIC_SUPPORT | property.item.flags & 3, 4);
                assert_eq!(mixed, reply, "{what}");
                for room in [1, 3, 5, 39] {
                    assert_ne!(ask(verb::BASIC_SUPPORT, room).status, Status::PENDING, "{what}");
                }
                let long = ask(verb::BASIC_SUPPORT, 40);
                if long.status == Status::SUCCESS && long.size >= 40 {
                    let description: u32 = bytemuck::pod_read_unaligned(&long.value[4..8]);
                    assert!(description >= 40, "{what}: a description of {description} bytes");
                }
            }
        });
    });
}

/// The value of a node's channel.
fn channel(end: &Endpoint, node: (u32, &Property), verb: u32, channel: i32, value: i32) -> Reply {
    let instance: Vec<u8> = [channel, 0].iter().flat_map(|word| word.to_le_bytes()).collect();
    let target = end.topology.port.miniport();
    let request = Request { node: node.0, ..Request::new(target.address(), node.1, verb) };
    request.instance(&instance).value(&value.to_le_bytes()).send()
}

fn word(reply: &Reply) -> i32 {
    assert_eq!((reply.status, reply.size), (Status::SUCCESS, 4));
    bytemuck::pod_read_unaligned(&reply.value)
}

#[test]
fn volume_and_mute_nodes_are_clamped_and_kept_for_each_channel() {
    isolated(|| {
        each_end(|end| {
            for (_, node, property) in all(end).into_iter().filter(|(_, node, _)| *node != FILTER) {
                if property.set != SET_AUDIO || ![id::VOLUME_LEVEL, id::MUTE].contains(&property.item.id) {
                    continue;
                }
                let is_volume = property.item.id == id::VOLUME_LEVEL;
                let node = (node, &property);
                let (low, high) = if is_volume { (-96 << 16, 0) } else { (0, 1) };
                for (set, got) in [(low, low), (high, high), (i32::MIN, low), (i32::MAX, high)] {
                    let set = if is_volume { set } else { got };
                    assert_eq!(channel(end, node, verb::SET, 0, set).status, Status::SUCCESS);
                    assert_eq!(word(&channel(end, node, verb::GET, 0, 0x55)), got, "{set:#x}");
                }
                assert_eq!(channel(end, node, verb::SET, -1, high).status, Status::SUCCESS, "all channels");
                assert_eq!(word(&channel(end, node, verb::GET, 1, 0x55)), high);
                for beyond in [8, 9, 1000, i32::MAX, -2, i32::MIN] {
                    let status = channel(end, node, verb::GET, beyond, 0).status;
                    assert_eq!(status, Status::INVALID_PARAMETER, "channel {beyond}");
                }
            }
        });
    });
}

/// A long, little endian.
fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// What basic support says of a property of a cable with eight channels, from Microsoft's documentation.
fn described(property: &Property) -> Vec<u8> {
    const GENERAL: Guid = Guid::new("97E99BA0-BDEA-11CF-A5D6-28DB04C10000");
    const CHANNELS: u32 = 8;
    const LONG: u32 = 3;
    const BOOL: u32 = 11;
    let access = 0x200 | property.item.flags & 3;
    // The type, lowest, highest, step, and whether all channels are of one value.
    let range = match (property.set, property.item.id) {
        (SET_AUDIO, id::VOLUME_LEVEL) => Some((LONG, -96 << 16, 0, 0x8000, false)),
        (SET_AUDIO, id::MUTE) => Some((BOOL, 0, 1, 1, true)),
        (SET_AUDIO, id::PEAK_METER2) => Some((LONG, 0, i32::MAX, 1, false)),
        _ => None,
    };
    let size = if range.is_some() { 40 + 16 + 16 * CHANNELS } else { 40 };
    let mut bytes = words(&[access, size]);
    bytes.extend(GENERAL.0);
    bytes.extend(words(&[range.map_or(0, |range| range.0), 0, u32::from(range.is_some()), 0]));
    if let Some((_, low, high, step, uniform)) = range {
        bytes.extend(words(&[2, 16, CHANNELS, if uniform { 6 } else { 2 }]));
        for _ in 0..CHANNELS {
            bytes.extend(words(&[step, 0, low as u32, high as u32]));
        }
    }
    assert_eq!(bytes.len(), size as usize);
    bytes
}

#[test]
fn basic_support_is_right_to_the_byte_in_every_room() {
    isolated(|| {
        let check: fn(&Endpoint) = |end| {
            let properties = all(end);
            assert_eq!(
                properties.len(),
                11,
                "two of the wave filter, three of the topology, six of its nodes"
            );
            for (one, node, property) in properties {
                let full = described(&property);
                let target = one.port.miniport();
                let what = format!("{} {}", property.set, property.item.id);
                for room in 0..full.len() + 9 {
                    let request =
                        Request { node, ..Request::new(target.address(), &property, verb::BASIC_SUPPORT) };
                    let reply = request.value(&vec![0xEE; room]).send();
                    let written = match room {
                        0..4 => 0,
                        4..40 => 4,
                        room if room < full.len() => 40,
                        _ => full.len(),
                    };
                    let status = if room < 4 { Status::BUFFER_TOO_SMALL } else { Status::SUCCESS };
                    assert_eq!((reply.status, reply.size), (status, written as u32), "{what}, {room} bytes");
                    assert_eq!(reply.value[..written], full[..written], "{what}, {room} bytes");
                    assert!(reply.value[written..].iter().all(|&byte| byte == 0xEE), "{what}, {room} bytes");
                }
            }
        };
        registry::set("Cable1", "Name", Value::Text("Music".to_owned()));
        each_end(check);
    });
}

#[test]
fn a_name_is_told_of_the_outer_pin_alone_and_to_who_has_room() {
    isolated(|| {
        registry::set("Cable1", "Name", Value::Text("Music".to_owned()));
        each_end(|end| {
            let property = end.topology.filter.property(SET_PIN, id::PIN_NAME).expect("a name");
            let target = end.topology.port.miniport();
            let ask = |verb: u32, pin: u32, room: usize| {
                let request = Request::new(target.address(), &property, verb);
                request.instance(&about(pin)).value(&vec![0xEE; room]).send()
            };
            let text = if end.is_render { "Music Input\0" } else { "Music Output\0" };
            let name: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let size = ask(verb::GET, end.outer_pin, 0);
            assert_eq!((size.status, size.size), (Status::BUFFER_OVERFLOW, name.len() as u32));
            for room in 1..name.len() + 9 {
                let reply = ask(verb::GET, end.outer_pin, room);
                let fits = room >= name.len();
                let written = if fits { name.len() } else { 0 };
                let status = if fits { Status::SUCCESS } else { Status::BUFFER_TOO_SMALL };
                assert_eq!((reply.status, reply.size), (status, written as u32), "{room} bytes");
                assert_eq!(reply.value[..written], name[..written]);
                assert!(reply.value[written..].iter().all(|&byte| byte == 0xEE), "{room} bytes");
            }
            assert_eq!(ask(verb::GET, 1 - end.outer_pin, 64).status, Status::NOT_FOUND);
            for pin in [2, u32::MAX] {
                assert_eq!(ask(verb::GET, pin, 64).status, Status::INVALID_PARAMETER);
            }
            assert_eq!(ask(verb::SET, end.outer_pin, 64).status, Status::INVALID_DEVICE_REQUEST);
            let none = Request::new(target.address(), &property, verb::GET).value(&[0; 64]).send();
            assert_eq!(none.status, Status::INVALID_PARAMETER, "of no pin");
        });
    });
}

#[test]
fn the_meter_tells_the_highest_peak_once() {
    isolated(|| {
        let machine = Machine::start();
        let (render, capture) = machine.cable(1);
        let ready = |end| Stream::ready(end, Format::pcm16(48_000, 2), 960, 2).expect("a stream");
        let (mut playing, mut recording) = (ready(&render), ready(&capture));
        // A quarter of full scale on the left, all of it on the right, for 5 ms; then silence.
        let frame = [0x2000_i16, i16::MIN].map(i16::to_le_bytes).concat();
        playing.write(0, &frame.repeat(240));
        recording.go(State::Run);
        playing.go(State::Run);
        timer::advance(10 * MS);
        for end in [&render, &capture] {
            let meters: Vec<_> =
                all(end).into_iter().filter(|(_, _, one)| one.item.id == id::PEAK_METER2).collect();
            let [(one, node, property)] = &meters[..] else { panic!("{} meters", meters.len()) };
            let target = one.port.miniport();
            let ask = |channel: i32, room: usize| {
                let instance = words(&[channel as u32, 0]);
                let request = Request { node: *node, ..Request::new(target.address(), property, verb::GET) };
                request.instance(&instance).value(&vec![0xEE; room]).send()
            };
            // Who has no room gets none, and takes it from nobody.
            assert_eq!(ask(0, 0).status, Status::BUFFER_OVERFLOW);
            assert_eq!(ask(0, 3).status, Status::BUFFER_TOO_SMALL);
            assert_eq!(word(&ask(0, 4)), 0x2000_4000, "16 bits over all of 31");
            assert_eq!(word(&ask(0, 4)), 0, "it is told twice");
            assert_eq!(word(&ask(-1, 4)), i32::MAX, "the loudest of all");
            assert_eq!(word(&ask(1, 4)), 0, "all were told");
            assert_eq!(word(&ask(7, 4)), 0);
            assert_eq!(ask(8, 4).status, Status::INVALID_PARAMETER);
        }
        playing.close();
        recording.close();
        drop((render, capture));
        machine.finish();
    });
}

#[test]
fn arbitrary_use_does_no_harm() {
    isolated(|| {
        registry::set("Cable1", "Name", Value::Text("Music".to_owned()));
        let machine = Machine::start();
        let ends = machine.cable(1).into();
        let done = Fuzzer::new(&ends, 1).run(Duration::from_secs(10));
        measured(&format!("{done} arbitrary calls without a finding"));
        drop(ends);
        machine.finish();
    });
}
