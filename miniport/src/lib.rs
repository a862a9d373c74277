//! `vcable.sys`: a virtual audio cable for Windows, a WaveRT miniport under PortCls.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod com;
pub mod driver;
pub mod kernel;
pub mod pool;
#[cfg(all(windows, not(test)))]
mod runtime;

pub use vcable_miniport_sys as sys;
