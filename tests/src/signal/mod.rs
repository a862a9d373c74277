//! Sounds to send, and the judgement over what arrives.
//!
//! Samples are held as *words*, the exact bits of the format: integers sign-extended to 32 bits, floats as
//! their bit pattern. Two sounds are equal when their words are.

mod compare;
mod format;
mod noise;
mod purity;
mod raw;
mod tone;
mod wav;

pub use compare::{Comparison, Gap, compare};
pub use format::SampleFormat;
pub use noise::noise;
pub use purity::{Drift, Purity, longest_silence, measure_drift, measure_purity};
pub use raw::{read_raw, write_raw};
pub use tone::{Tone, measure_tone, sine};
pub use wav::{read_wav, write_wav};

/// Interleaved sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {
    /// What the words mean.
    pub format: SampleFormat,
    /// Samples per frame.
    pub channels: u32,
    /// Frames per second.
    pub rate: u32,
    /// All samples, frame after frame.
    pub words: Vec<i32>,
}

impl Sound {
    /// How many whole frames it holds.
    pub fn frames(&self) -> usize {
        self.words.len() / self.channels as usize
    }

    /// One frame; empty beyond the end.
    pub fn frame(&self, index: usize) -> &[i32] {
        let channels = self.channels as usize;
        self.words.get(index * channels..(index + 1) * channels).unwrap_or_default()
    }

    /// The same with `frames` of silence behind it. Players that do not drain lose only that.
    #[must_use]
    pub fn with_silence(mut self, frames: usize) -> Self {
        self.words.resize(self.words.len() + frames * self.channels as usize, 0);
        self
    }

    /// The same with `frames` of silence before it.
    #[must_use]
    pub fn with_silence_before(mut self, frames: usize) -> Self {
        self.words.splice(0..0, std::iter::repeat_n(0, frames * self.channels as usize));
        self
    }

    /// One channel as numbers, full scale being 1.
    pub fn channel(&self, channel: usize) -> Vec<f64> {
        let channels = self.channels as usize;
        self.words.iter().skip(channel).step_by(channels).map(|&word| self.format.value(word)).collect()
    }

    /// How many frames are not all zero.
    pub fn sounding_frames(&self) -> usize {
        self.words.chunks(self.channels as usize).filter(|frame| frame.iter().any(|&word| word != 0)).count()
    }
}
