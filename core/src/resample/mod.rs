//! Changing the rate of planar 32-bit floating-point sound, at a ratio that may change every cycle.
//!
//! The caller asks for output: [`Resampler::input_frames_for`] tells how many input frames the next
//! chunk needs, [`Resampler::process`] takes exactly those and fills the chunk. The reading position is
//! known exactly at any time ([`Resampler::held_frames`]), so that a clock-drift loop can steer by it.
//!
//! # Two backends, one contract
//! [`Polyphase`] (no allocation, `no_std`, storage lent by the caller) and `Rubato` (the `rubato` crate, with the
//! feature `std`). [`Polyphase`] is the default: it is three to five times as fast and as clean or cleaner where it
//! counts, and its delay is shorter. At [`Quality::Balanced`], worst of 44.1 to 48 kHz and back, 48 to 96 kHz and
//! 48 kHz at +-50 ppm:
//!
//! | | `Polyphase` | `Rubato` |
//! |---|---|---|
//! | all but a tone of 1 kHz / 15 kHz | -123 / -122 dB | -136 / -122 dB |
//! | flat to 20 kHz within | 0.02 dB | 0.08 dB |
//! | aliases below 20 kHz, or of tones below 20 kHz | -119 dB | -119 dB |
//! | all aliases, beside Nyquist included | -114 dB | -79 dB |
//! | delay in frames of the slower rate | 56 | 64 |
//! | stereo, AVX2, +50 ppm, another step every 64 / 1024 frames | 1410 / 1580 x real time | 400 / 420 x |
//!
//! The crate has six fixed windows; none ends on Nyquist at -110 dB, is flat to 20 kHz of 44.1 kHz and as short as
//! 64 frames of delay. [`Quality::High`] of either is clean up to Nyquist: -141 dB in 72 frames and -142 dB in 127, and
//! there `Rubato`, which then computes in 64 bits, leaves less of all other kinds (-149 dB), at an eighth of the speed.
//! The quality tests print these figures, `cargo xtask bench resample` the speed, beside that of others' resamplers.
//!
//! ```
//! use vcable_core::resample::{Change, Polyphase, Resampler, Settings, Step};
//!
//! let settings = Settings::new(1, Step::from_rates(44_100, 48_000).unwrap());
//! let samples = Polyphase::<Vec<f32>>::storage_samples(&settings).unwrap();
//! let mut resampler = Polyphase::new(settings, vec![0.0; samples]).unwrap();
//!
//! let mut output = [0.0; 256];
//! let needed = resampler.input_frames_for(output.len());
//! let input = vec![0.5; needed];
//! let progress = resampler.process(&[&input], &mut [&mut output]).unwrap();
//! assert_eq!((progress.consumed, progress.produced), (needed, 256));
//!
//! // The writer's clock turns out to be 50 ppm fast: read faster from the next chunk on.
//! let faster = settings.nominal.scaled(1.000_05).unwrap();
//! resampler.set_step(faster, Change::Ramp).unwrap();
//! ```

mod engine;
mod history;
mod kernel;
mod polyphase;
mod produce;
#[cfg(feature = "std")]
mod rubato;
#[cfg(feature = "std")]
mod rubato_core;
mod series;
mod settings;
mod step;
mod table;
#[cfg(test)]
mod tests;
mod vector;
mod walk;

pub use polyphase::Polyphase;
#[cfg(feature = "std")]
pub use rubato::Rubato;
pub use settings::{
    BufferError, Interpolation, MAX_CHANNELS, MAX_DEVIATION, Quality, Settings, SettingsError, StepError,
};
pub use step::Step;
pub use walk::Change;

/// What one call of [`Resampler::process`] did, in frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Input frames taken.
    pub consumed: usize,
    /// Output frames made.
    pub produced: usize,
}

/// A resampler for planar sound. Every method may be called on an audio thread: none allocates, blocks
/// or panics, and the work is bounded by the frames asked for.
///
/// The time of an output frame is an instant in the input, counted in input frames: the first output
/// frame stands for the instant `-delay_frames()`, and each next one for one step later.
pub trait Resampler {
    /// Channels, fixed when made.
    fn channels(&self) -> usize;

    /// The step in force, or the one that a [`Change::Ramp`] leads to.
    fn step(&self) -> Step;

    /// Changes the step. It is used as given, never rounded to some grid.
    ///
    /// # Errors
    /// [`StepError`] when it is more than [`MAX_DEVIATION`] from the nominal one; nothing changes then.
    fn set_step(&mut self, step: Step, change: Change) -> Result<(), StepError>;

    /// Exactly how many more input frames the next `output_frames` need, if they are asked for as one
    /// chunk.
    fn input_frames_for(&self, output_frames: usize) -> usize;

    /// Fills the output from the input: one slice per channel in each, input slices of one length and
    /// output slices of one length.
    ///
    /// Takes at most [`Resampler::input_frames_for`] the whole output. With fewer input frames it takes
    /// all of them and makes what it can, maybe nothing; the chunk is finished by calling again with
    /// the rest of the output and more input. (So a ring's two parts can be fed one after the other.)
    ///
    /// # Errors
    /// [`BufferError`]; nothing was read or written then.
    fn process(&mut self, input: &[&[f32]], output: &mut [&mut [f32]]) -> Result<Progress, BufferError>;

    /// The constant delay in input frames: what enters as the input frame `n` leaves at the instant `n`,
    /// which is the output frame `(n + delay_frames()) / step`. Half the length of the kernel.
    fn delay_frames(&self) -> f64;

    /// Input frames taken so far less the instant of the next output frame: the sound that is inside.
    /// Add it to the fill of the buffer before the resampler to know the exact distance of two clocks.
    fn held_frames(&self) -> f64;

    /// Forgets all sound and begins again at a whole input frame, with the step last set.
    fn reset(&mut self);
}

/// Input and output frames, when the slices fit the channels and each other.
fn frame_counts(
    channels: usize,
    input: &[&[f32]],
    output: &[&mut [f32]],
) -> Result<(usize, usize), BufferError> {
    let (Some(first_in), Some(first_out)) = (input.first(), output.first()) else {
        return Err(BufferError::Channels);
    };
    if input.len() != channels || output.len() != channels {
        return Err(BufferError::Channels);
    }
    let (input_frames, output_frames) = (first_in.len(), first_out.len());
    let equal =
        input.iter().all(|c| c.len() == input_frames) && output.iter().all(|c| c.len() == output_frames);
    if equal { Ok((input_frames, output_frames)) } else { Err(BufferError::Lengths) }
}
