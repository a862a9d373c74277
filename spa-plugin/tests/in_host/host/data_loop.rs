//! `Spa:Pointer:Interface:Loop`: a data loop that remembers its sources and runs calls in place.

use libspa_sys as sys;
use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::{c_int, c_void};

static METHODS: sys::spa_loop_methods = sys::spa_loop_methods {
    version: sys::SPA_VERSION_LOOP_METHODS,
    add_source: Some(add_source),
    update_source: Some(update_source),
    remove_source: Some(remove_source),
    invoke: Some(invoke),
};

/// Sources that a loop has room for: the list must not grow while the trap is armed.
const MAX_SOURCES: usize = 4096;

/// One data loop.
pub(crate) struct FakeLoop {
    sources: RefCell<Vec<*mut sys::spa_source>>,
    interface: OnceCell<sys::spa_loop>,
    /// The loop answers calls with an error and does not run them.
    pub(crate) is_broken: Cell<bool>,
}

impl FakeLoop {
    pub(super) fn new() -> Self {
        Self {
            sources: RefCell::new(Vec::with_capacity(MAX_SOURCES)),
            interface: OnceCell::new(),
            is_broken: Cell::new(false),
        }
    }

    /// The loop as a plugin is lent it; `self` must not move afterwards.
    pub(super) fn interface(&self) -> *mut c_void {
        let make = || sys::spa_loop {
            iface: sys::spa_interface {
                type_: sys::SPA_TYPE_INTERFACE_Loop.as_ptr().cast(),
                version: sys::SPA_VERSION_LOOP,
                cb: sys::spa_callbacks {
                    funcs: (&raw const METHODS).cast(),
                    data: (&raw const *self).cast_mut().cast(),
                },
            },
        };
        (&raw const *self.interface.get_or_init(make)).cast_mut().cast()
    }

    pub(crate) fn source_count(&self) -> usize {
        self.sources.borrow().len()
    }

    pub(super) fn source(&self, index: usize) -> Option<*mut sys::spa_source> {
        self.sources.borrow().get(index).copied()
    }
}

/// The loop behind the interface.
///
/// # Safety
/// `object` is what [`FakeLoop::interface`] put in, and that loop lives.
unsafe fn data_loop<'a>(object: *mut c_void) -> &'a FakeLoop {
    // SAFETY: this function's contract.
    unsafe { &*object.cast::<FakeLoop>() }
}

unsafe extern "C" fn add_source(object: *mut c_void, source: *mut sys::spa_source) -> c_int {
    // SAFETY: called through our interface.
    let mut sources = unsafe { data_loop(object) }.sources.borrow_mut();
    assert!(!sources.contains(&source), "a source is added twice");
    assert!(sources.len() < MAX_SOURCES, "more sources than a test can want");
    sources.push(source);
    0
}

unsafe extern "C" fn update_source(object: *mut c_void, source: *mut sys::spa_source) -> c_int {
    // SAFETY: called through our interface.
    let sources = unsafe { data_loop(object) }.sources.borrow();
    if sources.contains(&source) { 0 } else { -libc::ENOENT }
}

unsafe extern "C" fn remove_source(object: *mut c_void, source: *mut sys::spa_source) -> c_int {
    // SAFETY: called through our interface.
    let mut sources = unsafe { data_loop(object) }.sources.borrow_mut();
    match sources.iter().position(|known| *known == source) {
        Some(index) => {
            sources.remove(index);
            0
        }
        None => -libc::ENOENT,
    }
}

unsafe extern "C" fn invoke(
    object: *mut c_void,
    function: sys::spa_invoke_func_t,
    seq: u32,
    data: *const c_void,
    size: usize,
    _block: bool,
    user_data: *mut c_void,
) -> c_int {
    // SAFETY: called through our interface.
    let data_loop = unsafe { data_loop(object) };
    if data_loop.is_broken.get() {
        return -libc::EPIPE;
    }
    let Some(function) = function else { return -libc::EINVAL };
    // SAFETY: the caller's function with the caller's arguments, as SPA has it.
    unsafe { function(data_loop.interface().cast(), false, seq, data, size, user_data) }
}
