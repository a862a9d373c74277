//! Both backends against naive twins and against the contract.

mod contract;
mod design;
mod response;
mod twin;
