//! What a resampler is made for, and how making or feeding one fails.

use super::step::Step;
use core::fmt;

/// How much work is spent on each output frame. The figures are for the `sinc` interpolation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Quality {
    /// Flat to 18 kHz at 44.1 kHz, residue about -100 dB: half the work of `Balanced`.
    Fast,
    /// Flat to 20 kHz at 44.1 kHz, residue below -120 dB. Not told apart from the input by ear.
    #[default]
    Balanced,
    /// Flat to 20 kHz at 44.1 kHz, residue at the floor of 32-bit floating point, below -135 dB.
    High,
}

/// What lies between two input frames.
///
/// The two polynomials are named by the specification and are cheap, but they are no filters: at the
/// common rates they leave 11 dB (linear) to 16 dB (cubic) between a tone of 15 kHz and its images, and
/// fold everything above the output's band back into it. They serve speech and tests, not music.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Interpolation {
    /// A band-limiting kernel, see [`Quality`]. Narrowed by itself when the output rate is the lower one.
    #[default]
    Sinc,
    /// The cubic through the four nearest frames (Lagrange); [`Quality`] has no effect.
    Cubic,
    /// The straight line through the two nearest frames; [`Quality`] has no effect.
    Linear,
}

/// Channels one resampler carries at most.
pub const MAX_CHANNELS: usize = 64;

/// How far the step may be moved from the nominal one while running: 5 %, ten times the widest clock
/// error met in practice. A wider change is another nominal step, hence another resampler, because the
/// kernel's cutoff belongs to the nominal step.
pub const MAX_DEVIATION: f64 = 0.05;

/// What a resampler is made for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Channels, 1 to [`MAX_CHANNELS`].
    pub channels: usize,
    /// Input frames per output frame as the two rates say.
    pub nominal: Step,
    /// Work per frame.
    pub quality: Quality,
    /// Kind of interpolation.
    pub interpolation: Interpolation,
}

impl Settings {
    /// Balanced sinc.
    pub fn new(channels: usize, nominal: Step) -> Self {
        Self { channels, nominal, quality: Quality::default(), interpolation: Interpolation::default() }
    }

    /// Refuses a channel count or nominal step outside the limits.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        if self.channels == 0 || self.channels > MAX_CHANNELS {
            return Err(SettingsError::Channels(self.channels));
        }
        if !(Step::MIN..=Step::MAX).contains(&self.nominal.to_f64()) {
            return Err(SettingsError::Step(self.nominal.to_f64()));
        }
        Ok(())
    }

    /// Whether `step` may replace the nominal one.
    pub(super) fn allows(&self, step: Step) -> Result<(), StepError> {
        let nominal = self.nominal.to_f64();
        let deviation = step.to_f64() / nominal - 1.0;
        if (-MAX_DEVIATION..=MAX_DEVIATION).contains(&deviation) {
            Ok(())
        } else {
            Err(StepError { nominal, asked: step.to_f64() })
        }
    }
}

/// Why a resampler was not made.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum SettingsError {
    /// This channel count is not within 1 to [`MAX_CHANNELS`].
    Channels(usize),
    /// This many input frames per output frame are not within 1/48 to 48.
    Step(f64),
    /// The lent storage is too small, in samples.
    Storage {
        /// Samples needed.
        needed: usize,
        /// Samples given.
        given: usize,
    },
    /// The largest chunk is zero frames.
    Chunk,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channels(n) => write!(f, "{n} channels; 1 to {MAX_CHANNELS} are possible"),
            Self::Step(x) => write!(f, "{x} input frames per output frame; 1/48 to 48 are possible"),
            Self::Storage { needed, given } => write!(f, "storage of {given} samples; {needed} are needed"),
            Self::Chunk => f.write_str("chunks of no frames"),
        }
    }
}

impl core::error::Error for SettingsError {}

/// A step too far from the nominal one, both in input frames per output frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepError {
    /// What the resampler was made for.
    pub nominal: f64,
    /// What was asked.
    pub asked: f64,
}

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step {} is more than {} from the nominal {}", self.asked, MAX_DEVIATION, self.nominal)
    }
}

impl core::error::Error for StepError {}

/// Buffers that do not fit; nothing was read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BufferError {
    /// Not as many input or output slices as channels.
    Channels,
    /// Input slices, or output slices, of different lengths.
    Lengths,
    /// More output frames than the backend was made for; the limit.
    Chunk(usize),
}

impl fmt::Display for BufferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channels => f.write_str("not one slice per channel"),
            Self::Lengths => f.write_str("channels of different lengths"),
            Self::Chunk(limit) => write!(f, "more than {limit} output frames in one chunk"),
        }
    }
}

impl core::error::Error for BufferError {}
