//! `vcable.sys`: a virtual audio cable for Windows, a WaveRT miniport under PortCls.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod adapter;
pub mod com;
#[cfg(test)]
mod double;
pub mod driver;
mod entry;
pub mod kernel;
pub mod log;
pub mod names;
pub mod pool;
pub mod registry;
#[cfg(all(windows, not(test)))]
mod runtime;

pub use vcable_miniport_sys as sys;
