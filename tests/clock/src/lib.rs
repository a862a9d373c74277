//! `libspa-vcable-test-clock.so`: hardware with a wrong clock, for the end-to-end trials. Never installed.
//!
//! The factory `test.vcable.clock` makes a sink that swallows what it gets and drives its group, as a sound
//! card does, but at a pace of our choice. It is to be created under PipeWire's `adapter`:
//!
//! ```text
//! context.spa-libs = { test.vcable.* = vcable/libspa-vcable-test-clock }
//! context.objects = [ { factory = adapter args = {
//!   factory.name = test.vcable.clock  node.name = card  media.class = Audio/Sink
//!   node.driver = true  priority.driver = 9000
//!   clock.ppm = 500  clock.wander.ppm = 5  clock.wander.seconds = 20  clock.jitter.us = 80  clock.seed = 1
//! } } ]
//! ```
//!
//! Its period is `duration / rate / (1 + offset)`; `nsec`, `next_nsec`, `position` and `rate_diff` tell the
//! truth about it. Jitter makes the wake-up late, and never the time that the clock tells.
//!
//! A panic ends the daemon: a broken test aid is to be seen.
//!
//! | module | |
//! |---|---|
//! | `pace` | when cycles begin: plain arithmetic |
//! | `node` | the sink: what it holds, when it drives |
//! | `methods` | what the daemon calls |
//! | `host` | what the daemon lends: loop, system calls, io areas, listeners |
//! | `params` | formats and buffers, as data |

mod host;
mod methods;
mod node;
mod pace;
mod params;

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::{null, null_mut};

use libspa_sys as sys;

use node::Node;
use pace::Settings;

/// Lets constant tables of C pointers stand in a `static`.
struct Table<T>(T);

// SAFETY: every table is written by the compiler and only read afterwards.
unsafe impl<T> Sync for Table<T> {}

static FACTORY: Table<sys::spa_handle_factory> = Table(sys::spa_handle_factory {
    version: sys::SPA_VERSION_HANDLE_FACTORY,
    name: c"test.vcable.clock".as_ptr(),
    info: null(),
    get_size: Some(get_size),
    init: Some(init),
    enum_interface_info: Some(enum_interface_info),
});
static INTERFACE: Table<sys::spa_interface_info> =
    Table(sys::spa_interface_info { type_: sys::SPA_TYPE_INTERFACE_Node.as_ptr().cast() });

/// What the host's memory holds. The host knows its first member only.
#[repr(C)]
struct Handle {
    base: sys::spa_handle,
    interface: sys::spa_node,
    /// From `Box::into_raw`; null once cleared.
    node: *mut Node,
}

/// The plugin's entry point: the host calls it with a growing index until it answers 0. Main thread.
///
/// # Safety
/// Both pointers are valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spa_handle_factory_enum(
    factory: *mut *const sys::spa_handle_factory,
    index: *mut u32,
) -> c_int {
    // SAFETY: this function's contract.
    unsafe { only(factory, index, &raw const FACTORY.0) }
}

unsafe extern "C" fn enum_interface_info(
    _: *const sys::spa_handle_factory,
    info: *mut *const sys::spa_interface_info,
    index: *mut u32,
) -> c_int {
    // SAFETY: the host passes pointers that are valid for writes.
    unsafe { only(info, index, &raw const INTERFACE.0) }
}

/// Enumerates the one thing there is.
///
/// # Safety
/// `place` and `index` are null or valid for writes.
unsafe fn only<T>(place: *mut *const T, index: *mut u32, thing: *const T) -> c_int {
    // SAFETY: this function's contract.
    let Some(place) = (unsafe { place.as_mut() }) else { return -libc::EINVAL };
    // SAFETY: as above.
    let Some(index) = (unsafe { index.as_mut() }) else { return -libc::EINVAL };
    if *index > 0 {
        return 0;
    }
    *place = thing;
    *index = 1;
    1
}

