//! A node of the plugin, called through its C method table alone.

use super::world::{Supports, World};
use libspa_sys as sys;
use std::cell::Cell;
use std::ffi::{CStr, CString, c_int, c_void};
use std::ptr::{null, null_mut};
use std::rc::Rc;

/// Which end of a cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Sink,
    Source,
}

impl End {
    pub(crate) fn direction(self) -> sys::spa_direction {
        match self {
            Self::Sink => sys::SPA_DIRECTION_INPUT,
            Self::Source => sys::SPA_DIRECTION_OUTPUT,
        }
    }

    pub(crate) fn factory_name(self) -> &'static CStr {
        match self {
            Self::Sink => c"api.vcable.sink",
            Self::Source => c"api.vcable.source",
        }
    }
}

/// The factory of an end, found by enumerating.
pub(crate) fn factory(end: End) -> &'static sys::spa_handle_factory {
    let mut index = 0;
    loop {
        let mut found: *const sys::spa_handle_factory = null();
        // SAFETY: both variables are ours.
        let code = unsafe { spa_vcable::spa_handle_factory_enum(&raw mut found, &raw mut index) };
        assert_eq!(code, 1, "there is no {:?}", end.factory_name());
        // SAFETY: factories are constants of the plugin.
        let factory = unsafe { found.as_ref() }.expect("a factory that was announced");
        // SAFETY: names are strings that end in NUL.
        if unsafe { CStr::from_ptr(factory.name) } == end.factory_name() {
            return factory;
        }
    }
}

/// A node, and the memory it lives in. Cleared when dropped.
pub(crate) struct Node {
    handle: Box<[Cell<u64>]>,
    interface: *const sys::spa_node,
    pub(crate) world: Rc<World>,
}

/// Calls a method; yields -ENOTSUP where the node has none.
macro_rules! call {
    ($self:ident . $method:ident ( $($argument:expr),* )) => {{
        let (methods, object) = $self.methods();
        match methods.$method {
            // SAFETY: the method is called with its own object, and with pointers that are null or
            // valid as SPA wants them.
            Some(method) => unsafe { method(object $(, $argument)*) },
            None => -libc::ENOTSUP,
        }
    }};
}

impl Node {
    /// Makes a node with these properties.
    pub(crate) fn new(
        world: &Rc<World>,
        end: End,
        supports: Supports,
        properties: &[(&str, &str)],
    ) -> Result<Self, c_int> {
        let text = |text: &str| CString::new(text).expect("properties without NUL");
        let texts: Vec<_> = properties.iter().map(|(key, value)| (text(key), text(value))).collect();
        let item = |(key, value): &(CString, CString)| sys::spa_dict_item {
            key: key.as_ptr(),
            value: value.as_ptr(),
        };
        let items: Vec<_> = texts.iter().map(item).collect();
        let dict = sys::spa_dict { flags: 0, n_items: items.len() as u32, items: items.as_ptr() };
        let supports = world.supports(supports);
        let factory = factory(end);
        let get_size = factory.get_size.expect("every factory tells a size");
        // SAFETY: the factory's own function.
        let size_bytes = unsafe { get_size(factory, &raw const dict) };
        let handle: Box<[Cell<u64>]> = (0..size_bytes.div_ceil(8)).map(|_| Cell::new(0)).collect();
        let raw: *mut sys::spa_handle = handle.as_ptr().cast_mut().cast();
        let init = factory.init.expect("every factory makes handles");
        // SAFETY: the memory is as large as was asked for; dictionary and supports are valid, and
        // the world, which the node keeps, outlives the handle.
        let code = unsafe { init(factory, raw, &raw const dict, supports.as_ptr(), supports.len() as u32) };
        if code < 0 {
            return Err(code);
        }
        let mut node = Self { handle, interface: null(), world: Rc::clone(world) };
        node.interface = node.interface_of(sys::SPA_TYPE_INTERFACE_Node).cast();
        assert!(!node.interface.is_null(), "a handle without a node");
        Ok(node)
    }

    fn raw(&self) -> *mut sys::spa_handle {
        self.handle.as_ptr().cast_mut().cast()
    }

    /// An interface of the handle by its type, which ends in NUL; null when there is none.
    pub(crate) fn interface_of(&self, name: &[u8]) -> *mut c_void {
        assert_eq!(name.last(), Some(&0));
        let mut interface = null_mut();
        // SAFETY: the handle was filled by `init`.
        let get = unsafe { self.raw().as_ref() }.and_then(|handle| handle.get_interface);
        let get = get.expect("every handle has interfaces");
        // SAFETY: the handle's function; the name ends in NUL, the variable is ours.
        let code = unsafe { get(self.raw(), name.as_ptr().cast(), &raw mut interface) };
        if code < 0 { null_mut() } else { interface }
    }

