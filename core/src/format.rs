//! What one frame of sound looks like in memory: pure data, no platform.
//!
//! A *frame* is one sample of every channel at one instant. An *interleaved* stream keeps whole frames one
//! behind the other in a single plane; a *planar* stream keeps one plane per channel. Everything here is plain
//! arithmetic on values that were checked once, when they were made, so nothing later can overflow or divide
//! by zero. Any thread may call anything here.
//!
//! ```
//! use vcable_core::format::{ChannelCount, Layout, SampleFormat, SampleRate, StreamFormat};
//!
//! let stereo = StreamFormat {
//!     sample: SampleFormat::F32,
//!     layout: Layout::Planar,
//!     channels: ChannelCount::new(2)?,
//!     rate: SampleRate::new(48_000)?,
//! };
//! assert_eq!(stereo.plane_count(), 2);
//! assert_eq!(stereo.plane_stride_bytes(), 4);
//! assert_eq!(stereo.frame_bytes(), 8);
//! assert_eq!(ChannelCount::new(65).unwrap_err().to_string(), "channel count 65 is not within 1 to 64");
//! # Ok::<(), vcable_core::format::FormatError>(())
//! ```

use core::fmt;

/// Most channels one stream can have: as many as the format descriptions of today's sound servers hold.
#[cfg(not(feature = "compact"))]
pub const MAX_CHANNELS: u32 = 64;
/// Most channels one stream can have: what a kernel's small stacks bear.
#[cfg(feature = "compact")]
pub const MAX_CHANNELS: u32 = 8;
/// Lowest accepted sample rate in Hz: narrow-band telephony (ITU-T G.711).
pub const MIN_RATE: u32 = 8_000;
/// Highest accepted sample rate in Hz: eight times 48 kHz.
pub const MAX_RATE: u32 = 384_000;

/// How one sample is stored. All are little endian; integers are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SampleFormat {
    /// IEEE 754 binary32, full scale at -1.0 to 1.0.
    F32,
    /// 16-bit integer.
    S16,
    /// 24-bit integer, packed in 3 bytes.
    S24,
    /// 24-bit integer in the low 3 bytes of 4.
    S24In32,
    /// 32-bit integer.
    S32,
}

impl SampleFormat {
    /// Bytes one sample takes.
    pub const fn bytes(self) -> usize {
        match self {
            Self::S16 => 2,
            Self::S24 => 3,
            Self::F32 | Self::S24In32 | Self::S32 => 4,
        }
    }
}

/// How the channels of a stream lie beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// One plane; the samples of a frame are neighbours.
    Interleaved,
    /// One plane per channel.
    Planar,
}

/// A number of channels within 1 to [`MAX_CHANNELS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelCount(u32);

impl ChannelCount {
    /// Checks `count`.
    ///
    /// # Errors
    /// [`FormatError::Channels`] when it is 0 or above [`MAX_CHANNELS`].
    pub const fn new(count: u32) -> Result<Self, FormatError> {
        match count {
            1..=MAX_CHANNELS => Ok(Self(count)),
            _ => Err(FormatError::Channels { count }),
        }
    }

    /// The number itself, 1 to [`MAX_CHANNELS`].
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

/// A sample rate within [`MIN_RATE`] to [`MAX_RATE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SampleRate(u32);

impl SampleRate {
    /// Checks `rate_hz`.
    ///
    /// # Errors
    /// [`FormatError::Rate`] when it is outside [`MIN_RATE`] to [`MAX_RATE`].
    pub const fn new(rate_hz: u32) -> Result<Self, FormatError> {
        match rate_hz {
            MIN_RATE..=MAX_RATE => Ok(Self(rate_hz)),
            _ => Err(FormatError::Rate { rate_hz }),
        }
    }

    /// Frames per second.
    pub const fn hz(self) -> u32 {
        self.0
    }
}

/// The whole format of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StreamFormat {
    /// How one sample is stored.
    pub sample: SampleFormat,
    /// How channels lie beside each other.
    pub layout: Layout,
    /// How many channels there are.
    pub channels: ChannelCount,
    /// Frames per second.
    pub rate: SampleRate,
}

impl StreamFormat {
    /// Planes a buffer of this stream has: 1 when interleaved, else one per channel.
    pub const fn plane_count(&self) -> usize {
        match self.layout {
            Layout::Interleaved => 1,
            Layout::Planar => self.channels.get(),
        }
    }

    /// Bytes one frame takes in one plane.
    pub const fn plane_stride_bytes(&self) -> usize {
        match self.layout {
            Layout::Interleaved => self.frame_bytes(),
            Layout::Planar => self.sample.bytes(),
        }
    }

    /// Bytes one frame takes in all planes together.
    pub const fn frame_bytes(&self) -> usize {
        self.sample.bytes() * self.channels.get()
    }
}

/// Why a format value was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// Not a possible number of channels.
    Channels {
        /// The refused number.
        count: u32,
    },
    /// Not a possible sample rate.
    Rate {
        /// The refused rate in Hz.
        rate_hz: u32,
    },
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channels { count } => {
                write!(f, "channel count {count} is not within 1 to {MAX_CHANNELS}")
            }
            Self::Rate { rate_hz } => {
                write!(f, "sample rate {rate_hz} Hz is not within {MIN_RATE} to {MAX_RATE}")
            }
        }
    }
}

impl core::error::Error for FormatError {}
