//! The method table of `struct spa_node`: from C to safe Rust and back.
//!
//! Each function checks its pointers, wraps them, and lets [`Node::run`] guard the rest.

use super::buffer::PortBuffer;
use super::host::Callbacks;
use super::io::{Clock, PortIo, Position, RateMatch};
use super::pod;
use crate::node::{Command, Node};
use crate::params::Scope;
use crate::sys;
use std::ffi::{c_int, c_void};

/// Every node's methods.
pub(super) static METHODS: sys::spa_node_methods = sys::spa_node_methods {
    version: sys::SPA_VERSION_NODE_METHODS,
    add_listener: Some(add_listener),
    set_callbacks: Some(set_callbacks),
    sync: None,
    enum_params: Some(enum_params),
    set_param: Some(set_param),
    set_io: Some(set_io),
    send_command: Some(send_command),
    add_port: None,
    remove_port: None,
    port_enum_params: Some(port_enum_params),
    port_set_param: Some(port_set_param),
    port_use_buffers: Some(port_use_buffers),
    port_set_io: Some(port_set_io),
    port_reuse_buffer: Some(port_reuse_buffer),
    process: Some(process),
};

/// Finds the node behind a method's object and runs `body` on it, guarded.
///
/// # Safety
/// `object` is the data of our interface, or null.
unsafe fn with_node(object: *mut c_void, body: impl FnOnce(&Node) -> c_int) -> c_int {
    // SAFETY: the interface's data is a `Node` until `clear`, after which no method is called.
    match unsafe { object.cast::<Node>().as_ref() } {
        Some(node) => node.run(body),
        None => -libc::EINVAL,
    }
}

/// As [`with_node`], for the one port that the node has.
///
/// # Safety
/// As [`with_node`].
unsafe fn with_port(
    object: *mut c_void,
    direction: sys::spa_direction,
    port_id: u32,
    body: impl FnOnce(&Node) -> c_int,
) -> c_int {
    // SAFETY: passed on.
    unsafe {
        with_node(object, |node| {
            if direction == node.direction() && port_id == 0 { body(node) } else { -libc::EINVAL }
        })
    }
}

unsafe extern "C" fn add_listener(
    object: *mut c_void,
    listener: *mut sys::spa_hook,
    events: *const sys::spa_node_events,
    data: *mut c_void,
) -> c_int {
    let add = |node: &Node| {
        if listener.is_null() {
            return -libc::EINVAL;
        }
        // SAFETY: the host keeps its hook valid until it removes it.
        unsafe { node.hooks().add(listener, events, data, || node.emit_all()) };
        0
    };
    // SAFETY: the object is our interface's.
    unsafe { with_node(object, add) }
}

unsafe extern "C" fn set_callbacks(
    object: *mut c_void,
    callbacks: *const sys::spa_node_callbacks,
    data: *mut c_void,
) -> c_int {
    // SAFETY: the host keeps callbacks valid until it sets others.
    let callbacks = unsafe { Callbacks::new(callbacks, data) };
    // SAFETY: the object is our interface's.
    unsafe { with_node(object, |node| node.set_callbacks(callbacks)) }
}

/// What `enum_params` and `port_enum_params` have in common.
struct Enumeration {
    scope: Scope,
    seq: c_int,
    id: u32,
    start: u32,
    count: u32,
    filter: *const sys::spa_pod,
}

impl Enumeration {
    fn answer(&self, node: &Node) -> c_int {
        if self.count == 0 {
            return -libc::EINVAL;
        }
        let params = match node.params(self.scope, self.id) {
            Ok(params) => params,
            Err(code) => return code,
        };
        let mut left = self.count;
        for (index, param) in (0..).zip(&params).skip(self.start as usize) {
            // SAFETY: the filter is null or a POD of the host's, valid during this call.
            if let Some(param) = unsafe { param.filtered(self.filter) } {
                node.hooks().emit_param(self.seq, self.id, index, &param);
                left -= 1;
            }
            if left == 0 {
                break;
            }
        }
        0
    }
}

unsafe extern "C" fn enum_params(
    object: *mut c_void,
    seq: c_int,
    id: u32,
    start: u32,
    count: u32,
    filter: *const sys::spa_pod,
) -> c_int {
    let query = Enumeration { scope: Scope::Node, seq, id, start, count, filter };
    // SAFETY: the object is our interface's.
    unsafe { with_node(object, |node| query.answer(node)) }
}

unsafe extern "C" fn port_enum_params(
    object: *mut c_void,
    seq: c_int,
    direction: sys::spa_direction,
    port_id: u32,
    id: u32,
    start: u32,
    count: u32,
    filter: *const sys::spa_pod,
) -> c_int {
    let query = Enumeration { scope: Scope::Port, seq, id, start, count, filter };
    // SAFETY: the object is our interface's.
    unsafe { with_port(object, direction, port_id, |node| query.answer(node)) }
}

unsafe extern "C" fn set_param(
    object: *mut c_void,
    id: u32,
    _flags: u32,
    param: *const sys::spa_pod,
) -> c_int {
    let set = |node: &Node| {
        // SAFETY: the POD is null or valid during this call.
        let value = unsafe { pod::read(param) };
        if value.is_none() && !param.is_null() {
            return -libc::EINVAL;
        }
        node.set_param(Scope::Node, id, value.as_ref())
    };
    // SAFETY: the object is our interface's.
    unsafe { with_node(object, set) }
}

