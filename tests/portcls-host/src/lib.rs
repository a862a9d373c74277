//! What Windows is to `vcable.sys`: the real driver is loaded into a process of Linux and driven.
//!
//! - [`loader`] maps the file as the kernel does and binds its imports to doubles: [`nt`] and [`portcls`].
//! - [`verifier`] ends the process with a report when the driver does what it must not: as strict as Driver Verifier.
//! - [`machine`] plays plug and play; [`endpoint`] finds endpoints as Windows' builder does; [`engine`] streams.
//! - [`transfer`] plays and records through a cable; [`fuzz`] does what no program should.
//! - [`abi`] is what all that looks like in memory, typed independently of the driver.
//!
//! Time is virtual and passes only on demand. All state is the process', which loads one driver once: [`isolated`] runs
//! a test in a process of its own.

pub mod abi;
pub mod call;
pub mod com;
pub mod endpoint;
pub mod engine;
pub mod format;
pub mod fuzz;
mod isolated;
pub mod loader;
pub mod machine;
pub mod memory;
pub mod nt;
pub mod order;
pub mod portcls;
pub mod region;
pub mod transfer;
pub mod verifier;

pub use isolated::{isolated, measured};