    fn methods(&self) -> (&'static sys::spa_node_methods, *mut c_void) {
        // SAFETY: the interface lies in the handle.
        let callbacks = unsafe { self.interface.as_ref() }.expect("a node").iface.cb;
        // SAFETY: SPA's convention: a node's functions are node methods, constants of the plugin.
        let methods = unsafe { callbacks.funcs.cast::<sys::spa_node_methods>().as_ref() };
        (methods.expect("a node has methods"), callbacks.data)
    }

    /// Clears the handle, as the host does at last; the answer.
    pub(crate) fn clear(&self) -> c_int {
        // SAFETY: the handle was filled by `init`.
        let clear = unsafe { self.raw().as_ref() }.and_then(|handle| handle.clear);
        // SAFETY: the handle's function.
        clear.map_or(-libc::ENOTSUP, |clear| unsafe { clear(self.raw()) })
    }

    /// # Safety
    /// Hook and events are null, or stay valid and in place as long as the node lives.
    pub(crate) unsafe fn add_listener(
        &self,
        hook: *mut sys::spa_hook,
        events: *const sys::spa_node_events,
        data: *mut c_void,
    ) -> c_int {
        call!(self.add_listener(hook, events, data))
    }

    /// # Safety
    /// The callbacks are null, or valid with `data` until others are set.
    pub(crate) unsafe fn set_callbacks(
        &self,
        callbacks: *const sys::spa_node_callbacks,
        data: *mut c_void,
    ) -> c_int {
        call!(self.set_callbacks(callbacks, data))
    }

    /// # Safety
    /// The area is null, or valid until another is set.
    pub(crate) unsafe fn set_io(&self, id: u32, area: *mut c_void, size: usize) -> c_int {
        call!(self.set_io(id, area, size))
    }

    /// # Safety
    /// The area is null, or valid until another is set.
    pub(crate) unsafe fn port_set_io(
        &self,
        (direction, port): (sys::spa_direction, u32),
        id: u32,
        area: *mut c_void,
        size: usize,
    ) -> c_int {
        call!(self.port_set_io(direction, port, id, area, size))
    }

    /// # Safety
    /// The buffers are null, or valid until others are set.
    pub(crate) unsafe fn port_use_buffers(
        &self,
        (direction, port): (sys::spa_direction, u32),
        buffers: *mut *mut sys::spa_buffer,
        count: u32,
    ) -> c_int {
        call!(self.port_use_buffers(direction, port, 0, buffers, count))
    }

    /// # Safety
    /// The filter is null or a whole POD.
    pub(crate) unsafe fn enum_params(
        &self,
        port: Option<(sys::spa_direction, u32)>,
        id: u32,
        (start, count): (u32, u32),
        filter: *const sys::spa_pod,
    ) -> c_int {
        match port {
            None => call!(self.enum_params(1, id, start, count, filter)),
            Some((direction, port)) => {
                call!(self.port_enum_params(1, direction, port, id, start, count, filter))
            }
        }
    }

    /// # Safety
    /// The parameter is null or a whole POD.
    pub(crate) unsafe fn set_param(
        &self,
        port: Option<(sys::spa_direction, u32)>,
        id: u32,
        param: *const sys::spa_pod,
    ) -> c_int {
        match port {
            None => call!(self.set_param(id, 0, param)),
            Some((direction, port)) => call!(self.port_set_param(direction, port, id, 0, param)),
        }
    }

    /// Sends a command by its number.
    pub(crate) fn command(&self, id: u32) -> c_int {
        let object = sys::spa_pod { size: 8, type_: sys::SPA_TYPE_Object };
        let body = sys::spa_pod_object_body { type_: sys::SPA_TYPE_COMMAND_Node, id };
        let command = sys::spa_command { pod: object, body: sys::spa_command_body { body } };
        call!(self.send_command(&raw const command))
    }

    /// A command that is no pointer.
    pub(crate) fn null_command(&self) -> c_int {
        call!(self.send_command(null()))
    }

    pub(crate) fn reuse_buffer(&self, port: u32, buffer: u32) -> c_int {
        call!(self.port_reuse_buffer(port, buffer))
    }

    pub(crate) fn process(&self) -> c_int {
        call!(self.process())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.clear();
    }
}
