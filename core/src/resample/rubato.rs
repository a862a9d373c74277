//! The `rubato` crate behind the project's contract.
//!
//! `rubato` keeps its reading position to itself, as a floating-point number. Here the same additions
//! are done beside it, so that the position is known to the last bit. While the step is constant an
//! exact position leads (see `walk`): each chunk's ratio is set so that the chunk ends on it, which
//! keeps rounding errors from adding up over days.

extern crate std;

use super::rubato_core::Core;
use super::settings::{BufferError, Interpolation, Quality, Settings, SettingsError, StepError};
use super::step::Step;
use super::walk::{Change, Stepper};
use super::{Progress, Resampler, frame_counts};
use ::rubato::{SincInterpolationParameters, SincInterpolationType, WindowFunction};

/// A resampler made by the `rubato` crate. Allocates when made, never afterwards.
///
/// [`Quality::High`] computes in 64-bit floating point, because the crate's 32-bit kernels end at -133 dB
/// for the length that `High` needs. A chunk has a largest size, and is made whole or not at all.
#[derive(Debug)]
pub struct Rubato {
    engine: Engine,
    settings: Settings,
    max_output_frames: usize,
    /// `rubato`'s own reading position after the last chunk, from the end of what it has consumed.
    index: f64,
    /// The step that `rubato` will begin its next chunk with.
    step_now: f64,
    /// Where a ramp leads that the next chunk will make.
    ramp_to: Option<Step>,
    exact: Exact,
    /// What is added to `index` to get the instant that an output frame stands for.
    centre_frames: f64,
}

/// The position that a constant step would have led to since it was set.
#[derive(Clone, Copy, Debug)]
struct Exact {
    /// `index` when the step was set.
    anchor: f64,
    stepper: Stepper,
    /// Whole input frames passed less those consumed, since then.
    ahead: i64,
}

impl Exact {
    fn new(anchor: f64, step: Step) -> Self {
        Self { anchor, stepper: Stepper::new(step), ahead: 0 }
    }

    /// Position after `frames` more output frames, from the end of what has been consumed.
    fn after(mut self, frames: usize) -> f64 {
        let passed = self.stepper.skip_in_segment(frames) as i64;
        self.anchor + (self.ahead + passed) as f64 + self.stepper.fraction()
    }

    fn advance(&mut self, frames: usize, consumed: usize) {
        self.ahead += self.stepper.skip_in_segment(frames) as i64 - consumed as i64;
    }
}

/// The sample type `rubato` computes with.
#[derive(Debug)]
enum Engine {
    Single(Core<f32>),
    Double(Core<f64>),
}

/// Calls the same method of either engine.
macro_rules! either {
    ($engine:expr, $core:ident => $call:expr) => {
        match $engine {
            Engine::Single($core) => $call,
            Engine::Double($core) => $call,
        }
    };
}

impl Rubato {
    /// Makes a resampler for chunks of at most `max_output_frames` (allocates: not on an audio thread).
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn new(settings: Settings, max_output_frames: usize) -> Result<Self, SettingsError> {
        settings.check()?;
        if max_output_frames == 0 {
            return Err(SettingsError::Chunk);
        }
        let refused = || SettingsError::Step(settings.nominal.to_f64());
        let engine = match settings.quality {
            Quality::High => Core::new(&settings, max_output_frames).map(Engine::Double),
            _ => Core::new(&settings, max_output_frames).map(Engine::Single),
        }
        .ok_or_else(refused)?;
        let (index, centre_frames) = either!(&engine, core => (core.start_index(), core.centre_frames()));
        Ok(Self {
            engine,
            settings,
            max_output_frames,
            index,
            step_now: settings.nominal.to_f64(),
            ramp_to: None,
            exact: Exact::new(index, settings.nominal),
            centre_frames,
        })
    }

    /// What it was made for.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The steps that `rubato` begins and ends a chunk of `frames` with.
    fn steps(&self, frames: usize) -> (f64, f64) {
        if let Some(target) = self.ramp_to {
            return (self.step_now, target.to_f64());
        }
        let constant = (self.exact.after(frames) - self.index) / frames as f64;
        (constant, constant)
    }
}

impl Resampler for Rubato {
    fn channels(&self) -> usize {
        self.settings.channels
    }

