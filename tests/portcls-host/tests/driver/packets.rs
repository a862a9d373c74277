//! Packets: a buffer's halves, counted.

use vcable_portcls_host::abi::Status;
use vcable_portcls_host::endpoint::Endpoint;
use vcable_portcls_host::engine::{State, Stream};
use vcable_portcls_host::format::Format;
use vcable_portcls_host::isolated;
use vcable_portcls_host::machine::Machine;
use vcable_portcls_host::nt::timer;

const STEREO: Format = Format::pcm16(48_000, 2);
const MS: i64 = 1_000_000;
const PACKET_BYTES: u32 = 1920;
/// The flag of the last packet.
const END: u32 = 0x200;

fn with_cable(check: fn(Endpoint, Endpoint)) {
    let machine = Machine::start();
    let (render, capture) = machine.cable(1);
    check(render, capture);
    machine.finish();
}

/// Two packets of 10 ms.
fn ready(end: &Endpoint) -> Stream {
    Stream::ready(end, STEREO, 960, 2).expect("a stream")
}

#[test]
fn packets_played_are_counted_from_zero() {
    isolated(|| {
        with_cable(|render, _| {
            let mut stream = ready(&render);
            assert_eq!(stream.packet_count(), Ok(0));
            stream.go(State::Run);
            for count in 0..50 {
                assert_eq!(stream.packet_count(), Ok(count));
                let position = stream.presentation().expect("a position");
                assert_eq!(position.frames, u64::from(count) * 480);
                assert_eq!(position.counter as i64, timer::counter());
                timer::advance(10 * MS);
            }
            stream.go(State::Stop);
            assert_eq!(stream.packet_count(), Ok(0));
            stream.close();
        });
    });
}

#[test]
fn a_packet_is_taken_in_its_time_only() {
    isolated(|| {
        with_cable(|render, _| {
            let mut stream = ready(&render);
            stream.go(State::Pause);
            assert_eq!(stream.set_write_packet(0, 0, 0), Ok(()), "the first, before it runs");
            assert_eq!(stream.set_write_packet(1, 0, 0), Err(Status::DATA_OVERRUN));
            stream.go(State::Run);
            timer::advance(MS);
            for current in 0..20_u32 {
                assert_eq!(stream.set_write_packet(current, 0, 0), Err(Status::DATA_LATE_ERROR), "{current}");
                assert_eq!(
                    stream.set_write_packet(current + 2, 0, 0),
                    Err(Status::DATA_OVERRUN),
                    "{current}"
                );
                assert_eq!(
                    stream.set_write_packet(current.wrapping_sub(5), 0, 0),
                    Err(Status::DATA_LATE_ERROR)
                );
                assert_eq!(stream.set_write_packet(current + 0x4000_0000, 0, 0), Err(Status::DATA_OVERRUN));
                assert_eq!(stream.set_write_packet(current + 1, 0, 0), Ok(()), "{current}");
                timer::advance(10 * MS);
            }
            stream.close();
        });
    });
}

#[test]
fn other_flags_and_a_longer_end_are_refused() {
    isolated(|| {
        with_cable(|render, _| {
            let mut stream = ready(&render);
            stream.go(State::Run);
            timer::advance(MS);
            for flags in [1, 0x100, 0x400, END | 1, u32::MAX] {
                assert_eq!(
                    stream.set_write_packet(1, flags, 0),
                    Err(Status::INVALID_PARAMETER),
                    "{flags:#x}"
                );
            }
            let longer = stream.set_write_packet(1, END, PACKET_BYTES + 1);
            assert_eq!(longer, Err(Status::INVALID_PARAMETER));
            stream.close();
        });
    });
}

