//! The sink: the methods that the daemon calls, and the timer by which it drives its group.
//!
//! Main thread: everything but `process` and the timer, which run on the data loop. What the loop uses is
//! changed there only, through [`Host::invoke`].

use std::cell::{Cell, RefCell, UnsafeCell};
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

use libspa::param::audio::AudioInfoRaw;
use libspa::pod::Pod;
use libspa_sys as sys;

use crate::host::{self, Area, Hooks, Host};
use crate::pace::{Pace, Settings};
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

/// A test clock.
pub(crate) struct Node {
    host: Host,
    channels: u32,
    // Main thread.
    hooks: Hooks,
    rate_hz: Cell<Option<u32>>,
    // Data loop.
    timer: UnsafeCell<sys::spa_source>,
    callbacks: Cell<sys::spa_callbacks>,
    clock: Cell<Option<Area>>,
    position: Cell<Option<Area>>,
    io: Cell<*mut sys::spa_io_buffers>,
    started: Cell<bool>,
    pace: RefCell<Pace>,
    last_frames: Cell<u64>,
}

impl Node {
    pub(crate) fn new(host: Host, settings: Settings) -> Option<Box<Self>> {
        let source = sys::spa_source {
            loop_: null_mut(),
            func: Some(on_timer),
            data: null_mut(),
            fd: -1,
            mask: sys::SPA_IO_IN,
            rmask: 0,
            priv_: null_mut(),
        };
        let mut node = Box::new(Self {
            host,
            channels: settings.channels,
            hooks: Hooks::new(),
            rate_hz: Cell::new(None),
            timer: UnsafeCell::new(source),
            callbacks: Cell::new(sys::spa_callbacks { funcs: std::ptr::null(), data: null_mut() }),
            clock: Cell::new(None),
            position: Cell::new(None),
            io: Cell::new(null_mut()),
            started: Cell::new(false),
            pace: RefCell::new(Pace::new(settings)),
            last_frames: Cell::new(0),
        });
        node.timer.get_mut().data = (&raw const *node).cast_mut().cast();
        (host.add_timer(node.timer.get()) >= 0).then_some(node)
    }

    fn arm(&self, nsec: u64) {
        // SAFETY: the descriptor never changes once the loop knows the source.
        self.host.arm(unsafe { (*self.timer.get()).fd }, nsec);
    }

    fn target(&self) -> (u64, u32) {
        let target = self.position.get().map_or((0, 0), Area::target);
        if target.0 > 0 && target.1 > 0 { target } else { (1024, 48_000) }
    }

    fn drives(&self) -> bool {
        let driver = self.position.get().map(Area::id);
        self.started.get() && (driver.is_none() || driver == self.clock.get().map(Area::id))
    }

    /// Starts the clock now, or stops it.
    fn restart(&self) {
        let now_nsec = self.host.now_nsec();
        self.pace.borrow_mut().restart(now_nsec);
        self.arm(if self.drives() { now_nsec } else { 0 });
    }

    /// Makes a change on the loop; the clock starts or stops when this one becomes the driver or ceases to be.
    fn change(&self, change: impl Fn(&Self)) -> c_int {
        self.host.invoke(|| {
            let before = self.drives();
            change(self);
            if self.drives() != before {
                self.restart();
            }
            0
        })
    }

    /// A cycle begins.
    fn tick(&self) {
        if !self.drives() {
            return;
        }
        let (frames, rate_hz) = self.target();
        let cycle = self.pace.borrow_mut().advance(frames, rate_hz, self.host.now_nsec());
        let elapsed = self.last_frames.replace(frames);
        if let Some(clock) = self.clock.get() {
            clock.tick(cycle, elapsed, frames);
        }
        self.arm(cycle.wake_nsec);
        let callbacks = self.callbacks.get();
        // SAFETY: callbacks of a node stay valid until the host sets others, on this loop.
        let table = unsafe { callbacks.funcs.cast::<sys::spa_node_callbacks>().as_ref() };
        if let Some(ready) = table.and_then(|table| table.ready) {
            // SAFETY: the data belongs to these callbacks. The group runs in here and may call `process`.
            unsafe { ready(callbacks.data, sys::SPA_STATUS_NEED_DATA as c_int) };
        }
    }

