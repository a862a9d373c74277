//! What properties answer.
//!
//! Everything in a request is a client's word. Handlers run on several threads at once, at PASSIVE.

mod answer;
mod jack;
mod levels;
mod name;
mod pin;
mod report;

pub use jack::{Jack, Jack2};
pub use levels::{CpuResources, Meter, Mute, Volume};
pub use name::PinName;
pub use pin::Proposal;
pub use report::{CableReport, VCABLE_SET, VCABLE_STATE};
