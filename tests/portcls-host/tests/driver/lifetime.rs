//! Starting, stopping, removal, and what is left then.

use vcable_portcls_host::abi::Status;
use vcable_portcls_host::engine::{State, Stream};
use vcable_portcls_host::format::Format;
use vcable_portcls_host::isolated;
use vcable_portcls_host::machine::{Machine, assert_nothing_left};
use vcable_portcls_host::nt::inject::{self, Kind};
use vcable_portcls_host::nt::{device, pool, registry, timer};
use vcable_portcls_host::portcls::adapter::{self, minor};

const STEREO: Format = Format::pcm16(48_000, 2);
const MS: i64 = 1_000_000;

#[test]
fn a_driver_that_comes_and_goes_leaves_nothing() {
    isolated(|| {
        let machine = Machine::with_cables(16);
        assert!(pool::allocations() > 0);
        assert_eq!(pool::tags(), ["VcbA"]);
        machine.finish();
    });
}

#[test]
fn a_driver_without_a_device_goes() {
    isolated(|| {
        let machine = Machine::load();
        assert_eq!(machine.enter(), Status::SUCCESS);
        machine.unload();
    });
}

/// Starts with the call number `index` of that kind failing, and takes everything down again. Whether it failed at all.
fn start_failing(kind: Kind, machine: &Machine, index: u64) -> bool {
    inject::fail(kind, Some(index));
    let added = machine.add_device();
    let started = if added.is_success() { machine.start_device() } else { added };
    let failed = inject::calls(kind) > index;
    inject::fail(kind, None);
    if started.is_success() && !failed {
        assert_eq!(machine.endpoints().len(), 4);
    }
    // The I/O manager removes a device that did not start.
    if device::functional() != 0 {
        assert_eq!(machine.pnp(minor::REMOVE), Status::SUCCESS, "after call {index} failed");
    }
    assert_nothing_left();
    failed
}

/// The start of two cables, with each call failing in turn until none is left to fail.
fn each_call_failing(kind: Kind) {
    registry::set("", "Cables", registry::Value::Number(2));
    registry::set("Cable1", "Name", registry::Value::Text("One".to_owned()));
    let machine = Machine::load();
    assert_eq!(machine.enter(), Status::SUCCESS);
    let calls = (0..10_000).take_while(|&index| start_failing(kind, &machine, index)).count();
    assert!(calls >= 8, "only {calls} calls can fail");
    machine.unload();
}

#[test]
fn a_start_in_which_any_one_call_fails_leaves_nothing() {
    isolated(|| each_call_failing(Kind::Any));
}

#[test]
fn a_start_in_which_any_one_allocation_fails_leaves_nothing() {
    isolated(|| each_call_failing(Kind::Memory));
}

#[test]
fn a_load_that_fails_leaves_nothing() {
    isolated(|| {
        let machine = Machine::load();
        let mut index = 0;
        loop {
            inject::fail(Kind::Any, Some(index));
            let status = machine.enter();
            let failed = inject::calls(Kind::Any) > index;
            inject::fail(Kind::Any, None);
            if status.is_success() {
                break;
            }
            assert!(failed, "it fails by itself: {status}");
            assert_nothing_left();
            index += 1;
        }
        assert!(index >= 1);
        machine.unload();
    });
}

#[test]
fn a_stream_in_which_any_one_call_fails_leaves_nothing() {
    isolated(|| {
        let machine = Machine::start();
        let (render, capture) = machine.cable(1);
        for end in [&render, &capture] {
            let mut failures = 0;
            for index in 0.. {
                inject::fail(Kind::Memory, Some(index));
                let stream = Stream::ready(end, STEREO, 960, 2).and_then(|mut stream| {
                    let ran = [State::Acquire, State::Pause, State::Run]
                        .into_iter()
                        .try_for_each(|state| stream.set_state(state));
                    ran.map(|()| stream)
                });
                let failed = inject::calls(Kind::Memory) > index;
                inject::fail(Kind::Memory, None);
                timer::advance(5 * MS);
                assert!(stream.is_ok() || failed, "it fails by itself");
                let _ = stream.map(Stream::close);
                if !failed {
                    break;
                }
                failures += 1;
            }
            assert!(failures >= 3, "only {failures} calls can fail");
            Stream::ready(end, STEREO, 960, 2).expect("all is well again").close();
        }
        drop((render, capture));
        machine.finish();
    });
}