unsafe extern "C" fn get_size(_: *const sys::spa_handle_factory, _: *const sys::spa_dict) -> usize {
    size_of::<Handle>()
}

/// Reads the properties; `Err` names one that is not a number.
///
/// # Safety
/// `dict` is null or valid.
unsafe fn settings(dict: *const sys::spa_dict) -> Result<Settings, String> {
    let mut settings = Settings::default();
    // SAFETY: this function's contract.
    let Some(dict) = (unsafe { dict.as_ref() }) else { return Ok(settings) };
    for index in 0..dict.n_items as usize {
        // SAFETY: a dictionary has `n_items` items.
        let item = unsafe { dict.items.add(index) };
        // SAFETY: as above.
        let item = unsafe { item.read() };
        if item.key.is_null() || item.value.is_null() {
            continue;
        }
        // SAFETY: keys are strings that end in NUL.
        let key = unsafe { CStr::from_ptr(item.key) };
        // SAFETY: and so are values.
        let value = unsafe { CStr::from_ptr(item.value) };
        let (key, value) = (key.to_string_lossy(), value.to_string_lossy());
        settings.set(&key, &value).map_err(|()| format!("{key} = {value}"))?;
    }
    Ok(settings)
}

unsafe extern "C" fn init(
    _: *const sys::spa_handle_factory,
    handle: *mut sys::spa_handle,
    info: *const sys::spa_dict,
    support: *const sys::spa_support,
    count: u32,
) -> c_int {
    // SAFETY: the dictionary is the host's, valid during this call.
    let settings = match unsafe { settings(info) } {
        Ok(settings) => settings,
        Err(fault) => {
            eprintln!("test.vcable.clock: cannot use {fault}");
            return -libc::EINVAL;
        }
    };
    // SAFETY: the supports are the host's and outlive the handle.
    let Some(host) = (unsafe { host::Host::new(support, count) }) else { return -libc::EINVAL };
    let Some(node) = Node::new(host, settings) else { return -libc::EIO };
    let node = Box::into_raw(node);
    let filled = Handle {
        base: sys::spa_handle {
            version: sys::SPA_VERSION_HANDLE,
            get_interface: Some(get_interface),
            clear: Some(clear),
        },
        interface: sys::spa_node {
            iface: sys::spa_interface {
                type_: sys::SPA_TYPE_INTERFACE_Node.as_ptr().cast(),
                version: sys::SPA_VERSION_NODE,
                cb: sys::spa_callbacks { funcs: (&raw const methods::METHODS).cast(), data: node.cast() },
            },
        },
        node,
    };
    // SAFETY: the host's memory has the size that `get_size` told, and is not in use yet.
    unsafe { handle.cast::<Handle>().write(filled) };
    0
}

unsafe extern "C" fn get_interface(
    handle: *mut sys::spa_handle,
    name: *const c_char,
    interface: *mut *mut c_void,
) -> c_int {
    // SAFETY: interface names are strings that end in NUL.
    let name = unsafe { CStr::from_ptr(name) };
    if name.to_bytes_with_nul() != sys::SPA_TYPE_INTERFACE_Node {
        return -libc::ENOENT;
    }
    // SAFETY: the handle is one that `init` filled.
    let node = unsafe { &raw mut (*handle.cast::<Handle>()).interface };
    // SAFETY: the host passes a pointer that is valid for writes.
    unsafe { interface.write(node.cast()) };
    0
}

unsafe extern "C" fn clear(handle: *mut sys::spa_handle) -> c_int {
    // SAFETY: the handle is one that `init` filled.
    let Some(handle) = (unsafe { handle.cast::<Handle>().as_mut() }) else { return -libc::EINVAL };
    let node = std::mem::replace(&mut handle.node, null_mut());
    if !node.is_null() {
        // SAFETY: it came from `Box::into_raw`, and was taken out of the handle just now.
        drop(unsafe { Box::from_raw(node) });
    }
    0
}
