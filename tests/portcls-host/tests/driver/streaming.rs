//! Streams on a virtual clock: states, positions, buffers, notifications.

use vcable_portcls_host::abi::Status;
use vcable_portcls_host::endpoint::Endpoint;
use vcable_portcls_host::engine::{State, Stream};
use vcable_portcls_host::format::{self, Format};
use vcable_portcls_host::isolated;
use vcable_portcls_host::machine::Machine;
use vcable_portcls_host::nt::{event::Event, irql, mdl, pool, timer};
use vcable_portcls_host::portcls::stream as port_stream;
use vcable_portcls_host::region::PAGE_BYTES;

const STEREO: Format = Format::pcm16(48_000, 2);
const MS: i64 = 1_000_000;

/// A stream with a buffer of 20 ms and two notifications in it.
fn ready(end: &Endpoint, format: Format) -> Stream {
    Stream::ready(end, format, format.rate_hz as usize / 50, 2).expect("a stream")
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

#[test]
fn states_change_in_every_order() {
    isolated(|| {
        each_end(|end| {
            let mut stream = ready(end, STEREO);
            let states = [State::Stop, State::Acquire, State::Pause, State::Run];
            for from in states {
                for to in states {
                    stream.set_state(from).expect("a state");
                    timer::advance(3 * MS);
                    stream.set_state(to).unwrap_or_else(|status| panic!("{from:?} to {to:?}: {status}"));
                    timer::advance(3 * MS);
                }
            }
            assert!(stream.object.status("SetState", 4, &[9_u32.into()]) != Status::SUCCESS, "state 9");
            stream.go(State::Stop);
            stream.close();
        });
    });
}

#[test]
fn no_timer_runs_while_nothing_streams() {
    isolated(|| {
        let machine = Machine::start();
        let (render, capture) = machine.cable(1);
        assert_eq!(timer::armed(), 0);
        let (mut playing, mut recording) = (ready(&render, STEREO), ready(&capture, STEREO));
        assert_eq!(timer::armed(), 0);
        recording.go(State::Pause);
        assert_eq!(timer::armed(), 0);
        recording.go(State::Run);
        assert_eq!(timer::armed(), 1);
        playing.go(State::Run);
        assert_eq!(timer::armed(), 1, "one timer for both ends");
        recording.go(State::Stop);
        assert_eq!(timer::armed(), 1);
        playing.go(State::Pause);
        timer::advance(2 * MS);
        assert_eq!(timer::armed(), 0);
        playing.close();
        recording.close();
        drop((render, capture));
        machine.finish();
    });
}

#[test]
fn positions_are_frames_within_the_buffer_and_never_go_back() {
    isolated(|| {
        each_end(|end| {
            let mut random = fastrand::Rng::with_seed(7);
            for format in format::all().into_iter().step_by(7) {
                let mut stream = ready(end, format);
                let (bytes, frame) = (stream.buffer().bytes as u64, format.frame_bytes() as u64);
                stream.go(State::Run);
                let (start, mut linear, mut before) = (timer::now_ns(), 0, 0);
                for _ in 0..2000 {
                    timer::advance(random.i64(1..3 * MS));
                    let position = stream.position();
                    for offset in [position.play, position.write] {
                        assert!(
                            offset < bytes && offset.is_multiple_of(frame),
                            "{offset} of {bytes}: {format:?}"
                        );
                    }
                    let offset = if end.is_render { position.play } else { position.write };
                    linear += (offset + bytes - before) % bytes;
                    before = offset;
                    let elapsed = i128::from(timer::now_ns() - start);
                    let expected = elapsed * i128::from(format.rate_hz) / 1_000_000_000;
                    let error = i128::from(linear / frame) - expected;
                    assert!(error.abs() <= 1, "{error} frames off: {format:?}");
                }
                stream.close();
            }
        });
    });
}

#[test]
fn pause_freezes_run_resumes_stop_zeroes() {
    isolated(|| {
        each_end(|end| {
            let mut stream = ready(end, STEREO);
            stream.go(State::Run);
            timer::advance(7 * MS);
            stream.go(State::Pause);
            let frozen = stream.position();
            assert_eq!(frozen.play.max(frozen.write) / 4, 336);
            timer::advance(50 * MS);
            assert_eq!(stream.position(), frozen);
            stream.go(State::Run);
            timer::advance(2 * MS);
            let resumed = stream.position();
            assert_eq!(resumed.play.max(resumed.write) / 4, 336 + 96);
            stream.go(State::Stop);
            let stopped = stream.position();
            assert_eq!((stopped.play, stopped.write), (0, 0));
            stream.go(State::Run);
            timer::advance(MS);
            assert_eq!(stream.position().play.max(stream.position().write) / 4, 48);
            stream.close();
        });
    });
}

#[test]
fn buffers_are_no_smaller_than_asked_for_whole_and_zeroed() {
    isolated(|| {
        each_end(|end| {
            for format in format::all().into_iter().step_by(3) {
                for notifications in [0, 1, 2] {
                    let frame = format.frame_bytes();
                    for bytes in [frame, frame + 1, 441 * frame, 3999, 4096, 4097, 20_000, 61_440] {
                        if bytes < frame {
                            continue;
                        }
                        let mut stream = Stream::open(end, format).expect("a stream");
                        stream
                            .allocate(bytes, notifications)
                            .unwrap_or_else(|status| panic!("{bytes}: {status}"));
                        let actual = stream.buffer().bytes;
                        let unit = frame * notifications.max(1) as usize;
                        assert!(actual.is_multiple_of(unit) && actual < bytes + unit, "{actual} for {bytes}");
                        let mut all = vec![0xFF; stream.buffer().mdl.user().bytes()];
                        stream.buffer().mdl.user().read(0, &mut all);
                        assert!(all.iter().all(|&byte| byte == 0), "others' memory is left in a buffer");
                        stream.close();
                    }
                }
            }
        });
    });
}

#[test]
fn sizes_and_counts_that_make_no_buffer_are_refused() {
    isolated(|| {
        each_end(|end| {
            let mut stream = Stream::open(end, STEREO).expect("a stream");
            for (bytes, notifications) in
                [(0, 0), (3, 0), (0, 2), (3, 1), (4096, 3), (4096, u32::MAX), (u32::MAX as usize, 2)]
            {
                assert!(stream.allocate(bytes, notifications).is_err(), "{bytes} bytes, {notifications}");
            }
            stream.allocate(4096, 2).expect("a buffer after all");
            stream.close();
        });
    });
}

#[test]
fn pages_that_are_missing_or_too_few_are_refused_and_given_back() {
    isolated(|| {
        each_end(|end| {
            let mut stream = Stream::open(end, STEREO).expect("a stream");
            // Of a page, of some, of many: a byte less, a page, two, all but one, all but a byte.
            for bytes in [4_usize, 4096, 8192, 20_000, 384_000] {
                let whole = bytes.next_multiple_of(PAGE_BYTES);
                for missing in [1, PAGE_BYTES, 2 * PAGE_BYTES, whole - PAGE_BYTES, whole - 1] {
                    port_stream::give_less(missing);
                    for notifications in 0..=2 {
                        let status = stream.allocate(bytes, notifications);
                        let expected = (missing > 0).then_some(Status::INSUFFICIENT_RESOURCES);
                        assert_eq!(status.err(), expected, "{missing} of {bytes} bytes are missing");
                        assert_eq!(mdl::live(), usize::from(stream.has_buffer()));
                        stream.free();
                    }
                }
            }
            port_stream::give_less(0);
            assert_eq!(mdl::live(), 0);
            stream.object.call("FreeAudioBuffer", 7, &[0_usize.into(), 0_u32.into()]);
            stream.notification.call("FreeBufferWithNotification", 12, &[0_usize.into(), 0_u32.into()]);
            stream.allocate(20_000, 2).expect("a buffer after all");
            stream.close();
        });
    });
}

#[test]
fn what_virtual_hardware_has_not_is_not_supported() {
    isolated(|| {
        each_end(|end| {
            let stream = Stream::open(end, STEREO).expect("a stream");
            let register = vcable_portcls_host::region::Guarded::filled(40, 0);
            for (what, slot) in [("GetPositionRegister", 9), ("GetClockRegister", 10)] {
                let status = stream.object.status(what, slot, &[register.address().into()]);
                assert_eq!(status, Status::NOT_SUPPORTED, "{what}");
            }
            let latency = vcable_portcls_host::region::Guarded::filled(12, 0xFF);
            stream.object.call("GetHWLatency", 8, &[latency.address().into()]);
            assert_eq!(latency.contents(), [0; 12]);
            let format = vcable_portcls_host::region::Guarded::new(&STEREO.bytes());
            let status = stream.object.status("SetFormat", 3, &[format.address().into()]);
            assert_eq!(status, Status::NOT_SUPPORTED);
            stream.close();
        });
    });
}

#[test]
fn events_come_at_each_half_of_the_buffer_or_at_its_end() {
    isolated(|| {
        each_end(|end| {
            for (notifications, spacing) in [(1, 20 * MS), (2, 10 * MS)] {
                let mut stream = Stream::ready(end, STEREO, 960, notifications).expect("a stream");
                stream.register().expect("a second event");
                stream.go(State::Run);
                let start = timer::now_ns();
                timer::advance(10_000 * MS);
                for times in stream.notified() {
                    assert_eq!(times.len() as i64, 10_000 * MS / spacing);
                    for (index, time) in times.iter().enumerate() {
                        let late = time - start - spacing * (index as i64 + 1);
                        assert!((0..=MS).contains(&late), "event {index} is {late} ns late");
                    }
                }
                stream.go(State::Stop);
                timer::advance(100 * MS);
                assert!(stream.notified().iter().all(Vec::is_empty), "events after the stop");
                stream.close();
            }
        });
    });
}

#[test]
fn an_event_is_registered_once_and_unregistered_once() {
    isolated(|| {
        each_end(|end| {
            let mut stream = Stream::open(end, STEREO).expect("a stream");
            stream.allocate(4096, 2).expect("a buffer");
            let event = Event::new();
            let register = |slot| stream.notification.status("events", slot, &[event.address().into()]);
            assert_eq!(register(14), Status::NOT_FOUND);
            assert_eq!(register(13), Status::SUCCESS);
            assert_eq!(register(13), Status::UNSUCCESSFUL);
            assert_eq!(register(14), Status::SUCCESS);
            assert_eq!(register(14), Status::NOT_FOUND);
            stream.close();
        });
    });
}

#[test]
fn a_late_timer_makes_up_the_position_and_copies_no_more_than_a_buffer() {
    isolated(|| {
        each_end(|end| {
            let mut stream = ready(end, STEREO);
            stream.go(State::Run);
            timer::advance(5 * MS);
            for stall in [3, 19, 20, 21, 47, 1000, 60_000] {
                let before = stream.position();
                timer::stall(stall * MS);
                let after = stream.position();
                let moved = (after.play.max(after.write) + 3840 - before.play.max(before.write)) % 3840;
                assert_eq!(moved, (stall as u64 * 192) % 3840, "after {stall} ms");
            }
            stream.close();
        });
    });
}

#[test]
fn positions_are_told_at_dispatch_level_from_memory_that_is_always_there() {
    isolated(|| {
        each_end(|end| {
            let mut stream = ready(end, STEREO);
            stream.go(State::Run);
            pool::paged_out(|| {
                timer::advance(5 * MS);
                let position = irql::at(irql::DISPATCH, || stream.position());
                assert_eq!(position.play.max(position.write), 960);
            });
            stream.close();
        });
    });
}

#[test]
fn a_second_stream_on_a_pin_for_one_is_refused() {
    isolated(|| {
        each_end(|end| {
            let first = ready(end, STEREO);
            assert!(Stream::open(end, STEREO).is_err());
            first.close();
            ready(end, STEREO).close();
        });
    });
}

#[test]
fn a_stream_ends_in_every_state_without_being_stopped() {
    isolated(|| {
        each_end(|end| {
            for state in [State::Stop, State::Acquire, State::Pause, State::Run] {
                let mut stream = Stream::open(end, STEREO).expect("a stream");
                stream.allocate(3840, 2).expect("a buffer");
                stream.go(state);
                timer::advance(5 * MS);
                stream.free();
                timer::advance(5 * MS);
                drop(stream);
                timer::advance(5 * MS);
                assert_eq!(timer::armed(), 0, "{state:?}");
            }
        });
    });
}

#[test]
fn running_without_a_buffer_does_no_harm() {
    isolated(|| {
        each_end(|end| {
            let mut stream = Stream::open(end, STEREO).expect("a stream");
            for state in [State::Acquire, State::Pause, State::Run] {
                let _ = stream.set_state(state);
                timer::advance(5 * MS);
            }
            let _ = stream.position();
            let _ = stream.set_state(State::Stop);
            drop(stream);
        });
    });
}

/// Positions after a long time, without the ticks between: read where a tick would be late by all of it.
fn far(format: Format, ns: i64, step: i64) {
    let machine = Machine::start();
    let (render, capture) = machine.cable(1);
    let mut stream = ready(&render, format);
    stream.go(State::Run);
    let start = timer::now_ns();
    let (bytes, frame) = (stream.buffer().bytes as i128, format.frame_bytes() as i128);
    let mut elapsed = 0;
    while elapsed < ns {
        timer::stall(step);
        elapsed = timer::now_ns() - start;
        let exact = i128::from(elapsed) * i128::from(format.rate_hz) / 1_000_000_000;
        let frames = bytes / frame;
        let got = i128::from(stream.position().play) / frame;
        let error = (got - exact + frames / 2).rem_euclid(frames) - frames / 2;
        assert!(error.abs() <= 1, "{error} frames off after {elapsed} ns");
    }
    stream.close();
    drop((render, capture));
    machine.finish();
}

#[test]
fn nothing_overflows_in_thirty_days_at_the_highest_rate() {
    isolated(|| {
        let format = Format { rate_hz: 192_000, channels: 8, container: 32, valid: 32, float: false };
        far(format, 30 * 86_400 * 1000 * MS, 1_234_567_891_011);
    });
}

#[test]
fn positions_hold_with_any_frequency_of_the_counter() {
    isolated(|| {
        // Taken from machines: an ACPI timer, and the 24 MHz of ARM.
        timer::set_frequency_hz(3_579_545);
        far(Format::pcm16(44_100, 2), 3_600_000 * MS, 7_654_321_987);
    });
}
