//! `vcable.sys`: a virtual audio cable for Windows, a WaveRT miniport under PortCls.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod adapter;
pub mod bytes;
pub mod cable;
pub mod com;
#[cfg(test)]
mod declared;
pub mod divisor;
#[cfg(test)]
mod double;
pub mod driver;
mod entry;
pub mod filters;
pub mod format;
pub mod held;
pub mod kernel;
pub mod levels;
pub mod log;
pub mod memory;
pub mod names;
pub mod packet;
pub mod pool;
pub mod position;
pub mod registry;
#[cfg(all(windows, not(test)))]
mod runtime;
#[cfg(feature = "wdk")]
mod wdk;

pub use vcable_miniport_sys as sys;
