//! The plugin's entry: two factories, and the handles that they fill.

use super::dict::Dict;
use super::host::Host;
use super::{abi, guard};
use crate::node::Node;
use crate::props::End;
use crate::sys::{self, Handle, Table};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::sync::Arc;

static SINK_INFO: Table<[sys::spa_dict_item; 2]> =
    Table([item(c"factory.author", AUTHOR), item(c"factory.description", c"Input of a virtual audio cable")]);
static SOURCE_INFO: Table<[sys::spa_dict_item; 2]> = Table([
    item(c"factory.author", AUTHOR),
    item(c"factory.description", c"Output of a virtual audio cable"),
]);
static SINK_DICT: Table<sys::spa_dict> = Table(dict(&SINK_INFO.0));
static SOURCE_DICT: Table<sys::spa_dict> = Table(dict(&SOURCE_INFO.0));

const AUTHOR: &CStr = c"The vcable developers";

const fn item(key: &'static CStr, value: &'static CStr) -> sys::spa_dict_item {
    sys::spa_dict_item { key: key.as_ptr(), value: value.as_ptr() }
}

const fn dict(items: &'static [sys::spa_dict_item; 2]) -> sys::spa_dict {
    sys::spa_dict { flags: 0, n_items: 2, items: items.as_ptr() }
}

static FACTORIES: Table<[sys::spa_handle_factory; 2]> = Table([
    factory(c"api.vcable.sink", &raw const SINK_DICT.0, init_sink),
    factory(c"api.vcable.source", &raw const SOURCE_DICT.0, init_source),
]);

static INTERFACES: Table<[sys::spa_interface_info; 1]> =
    Table([sys::spa_interface_info { type_: sys::SPA_TYPE_INTERFACE_Node.as_ptr().cast() }]);

type Init = unsafe extern "C" fn(
    *const sys::spa_handle_factory,
    *mut sys::spa_handle,
    *const sys::spa_dict,
    *const sys::spa_support,
    u32,
) -> c_int;

const fn factory(name: &'static CStr, info: *const sys::spa_dict, init: Init) -> sys::spa_handle_factory {
    sys::spa_handle_factory {
        version: sys::SPA_VERSION_HANDLE_FACTORY,
        name: name.as_ptr(),
        info,
        get_size: Some(get_size),
        init: Some(init),
        enum_interface_info: Some(enum_interface_info),
    }
}

/// The plugin's entry point: the host calls it with a growing index until it answers 0.
///
/// Main thread. Answers 1 and fills `factory`, 0 at the end, -EINVAL for null pointers.
///
/// # Safety
/// Both pointers are null or valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spa_handle_factory_enum(
    factory: *mut *const sys::spa_handle_factory,
    index: *mut u32,
) -> c_int {
    // SAFETY: this function's contract.
    let Some(factory) = (unsafe { factory.as_mut() }) else { return -libc::EINVAL };
    // SAFETY: as above.
    let Some(index) = (unsafe { index.as_mut() }) else { return -libc::EINVAL };
    let Some(found) = FACTORIES.0.get(*index as usize) else { return 0 };
    *factory = found;
    *index += 1;
    1
}

unsafe extern "C" fn enum_interface_info(
    _: *const sys::spa_handle_factory,
    info: *mut *const sys::spa_interface_info,
    index: *mut u32,
) -> c_int {
    // SAFETY: the host passes valid pointers or null.
    let Some(info) = (unsafe { info.as_mut() }) else { return -libc::EINVAL };
    // SAFETY: as above.
    let Some(index) = (unsafe { index.as_mut() }) else { return -libc::EINVAL };
    let Some(found) = INTERFACES.0.get(*index as usize) else { return 0 };
    *info = found;
    *index += 1;
    1
}

unsafe extern "C" fn get_size(_: *const sys::spa_handle_factory, _: *const sys::spa_dict) -> usize {
    size_of::<Handle>()
}

