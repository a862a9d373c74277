//! `vcable.sys`: a virtual audio cable for Windows, a WaveRT miniport under PortCls.
#![cfg_attr(not(test), no_std)]

pub mod bytes;
pub mod cable;
pub mod driver;
pub mod format;
pub mod held;
pub mod levels;
pub mod memory;
pub mod packet;
pub mod position;
#[cfg(all(windows, not(test)))]
mod runtime;

pub use vcable_miniport_sys as sys;
