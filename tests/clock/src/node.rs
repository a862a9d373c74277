//! The sink: what it holds, when it drives, and what it tells its listeners.
//!
//! What the data loop uses is changed there only, through [`Host::invoke`].

use std::cell::{Cell, RefCell, UnsafeCell};
use std::ffi::c_int;
use std::ptr::null_mut;

use libspa_sys as sys;

use crate::host::{self, Area, Hooks, Host};
use crate::methods::on_timer;
use crate::pace::{Pace, Settings};
use crate::params;

/// A test clock.
pub(crate) struct Node {
    pub(crate) host: Host,
    pub(crate) channels: u32,
    // Main thread.
    pub(crate) hooks: Hooks,
    pub(crate) rate_hz: Cell<Option<u32>>,
    // Data loop.
    timer: UnsafeCell<sys::spa_source>,
    pub(crate) callbacks: Cell<sys::spa_callbacks>,
    pub(crate) clock: Cell<Option<Area>>,
    pub(crate) position: Cell<Option<Area>>,
    pub(crate) io: Cell<*mut sys::spa_io_buffers>,
    pub(crate) started: Cell<bool>,
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

    pub(crate) fn target(&self) -> (u64, u32) {
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
    pub(crate) fn change(&self, change: impl Fn(&Self)) -> c_int {
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
    pub(crate) fn tick(&self) {
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

    pub(crate) fn emit_node(&self) {
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

    pub(crate) fn emit_port(&self) {
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
    pub(crate) unsafe fn list(
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
