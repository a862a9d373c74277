//! One file for each command.

pub(crate) mod bench;
pub(crate) mod build;
pub(crate) mod coverage;
pub(crate) mod demo;
pub(crate) mod driver;
pub(crate) mod driver_demo;
pub(crate) mod fuzz;
pub(crate) mod header;
pub(crate) mod install;
pub(crate) mod library;
pub(crate) mod test;
