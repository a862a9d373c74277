//! Null pointers, wrong ports, unknown names.

use crate::host::node::{End, factory};
use crate::host::world::ALL;
use crate::host::{Node, Setup, Supports, World};
use libspa_sys as sys;
use std::ptr::{null, null_mut};

const ENDS: [End; 2] = [End::Sink, End::Source];

#[test]
fn the_entry_refuses_null_pointers_and_ends_after_two_factories() {
    let (mut found, mut index) = (null(), 0);
    // SAFETY: the entry takes null for either pointer.
    let code = unsafe { spa_vcable::spa_handle_factory_enum(null_mut(), &raw mut index) };
    assert_eq!(code, -libc::EINVAL);
    // SAFETY: as above.
    let code = unsafe { spa_vcable::spa_handle_factory_enum(&raw mut found, null_mut()) };
    assert_eq!(code, -libc::EINVAL);
    for (start, expected) in [(0, 1), (1, 1), (2, 0), (3, 0), (u32::MAX, 0)] {
        let mut index = start;
        // SAFETY: both variables are ours.
        let code = unsafe { spa_vcable::spa_handle_factory_enum(&raw mut found, &raw mut index) };
        assert_eq!((code, index), (expected, start.saturating_add(expected as u32)));
    }
}

#[test]
fn a_factory_refuses_null_pointers() {
    for end in ENDS {
        let factory = factory(end);
        let init = factory.init.expect("a function");
        // SAFETY: the factory takes null for a handle.
        assert_eq!(unsafe { init(factory, null_mut(), null(), null(), 0) }, -libc::EINVAL);
        let enumerate = factory.enum_interface_info.expect("a function");
        let (mut info, mut index) = (null(), 0);
        // SAFETY: it takes null for either pointer.
        assert_eq!(unsafe { enumerate(factory, null_mut(), &raw mut index) }, -libc::EINVAL);
        // SAFETY: as above.
        assert_eq!(unsafe { enumerate(factory, &raw mut info, null_mut()) }, -libc::EINVAL);
        // SAFETY: both variables are ours.
        assert_eq!(unsafe { enumerate(factory, &raw mut info, &raw mut index) }, 1);
        // SAFETY: as above.
        assert_eq!(unsafe { enumerate(factory, &raw mut info, &raw mut index) }, 0);
    }
}

#[test]
fn a_handle_refuses_unknown_interfaces_and_a_second_clear() {
    for end in ENDS {
        let world = World::new();
        let node = Node::new(&world, end, ALL, &[("vcable.name", "null-handle")]).expect("a node");
        assert!(node.interface_of(b"Spa:Pointer:Interface:Device\0").is_null());
        assert!(node.interface_of(b"\0").is_null());
        assert_eq!(node.clear(), 0);
        assert_eq!(node.clear(), -libc::EINVAL);
        assert_eq!(node.process(), -libc::EINVAL, "a method after the end");
    }
}

#[test]
fn every_method_takes_null_and_wrong_ports() {
    for end in ENDS {
        let cable = Setup::new(&format!("null-methods-{end:?}"), 256, 256).build();
        let graph = if end == End::Sink { &cable.sink } else { &cable.source };
        let node = &graph.node;
        let (direction, other) = (end.direction(), 1 - end.direction());
        assert_eq!(node.null_command(), -libc::EINVAL);
        // SAFETY: null is allowed everywhere here.
        assert_eq!(unsafe { node.add_listener(null_mut(), null(), null_mut()) }, -libc::EINVAL);
        for port in [(other, 0), (direction, 1), (direction, u32::MAX), (7, 0)] {
            let expected = -libc::EINVAL;
            // SAFETY: as above.
            assert_eq!(unsafe { node.port_set_io(port, sys::SPA_IO_Buffers, null_mut(), 0) }, expected);
            // SAFETY: as above.
            assert_eq!(unsafe { node.port_use_buffers(port, null_mut(), 0) }, expected);
            // SAFETY: as above.
            assert_eq!(unsafe { node.set_param(Some(port), sys::SPA_PARAM_Format, null()) }, expected);
            let params = sys::SPA_PARAM_EnumFormat;
            // SAFETY: as above.
            assert_eq!(unsafe { node.enum_params(Some(port), params, (0, 1), null()) }, expected);
        }
        // SAFETY: as above.
        assert_eq!(unsafe { node.port_use_buffers((direction, 0), null_mut(), 3) }, -libc::EINVAL);
        let mut nulls = [null_mut(); 2];
        // SAFETY: as above, also for the buffers in the list.
        let answer = unsafe { node.port_use_buffers((direction, 0), nulls.as_mut_ptr(), 2) };
        assert_eq!(answer, -libc::EINVAL);
        assert_eq!(node.reuse_buffer(1, 0), -libc::EINVAL);
        assert_eq!(node.reuse_buffer(0, u32::MAX), 0);
        for id in [sys::SPA_IO_Clock, sys::SPA_IO_Position] {
            // SAFETY: as above.
            assert_eq!(unsafe { node.set_io(id, null_mut(), 0) }, 0);
        }
        for id in [sys::SPA_IO_Buffers, sys::SPA_IO_RateMatch] {
            // SAFETY: as above.
            assert_eq!(unsafe { node.port_set_io((direction, 0), id, null_mut(), 0) }, 0);
        }
        // SAFETY: as above.
        assert_eq!(unsafe { node.set_callbacks(null(), null_mut()) }, 0);
        // Without areas and callbacks it starts, and finds nothing to do.
        assert_eq!(node.command(sys::SPA_NODE_COMMAND_Start), 0);
        cable.run_ms(100);
        assert!(node.process() < 0, "there is no area to find a buffer in");
        assert_eq!(cable.world.log.take_complaints(), [""; 0]);
    }
}

#[test]
fn without_loop_system_or_log_parameters_are_listed_and_nothing_starts() {
    for (log, system, data_loop) in
        [(true, true, None), (true, false, Some(0)), (false, false, None), (false, true, Some(1))]
    {
        for end in ENDS {
            let world = World::new();
            let supports = Supports { log, system, data_loop };
            let node = Node::new(&world, end, supports, &[("vcable.name", "null-supports")]).expect("a node");
            let runs = system && data_loop.is_some();
            for (port, id) in [
                (None, sys::SPA_PARAM_Props),
                (None, sys::SPA_PARAM_PropInfo),
                (Some((end.direction(), 0)), sys::SPA_PARAM_EnumFormat),
                (Some((end.direction(), 0)), sys::SPA_PARAM_Latency),
            ] {
                // SAFETY: no filter.
                assert_eq!(unsafe { node.enum_params(port, id, (0, u32::MAX), null()) }, 0);
            }
            let code = node.command(sys::SPA_NODE_COMMAND_Start);
            assert_eq!(code, if runs { -libc::EIO } else { -libc::ENOTSUP });
            drop(node);
            assert_eq!(world.leftovers(), (0, 0));
        }
    }
}
