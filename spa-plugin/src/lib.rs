//! `libspa-vcable.so`: a virtual audio cable that the PipeWire daemon itself loads and runs.
//!
//! Two factories make the two ends: what is played into `api.vcable.sink` is recorded from
//! `api.vcable.source` with the same `vcable.name`. No client process takes part.
//!
//! # The sound's way
//! The player's graph ends in `sink::process`, which copies the buffer into the cable's ring and,
//! in the same wake-up, calls `source::advance`: that fills the recorder's buffer and starts the
//! recorder's graph. No frame waits in between.
//!
//! # Promise
//! * Bit-exact, 0 frames of added latency while the sink's cycle runs the source's.
//! * The audio path (`sink`, `source`, `follow`, `rt`, `turn`, and of the fence what they call) allocates
//!   nothing, takes no lock, writes no log and does not panic; should it ever, the node turns mute and the
//!   daemon lives.
//! * Ends that differ in format, channels, rate or clock are matched; ends that do not are copied bit by bit.
//! * A property that cannot be honoured is refused when the node is made, with one line in the log
//!   that names it, its value and what is accepted.
//!
//! # Map
//! | module | |
//! |---|---|
//! | `fence` | C pointers in, safe types out: factories, methods, buffers, io areas, loop, log |
//! | `node` | one end, as the host's main thread sees it |
//! | `rt` | one end, as the data loop sees it: clock, buffers |
//! | `turn` | no cycle begins before the clients have finished the last one |
//! | `sink`, `source`, `follow` | the audio path |
//! | `cable` | which two ends belong together |
//! | `relation` | how they stand to each other, and how long the way is |
//! | `told` | what the data loop tells the main thread |
//! | `props`, `tuning`, `params`, `latency`, `state` | properties and parameters, as data |

mod cable;
mod fence;
mod follow;
mod latency;
mod node;
mod params;
mod props;
mod relation;
mod rt;
mod sink;
mod source;
mod state;
mod sys;
mod told;
mod tuning;
mod turn;

pub use fence::spa_handle_factory_enum;