unsafe extern "C" fn init_sink(
    _: *const sys::spa_handle_factory,
    handle: *mut sys::spa_handle,
    info: *const sys::spa_dict,
    support: *const sys::spa_support,
    count: u32,
) -> c_int {
    // SAFETY: the arguments are the host's, passed on.
    unsafe { init(End::Sink, handle, info, support, count) }
}

unsafe extern "C" fn init_source(
    _: *const sys::spa_handle_factory,
    handle: *mut sys::spa_handle,
    info: *const sys::spa_dict,
    support: *const sys::spa_support,
    count: u32,
) -> c_int {
    // SAFETY: the arguments are the host's, passed on.
    unsafe { init(End::Source, handle, info, support, count) }
}

/// Makes a node in the host's memory.
///
/// # Safety
/// `handle` is null or points to at least `get_size` bytes; the others are as SPA documents them.
unsafe fn init(
    end: End,
    handle: *mut sys::spa_handle,
    info: *const sys::spa_dict,
    support: *const sys::spa_support,
    count: u32,
) -> c_int {
    if handle.is_null() {
        return -libc::EINVAL;
    }
    let made = guard(|| {
        // SAFETY: the host's supports outlive the handle.
        let host = unsafe { Host::new(support, count) };
        // SAFETY: the dictionary is valid during this call.
        let properties = unsafe { Dict::new(info) };
        match Node::new(end, &host, &properties) {
            Ok(node) => {
                // SAFETY: the host's memory is large enough and not in use yet.
                unsafe { handle.cast::<Handle>().write(fill(node)) };
                0
            }
            Err(code) => code,
        }
    });
    made.unwrap_or(-libc::EFAULT)
}

fn fill(node: Arc<Node>) -> Handle {
    let inner = Arc::into_raw(node).cast::<c_void>();
    let callbacks = sys::spa_callbacks { funcs: (&raw const abi::METHODS).cast(), data: inner.cast_mut() };
    Handle {
        base: sys::spa_handle {
            version: sys::SPA_VERSION_HANDLE,
            get_interface: Some(get_interface),
            clear: Some(clear),
        },
        node: sys::spa_node {
            iface: sys::spa_interface {
                type_: sys::SPA_TYPE_INTERFACE_Node.as_ptr().cast(),
                version: sys::SPA_VERSION_NODE,
                cb: callbacks,
            },
        },
        inner,
    }
}

unsafe extern "C" fn get_interface(
    handle: *mut sys::spa_handle,
    name: *const c_char,
    interface: *mut *mut c_void,
) -> c_int {
    if handle.is_null() || name.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: the host passes a valid pointer or null.
    let Some(interface) = (unsafe { interface.as_mut() }) else { return -libc::EINVAL };
    // SAFETY: interface names are strings that end in NUL.
    let name = unsafe { CStr::from_ptr(name) };
    if name.to_bytes_with_nul() != sys::SPA_TYPE_INTERFACE_Node {
        return -libc::ENOENT;
    }
    // SAFETY: the handle is one that `init` filled.
    let node = unsafe { &raw mut (*handle.cast::<Handle>()).node };
    *interface = node.cast();
    0
}

unsafe extern "C" fn clear(handle: *mut sys::spa_handle) -> c_int {
    // SAFETY: the handle is one that `init` filled, or null.
    let Some(handle) = (unsafe { handle.cast::<Handle>().as_mut() }) else { return -libc::EINVAL };
    let inner = std::mem::replace(&mut handle.inner, null()).cast::<Node>();
    handle.node.iface.cb = sys::spa_callbacks { funcs: (&raw const abi::METHODS).cast(), data: null_mut() };
    if inner.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: `inner` came from `Arc::into_raw` and was taken out of the handle just now.
    let node = unsafe { Arc::from_raw(inner) };
    guard(|| {
        node.unplug();
        drop(node);
        0
    })
    .unwrap_or(-libc::EFAULT)
}
