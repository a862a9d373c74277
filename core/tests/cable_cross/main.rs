//! The cable between ends that differ: in format, rate and clock, and on the way from one path to another.
#![cfg(not(loom))]

mod bench;
mod changes;
mod clocks;
mod formats;
mod rates;
#[path = "../resample/spectrum.rs"]
#[expect(dead_code, reason = "one of its two windows serves here")]
mod spectrum;
