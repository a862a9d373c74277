//! Negotiation of formats, and what of malformed ones comes.

use bytemuck::{bytes_of, pod_read_unaligned};
use vcable_portcls_host::abi::guid::*;
use vcable_portcls_host::abi::ks::{AudioRange, FullFormat};
use vcable_portcls_host::abi::status::Status;
use vcable_portcls_host::endpoint::Endpoint;
use vcable_portcls_host::engine::{self, Stream};
use vcable_portcls_host::format::{self, Format};
use vcable_portcls_host::isolated;
use vcable_portcls_host::machine::Machine;
use vcable_portcls_host::portcls::filter::Range;

/// The first range of the host pin for integers.
fn integers(end: &Endpoint) -> Range {
    let ranges = end.wave.filter.ranges(end.host_pin);
    ranges.into_iter().find(|range| range.head.sub == SUBTYPE_PCM).expect("integers")
}

/// Runs a check on both ends of a cable.
fn each_end(check: fn(&Endpoint)) {
    let machine = Machine::start();
    <[Endpoint; 2]>::from(machine.cable(1)).iter().for_each(check);
    machine.finish();
}

#[test]
fn a_size_query_says_the_size() {
    isolated(|| {
        each_end(|end| {
            let client = Format::pcm16(48_000, 2).range();
            let (status, size, _) = engine::intersect(end, &client, integers(end).address, 0);
            assert_eq!((status, size), (Status::BUFFER_OVERFLOW, 104));
        });
    });
}

#[test]
fn every_room_that_is_too_small_is_refused_and_left_alone() {
    isolated(|| {
        each_end(|end| {
            let client = Format::pcm16(48_000, 2).range();
            for room in 1..104 {
                let (status, _, bytes) = engine::intersect(end, &client, integers(end).address, room);
                assert_eq!(status, Status::BUFFER_TOO_SMALL, "{room} bytes");
                assert!(bytes.iter().all(|&byte| byte == bytes[0]), "{room} bytes");
            }
            for room in [104, 105, 112, 4096] {
                let (status, size, bytes) = engine::intersect(end, &client, integers(end).address, room);
                assert_eq!((status, size), (Status::SUCCESS, 104), "{room} bytes");
                assert!(bytes[104..].iter().all(|&byte| byte == 0xB7), "more than 104 bytes are written");
            }
        });
    });
}

#[test]
fn every_format_is_negotiated_opened_and_closed() {
    isolated(|| {
        each_end(|end| {
            for format in format::all() {
                let agreed = engine::negotiate(end, &format.range())
                    .unwrap_or_else(|status| panic!("{format:?}: {status}"));
                // A range only says how many channels there may be: stereo is preferred where it may.
                let channels = format.channels.min(2);
                assert_eq!(agreed, Format { container: agreed.container, channels, ..format });
                Stream::open(end, agreed).unwrap_or_else(|status| panic!("{agreed:?}: {status}")).close();
                Stream::open(end, format).unwrap_or_else(|status| panic!("{format:?}: {status}")).close();
            }
        });
    });
}

#[test]
fn an_agreed_format_is_whole_and_consistent() {
    isolated(|| {
        each_end(|end| {
            for format in format::all() {
                for range in end.wave.filter.ranges(end.host_pin) {
                    let (status, _, bytes) = engine::intersect(end, &format.range(), range.address, 104);
                    if range.head.sub != format.sub() {
                        assert_eq!(status, Status::NO_MATCH, "{format:?}");
                        continue;
                    }
                    let full: FullFormat = pod_read_unaligned(&bytes);
                    assert_eq!((full.format.size, full.format.flags), (104, 0));
                    let mine = Format::of(&full);
                    let mut expected = mine.full();
                    expected.format.sample_size = full.format.sample_size;
                    assert_eq!(full, expected, "{format:?}");
                    assert_eq!((mine.rate_hz, mine.channels), (format.rate_hz, format.channels.min(2)));
                }
            }
        });
    });
}

