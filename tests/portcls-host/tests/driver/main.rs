//! The driver, driven: each test loads `vcable.sys` anew, in a process of its own.
//!
//! `VCABLE_DRIVER` names another file to test than the one that `cargo xtask driver` builds.

mod descriptors;
mod endpoints;
mod formats;
mod glitches;
mod identity;
mod inf;
mod lifetime;
mod loopback;
mod packets;
mod properties;
mod streaming;
mod strict;
