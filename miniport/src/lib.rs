//! `vcable.sys`: a virtual audio cable for Windows, a WaveRT miniport under PortCls.
#![cfg_attr(not(test), no_std)]

pub mod driver;
#[cfg(all(windows, not(test)))]
mod runtime;

pub use vcable_miniport_sys as sys;