    fn emit_node(&self) {
        let mut item = sys::spa_dict_item { key: c"node.driver".as_ptr(), value: c"true".as_ptr() };
        let mut dict = sys::spa_dict { flags: 0, n_items: 1, items: &raw mut item };
        let mut params = [info(sys::SPA_PARAM_IO, sys::SPA_PARAM_INFO_READ)];
        let mask = sys::SPA_NODE_CHANGE_MASK_FLAGS
            | sys::SPA_NODE_CHANGE_MASK_PROPS
            | sys::SPA_NODE_CHANGE_MASK_PARAMS;
        let raw = sys::spa_node_info {
            max_input_ports: 1,
            max_output_ports: 0,
            change_mask: mask.into(),
            flags: sys::SPA_NODE_FLAG_RT.into(),
            props: &raw mut dict,
            params: params.as_mut_ptr(),
            n_params: params.len() as u32,
        };
        self.hooks.each(|events, data| {
            if let Some(tell) = events.info {
                // SAFETY: the info lives during the call; `data` belongs to this listener.
                unsafe { tell(data, &raw const raw) };
            }
        });
    }

    fn emit_port(&self) {
        let (format, buffers) = match self.rate_hz.get() {
            Some(_) => (sys::SPA_PARAM_INFO_READWRITE, sys::SPA_PARAM_INFO_READ),
            None => (sys::SPA_PARAM_INFO_WRITE, 0),
        };
        let mut params = [
            info(sys::SPA_PARAM_EnumFormat, sys::SPA_PARAM_INFO_READ),
            info(sys::SPA_PARAM_Format, format),
            info(sys::SPA_PARAM_Buffers, buffers),
            info(sys::SPA_PARAM_IO, sys::SPA_PARAM_INFO_READ),
        ];
        let flags = sys::SPA_PORT_FLAG_NO_REF
            | sys::SPA_PORT_FLAG_LIVE
            | sys::SPA_PORT_FLAG_PHYSICAL
            | sys::SPA_PORT_FLAG_TERMINAL;
        let mask = sys::SPA_PORT_CHANGE_MASK_FLAGS | sys::SPA_PORT_CHANGE_MASK_PARAMS;
        let raw = sys::spa_port_info {
            change_mask: mask.into(),
            flags: flags.into(),
            rate: sys::spa_fraction { num: 0, denom: 0 },
            props: null_mut(),
            params: params.as_mut_ptr(),
            n_params: params.len() as u32,
        };
        self.hooks.each(|events, data| {
            if let Some(tell) = events.port_info {
                // SAFETY: the info lives during the call; `data` belongs to this listener.
                unsafe { tell(data, sys::SPA_DIRECTION_INPUT, 0, &raw const raw) };
            }
        });
    }

    /// Answers an enumeration: every parameter is listed once or not at all.
    ///
    /// # Safety
    /// `filter` is null or a valid POD.
    unsafe fn list(
        &self,
        objects: Option<Vec<libspa::pod::Object>>,
        query: (c_int, u32, u32, u32),
        filter: *const sys::spa_pod,
    ) -> c_int {
        let (seq, id, start, most) = query;
        let Some(objects) = objects else { return -libc::ENOENT };
        let pods = (0..).zip(objects).skip(start as usize).filter_map(|(index, object)| {
            let pod = params::serialise(object)?;
            // SAFETY: this function's contract.
            Some((index, unsafe { host::filtered(&pod, filter) }?))
        });
        for (index, mut pod) in pods.take(most as usize) {
            let param = pod.as_mut_ptr().cast();
            let result = sys::spa_result_node_params { id, index, next: index + 1, param };
            self.hooks.each(|events, data| {
                if let Some(tell) = events.result {
                    let result = (&raw const result).cast();
                    // SAFETY: the result lives during the call and is of the type that is named.
                    unsafe { tell(data, seq, 0, sys::SPA_RESULT_TYPE_NODE_PARAMS, result) };
                }
            });
        }
        0
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.host.remove_timer(self.timer.get());
    }
}

fn info(id: u32, flags: u32) -> sys::spa_param_info {
    sys::spa_param_info { id, flags, user: 0, seq: 0, padding: [0; 4] }
}

/// The node behind a method's object.
///
/// # Safety
/// `object` is the data of our interface, not cleared yet.
unsafe fn node<'a>(object: *mut c_void) -> &'a Node {
    // SAFETY: the interface's data is a `Node` until `clear`, after which no method is called.
    unsafe { &*object.cast::<Node>() }
}

unsafe extern "C" fn on_timer(source: *mut sys::spa_source) {
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
