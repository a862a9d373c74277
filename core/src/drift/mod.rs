//! Drift: how fast the reader must take frames so that two clocks share one ring for ever.
//!
//! The fill of the ring as its counters show it is useless for steering: it moves by whole cycles, and two
//! nearly equal periods beat over minutes, slower than any loop may filter. [`Drift`] steers by the fill
//! *between* the counters, interpolated on the two smooth clocks of [`clock`](crate::clock).
//!
//! These clocks know their rates already, so the loop need not find them a second time. Per cycle of the
//! reader, with both clocks' lengths of a frame `T`:
//!
//! ```text
//! fill  = written + (time_reader - time_writer) / T_writer - read
//! error = fill - target
//! ratio = T_reader / T_writer + gain * error * T_reader      input frames per output frame
//! gain  = 2 / age, within bounds, per second                 age: time since the ends were aligned
//! ```
//!
//! The quotient takes the place of a PI loop's integrator: it cannot wind up, it is right as soon as the
//! clocks are, and it survives every discontinuity because the clocks keep their rates. The gain only pulls
//! in what was left over from before.
//!
//! What no ratio should repair is reported as frames to skip; the cable skips under a crossfade. Everything
//! here is arithmetic on values: no storage, no time source, constant time per cycle.

mod lock;
mod placement;
mod steering;

pub use lock::LockState;
pub use steering::{Cycle, Drift, DriftSettings, DriftStats, Steering};

/// The smallest target fill with which neither end ever waits for the other, in input frames.
///
/// The fill is counted on the smooth lines, which both run ahead of the ring's counters by up to a cycle. So
/// of the target up to `writer_quantum_frames` are not written yet, and the reader takes
/// `reader_quantum_frames` (in input frames) at once. `margin_frames` covers jitter of both ends, wander and the
/// time a cycle needs to finish: 1 ms is ample for a real-time thread that delivers as it wakes, a cycle of the writer
/// more where clients may take all of it. The ring must hold the target and one
/// margin more.
pub const fn least_target_frames(
    writer_quantum_frames: u32,
    reader_quantum_frames: u32,
    margin_frames: u32,
) -> u32 {
    writer_quantum_frames.saturating_add(reader_quantum_frames).saturating_add(margin_frames)
}