#[test]
fn after_the_end_no_packet_is_taken_and_events_still_come() {
    isolated(|| {
        with_cable(|render, _| {
            let mut stream = ready(&render);
            stream.go(State::Run);
            timer::advance(MS);
            assert_eq!(stream.set_write_packet(1, END, 400), Ok(()));
            assert_eq!(stream.set_write_packet(2, 0, 0), Err(Status::INVALID_DEVICE_STATE));
            stream.notified();
            timer::advance(20 * MS);
            assert_eq!(stream.notified()[0].len(), 2);
            assert!(stream.packet_count().expect("a count") >= 2);
            stream.go(State::Stop);
            stream.go(State::Run);
            timer::advance(MS);
            assert_eq!(stream.set_write_packet(1, 0, 0), Ok(()), "a stop forgets the end");
            stream.close();
        });
    });
}

#[test]
fn recorded_packets_come_in_order_with_the_time_of_their_first_sample() {
    isolated(|| {
        with_cable(|_, capture| {
            let mut stream = ready(&capture);
            assert_eq!(stream.read_packet(), Err(Status::INVALID_DEVICE_STATE));
            stream.go(State::Pause);
            assert_eq!(stream.read_packet(), Err(Status::DEVICE_NOT_READY));
            stream.go(State::Run);
            let start = timer::counter();
            timer::advance(9 * MS);
            assert_eq!(stream.read_packet(), Err(Status::DEVICE_NOT_READY));
            for packet in 0..50_u32 {
                timer::advance(10 * MS);
                let (number, flags, counter, more) = stream.read_packet().expect("a packet");
                assert_eq!((number, flags, more), (packet, 0, false));
                let first = counter as i64 - start - i64::from(packet) * 100_000;
                assert!(first.abs() <= 210, "{first} ticks off: a frame is 208");
                assert_eq!(stream.read_packet(), Err(Status::DEVICE_NOT_READY));
            }
            stream.close();
        });
    });
}

#[test]
fn a_reader_that_is_late_gets_the_newest_packets() {
    isolated(|| {
        with_cable(|_, capture| {
            let mut stream = ready(&capture);
            stream.go(State::Run);
            timer::advance(95 * MS);
            // Nine are complete, and two of them at most can be in the buffer, one of which is being overwritten.
            let (number, _, _, more) = stream.read_packet().expect("a packet");
            assert!((7..=8).contains(&number), "packet {number}");
            assert_eq!(more, number == 7);
            stream.close();
        });
    });
}

#[test]
fn without_notifications_there_are_no_packets() {
    isolated(|| {
        with_cable(|render, capture| {
            for end in [&render, &capture] {
                let mut stream = Stream::open(end, STEREO).expect("a stream");
                stream.allocate(3840, 0).expect("a buffer");
                stream.go(State::Run);
                timer::advance(15 * MS);
                if end.is_render {
                    assert_eq!(stream.set_write_packet(1, 0, 0), Err(Status::NOT_SUPPORTED));
                    assert_eq!(stream.packet_count(), Err(Status::NOT_SUPPORTED));
                } else {
                    assert_eq!(stream.read_packet(), Err(Status::NOT_SUPPORTED));
                }
                stream.close();
            }
        });
    });
}

#[test]
fn packets_go_on_past_the_highest_number() {
    isolated(|| {
        with_cable(|render, _| {
            let format = Format::pcm16(192_000, 1);
            let mut stream = Stream::ready(&render, format, 2, 2).expect("a stream of one frame to a packet");
            stream.go(State::Run);
            let start = timer::now_ns();
            // 2^32 packets of a frame each at 192 kHz.
            let wrap_ns = ((1_i128 << 32) * 1_000_000_000 / 192_000) as i64;
            timer::stall(wrap_ns - 10 * MS);
            for _ in 0..20 {
                timer::advance(MS);
                let frames = (i128::from(timer::now_ns() - start) * 192_000 / 1_000_000_000) as u64;
                let count = stream.packet_count().expect("a count");
                assert!((frames as u32).wrapping_sub(count) <= 1, "{count} packets after {frames} frames");
                assert_eq!(stream.set_write_packet(count.wrapping_add(1), 0, 0), Ok(()));
                let late = stream.set_write_packet(count.wrapping_sub(2), 0, 0);
                assert_eq!(late, Err(Status::DATA_LATE_ERROR));
            }
            stream.close();
        });
    });
}
