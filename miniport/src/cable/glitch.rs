//! Lost sound, as it is told to those who watch the system's trace of audio.

/// After a glitch of a stream is told, later ones of it within this time are only counted: a trace is no place for a
/// hundred lines a second.
pub(super) const QUIET_MS: u64 = 100;

/// Why sound was lost: the minor code of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The player had not announced a packet when it was due.
    Starved = 1,
    /// The clock came more than a buffer too late.
    Late = 2,
    /// The recorder had not fetched a packet when its place was needed.
    Overrun = 3,
}

/// A glitch of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glitch {
    /// Where the stream was: bytes since it left STOP.
    pub position_bytes: u64,
    /// Up to where the player had announced sound then, counted alike; 0 when it announces none.
    pub written_bytes: u64,
    /// Why.
    pub cause: Cause,
}

/// Glitches that are not told yet, one of each end at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glitches {
    /// Of the stream that plays.
    pub render: Option<Glitch>,
    /// Of the one that records.
    pub capture: Option<Glitch>,
}
