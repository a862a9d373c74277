//! The C ABI, called from Rust: hostile arguments, orders of calls, and the Rust API as its twin. The C program in
//! `tests/c` calls it from the other side.
#![cfg(not(loom))]

mod bench;
mod hostile;
mod lifecycle;
mod random;
mod twin;
