//! The listeners of a node and the events sent to them. Main thread.

use super::pod::Param;
use crate::sys::{self, Table};
use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::ptr::{NonNull, null_mut};

/// What a node tells about itself.
pub(crate) struct NodeInfo {
    pub(crate) input_ports: u32,
    pub(crate) output_ports: u32,
    pub(crate) params: Vec<sys::spa_param_info>,
    /// Everything, or only that the params changed.
    pub(crate) full: bool,
}

/// What a port tells about itself.
pub(crate) struct PortInfo {
    pub(crate) direction: sys::spa_direction,
    pub(crate) rate_hz: u32,
    pub(crate) params: Vec<sys::spa_param_info>,
    /// Everything, or only that the rate and the params changed.
    pub(crate) full: bool,
}

/// Both ends can run a graph: the host may make either the driver of its group.
static NODE_ITEMS: Table<[sys::spa_dict_item; 1]> =
    Table([sys::spa_dict_item { key: c"node.driver".as_ptr(), value: c"true".as_ptr() }]);
static NODE_PROPS: Table<sys::spa_dict> =
    Table(sys::spa_dict { flags: 0, n_items: 1, items: NODE_ITEMS.0.as_ptr() });

/// A node's list of listeners.
pub(crate) struct Hooks(Box<UnsafeCell<sys::spa_hook_list>>);

// SAFETY: listeners come, go and are called on the host's main thread only.
unsafe impl Sync for Hooks {}
// SAFETY: as above.
unsafe impl Send for Hooks {}

impl Hooks {
    pub(crate) fn new() -> Self {
        // An empty list points to itself, which `spa_hook_list_init` arranges at its final address.
        let empty = sys::spa_hook_list { list: sys::spa_list { next: null_mut(), prev: null_mut() } };
        let hooks = Self(Box::new(UnsafeCell::new(empty)));
        // SAFETY: the list is boxed and stays where it is.
        unsafe { sys::spa_hook_list_init(hooks.0.get()) };
        hooks
    }

    /// Adds a listener and tells it, and no other, all that `tell_all` emits.
    ///
    /// # Safety
    /// `listener` and `events` stay valid until the host removes the hook.
    pub(super) unsafe fn add(
        &self,
        listener: *mut sys::spa_hook,
        events: *const sys::spa_node_events,
        data: *mut c_void,
        tell_all: impl FnOnce(),
    ) {
        let mut others = sys::spa_hook_list { list: sys::spa_list { next: null_mut(), prev: null_mut() } };
        // SAFETY: list and listener are valid; `others` lives until the join below.
        unsafe {
            sys::spa_hook_list_isolate(self.0.get(), &raw mut others, listener, events.cast(), data);
        }
        tell_all();
        // SAFETY: `others` was filled by the call above.
        unsafe { sys::spa_hook_list_join(self.0.get(), &raw mut others) };
    }

    /// Calls `tell` for every listener. A listener may remove itself while it is called.
    fn each(&self, mut tell: impl FnMut(&sys::spa_node_events, *mut c_void)) {
        let head: *mut sys::spa_list = self.0.get().cast();
        // SAFETY: the list was initialised in `new`.
        let mut link = unsafe { (*head).next };
        while link != head {
            // SAFETY: a hook's link is its first member, and hooks in the list are valid.
            let Some(hook) = (unsafe { link.cast::<sys::spa_hook>().as_ref() }) else { return };
            // Read before the call: the listener may take its hook out of the list.
            link = hook.link.next;
            let (events, data) = (hook.cb.funcs.cast::<sys::spa_node_events>(), hook.cb.data);
            // SAFETY: SPA's convention: the functions of a node's hook are node events.
            if let Some(events) = unsafe { events.as_ref() } {
                tell(events, data);
            }
        }
    }

    pub(crate) fn emit_node(&self, mut info: NodeInfo) {
        let all = sys::SPA_NODE_CHANGE_MASK_FLAGS | sys::SPA_NODE_CHANGE_MASK_PROPS;
        let mask = if info.full { all } else { 0 } | sys::SPA_NODE_CHANGE_MASK_PARAMS;
        let raw = sys::spa_node_info {
            max_input_ports: info.input_ports,
            max_output_ports: info.output_ports,
            change_mask: u64::from(mask),
            flags: u64::from(sys::SPA_NODE_FLAG_RT),
            props: (&raw const NODE_PROPS.0).cast_mut(),
            params: info.params.as_mut_ptr(),
            n_params: info.params.len() as u32,
        };
        self.each(|events, data| {
            if let Some(tell) = events.info {
                // SAFETY: the info lives during the call; `data` belongs to this listener.
                unsafe { tell(data, &raw const raw) };
            }
        });
    }

    pub(crate) fn emit_port(&self, mut info: PortInfo) {
        let flags = sys::SPA_PORT_FLAG_NO_REF
            | sys::SPA_PORT_FLAG_LIVE
            | sys::SPA_PORT_FLAG_PHYSICAL
            | sys::SPA_PORT_FLAG_TERMINAL;
        let mask = if info.full { sys::SPA_PORT_CHANGE_MASK_FLAGS } else { 0 }
            | if info.rate_hz > 0 { sys::SPA_PORT_CHANGE_MASK_RATE } else { 0 }
            | sys::SPA_PORT_CHANGE_MASK_PARAMS;
        let raw = sys::spa_port_info {
            change_mask: u64::from(mask),
            flags: u64::from(flags),
            rate: sys::spa_fraction { num: 1, denom: info.rate_hz },
            props: null_mut(),
            params: info.params.as_mut_ptr(),
            n_params: info.params.len() as u32,
        };
        self.each(|events, data| {
            if let Some(tell) = events.port_info {
                // SAFETY: the info lives during the call; `data` belongs to this listener.
                unsafe { tell(data, info.direction, 0, &raw const raw) };
            }
        });
    }

    /// Answers an enumeration with one parameter.
    pub(super) fn emit_param(&self, seq: c_int, id: u32, index: u32, param: &Param) {
        let result = sys::spa_result_node_params { id, index, next: index + 1, param: param.as_ptr() };
        self.each(|events, data| {
            if let Some(tell) = events.result {
                let result = NonNull::from(&result).as_ptr().cast::<c_void>();
                // SAFETY: the result lives during the call and is of the type that is named.
                unsafe { tell(data, seq, 0, sys::SPA_RESULT_TYPE_NODE_PARAMS, result) };
            }
        });
    }
}
