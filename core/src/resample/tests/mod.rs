//! Both backends against naive twins and against the contract.

mod contract;
mod response;
mod twin;
