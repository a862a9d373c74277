//! The real-time core of vcable.
#![no_std]
