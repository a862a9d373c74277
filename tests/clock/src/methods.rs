//! The methods of `struct spa_node`, from C to the node and back.
//!
//! All of them are called on the main thread but `process` and the timer.

use std::ffi::{c_int, c_void};

use libspa::param::audio::AudioInfoRaw;
use libspa::pod::Pod;
use libspa_sys as sys;

use crate::host::Area;
use crate::node::Node;
use crate::params;

/// The methods of every node.
pub(crate) static METHODS: sys::spa_node_methods = sys::spa_node_methods {
    version: sys::SPA_VERSION_NODE_METHODS,
    add_listener: Some(add_listener),
    set_callbacks: Some(set_callbacks),
    sync: None,
    enum_params: Some(enum_params),
    set_param: None,
    set_io: Some(set_io),
    send_command: Some(send_command),
    add_port: None,
    remove_port: None,
    port_enum_params: Some(port_enum_params),
    port_set_param: Some(port_set_param),
    port_use_buffers: Some(port_use_buffers),
    port_set_io: Some(port_set_io),
    port_reuse_buffer: None,
    process: Some(process),
};

/// The node behind a method's object.
///
/// # Safety
/// `object` is the data of our interface, not cleared yet.
unsafe fn node<'a>(object: *mut c_void) -> &'a Node {
    // SAFETY: the interface's data is a `Node` until `clear`, after which no method is called.
    unsafe { &*object.cast::<Node>() }
}

/// The timer fired. Data loop.
pub(crate) unsafe extern "C" fn on_timer(source: *mut sys::spa_source) {
    // SAFETY: the loop passes the source that it was given.
    let source = unsafe { source.read() };
    // SAFETY: the source's data is its node, which removes it before it goes.
    let node = unsafe { node(source.data) };
    if node.host.has_fired(source.fd) {
        node.tick();
    }
}

unsafe extern "C" fn add_listener(
    object: *mut c_void,
    listener: *mut sys::spa_hook,
    events: *const sys::spa_node_events,
    data: *mut c_void,
) -> c_int {
    // SAFETY: the object is our interface's.
    let node = unsafe { node(object) };
    let tell_all = || {
        node.emit_node();
        node.emit_port();
    };
    // SAFETY: the host keeps its hook valid until it takes it out.
    unsafe { node.hooks.add(listener, events, data, tell_all) };
    0
}

unsafe extern "C" fn set_callbacks(
    object: *mut c_void,
    callbacks: *const sys::spa_node_callbacks,
    data: *mut c_void,
) -> c_int {
    let callbacks = sys::spa_callbacks { funcs: callbacks.cast(), data };
    // SAFETY: the object is our interface's.
    unsafe { node(object) }.change(|node| node.callbacks.set(callbacks))
}

unsafe extern "C" fn set_io(object: *mut c_void, id: u32, data: *mut c_void, _: usize) -> c_int {
    // SAFETY: the object is our interface's.
    let node = unsafe { node(object) };
    // SAFETY: only used below if it is a clock or a position; the host keeps it valid until it sets another.
    let area = unsafe { Area::new(data) };
    match id {
        sys::SPA_IO_Clock => node.change(|node| node.clock.set(area)),
        sys::SPA_IO_Position => node.change(|node| node.position.set(area)),
        _ => -libc::ENOENT,
    }
}

unsafe extern "C" fn send_command(object: *mut c_void, command: *const sys::spa_command) -> c_int {
    // SAFETY: the object is our interface's.
    let node = unsafe { node(object) };
    // SAFETY: the command is valid during this call.
    let start = match unsafe { (*command).body.body.id } {
        sys::SPA_NODE_COMMAND_Start if node.rate_hz.get().is_none() => return -libc::EIO,
        sys::SPA_NODE_COMMAND_Start => true,
        sys::SPA_NODE_COMMAND_Pause | sys::SPA_NODE_COMMAND_Suspend => false,
        _ => return -libc::ENOTSUP,
    };
    node.change(|node| node.started.set(start))
}

unsafe extern "C" fn enum_params(
    object: *mut c_void,
    seq: c_int,
    id: u32,
    start: u32,
    most: u32,
    filter: *const sys::spa_pod,
) -> c_int {
    // SAFETY: the object is our interface's.
    let node = unsafe { node(object) };
    // SAFETY: the filter is the host's.
    unsafe { node.list(params::of_node(id), (seq, id, start, most), filter) }
}

unsafe extern "C" fn port_enum_params(
    object: *mut c_void,
    seq: c_int,
    _: sys::spa_direction,
    _: u32,
    id: u32,
    start: u32,
    most: u32,
    filter: *const sys::spa_pod,
) -> c_int {
    // SAFETY: the object is our interface's.
    let node = unsafe { node(object) };
    let objects = params::of_port(id, node.channels, node.rate_hz.get(), node.target().1);
    // SAFETY: the filter is the host's.
    unsafe { node.list(objects, (seq, id, start, most), filter) }
}

unsafe extern "C" fn port_set_param(
    object: *mut c_void,
    _: sys::spa_direction,
    _: u32,
    id: u32,
    _: u32,
    param: *const sys::spa_pod,
) -> c_int {
    // SAFETY: the object is our interface's.
    let node = unsafe { node(object) };
    if id != sys::SPA_PARAM_Format {
        return -libc::ENOENT;
    }
    let mut format = AudioInfoRaw::new();
    if !param.is_null() {
        // SAFETY: the POD is valid during this call.
        let pod = unsafe { Pod::from_raw(param) };
        let known = format.parse(pod).is_ok() && format.format().as_raw() == sys::SPA_AUDIO_FORMAT_F32P;
        if !known || format.channels() != node.channels || format.rate() == 0 {
            return -libc::EINVAL;
        }
    }
    node.rate_hz.set((!param.is_null()).then_some(format.rate()));
    node.emit_port();
    0
}

/// What is in the buffers is never looked at.
unsafe extern "C" fn port_use_buffers(
    object: *mut c_void,
    _: sys::spa_direction,
    _: u32,
    _: u32,
    _: *mut *mut sys::spa_buffer,
    count: u32,
) -> c_int {
    // SAFETY: the object is our interface's.
    let node = unsafe { node(object) };
    if count > 0 && node.rate_hz.get().is_none() { -libc::EIO } else { 0 }
}

unsafe extern "C" fn port_set_io(
    object: *mut c_void,
    _: sys::spa_direction,
    _: u32,
    id: u32,
    data: *mut c_void,
    _: usize,
) -> c_int {
    if id != sys::SPA_IO_Buffers {
        return -libc::ENOENT;
    }
    // SAFETY: the object is our interface's.
    unsafe { node(object) }.change(|node| node.io.set(data.cast()))
}

/// Swallows what has come. Data loop.
unsafe extern "C" fn process(object: *mut c_void) -> c_int {
    // SAFETY: the object is our interface's.
    let io = unsafe { node(object) }.io.get();
    // SAFETY: the host keeps the area valid until it sets another, on this loop.
    let Some(io) = (unsafe { io.as_mut() }) else { return -libc::EIO };
    if io.status == sys::SPA_STATUS_HAVE_DATA as c_int {
        io.status = sys::SPA_STATUS_NEED_DATA as c_int;
    }
    io.status
}
