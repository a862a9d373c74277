//! Topology filters: `IMiniportTopology`.

use core::ffi::c_void;
use core::marker::PhantomData;

use super::miniport::{Miniport, miniport};
use super::object::{Class, Face, value};
use super::{Port, status_of};
use crate::sys::NTSTATUS;
use crate::sys::guid::{IID_IMiniport, IID_IMiniportTopology};
use crate::sys::vtable::IMiniportTopologyVtbl;

/// A topology filter.
pub trait TopologyMiniport: Miniport {
    /// Called once, when its port is made. `port` is borrowed: what outlives this must be a reference of its own.
    ///
    /// # Errors
    /// Whatever keeps it from working.
    fn init(&self, port: &Port) -> Result<(), NTSTATUS>;
}

/// The class of topology filters that hold a `T`.
pub struct Topology<T>(PhantomData<T>);

// SAFETY: the only table is made for the first face, and the identifiers are its slots'.
unsafe impl<T: TopologyMiniport> Class for Topology<T> {
    type Value = T;
    const INTERFACES: [Face; 2] =
        [Face::new(&Self::TABLE, &[IID_IMiniportTopology, IID_IMiniport]), Face::NONE];
}

impl<T: TopologyMiniport> Topology<T> {
    const TABLE: IMiniportTopologyVtbl = IMiniportTopologyVtbl { base: miniport::<Self>(), Init: init::<T> };
}

unsafe extern "system" fn init<T: TopologyMiniport>(
    this: *mut c_void,
    _adapter: *mut c_void,
    _resources: *mut c_void,
    port: *mut c_void,
) -> NTSTATUS {
    // SAFETY: a call from outside.
    let miniport = unsafe { value::<Topology<T>, 0>(this) };
    // SAFETY: PortCls gives the port.
    match unsafe { Port::borrowed(port) } {
        Ok(port) => status_of(miniport.init(&port)),
        Err(status) => status,
    }
}
