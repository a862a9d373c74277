//! The two ends of a cable, and what is counted.

use crate::levels::Levels;

/// Which way a stream goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From a program into the cable: "Cable Input".
    Render,
    /// From the cable to a program: "Cable Output".
    Capture,
}

/// The levels of both ends.
#[derive(Debug, Default)]
pub struct Ends {
    /// Of "Cable Input".
    pub render: Levels,
    /// Of "Cable Output".
    pub capture: Levels,
}

impl Ends {
    /// The levels of one end.
    pub const fn of(&self, direction: Direction) -> &Levels {
        match direction {
            Direction::Render => &self.render,
            Direction::Capture => &self.capture,
        }
    }
}

/// What happened since the cable was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Steps of the streams.
    pub steps: u64,
    /// Frames of the render stream that were played.
    pub played_frames: u64,
    /// Frames of the capture stream that were recorded.
    pub recorded_frames: u64,
    /// How many of these were silence for want of sound.
    pub silent_frames: u64,
    /// Steps that came more than a buffer too late: sound was lost.
    pub late: u64,
    /// Times the player had not announced a packet when it was due.
    pub starved: u64,
}

impl Counters {
    /// Nothing has happened.
    pub const NONE: Self =
        Self { steps: 0, played_frames: 0, recorded_frames: 0, silent_frames: 0, late: 0, starved: 0 };
}