#[test]
fn requests_come_in_any_order_and_twice() {
    isolated(|| {
        let machine = Machine::with_cables(2);
        let orders: [&[u8]; 5] = [
            &[minor::STOP, minor::STOP],
            &[minor::STOP, minor::SURPRISE_REMOVAL],
            &[minor::SURPRISE_REMOVAL, minor::SURPRISE_REMOVAL, minor::STOP],
            &[minor::SURPRISE_REMOVAL],
            &[],
        ];
        for order in orders {
            for &request in order {
                assert_eq!(machine.pnp(request), Status::SUCCESS, "{order:?}");
            }
            assert_eq!(machine.pnp(minor::REMOVE), Status::SUCCESS, "{order:?}");
            assert_nothing_left();
            assert_eq!(machine.add_device(), Status::SUCCESS);
            assert_eq!(machine.start_device(), Status::SUCCESS);
            assert_eq!(machine.endpoints().len(), 4);
        }
        machine.finish();
    });
}

#[test]
fn a_device_that_never_started_is_removed() {
    isolated(|| {
        let machine = Machine::load();
        assert_eq!(machine.enter(), Status::SUCCESS);
        assert_eq!(machine.add_device(), Status::SUCCESS);
        assert_eq!(machine.pnp(minor::REMOVE), Status::SUCCESS);
        machine.unload();
    });
}

#[test]
fn streams_of_every_state_survive_the_removal_of_the_device() {
    isolated(|| {
        let machine = Machine::load();
        assert_eq!(machine.enter(), Status::SUCCESS);
        for state in [State::Stop, State::Acquire, State::Pause, State::Run] {
            for request in [minor::STOP, minor::SURPRISE_REMOVAL] {
                assert_eq!(machine.add_device(), Status::SUCCESS);
                assert_eq!(machine.start_device(), Status::SUCCESS);
                let (render, capture) = machine.cable(1);
                let mut playing = Stream::ready(&render, STEREO, 960, 2).expect("a stream");
                let mut recording = Stream::ready(&capture, STEREO, 960, 2).expect("a stream");
                playing.go(state);
                recording.go(state);
                timer::advance(25 * MS);
                drop((render, capture));
                assert_eq!(machine.pnp(request), Status::SUCCESS);
                timer::advance(25 * MS);
                let _ = playing.position();
                // The handles are closed only now, and then the device goes.
                playing.close();
                timer::advance(5 * MS);
                recording.close();
                assert_eq!(machine.pnp(minor::REMOVE), Status::SUCCESS);
                assert_nothing_left();
            }
        }
        machine.unload();
    });
}

#[test]
fn sleep_pauses_and_nothing_is_caught_up_after_it() {
    isolated(|| {
        let machine = Machine::start();
        let (render, capture) = machine.cable(1);
        let mut stream = Stream::ready(&render, STEREO, 960, 2).expect("a stream");
        stream.go(State::Run);
        timer::advance(7 * MS);
        // PortCls pauses streams before it tells the adapter.
        stream.go(State::Pause);
        adapter::change_power(4, 4);
        timer::skip(3_600_000 * MS);
        adapter::change_power(1, 1);
        let before = stream.position();
        stream.go(State::Run);
        timer::advance(3 * MS);
        let after = stream.position();
        assert_eq!((after.play - before.play) / 4, 144);
        stream.close();
        drop((render, capture));
        machine.finish();
    });
}

#[test]
fn power_changes_while_streams_run_do_no_harm() {
    isolated(|| {
        let machine = Machine::start();
        let (render, capture) = machine.cable(1);
        let mut stream = Stream::ready(&render, STEREO, 960, 2).expect("a stream");
        stream.go(State::Run);
        for state in [4, 1, 4, 4, 1, 1] {
            adapter::change_power(state, if state == 1 { 1 } else { 4 });
            timer::advance(5 * MS);
        }
        stream.close();
        drop((render, capture));
        machine.finish();
    });
}
