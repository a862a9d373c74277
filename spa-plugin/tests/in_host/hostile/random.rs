//! Calls in any order with any arguments: no crash, no endless loop, nothing left behind.

use crate::host::areas::{Position, raw};
use crate::host::buffers::{Buffer, Shape};
use crate::host::node::End;
use crate::host::pods::{Pod, format};
use crate::host::world::ALL;
use crate::host::{Cable, Graph, Node, Setup, Style, World};
use libspa_sys as sys;
use proptest::prelude::*;
use std::ptr::{null, null_mut};
use std::rc::Rc;

/// One call that a host might make.
#[derive(Clone, Debug)]
enum Call {
    Command(u32),
    Process,
    Run { microseconds: u64 },
    Stall { milliseconds: u64 },
    Reuse { port: u32, buffer: u32 },
    PortIo { id: u32, set: bool },
    NodeIo { id: u32, set: bool, size: usize },
    Io { status: i32, buffer: u32 },
    Quantum { frames: u64, rate_hz: u32 },
    Rate { size: u32 },
    Format { id: u32, rate_hz: u32, channels: usize },
    NoFormat,
    Foreign { port: bool, id: u32, type_: u32, body: Vec<u8> },
    Filter { id: u32, start: u32, count: u32, type_: u32, body: Vec<u8> },
    Enumerate { port: bool, id: u32, start: u32, count: u32 },
    Lend { count: usize, channels: usize, capacity_frames: usize, spoilt: Spoilt },
    Chunk { offset: u32, size: u32 },
    Follow(bool),
    Twin,
    Anew,
}

/// What is wrong with a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spoilt {
    Nothing,
    NoData,
    NoChunk,
    NoSize,
    OddSize,
}

fn number() -> impl Strategy<Value = u32> {
    prop_oneof![0..20_u32, Just(u32::MAX), Just(1 << 31), any::<u32>()]
}

fn types() -> impl Strategy<Value = u32> {
    prop_oneof![8 => Just(sys::SPA_TYPE_Object), 4 => 0..24_u32, 1 => any::<u32>()]
}

fn call() -> impl Strategy<Value = Call> {
    use Call::{
        Anew, Chunk, Command, Enumerate, Filter, Follow, Foreign, Format, Io, Lend, NoFormat, NodeIo, PortIo,
        Process, Quantum, Rate, Reuse, Run, Stall, Twin,
    };
    let body = || prop::collection::vec(any::<u8>(), 0..64);
    let spoilt = prop_oneof![
        Just(Spoilt::Nothing),
        Just(Spoilt::NoData),
        Just(Spoilt::NoChunk),
        Just(Spoilt::NoSize),
        Just(Spoilt::OddSize)
    ];
    prop_oneof![
        4 => prop_oneof![Just(2), Just(1), Just(0), number()].prop_map(Command),
        3 => Just(Process),
        6 => (0..30_000_u64).prop_map(|microseconds| Run { microseconds }),
        1 => (0..1_000_u64).prop_map(|milliseconds| Stall { milliseconds }),
        1 => (number(), number()).prop_map(|(port, buffer)| Reuse { port, buffer }),
        1 => (number(), any::<bool>()).prop_map(|(id, set)| PortIo { id, set }),
        1 => (number(), any::<bool>(), 0..512_usize).prop_map(|(id, set, size)| NodeIo { id, set, size }),
        2 => (prop_oneof![-5..5_i32, any::<i32>()], number()).prop_map(|(status, buffer)| Io { status, buffer }),
        // Clocks that a daemon could have, or none: 1 frame at 4 GHz would only make the host busy.
        2 => (prop_oneof![Just(0), 16..9000_u64, (1 << 40)..u64::MAX], prop_oneof![Just(0), 8000..768_000_u32])
            .prop_map(|(frames, rate_hz)| Quantum { frames, rate_hz }),
        1 => number().prop_map(|size| Rate { size }),
        2 => (prop_oneof![Just(sys::SPA_AUDIO_FORMAT_F32P), number()], prop_oneof![Just(48_000), number()], 0..66_usize)
            .prop_map(|(id, rate_hz, channels)| Format { id, rate_hz, channels }),
        1 => Just(NoFormat),
        3 => (any::<bool>(), number(), types(), body())
            .prop_map(|(port, id, type_, body)| Foreign { port, id, type_, body }),
        2 => (number(), number(), number(), types(), body())
            .prop_map(|(id, start, count, type_, body)| Filter { id, start, count, type_, body }),
        1 => (any::<bool>(), number(), number(), number())
            .prop_map(|(port, id, start, count)| Enumerate { port, id, start, count }),
        2 => (0..20_usize, 0..4_usize, 0..2048_usize, spoilt)
            .prop_map(|(count, channels, capacity_frames, spoilt)| Lend { count, channels, capacity_frames, spoilt }),
        2 => (number(), number()).prop_map(|(offset, size)| Chunk { offset, size }),
        1 => any::<bool>().prop_map(Follow),
        1 => Just(Twin),
        1 => Just(Anew),
    ]
}

fn lend(graph: &Graph, count: usize, channels: usize, capacity_frames: usize, spoilt: Spoilt) {
    let shape = Shape { sample_bytes: 4, channels, is_planar: true };
    let make = |_| {
        let mut buffer = Buffer::new(shape, capacity_frames);
        buffer.spoil(|data| match spoilt {
            Spoilt::Nothing => {}
            Spoilt::NoData => data.data = null_mut(),
            Spoilt::NoChunk => data.chunk = null_mut(),
            Spoilt::NoSize => data.maxsize = 0,
            Spoilt::OddSize => data.maxsize = data.maxsize.saturating_sub(1),
        });
        buffer
    };
    graph.lend((0..count).map(make).collect());
}

