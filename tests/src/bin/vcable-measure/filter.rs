//! The fence around `pw_filter`: everything behind it is safe.

use std::ffi::{CString, c_void};
use std::fmt::Write as _;
use std::ptr::{NonNull, null_mut};

use anyhow::{Context as _, Result, ensure};
use libspa_sys::spa_io_position;
use pipewire_sys as pw;
use rustix::time::{ClockId, clock_gettime};

use crate::ends::{Cycle, End};

/// Which way the filter's only port goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Input,
    Output,
}

/// A thread that talks to the daemon; the data threads belong to the filters.
pub(crate) struct Loop(NonNull<pw::pw_thread_loop>);

impl Loop {
    pub(crate) fn start() -> Result<Self> {
        // SAFETY: the documentation allows null for both; called once, before anything else.
        unsafe { pw::pw_init(null_mut(), null_mut()) };
        // SAFETY: the name is a C string, and no properties are a null pointer.
        let thread = unsafe { pw::pw_thread_loop_new(c"measure".as_ptr(), std::ptr::null()) };
        let thread = NonNull::new(thread).context("no thread loop")?;
        // SAFETY: the loop was just made and is started once.
        let started = unsafe { pw::pw_thread_loop_start(thread.as_ptr()) };
        ensure!(started >= 0, "the thread loop does not start: {started}");
        Ok(Self(thread))
    }

    fn locked<T>(&self, work: impl FnOnce() -> T) -> T {
        // SAFETY: the loop lives as long as the process, and the lock is released below.
        unsafe { pw::pw_thread_loop_lock(self.0.as_ptr()) };
        let result = work();
        // SAFETY: locked above, by this thread.
        unsafe { pw::pw_thread_loop_unlock(self.0.as_ptr()) };
        result
    }
}

/// What the callback gets: lives in a box whose address does not change.
struct State {
    end: Box<dyn End>,
    port: *mut c_void,
}

/// A node with one port.
pub(crate) struct Filter<'a> {
    thread: &'a Loop,
    node: NonNull<pw::pw_filter>,
    // Freed after the filter, which holds its address.
    state: *mut State,
    _events: Box<pw::pw_filter_events>,
}

impl<'a> Filter<'a> {
    pub(crate) fn connect(
        thread: &'a Loop,
        name: &str,
        direction: Direction,
        latency_frames: Option<u32>,
        end: Box<dyn End>,
    ) -> Result<Self> {
        let mut text = format!("{{ node.name = \"{name}\" media.type = Audio media.role = DSP");
        if let Some(frames) = latency_frames {
            write!(text, " node.latency = \"{frames}/48000\"")?;
        }
        text.push_str(" }");
        let text = CString::new(text)?;
        let name = CString::new(name)?;
        let state = Box::into_raw(Box::new(State { end, port: null_mut() }));
        // SAFETY: all fields of the C struct are optional callbacks or integers, for which zero is valid.
        let mut events: Box<pw::pw_filter_events> = Box::new(unsafe { std::mem::zeroed() });
        events.version = pw::PW_VERSION_FILTER_EVENTS;
        events.process = Some(process);
        let table = &raw const *events;
        let filter = thread.locked(|| {
            // SAFETY: the lock is held and the loop runs.
            let inner = unsafe { pw::pw_thread_loop_get_loop(thread.0.as_ptr()) };
            // SAFETY: a C string.
            let properties = unsafe { pw::pw_properties_new_string(text.as_ptr()) };
            // SAFETY: the filter takes the properties; events and state outlive it, see the fields.
            unsafe { pw::pw_filter_new_simple(inner, name.as_ptr(), properties, table, state.cast()) }
        });
        let filter = NonNull::new(filter).context("no filter")?;
        let this = Self { thread, node: filter, state, _events: events };
        this.activate(direction)?;
        Ok(this)
    }

