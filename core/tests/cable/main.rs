//! The cable from outside: its rules one by one, chaining in virtual time, and a naive twin.
#![cfg(not(loom))]

mod bench;
mod chain;
mod follow;
mod ports;
mod rules;
mod shared;
mod twin;
mod uneven;