fn set_io(graph: &Graph, call: &Call) {
    match *call {
        Call::PortIo { id, set: true } => {
            let (area, size) = if id % 2 == 0 { raw(&*graph.io) } else { raw(graph.rate_match()) };
            let id = if id % 2 == 0 { sys::SPA_IO_Buffers } else { sys::SPA_IO_RateMatch };
            // SAFETY: the area lives in the graph.
            unsafe { graph.node.port_set_io(graph.port(), id, area, size) };
        }
        Call::PortIo { id, set: false } => {
            // SAFETY: no area.
            unsafe { graph.node.port_set_io(graph.port(), id, null_mut(), 0) };
        }
        Call::NodeIo { id, set, size } => {
            let (area, whole) = raw::<Position>(&graph.position);
            let area = if set { area } else { null_mut() };
            // SAFETY: no area, or one that lives in the graph and is at least as large as is said.
            unsafe { graph.node.set_io(id, area, size.min(whole)) };
        }
        _ => {}
    }
}

/// Makes the calls that take a parameter.
fn send(graph: &Graph, call: &Call) {
    let port = Some(graph.port());
    match call {
        Call::Format { id, rate_hz, channels } => {
            let positions: Vec<_> =
                (0..*channels as u32).map(|index| sys::SPA_AUDIO_CHANNEL_AUX0 + index).collect();
            let pod = format(*id, *rate_hz, &positions);
            // SAFETY: a whole POD.
            unsafe { graph.node.set_param(port, sys::SPA_PARAM_Format, pod.as_ptr()) };
        }
        Call::NoFormat => {
            // SAFETY: no POD.
            unsafe { graph.node.set_param(port, sys::SPA_PARAM_Format, null()) };
        }
        Call::Foreign { port: on_port, id, type_, body } => {
            let pod = Pod::frame(*type_, body);
            // SAFETY: the frame is as long as it says.
            unsafe { graph.node.set_param(port.filter(|_| *on_port), *id, pod.as_ptr()) };
        }
        Call::Filter { id, start, count, type_, body } => {
            let pod = Pod::frame(*type_, body);
            // SAFETY: the frame is as long as it says.
            unsafe { graph.node.enum_params(port, *id, (*start, *count), pod.as_ptr()) };
        }
        Call::Enumerate { port: on_port, id, start, count } => {
            // SAFETY: no filter.
            unsafe { graph.node.enum_params(port.filter(|_| *on_port), *id, (*start, *count), null()) };
        }
        _ => {}
    }
}

/// Makes one call on one end.
fn make(cable: &mut Cable, setup: &Setup, on_sink: bool, call: &Call) {
    let other = Rc::clone(if on_sink { &cable.source } else { &cable.sink });
    let graph = if on_sink { &mut cable.sink } else { &mut cable.source };
    match *call {
        Call::Command(2) => _ = graph.start(),
        Call::Command(id) => _ = graph.node.command(id),
        Call::Process => _ = graph.node.process(),
        Call::Run { microseconds } => cable.world.run_for(microseconds * 1000),
        Call::Stall { milliseconds } => cable.world.stall(milliseconds * 1_000_000),
        Call::Reuse { port, buffer } => _ = graph.node.reuse_buffer(port, buffer),
        Call::Io { status, buffer } => {
            graph.io.status.set(status);
            graph.io.buffer_id.set(buffer);
        }
        Call::Quantum { frames, rate_hz } => graph.set_quantum(frames, rate_hz),
        Call::Rate { size } => graph.rate_match().size.set(size),
        Call::Lend { count, channels, capacity_frames, spoilt } => {
            lend(graph, count, channels, capacity_frames, spoilt);
        }
        Call::Chunk { offset, size } => graph.set_chunks(offset, size),
        Call::Follow(true) => graph.follow(&other),
        Call::Follow(false) => graph.lead(Some(&other)),
        Call::Twin => {
            let end = if on_sink { End::Sink } else { End::Source };
            assert!(Node::new(&cable.world, end, ALL, &[("vcable.name", &setup.name)]).is_err());
        }
        Call::Anew => {
            assert_eq!(graph.destroy(), 0);
            *graph = setup.end(&cable.world, graph.end, &cable.tape);
            graph.is_counting_only.set(true);
        }
        Call::PortIo { .. } | Call::NodeIo { .. } => set_io(graph, call),
        _ => send(graph, call),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_calls_in_any_order_neither_crash_nor_hang_nor_leave_anything(
        calls in prop::collection::vec((any::<bool>(), call()), 1..80),
        is_new in any::<bool>(),
        source_loop in 0..2_usize,
        is_running in any::<bool>(),
    ) {
        let style = if is_new { Style::New { work_nsec: 100_000 } } else { Style::Old };
        let setup = Setup { style, source_loop, ..Setup::new("random-calls", 256, 256) };
        let world = World::new();
        let mut cable = setup.build_in(&world);
        cable.sink.is_counting_only.set(true);
        cable.source.is_counting_only.set(true);
        if is_running {
            assert_eq!((cable.sink.start(), cable.source.start()), (0, 0));
        }
        for (on_sink, call) in &calls {
            make(&mut cable, &setup, *on_sink, call);
        }
        cable.run_ms(50);
        let complaints = world.log.take_complaints();
        prop_assert!(!complaints.iter().any(|line| line.contains("failed")), "a callback panicked");
        prop_assert_eq!((cable.sink.destroy(), cable.source.destroy()), (0, 0));
        prop_assert_eq!(world.leftovers(), (0, 0));
        prop_assert_eq!(world.armed_timers(), 0);
    }
}