    fn activate(&self, direction: Direction) -> Result<()> {
        let direction = match direction {
            Direction::Input => libspa_sys::SPA_DIRECTION_INPUT,
            Direction::Output => libspa_sys::SPA_DIRECTION_OUTPUT,
        };
        let properties = c"{ port.name = port format.dsp = \"32 bit float mono audio\" }";
        let flags = pw::pw_filter_port_flags_PW_FILTER_PORT_FLAG_MAP_BUFFERS;
        let connected = self.thread.locked(|| {
            // SAFETY: a C string.
            let properties = unsafe { pw::pw_properties_new_string(properties.as_ptr()) };
            // SAFETY: the filter is alive and takes the properties; no extra parameters.
            let port = unsafe {
                pw::pw_filter_add_port(self.node.as_ptr(), direction, flags, 1, properties, null_mut(), 0)
            };
            // SAFETY: the filter is not connected, so no callback uses the state.
            unsafe { (*self.state).port = port };
            // SAFETY: the filter is alive; no extra parameters.
            unsafe {
                pw::pw_filter_connect(
                    self.node.as_ptr(),
                    pw::pw_filter_flags_PW_FILTER_FLAG_RT_PROCESS,
                    null_mut(),
                    0,
                )
            }
        });
        ensure!(connected >= 0, "the filter does not connect: {connected}");
        Ok(())
    }

    /// Puts the node into a group of nodes with one driver, or out of any with an empty name: what
    /// `jack_set_freewheel` does with the group of the driver that runs at full speed.
    pub(crate) fn set_group(&self, name: &str) -> Result<()> {
        let name = CString::new(name)?;
        let item = libspa_sys::spa_dict_item { key: c"node.group".as_ptr(), value: name.as_ptr() };
        let group = libspa_sys::spa_dict { flags: 0, n_items: 1, items: &raw const item };
        let updated = self.thread.locked(|| {
            // SAFETY: the filter is alive and copies the properties; null means those of the node.
            unsafe { pw::pw_filter_update_properties(self.node.as_ptr(), null_mut(), &raw const group) }
        });
        ensure!(updated >= 0, "the group cannot be set: {updated}");
        Ok(())
    }
}

impl Drop for Filter<'_> {
    fn drop(&mut self) {
        // SAFETY: alive until here; destroying it ends its callbacks.
        self.thread.locked(|| unsafe { pw::pw_filter_destroy(self.node.as_ptr()) });
        // SAFETY: came from a box, and no callback uses it any more.
        drop(unsafe { Box::from_raw(self.state) });
    }
}

unsafe extern "C" fn process(data: *mut c_void, position: *mut spa_io_position) {
    let now = clock_gettime(ClockId::Monotonic);
    // SAFETY: the state given at creation, used by this thread alone while the filter runs.
    let state = unsafe { &mut *data.cast::<State>() };
    // SAFETY: null or valid during the callback.
    let Some(position) = (unsafe { position.as_ref() }) else { return };
    let clock = &position.clock;
    let frames = clock.duration as u32;
    // SAFETY: the port belongs to this filter, whose callback this is.
    let buffer = unsafe { pw::pw_filter_get_dsp_buffer(state.port, frames) }.cast::<f32>();
    if buffer.is_null() {
        return;
    }
    // SAFETY: a DSP buffer holds the frames that were asked for, until the callback returns.
    let samples = unsafe { std::slice::from_raw_parts_mut(buffer, frames as usize) };
    // At full speed the ns are those of the wall, and only the frames go on from cycle to cycle.
    let offline = clock.flags & libspa_sys::SPA_IO_CLOCK_FLAG_FREEWHEEL != 0;
    let cycle = Cycle {
        clock_id: clock.id,
        clock_ns: if offline {
            (clock.position as f64 * 1e9 / f64::from(clock.rate.denom)) as u64
        } else {
            clock.nsec
        },
        position: clock.position,
        now_ns: now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64,
        rate: clock.rate.denom,
    };
    state.end.process(cycle, samples);
}
