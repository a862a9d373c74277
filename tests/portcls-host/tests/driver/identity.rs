//! Identifiers, tables of functions, references.

use vcable_portcls_host::abi::guid::*;
use vcable_portcls_host::com::Com;
use vcable_portcls_host::engine::Stream;
use vcable_portcls_host::format::Format;
use vcable_portcls_host::isolated;
use vcable_portcls_host::machine::Machine;
use vcable_portcls_host::portcls::adapter;

const STRANGE: Guid = Guid::new("01234567-89AB-CDEF-0123-456789ABCDEF");

/// Those that a driver may be asked for and that are none of its objects'.
const REFUSED: [Guid; 5] = [STRANGE, IID_AUDIO_ENGINE_NODE, IID_PIN_COUNT, IID_PORT_WAVE_RT, Guid::NULL];

/// Slots of the interfaces' tables.
fn slots(iid: Guid) -> usize {
    match iid {
        IID_UNKNOWN => 3,
        IID_MINIPORT => 5,
        IID_MINIPORT_TOPOLOGY | IID_POWER_MANAGEMENT | IID_OUTPUT_STREAM => 6,
        IID_MINIPORT_WAVE_RT => 8,
        IID_STREAM => 11,
        IID_STREAM_NOTIFICATION => 15,
        IID_INPUT_STREAM | IID_SIGNAL_PROCESSING => 4,
        IID_POWER_MANAGEMENT2 => 7,
        IID_POWER_MANAGEMENT3 => 9,
        other => panic!("{other} is not in the list"),
    }
}

/// The object has these interfaces, which are of one identity, and none of the others.
fn check(machine: &Machine, object: &Com, has: &[Guid], has_not: &[Guid]) {
    let before = object.references();
    for &iid in has {
        let face = object.query(iid).unwrap_or_else(|status| panic!("{iid}: {status}"));
        assert_eq!(face.identity(), object.identity(), "{iid}");
        for slot in 0..slots(iid) {
            assert!(machine.contains(face.slot(slot)), "slot {slot} of {iid}");
        }
        for &other in has {
            assert_eq!(face.query(other).expect("symmetric").identity(), object.identity());
        }
        assert_eq!(face.references(), before + 1, "{iid}");
    }
    for &iid in has_not.iter().chain(&REFUSED) {
        assert!(object.query(iid).is_err(), "{iid}");
    }
    assert_eq!(object.references(), before);
}

#[test]
fn a_wave_miniport_has_its_interfaces_and_no_others() {
    isolated(|| {
        let machine = Machine::start();
        for end in machine.endpoints() {
            let has = [IID_UNKNOWN, IID_MINIPORT, IID_MINIPORT_WAVE_RT, IID_SIGNAL_PROCESSING];
            check(&machine, &end.wave.port.miniport(), &has, &[IID_MINIPORT_TOPOLOGY, IID_STREAM]);
        }
        machine.finish();
    });
}

#[test]
fn a_topology_miniport_has_its_interfaces_and_no_others() {
    isolated(|| {
        let machine = Machine::start();
        for end in machine.endpoints() {
            let has = [IID_UNKNOWN, IID_MINIPORT, IID_MINIPORT_TOPOLOGY];
            check(&machine, &end.topology.port.miniport(), &has, &[IID_MINIPORT_WAVE_RT]);
        }
        machine.finish();
    });
}

#[test]
fn input_is_of_capture_streams_only_and_output_of_render_streams() {
    isolated(|| {
        let machine = Machine::start();
        let (render, capture) = machine.cable(1);
        for (end, own, other) in
            [(&render, IID_OUTPUT_STREAM, IID_INPUT_STREAM), (&capture, IID_INPUT_STREAM, IID_OUTPUT_STREAM)]
        {
            let stream = Stream::open(end, Format::pcm16(48_000, 2)).expect("a stream");
            let has = [IID_UNKNOWN, IID_STREAM, IID_STREAM_NOTIFICATION, own];
            check(&machine, &stream.object, &has, &[other, IID_MINIPORT_WAVE_RT]);
            stream.close();
        }
        drop((render, capture));
        machine.finish();
    });
}

#[test]
fn the_adapter_follows_power_through_all_three_interfaces() {
    isolated(|| {
        let machine = Machine::start();
        let power = adapter::power().expect("an object that follows the power");
        let has = [IID_UNKNOWN, IID_POWER_MANAGEMENT, IID_POWER_MANAGEMENT2, IID_POWER_MANAGEMENT3];
        check(&machine, &power, &has, &[IID_POWER_NOTIFY]);
        drop(power);
        machine.finish();
    });
}

/// Asks for an interface, adds and gives back references, on four threads at once.
fn used_by_threads(object: &Com, iid: Guid) {
    let before = object.references();
    let address = object.address();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            std::thread::spawn(move || {
                let own = Com::referenced(address);
                for _ in 0..20_000 {
                    let again = own.clone();
                    assert!(again.add_ref() > 2);
                    again.release();
                }
                for _ in 0..100 {
                    let face = own.query(iid).expect("its interface");
                    assert_eq!(face.identity(), own.identity());
                    drop(face.query(IID_UNKNOWN).expect("the first one"));
                    assert!(own.query(STRANGE).is_err());
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("a thread");
    }
    assert_eq!(object.references(), before, "{iid}");
}

#[test]
fn references_are_counted_right_by_many_threads() {
    isolated(|| {
        let machine = Machine::start();
        let (render, capture) = machine.cable(1);
        let streams =
            [&render, &capture].map(|end| Stream::open(end, Format::pcm16(48_000, 2)).expect("one"));
        let [playing, recording] = &streams;
        let objects = [
            (render.wave.port.miniport(), IID_SIGNAL_PROCESSING),
            (capture.topology.port.miniport(), IID_MINIPORT_TOPOLOGY),
            (playing.object.clone(), IID_OUTPUT_STREAM),
            (recording.object.clone(), IID_INPUT_STREAM),
            (adapter::power().expect("an object that follows the power"), IID_POWER_MANAGEMENT3),
        ];
        for (object, iid) in &objects {
            used_by_threads(object, *iid);
        }
        drop(objects);
        streams.into_iter().for_each(Stream::close);
        drop((render, capture));
        machine.finish();
    });
}

/// Sets of properties, and those of each that are a driver's to answer. All others are the port's.
const OURS: [(Guid, &[u32]); 5] = [
    (SET_PIN, &[14, 15]),
    (SET_AUDIO, &[1, 3, 4, 13, 33, 37, 55]),
    (SET_JACK, &[1, 2, 3, 4, 5]),
    (SET_GENERAL, &[0]),
    (SET_VCABLE, &[1]),
];

#[test]
fn no_property_is_the_ports_own_and_each_has_its_right_number() {
    isolated(|| {
        let machine = Machine::with_cables(2);
        for end in machine.endpoints() {
            let all = [end.wave.filter.all_properties(), end.topology.filter.all_properties()].concat();
            for (_, property) in all {
                let (set, id) = (property.set, property.item.id);
                assert!(OURS.iter().any(|(ours, ids)| *ours == set && ids.contains(&id)), "{set} {id}");
                assert!(machine.contains(property.item.handler), "{set} {id}");
                assert_ne!(property.item.flags & 3, 0, "{set} {id} can be neither read nor written");
                assert_eq!(property.item.flags & !0x203, 0, "{set} {id}: {:#x}", property.item.flags);
            }
        }
        machine.finish();
    });
}
