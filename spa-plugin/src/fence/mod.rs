//! The fence: the only place that touches foreign pointers.
//!
//! Every callback of the host enters through [`abi`], is checked for null, runs under
//! [`guard`], and continues as safe Rust. What the host lends us (buffers, io areas, loops, the
//! log) is wrapped here in small types whose methods are safe; their constructors state for how
//! long the host promises the memory to live.

mod abi;
mod buffer;
mod dict;
mod event;
mod factory;
mod hooks;
mod host;
mod io;
mod log;
mod pod;

pub(crate) use buffer::PortBuffer;
pub(crate) use dict::Dict;
pub(crate) use event::{Event, Kind};
pub use factory::spa_handle_factory_enum;
pub(crate) use hooks::{Hooks, NodeInfo, PortInfo};
pub(crate) use host::{Callbacks, Host, Loop, LoopCell};
pub(crate) use io::{CABLE_CLOCK, Clock, PortIo, Position, RateMatch, Tick};
pub(crate) use log::Log;
pub(crate) use pod::Param;

use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `body` so that no panic crosses into C. `Err` means that it panicked.
///
/// The audio path is written not to panic; this is the second line. A panic in a callback would
/// otherwise end the user's whole sound daemon.
pub(crate) fn guard(body: impl FnOnce() -> c_int) -> Result<c_int, Fault> {
    catch_unwind(AssertUnwindSafe(body)).map_err(|_| Fault)
}

/// A callback panicked. The node that it belonged to is muted from then on.
#[derive(Debug)]
pub(crate) struct Fault;
