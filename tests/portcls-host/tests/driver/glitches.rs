//! Late ticks, late players, late recorders: what is carried, what is counted, what is told.

use vcable_portcls_host::abi::guid::SET_VCABLE;
use vcable_portcls_host::abi::ks::{id, verb};
use vcable_portcls_host::abi::status::Status;
use vcable_portcls_host::endpoint::Endpoint;
use vcable_portcls_host::engine::{State, Stream};
use vcable_portcls_host::format::Format;
use vcable_portcls_host::isolated;
use vcable_portcls_host::machine::Machine;
use vcable_portcls_host::nt::{irql, timer};
use vcable_portcls_host::portcls::events::{GLITCH, Traced, take_traces};
use vcable_portcls_host::portcls::request::Request;

const MS: i64 = 1_000_000;
const STEREO: Format = Format::pcm16(48_000, 2);
const FRAME: usize = 4;
/// Frames of a buffer: 20 ms.
const BUFFER: usize = 960;

/// Both ends of the first cable with buffers of 20 ms, which run.
fn running(check: fn(&Endpoint, &mut Stream, &mut Stream)) {
    let machine = Machine::start();
    let (render, capture) = machine.cable(1);
    let ready = |end| Stream::ready(end, STEREO, BUFFER, 2).expect("a stream");
    let (mut playing, mut recording) = (ready(&render), ready(&capture));
    recording.go(State::Run);
    playing.go(State::Run);
    timer::advance(5 * MS);
    check(&render, &mut playing, &mut recording);
    playing.close();
    recording.close();
    drop((render, capture));
    machine.finish();
}

/// What a cable counts: frames played, recorded, silent; late ticks, late players.
fn counters(end: &Endpoint) -> [u64; 5] {
    let property = end.wave.filter.property(SET_VCABLE, id::STATE).expect("the cable's state");
    let miniport = end.wave.port.miniport();
    let reply = Request::new(miniport.address(), &property, verb::GET).value(&[0; 120]).send();
    assert_eq!(reply.status, Status::SUCCESS);
    [80, 88, 96, 104, 112].map(|at| bytemuck::pod_read_unaligned(&reply.value[at..at + 8]))
}

fn glitch(subdevice: &str, numbers: [u64; 4]) -> Traced {
    Traced { subdevice: subdevice.to_owned(), kind: GLITCH, data: numbers, irql: irql::DISPATCH }
}

/// Another number for each frame.
fn sound() -> Vec<u8> {
    (1..=BUFFER as u32).flat_map(|frame| (frame << 16 | frame).to_le_bytes()).collect()
}

#[test]
fn a_tick_that_is_late_carries_exactly_the_frames_of_the_time_passed() {
    isolated(|| {
        running(|end, playing, recording| {
            let sound = sound();
            playing.write(0, &sound);
            for late_ms in [1, 2, 3, 7, 13, 19, 20] {
                let at = recording.position().write as usize;
                recording.write(0, &[0x55; BUFFER * FRAME]);
                let before = counters(end);
                timer::stall(late_ms * MS);
                let after = counters(end);
                let frames = late_ms as usize * 48;
                let moved: Vec<_> = after.iter().zip(before).map(|(after, before)| after - before).collect();
                assert_eq!(moved, [frames as u64, frames as u64, 0, 0, 0], "{late_ms} ms late");
                let mut heard = vec![0; BUFFER * FRAME];
                recording.read(at, &mut heard);
                let (carried, rest) = heard.split_at(frames * FRAME);
                let mut played = [&sound[at..], &sound[..at]].concat();
                played.truncate(carried.len());
                assert!(carried == played, "{late_ms} ms late: other frames are carried");
                assert!(rest.iter().all(|&byte| byte == 0x55), "{late_ms} ms late: more is written");
            }
            assert_eq!(take_traces(), []);
        });
    });
}

#[test]
fn a_tick_that_is_later_than_a_buffer_is_one_glitch_and_carries_a_buffer() {
    isolated(|| {
        running(|end, playing, _| {
            playing.write(0, &sound());
            for late_ms in [21, 47, 1000, 60_000] {
                timer::advance(200 * MS);
                take_traces();
                let before = counters(end);
                let position = playing.presentation().expect("a position").frames;
                timer::stall(late_ms * MS);
                let after = counters(end);
                let moved: Vec<_> = after.iter().zip(before).map(|(after, before)| after - before).collect();
                assert_eq!(moved, [BUFFER as u64, BUFFER as u64, 0, 1, 0], "{late_ms} ms late");
                let passed = playing.presentation().expect("a position").frames - position;
                assert_eq!(passed, 48 * late_ms as u64);
                let bytes = position * FRAME as u64;
                let told =
                    [glitch("RenderWave1", [bytes, 0, 1, 2]), glitch("CaptureWave1", [bytes, 0, 1, 2])];
                assert_eq!(take_traces(), told, "{late_ms} ms late");
            }
        });
    });
}

#[test]
fn a_player_that_announces_too_late_is_told_once() {
    isolated(|| {
        let machine = Machine::start();
        let (render, capture) = machine.cable(1);
        let mut playing = Stream::ready(&render, STEREO, BUFFER, 2).expect("a stream");
        playing.set_write_packet(0, 0, 0).expect("the first packet");
        playing.go(State::Run);
        let start = timer::now_ns();
        timer::advance(15 * MS);
        // It was seen in the tick that began where the announced packet ended.
        let packet = (BUFFER / 2 * FRAME) as u64;
        assert_eq!(take_traces(), [glitch("RenderWave1", [packet, packet, 1, 1])]);
        timer::advance(985 * MS);
        assert_eq!(take_traces(), [], "one silence is told more than once");
        // Now it comes and fails in turn, 25 times a second.
        while timer::now_ns() - start < 11_000 * MS {
            let packet = playing.packet_count().expect("a count") + 1;
            playing.set_write_packet(packet, 0, 0).expect("a packet");
            timer::advance(40 * MS);
        }
        assert_eq!(counters(&render)[4], 251);
        let told = take_traces();
        assert!(told.iter().all(|one| one.subdevice == "RenderWave1" && one.data[3] == 1), "{told:?}");
        assert!((80..=100).contains(&told.len()), "{} are told of 250 in ten seconds", told.len());
        playing.close();
        drop((render, capture));
        machine.finish();
    });
}

#[test]
fn a_recorder_that_fetches_too_late_is_told() {
    isolated(|| {
        running(|_, _, recording| {
            timer::advance(5 * MS);
            assert_eq!(recording.read_packet().map(|packet| packet.0), Ok(0));
            timer::advance(10 * MS);
            assert_eq!(recording.read_packet().map(|packet| packet.0), Ok(1));
            assert_eq!(take_traces(), []);
            timer::advance(80 * MS);
            assert_eq!(recording.read_packet().map(|packet| packet.0), Ok(9));
            let bytes = 100 * 48 * FRAME as u64;
            assert_eq!(take_traces(), [glitch("CaptureWave1", [bytes, 0, 1, 3])]);
        });
    });
}

#[test]
fn nothing_is_told_while_all_is_well() {
    isolated(|| {
        running(|end, playing, recording| {
            timer::advance(10_000 * MS);
            for state in [State::Pause, State::Run, State::Stop, State::Run] {
                playing.go(state);
                recording.go(state);
                // Who stands still misses nothing.
                timer::skip(if state == State::Run { 0 } else { 500 * MS });
                timer::advance(100 * MS);
            }
            assert_eq!(take_traces(), []);
            assert_eq!(counters(end)[3..], [0, 0]);
        });
    });
}