#[test]
fn wildcards_get_an_answer_that_opens() {
    isolated(|| {
        each_end(|end| {
            let mut client = Format::pcm16(48_000, 2).range();
            client.channels = u32::MAX;
            client.min_bits = 1;
            client.max_bits = u32::MAX;
            client.min_hz = 1;
            client.max_hz = u32::MAX;
            for (major, sub, specifier) in [
                (TYPE_AUDIO, SUBTYPE_PCM, SPECIFIER_WAVE),
                (Guid::NULL, SUBTYPE_PCM, SPECIFIER_WAVE),
                (TYPE_AUDIO, Guid::NULL, SPECIFIER_WAVE),
                (TYPE_AUDIO, SUBTYPE_PCM, Guid::NULL),
                (Guid::NULL, Guid::NULL, Guid::NULL),
            ] {
                (client.range.major, client.range.sub, client.range.specifier) = (major, sub, specifier);
                let agreed = engine::negotiate(end, &client).expect("a format");
                Stream::open(end, agreed).expect("it opens").close();
            }
        });
    });
}

#[test]
fn what_nobody_can_do_is_no_match() {
    isolated(|| {
        each_end(|end| {
            let good = Format::pcm16(48_000, 2).range();
            let no_match = |change: fn(&mut AudioRange)| {
                let mut client = good;
                change(&mut client);
                for range in end.wave.filter.ranges(end.host_pin) {
                    for room in [0, 104] {
                        let (status, ..) = engine::intersect(end, &client, range.address, room);
                        assert_eq!(status, Status::NO_MATCH, "{client:?}");
                    }
                }
            };
            no_match(|client| client.range.major = SUBTYPE_ANALOG);
            no_match(|client| client.range.sub = SUBTYPE_ANALOG);
            no_match(|client| client.range.specifier = SPECIFIER_NONE);
            no_match(|client| client.channels = 0);
            no_match(|client| (client.min_bits, client.max_bits) = (33, 64));
            no_match(|client| (client.min_bits, client.max_bits) = (1, 8));
            no_match(|client| (client.min_bits, client.max_bits) = (24, 16));
            no_match(|client| (client.min_hz, client.max_hz) = (192_001, 400_000));
            no_match(|client| (client.min_hz, client.max_hz) = (1, 43_999));
            no_match(|client| (client.min_hz, client.max_hz) = (48_000, 44_100));
            no_match(|client| (client.min_hz, client.max_hz) = (0, 0));
        });
    });
}

#[test]
fn a_range_of_any_size_is_answered_without_reading_beyond_it() {
    isolated(|| {
        each_end(|end| {
            let good = Format::pcm16(48_000, 2).range();
            for size in 64..88 {
                let mut client = good;
                client.range.size = size;
                let bytes = &bytes_of(&client)[..size as usize];
                let (status, ..) =
                    engine::intersect_bytes(end, end.host_pin, bytes, integers(end).address, 104);
                assert!(!status.is_success(), "{size} bytes: {status}");
            }
            let bridge = 1 - end.host_pin;
            for pin in [bridge, 2, 99, u32::MAX] {
                let (status, ..) =
                    engine::intersect_bytes(end, pin, bytes_of(&good), integers(end).address, 104);
                assert!(!status.is_success(), "pin {pin}: {status}");
            }
        });
    });
}

fn opens(end: &Endpoint, bytes: &[u8]) -> Result<(), Status> {
    engine::new_stream(end, end.host_pin, !end.is_render, bytes).map(drop)
}

#[test]
fn old_forms_of_formats_open() {
    isolated(|| {
        each_end(|end| {
            for format in format::all().into_iter().filter(|format| format.container == format.valid) {
                let mut bytes = format.short_bytes();
                opens(end, &bytes).unwrap_or_else(|status| panic!("{format:?}: {status}"));
                // Some programs send the padding of the structure too.
                bytes.resize(88, 0);
                bytes[0] = 88;
                opens(end, &bytes).unwrap_or_else(|status| panic!("{format:?} in 88 bytes: {status}"));
            }
        });
    });
}