unsafe extern "C" fn port_set_param(
    object: *mut c_void,
    direction: sys::spa_direction,
    port_id: u32,
    id: u32,
    _flags: u32,
    param: *const sys::spa_pod,
) -> c_int {
    let set_format = |node: &Node| {
        if param.is_null() {
            return node.set_format(None);
        }
        // SAFETY: the POD is valid during this call.
        match unsafe { pod::read_format(param) } {
            Some(format) => node.set_format(Some(&format)),
            None => -libc::EINVAL,
        }
    };
    let set = |node: &Node| {
        if id == sys::SPA_PARAM_Format {
            return set_format(node);
        }
        // SAFETY: the POD is null or valid during this call.
        let value = unsafe { pod::read(param) };
        if value.is_none() && !param.is_null() {
            return -libc::EINVAL;
        }
        node.set_param(Scope::Port, id, value.as_ref())
    };
    // SAFETY: the object is our interface's.
    unsafe { with_port(object, direction, port_id, set) }
}

unsafe extern "C" fn set_io(object: *mut c_void, id: u32, data: *mut c_void, size: usize) -> c_int {
    let needed = match id {
        sys::SPA_IO_Clock => size_of::<sys::spa_io_clock>(),
        sys::SPA_IO_Position => size_of::<sys::spa_io_position>(),
        _ => return -libc::ENOENT,
    };
    if !data.is_null() && size < needed {
        return -libc::EINVAL;
    }
    let set = |node: &Node| {
        if id == sys::SPA_IO_Clock {
            // SAFETY: the host keeps the area valid until it sets another.
            node.set_clock(unsafe { Clock::new(data.cast()) })
        } else {
            // SAFETY: as above; a position starts with its clock.
            node.set_position(unsafe { Position::new(data.cast()) })
        }
    };
    // SAFETY: the object is our interface's.
    unsafe { with_node(object, set) }
}

unsafe extern "C" fn port_set_io(
    object: *mut c_void,
    direction: sys::spa_direction,
    port_id: u32,
    id: u32,
    data: *mut c_void,
    size: usize,
) -> c_int {
    let needed = match id {
        sys::SPA_IO_Buffers => size_of::<sys::spa_io_buffers>(),
        sys::SPA_IO_RateMatch => size_of::<sys::spa_io_rate_match>(),
        _ => return -libc::ENOENT,
    };
    if !data.is_null() && size < needed {
        return -libc::EINVAL;
    }
    let set = |node: &Node| {
        if id == sys::SPA_IO_Buffers {
            // SAFETY: the host keeps the area valid until it sets another.
            node.set_port_io(unsafe { PortIo::new(data.cast()) })
        } else {
            // SAFETY: as above.
            node.set_rate_match(unsafe { RateMatch::new(data.cast()) })
        }
    };
    // SAFETY: the object is our interface's.
    unsafe { with_port(object, direction, port_id, set) }
}

unsafe extern "C" fn send_command(object: *mut c_void, command: *const sys::spa_command) -> c_int {
    // SAFETY: the command is valid during this call.
    let Some(command) = (unsafe { command.as_ref() }) else { return -libc::EINVAL };
    let command = match command.body.body.id {
        sys::SPA_NODE_COMMAND_Start => Command::Start,
        sys::SPA_NODE_COMMAND_Pause | sys::SPA_NODE_COMMAND_Suspend => Command::Stop,
        _ => return -libc::ENOTSUP,
    };
    // SAFETY: the object is our interface's.
    unsafe { with_node(object, |node| node.command(command)) }
}

unsafe extern "C" fn port_use_buffers(
    object: *mut c_void,
    direction: sys::spa_direction,
    port_id: u32,
    _flags: u32,
    buffers: *mut *mut sys::spa_buffer,
    count: u32,
) -> c_int {
    let take = |node: &Node| {
        if count > 0 && buffers.is_null() {
            return -libc::EINVAL;
        }
        let mut taken = Vec::with_capacity(count as usize);
        for index in 0..count as usize {
            // SAFETY: the array has `count` buffers.
            let buffer = unsafe { buffers.add(index) };
            // SAFETY: as above.
            let buffer = unsafe { buffer.read() };
            // SAFETY: the host keeps its buffers valid until it replaces them.
            match unsafe { PortBuffer::new(buffer) } {
                Some(buffer) => taken.push(buffer),
                None => return -libc::EINVAL,
            }
        }
        node.use_buffers(taken)
    };
    // SAFETY: the object is our interface's.
    unsafe { with_port(object, direction, port_id, take) }
}

unsafe extern "C" fn port_reuse_buffer(object: *mut c_void, port_id: u32, buffer_id: u32) -> c_int {
    if port_id != 0 {
        return -libc::EINVAL;
    }
    // SAFETY: the object is our interface's.
    unsafe { with_node(object, |node| node.reuse_buffer(buffer_id)) }
}

unsafe extern "C" fn process(object: *mut c_void) -> c_int {
    // SAFETY: the object is our interface's.
    unsafe { with_node(object, Node::process) }
}
