//! The project's own resampler: a table of kernel phases, in storage that the caller lends.

use super::engine::Engine;
use super::history::History;
use super::produce::{Aligned, Source};
use super::settings::{BufferError, Settings, SettingsError, StepError};
use super::step::Step;
use super::table::Shape;
use super::walk::{Change, Stepper, Walk};
use super::{Progress, Resampler, frame_counts};
use core::borrow::BorrowMut;

/// Samples in a cache line; the table begins on one.
const CACHE_LINE_SAMPLES: usize = 16;

/// A resampler for any ratio from 1/48 to 48 that allocates nothing, ever: `no_std`, in lent storage.
///
/// Weights are looked up in a table of phases and interpolated between the two (at [`High`] four)
/// nearest ones; once per output frame for up to four channels. While the step is the exact ratio of
/// the two nominal rates and its denominator divides the number of phases, every position lies on a row
/// and nothing is interpolated.
///
/// `S` is whatever owns the samples: `&mut [f32]`, `Box<[f32]>`, `Vec<f32>`.
///
/// [`High`]: super::Quality::High
#[derive(Debug)]
pub struct Polyphase<S> {
    storage: S,
    settings: Settings,
    shape: Shape,
    /// First sample of the table within the storage.
    table_at: usize,
    history: History,
    stepper: Stepper,
    engine: Engine,
}

impl<S: BorrowMut<[f32]>> Polyphase<S> {
    /// Samples of storage that these settings need.
    ///
    /// Bounds, in samples of 4 bytes. The table, shared by all channels: 27 000 at `Fast`, 151 000 at
    /// `Balanced`, 40 000 at `High`, whatever the ratio (44.1 kHz to 48 kHz: 15 408, 71 792 and 23 472).
    /// Each channel: the kernel's length and 512, or twice its length if that is more; 560, 624 and 656 while the
    /// output is not the slower side, and 13 824 for `High` at 48 input frames per output frame.
    ///
    /// # Errors
    /// [`SettingsError::Channels`], [`SettingsError::Step`].
    pub fn storage_samples(settings: &Settings) -> Result<usize, SettingsError> {
        settings.check()?;
        let shape = Shape::new(settings);
        let history = History::capacity_for(shape.taps) * settings.channels;
        Ok(CACHE_LINE_SAMPLES + shape.samples() + history)
    }

    /// Makes a resampler and fills its table (some milliseconds: not on an audio thread).
    ///
    /// # Errors
    /// [`SettingsError`]; the storage may be larger than [`Polyphase::storage_samples`], not smaller.
    pub fn new(settings: Settings, mut storage: S) -> Result<Self, SettingsError> {
        let needed = Self::storage_samples(&settings)?;
        let samples = storage.borrow_mut();
        let given = samples.len();
        let too_small = SettingsError::Storage { needed, given };
        let shape = Shape::new(&settings);
        // Past the storage's own alignment; where that cannot be told, rows straddle lines and nothing else.
        let table_at = samples.as_ptr().align_offset(CACHE_LINE_SAMPLES * size_of::<f32>());
        let table_at = if table_at < CACHE_LINE_SAMPLES { table_at } else { 0 };
        if given < needed {
            return Err(too_small);
        }
        let table = samples.get_mut(table_at..table_at + shape.samples()).ok_or(too_small)?;
        shape.fill(&settings, table);
        let mut made = Self {
            storage,
            settings,
            shape,
            table_at,
            history: History::new(shape.taps),
            stepper: Stepper::new(settings.nominal),
            engine: Engine::detect(),
        };
        made.reset();
        Ok(made)
    }

    /// What it was made for.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The storage back.
    pub fn into_storage(self) -> S {
        self.storage
    }

    /// Table and history within the storage.
    fn split(&mut self) -> (&[f32], &mut [f32]) {
        let samples = self.storage.borrow_mut();
        let (head, history) =
            samples.split_at_mut_checked(self.table_at + self.shape.samples()).unwrap_or_default();
        (head.get(self.table_at..).unwrap_or_default(), history)
    }

