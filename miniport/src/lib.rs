//! The Windows half of vcable: a WaveRT miniport driver.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod bytes;
pub mod cable;
pub mod format;
pub mod guid;
pub mod held;
pub mod levels;
pub mod memory;
pub mod packet;
pub mod position;
pub mod status;
