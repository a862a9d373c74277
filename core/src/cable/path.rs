//! Which way the sound takes: decided from what the host knows of the two ends.

use super::EndFormat;

/// How the clocks of the two ends stand to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Clocks {
    /// One end's cycle runs the other's: what the reader asks for is there.
    #[default]
    Chained,
    /// The reader's cycle runs the writer's for the next one, or for now nobody's does: whole cycles are heard as they
    /// come, and wait for a reader as the reader does for them.
    Pulled,
    /// One clock runs both ends, in any order: the reader hears the writer's last cycle.
    Shared,
    /// Two clocks, each with a rate of its own.
    Apart,
}

/// A way across the cable, the cheapest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Path {
    /// Bytes are copied: bit-exact, no delay of its own.
    #[default]
    Straight = 0,
    /// Samples, layout or channels are converted at one rate and clock: no delay of its own.
    Converted = 1,
    /// Another nominal rate at one clock: resampled at the exact ratio of the rates.
    Resampled = 2,
    /// Two clocks: resampled at a ratio that follows them.
    Adaptive = 3,
}

impl Path {
    /// The cheapest way that serves these ends. Any thread may ask.
    ///
    /// ```
    /// use vcable_core::cable::{Clocks, EndFormat, Path};
    /// # use vcable_core::format::{ChannelCount, Layout, SampleFormat, SampleRate, StreamFormat};
    /// # let stream = StreamFormat {
    /// #     sample: SampleFormat::F32,
    /// #     layout: Layout::Planar,
    /// #     channels: ChannelCount::new(2)?,
    /// #     rate: SampleRate::new(48_000)?,
    /// # };
    /// let writer = EndFormat::new(stream);
    /// let mut reader = writer.clone();
    /// assert_eq!(Path::choose(&writer, &reader, Clocks::Chained), Path::Straight);
    /// reader.stream.rate = SampleRate::new(44_100)?;
    /// assert_eq!(Path::choose(&writer, &reader, Clocks::Shared), Path::Resampled);
    /// assert_eq!(Path::choose(&writer, &reader, Clocks::Apart), Path::Adaptive);
    /// # Ok::<(), vcable_core::format::FormatError>(())
    /// ```
    pub fn choose(writer: &EndFormat, reader: &EndFormat, clocks: Clocks) -> Self {
        if clocks == Clocks::Apart {
            Self::Adaptive
        } else if writer.stream.rate != reader.stream.rate {
            Self::Resampled
        } else if writer == reader {
            Self::Straight
        } else {
            Self::Converted
        }
    }

    /// Whether a resampler is on this way.
    pub const fn resamples(self) -> bool {
        matches!(self, Self::Resampled | Self::Adaptive)
    }

    /// The way stored as `code`.
    pub(super) const fn from_code(code: u8) -> Self {
        match code {
            1 => Self::Converted,
            2 => Self::Resampled,
            3 => Self::Adaptive,
            _ => Self::Straight,
        }
    }
}