#[test]
fn malformed_formats_are_refused() {
    isolated(|| {
        each_end(|end| {
            let refuse = |what: &str, change: &dyn Fn(&mut FullFormat)| {
                for format in [
                    Format::pcm16(48_000, 2),
                    Format { container: 32, valid: 24, ..Format::pcm16(96_000, 8) },
                ] {
                    let mut full = format.full();
                    change(&mut full);
                    assert!(opens(end, bytes_of(&full)).is_err(), "{what}");
                }
            };
            refuse("extra bytes missing", &|full| full.wave.wave.extra = 21);
            refuse("block align", &|full| full.wave.wave.block_align += 1);
            refuse("block align 0", &|full| full.wave.wave.block_align = 0);
            refuse("bytes per second", &|full| full.wave.wave.bytes_per_second -= 1);
            refuse("valid bits above the container", &|full| full.wave.valid_bits = full.wave.wave.bits + 1);
            refuse("no channels", &|full| full.wave.wave.channels = 0);
            refuse("3 channels", &|full| full.wave.wave.channels = 3);
            refuse("65535 channels", &|full| full.wave.wave.channels = u16::MAX);
            refuse("8 bits", &|full| full.wave.wave.bits = 8);
            refuse("no bits", &|full| full.wave.wave.bits = 0);
            refuse("a rate of 0", &|full| full.wave.wave.rate_hz = 0);
            refuse("a rate of 47999", &|full| full.wave.wave.rate_hz = 47_999);
            refuse("more speakers than channels", &|full| full.wave.mask = 0x3_FFFF);
            refuse("another subformat", &|full| full.wave.sub = SUBTYPE_ANALOG);
            refuse("another tag", &|full| full.wave.wave.tag = 2);
            refuse("another kind of data", &|full| full.format.major = SUBTYPE_ANALOG);
            refuse("another specifier", &|full| full.format.specifier = SPECIFIER_NONE);
            let float = |change: fn(&mut FullFormat)| {
                let mut full = Format::float(48_000, 2).full();
                change(&mut full);
                assert!(opens(end, bytes_of(&full)).is_err());
            };
            float(|full| full.wave.valid_bits = 24);
            float(|full| (full.wave.wave.bits, full.wave.valid_bits) = (16, 16));
        });
    });
}

#[test]
fn a_format_of_any_size_is_refused_or_taken_without_reading_beyond_it() {
    isolated(|| {
        each_end(|end| {
            let whole = Format::pcm16(48_000, 2).bytes();
            for size in 64..104_u32 {
                let mut bytes = whole[..size as usize].to_vec();
                bytes[..4].copy_from_slice(&size.to_le_bytes());
                assert!(opens(end, &bytes).is_err(), "{size} bytes");
            }
            for size in [0, 1, 63] {
                let mut bytes = whole.clone();
                bytes[..4].copy_from_slice(&u32::to_le_bytes(size));
                assert!(opens(end, &bytes).is_err(), "says {size} bytes");
            }
        });
    });
}

#[test]
fn modes_are_taken_and_malformed_attributes_refused() {
    isolated(|| {
        each_end(|end| {
            let format = Format::pcm16(48_000, 2);
            for mode in [MODE_DEFAULT, MODE_RAW] {
                opens(end, &format.bytes_with_mode(mode)).unwrap_or_else(|status| panic!("{mode}: {status}"));
            }
            assert!(opens(end, &format.bytes_with_mode(MODE_COMMUNICATIONS)).is_err());
            let good = format.bytes_with_mode(MODE_RAW);
            // List: size and count at 104 and 108; attribute: size at 112, identifier at 120.
            for (at, value) in [
                (104, 0),
                (104, 7),
                (104, 47),
                (104, u32::MAX),
                (108, 2),
                (108, u32::MAX),
                (112, 0),
                (112, 23),
                (112, 39),
                (112, u32::MAX),
                (120, 0),
            ] {
                let mut bytes = good.clone();
                bytes[at..at + 4].copy_from_slice(&u32::to_le_bytes(value));
                assert!(opens(end, &bytes).is_err(), "{value:#x} at {at}");
            }
            let mut none = good.clone();
            none.truncate(112);
            none[104..112].copy_from_slice(bytes_of(&[8_u32, 0]));
            opens(end, &none).expect("an empty list is a list");
        });
    });
}

#[test]
fn the_wrong_pin_or_direction_is_refused() {
    isolated(|| {
        each_end(|end| {
            let bytes = Format::pcm16(48_000, 2).bytes();
            for pin in [1 - end.host_pin, 2, u32::MAX] {
                assert!(engine::new_stream(end, pin, !end.is_render, &bytes).is_err(), "pin {pin}");
            }
            assert!(engine::new_stream(end, end.host_pin, end.is_render, &bytes).is_err());
        });
    });
}
