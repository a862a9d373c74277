//! The cable: one clock, a render stream, a capture stream, and the way between them.
//!
//! ```text
//!   program -> render's cyclic buffer -> Stream::play -> Way (core's cable) -> Stream::record -> capture's buffer -> program
//! ```
//!
//! [`Engine`] lives under the cable's spin lock. Whoever needs the present (the timer each millisecond, a client that asks
//! for a position) calls [`Engine::advance`] until it has arrived there: each call moves both streams on by at most
//! [`STEP_MS`], which bounds the time the lock is held. Positions are those of the last step, so what a position covers
//! has been copied. Streams and ways are made and dropped outside the lock.
//!
//! Nothing here allocates, waits or panics but what says "below DISPATCH".

mod device;
mod ends;
mod engine;
mod glitch;
mod host;
mod state;
mod stream;
mod way;

pub use device::Device;
pub use ends::{Counters, Direction, Ends};
pub use engine::{Engine, Leaving, Pair, STEP_MS};
pub use glitch::{Cause, Glitch, Glitches};
pub use host::{Event, Pages};
pub use state::{End as EndState, State as CableState, VERSION as STATE_VERSION};
pub use stream::{State, Stream};
pub use way::Way;

#[cfg(test)]
mod tests;
