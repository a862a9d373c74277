//! COM: the objects that PortCls calls, and those of its own that we call.
//!
//! This module, [`crate::kernel`] and [`crate::driver`] are the only ones that touch foreign pointers; all behind them
//! is safe. One thing stands in each file:
//! * [`object`]: a value with its tables of functions and its count of references, and the fence that every call from
//!   outside passes.
//! * [`miniport`], [`topology`], [`wave`], [`stream`], [`power`]: traits to implement, and the tables that call them.
//! * [`property`], [`event`]: handlers of a filter's, pin's or node's automation table.
//! * [`foreign`], [`port`], [`port_stream`]: references to objects of others, counted.
//!
//! Nothing here can panic: there is nobody to catch it. Functions are for `PASSIVE_LEVEL` unless they say otherwise.

pub mod event;
pub mod foreign;
pub mod miniport;
pub mod object;
pub mod port;
pub mod port_stream;
pub mod power;
pub mod property;
pub mod stream;
pub mod topology;
pub mod wave;

pub use foreign::Foreign;
pub use miniport::Miniport;
pub use object::Ref;
pub use port::{Port, PortEvents, Trace};
pub use port_stream::{Pages, PortStream};
pub use power::PowerListener;
pub use stream::{CaptureStream, Event, RenderStream, Stream};
pub use topology::TopologyMiniport;
pub use wave::WaveMiniport;

use crate::sys::NTSTATUS;
use crate::sys::status::{STATUS_INVALID_PARAMETER, STATUS_SUCCESS};

/// A call that gives nothing but a status.
fn status_of(outcome: Result<(), NTSTATUS>) -> NTSTATUS {
    outcome.map_or_else(|status| status, |()| STATUS_SUCCESS)
}

/// A call that gives a value through a pointer. Nothing is written on failure, and a null pointer is one.
///
/// # Safety
/// `out` must be null or valid for a write.
unsafe fn give<T>(out: *mut T, outcome: impl FnOnce() -> Result<T, NTSTATUS>) -> NTSTATUS {
    if out.is_null() {
        return STATUS_INVALID_PARAMETER;
    }
    match outcome() {
        Ok(value) => {
            // SAFETY: not null, and so valid by the caller's promise.
            unsafe { out.write_unaligned(value) };
            STATUS_SUCCESS
        }
        Err(status) => status,
    }
}

#[cfg(test)]
mod tests;