    fn step(&self) -> Step {
        self.ramp_to.unwrap_or(self.exact.stepper.step())
    }

    fn set_step(&mut self, step: Step, change: Change) -> Result<(), StepError> {
        self.settings.allows(step)?;
        match change {
            Change::Ramp if self.exact.stepper.step() == step => self.ramp_to = None,
            Change::Ramp => self.ramp_to = Some(step),
            Change::Jump => {
                (self.ramp_to, self.step_now) = (None, step.to_f64());
                self.exact = Exact::new(self.index, step);
            }
        }
        Ok(())
    }

    fn input_frames_for(&self, output_frames: usize) -> usize {
        if output_frames == 0 {
            return 0;
        }
        let steps = self.steps(output_frames);
        either!(&self.engine, core => core.missing_frames(output_frames, steps, self.index))
    }

    fn process(&mut self, input: &[&[f32]], output: &mut [&mut [f32]]) -> Result<Progress, BufferError> {
        let (_, frames) = frame_counts(self.settings.channels, input, output)?;
        if frames > self.max_output_frames {
            return Err(BufferError::Chunk(self.max_output_frames));
        }
        if frames == 0 {
            return Ok(Progress::default());
        }
        let steps = self.steps(frames);
        let taken = either!(&mut self.engine, core => core.stage(frames, steps, input));
        let made = either!(&mut self.engine, core => core.run(frames, steps, self.index, output));
        let Some((used, index)) = made else {
            return Ok(Progress { consumed: taken, produced: 0 });
        };
        self.index = index;
        self.step_now = steps.1;
        match self.ramp_to.take() {
            Some(target) => self.exact = Exact::new(index, target),
            None => self.exact.advance(frames, used),
        }
        Ok(Progress { consumed: taken, produced: frames })
    }

    fn delay_frames(&self) -> f64 {
        let start = either!(&self.engine, core => core.start_index());
        -(start + self.settings.nominal.to_f64() + self.centre_frames)
    }

    fn held_frames(&self) -> f64 {
        let staged = either!(&self.engine, core => core.staged_frames());
        staged as f64 - (self.index + self.step_now + self.centre_frames)
    }

    fn reset(&mut self) {
        let step = self.step();
        either!(&mut self.engine, core => core.reset());
        self.index = either!(&self.engine, core => core.start_index());
        (self.step_now, self.ramp_to) = (step.to_f64(), None);
        self.exact = Exact::new(self.index, step);
    }
}

/// The kernel that stands for a quality, and its length in frames of the slower rate.
pub(super) fn sinc_parameters(settings: &Settings) -> Option<SincInterpolationParameters> {
    use SincInterpolationType::{Cubic, Linear};
    use WindowFunction::{BlackmanHarris, BlackmanHarris2};
    // Length, window, cutoff over Nyquist, phases. The first two cutoffs are the lowest that are flat to 18 and 20 kHz
    // at 44.1 kHz either way. Their transitions end 4 % and 1 % past Nyquist, so tones beside Nyquist leave aliases
    // beside Nyquist. To end on it at -110 dB, the best of the crate's windows would take 152 taps for `Balanced`, a
    // delay of 76 frames. Phases are powers of two, as the crate's floating-point position misses rows that lie on exact
    // ratios (640 phases: -74 dB from 44.1 to 48 kHz).
    let (length, window, cutoff, phases, interpolation) = match (settings.interpolation, settings.quality) {
        (Interpolation::Sinc, Quality::Fast) => (64.0, BlackmanHarris, 0.899, 256, Linear),
        (Interpolation::Sinc, Quality::Balanced) => (128.0, BlackmanHarris, 0.9465, 512, Linear),
        (Interpolation::Sinc, Quality::High) => (256.0, BlackmanHarris2, 0.947, 128, Cubic),
        _ => return None,
    };
    // The crate lowers the cutoff with the output rate, but leaves the length to its user.
    let widening = settings.nominal.to_f64().max(1.0);
    // A multiple of 8, as the crate wants it; rounded down, or the delay would pass 64 output frames.
    let taps = (length * widening / 8.0) as usize * 8;
    Some(
        SincInterpolationParameters::new(taps, window)
            .f_cutoff(cutoff)
            .oversampling_factor(phases)
            .interpolation(interpolation),
    )
}
