//! The real-time core of vcable.
#![no_std]

pub mod clock;
pub mod drift;
