//! What a crossing is made for, and why one is refused.

use core::fmt;

use crate::cable::{Clocks, EndFormat};
use crate::remix::ChannelMap;

/// What a [`Crossing`](super::Crossing) is made for.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossingSettings {
    /// Positions of the writer's channels; its format is the cable's.
    pub writer_map: ChannelMap,
    /// What the reader's ports speak.
    pub reader: EndFormat,
    /// How the clocks stand to each other at first.
    pub clocks: Clocks,
    /// Frames of the output ring behind the resampler, 256 to 4096. Blocks are shorter by two fades; it is not latency.
    pub output_frames: usize,
    /// Two clocks: sound to hold in the ring, in frames of the writer. The least that both ends' cycles and the margin
    /// allow when that is more; with 0 a cycle of the writer beyond that least: what it delivers may come at any
    /// moment of its cycle, as it does from a host that waits for clients.
    pub target_frames: u32,
    /// Two clocks: frames of the writer by which an end may be late in any case.
    pub margin_frames: u32,
    /// Two clocks: most that the ratio may leave its nominal value, in parts per million, up to 20 000.
    pub limit_ppm: u32,
}

impl CrossingSettings {
    /// From the cable's format to `reader`, chained, with usual channel positions, as much held as both ends' cycles and
    /// a busy writer need, a margin of 1 ms and a range of 10 000 ppm.
    pub fn new(writer: &EndFormat, reader: EndFormat) -> Self {
        Self {
            margin_frames: writer.stream.rate.hz() / 1000,
            writer_map: writer.map.clone(),
            reader,
            clocks: Clocks::Chained,
            output_frames: 512,
            target_frames: 0,
            limit_ppm: 10_000,
        }
    }
}

/// Why a crossing was not made or not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CrossingError {
    /// A channel map with more or fewer positions than the stream has channels.
    Map,
    /// An output ring of so many frames; 256 to 4096 are possible.
    Output(usize),
    /// The lent buffers are too small, in samples.
    Samples {
        /// Samples needed.
        needed: usize,
        /// Samples given.
        given: usize,
    },
    /// The way needs a resampler, and none was given.
    Resampler,
    /// The resampler was made for other channels or another nominal ratio.
    Unfit,
}

impl fmt::Display for CrossingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Map => f.write_str("not one channel position per channel"),
            Self::Output(frames) => write!(f, "an output ring of {frames} frames; 256 to 4096 are possible"),
            Self::Samples { needed, given } => write!(f, "{given} samples lent; {needed} are needed"),
            Self::Resampler => f.write_str("unequal rates or clocks need a resampler"),
            Self::Unfit => f.write_str("the resampler is for other channels or rates"),
        }
    }
}

impl core::error::Error for CrossingError {}
