//! Clocks: from irregular wake-ups to a smooth line of stream position over time.
//!
//! A driver wakes an end of the cable once a cycle, early or late by tens of microseconds. [`ClockFilter`]
//! turns these wake-ups into a smooth clock, one per end and owned by that end's audio thread. The writer
//! sends its line to the reader through a [`PublishedClock`]; the reader's [`drift`](crate::drift) loop
//! compares the two lines.
//!
//! Times are nanoseconds of one monotonic clock as `u64`. Differences are taken as integers before anything
//! becomes floating point, so an uptime of years costs no precision.

mod estimate;
mod filter;
mod published;

pub use filter::{ClockFilter, Reading};
pub use published::PublishedClock;

/// One point of a stream's clock, and the slope of the clock there.
///
/// At `time_ns` the stream stood at `frames`, and each further frame takes `ns_per_frame`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tick {
    /// Position of the stream in frames, free running.
    pub frames: u64,
    /// Smoothed time at which the stream stood at `frames`, in nanoseconds.
    pub time_ns: u64,
    /// Length of a frame in nanoseconds of the shared time base.
    pub ns_per_frame: f64,
    /// How far `ns_per_frame` may be off: one standard deviation, in parts per million.
    pub uncertainty_ppm: f32,
    /// Frames per cycle of the end whose clock this is.
    pub quantum_frames: u32,
}