    /// Makes as many of `frames` output frames as the frames held allow; gives how many.
    fn run(&mut self, output: &mut [&mut [f32]], from: usize, frames: usize) -> usize {
        let mut made = 0;
        // At most twice: the rest of a ramp, then the constant step after it.
        while made < frames {
            let (walk, segment) = self.stepper.segment();
            let count = self.possible(walk, segment.min(frames - made));
            if count == 0 {
                break;
            }
            self.run_segment(walk, output, from + made, count);
            let passed = self.stepper.skip_in_segment(count);
            self.history.base = self.history.base.saturating_add(passed as usize);
            made += count;
        }
        made
    }

    /// How many output frames, up to `limit`, have their whole window among the frames held.
    fn possible(&self, walk: Walk, limit: usize) -> usize {
        let whole = |frames: usize| {
            let mut walk = walk;
            frames == 0 || self.history.missing(walk.skip(frames - 1)) == 0
        };
        if whole(limit) {
            return limit;
        }
        let (mut low, mut high) = (0, limit);
        // Bisection: `whole(low)` holds, `whole(high)` does not.
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            *(if whole(middle) { &mut low } else { &mut high }) = middle;
        }
        low
    }

    fn run_segment(&mut self, walk: Walk, output: &mut [&mut [f32]], from: usize, frames: usize) {
        let (shape, history) = (self.shape, self.history);
        let aligned = Aligned::find(&shape, self.stepper.step(), walk);
        let engine = self.engine;
        let (table, samples) = self.split();
        let source = Source { table, shape, base: history.base, walk, aligned };
        let mut inputs =
            samples.chunks_exact(history.capacity.max(1)).map(|c| c.get(..history.filled).unwrap_or(c));
        let mut rest = output;
        // At most one round per channel.
        while !rest.is_empty() {
            let group = match rest.len() {
                4.. => 4,
                2.. => 2,
                _ => 1,
            };
            let Some((now, later)) = rest.split_at_mut_checked(group) else { return };
            let mut next = |_| inputs.next().unwrap_or_default();
            match group {
                4 => engine.run::<4>(&source, core::array::from_fn(&mut next), now, from, frames),
                2 => engine.run::<2>(&source, core::array::from_fn(&mut next), now, from, frames),
                _ => engine.run::<1>(&source, core::array::from_fn(&mut next), now, from, frames),
            }
            rest = later;
        }
    }

    /// Does without AVX2, to compare the two.
    #[cfg(test)]
    pub(super) fn force_baseline(&mut self) {
        self.engine = Engine::Baseline;
    }
}

impl<S: BorrowMut<[f32]>> Resampler for Polyphase<S> {
    fn channels(&self) -> usize {
        self.settings.channels
    }

    fn step(&self) -> Step {
        self.stepper.step()
    }

    fn set_step(&mut self, step: Step, change: Change) -> Result<(), StepError> {
        self.settings.allows(step)?;
        self.stepper.set(step, change);
        Ok(())
    }

    fn input_frames_for(&self, output_frames: usize) -> usize {
        match output_frames {
            0 => 0,
            frames => self.history.missing(self.stepper.preview(frames, frames - 1)),
        }
    }

    fn process(&mut self, input: &[&[f32]], output: &mut [&mut [f32]]) -> Result<Progress, BufferError> {
        let (input_frames, output_frames) = frame_counts(self.settings.channels, input, output)?;
        self.stepper.begin_chunk(output_frames);
        let mut progress = Progress::default();
        // Each round takes in or makes at least one frame.
        while progress.produced < output_frames {
            let left = output_frames - progress.produced;
            let wanted = self.input_frames_for(left).min(input_frames - progress.consumed);
            let mut history = self.history;
            let (_, samples) = self.split();
            let taken = history.make_room(samples, wanted);
            history.append(samples, input, progress.consumed, taken);
            self.history = history;
            let made = self.run(output, progress.produced, left);
            progress.consumed += taken;
            progress.produced += made;
            if taken == 0 && made == 0 {
                break;
            }
        }
        Ok(progress)
    }

    fn delay_frames(&self) -> f64 {
        self.shape.lookahead as f64
    }

    fn held_frames(&self) -> f64 {
        let Shape { taps, lookahead, .. } = self.shape;
        let instant = (self.history.base + taps - 1 - lookahead) as f64 + self.stepper.fraction();
        self.history.filled as f64 - instant
    }

    fn reset(&mut self) {
        self.history = History::new(self.shape.taps);
        self.stepper = Stepper::new(self.stepper.step());
        let (_, samples) = self.split();
        samples.fill(0.0);
    }
}
