//! One `rubato` resampler with the buffers it reads and writes, and its arithmetic done over again.

extern crate std;

use super::rubato::sinc_parameters;
use super::settings::{Interpolation, MAX_DEVIATION, Settings};
use ::rubato::audioadapter_buffers::direct::SequentialSlice;
use ::rubato::{Adjustable, Async, FixedAsync, PolynomialDegree, Resampler as _, Resizable, Sample};
use core::fmt;
use std::vec;
use std::vec::Vec;

/// A sample type that `rubato` computes with and the cable's samples convert to and from.
pub(super) trait Precision: Sample + fmt::Debug {
    fn to_f32(self) -> f32;
}

impl Precision for f32 {
    fn to_f32(self) -> f32 {
        self
    }
}

impl Precision for f64 {
    fn to_f32(self) -> f32 {
        self as f32
    }
}

pub(super) struct Core<T> {
    inner: Async<T>,
    /// Input on its way to `rubato`, channel after channel of `input_frames` each.
    input: Vec<T>,
    input_frames: usize,
    /// Frames waiting in `input`.
    staged: usize,
    /// Output on its way from `rubato`, channel after channel of `output_frames` each.
    output: Vec<T>,
    output_frames: usize,
    channels: usize,
    /// Length of the kernel, as `rubato` rounds it.
    taps: usize,
    /// Phases of the kernel; none for a polynomial.
    phases: Option<usize>,
}

impl<T> fmt::Debug for Core<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("taps", &self.taps).field("staged", &self.staged).finish_non_exhaustive()
    }
}

impl<T: Precision> Core<T> {
    /// `None` when `rubato` refuses the ratio, which it does not within the limits of [`Settings`].
    pub(super) fn new(settings: &Settings, output_frames: usize) -> Option<Self> {
        let channels = settings.channels;
        let ratio = 1.0 / settings.nominal.to_f64();
        // Leaves room for rounding, and for the correction of a chunk's ratio towards the exact position.
        let range = 1.0 + 1.5 * MAX_DEVIATION;
        let fixed = FixedAsync::Output;
        let (made, taps, phases) = match (sinc_parameters(settings), settings.interpolation) {
            (Some(parameters), _) => {
                let made = Async::new_sinc(ratio, range, &parameters, output_frames, channels, fixed);
                (made, parameters.sinc_len.next_multiple_of(8), Some(parameters.oversampling_factor))
            }
            (None, Interpolation::Linear) => {
                let degree = PolynomialDegree::Linear;
                (Async::new_poly(ratio, range, degree, output_frames, channels, fixed), 2, None)
            }
            (None, _) => {
                let degree = PolynomialDegree::Cubic;
                (Async::new_poly(ratio, range, degree, output_frames, channels, fixed), 4, None)
            }
        };
        let inner = made.ok()?;
        // Twice the kernel more than `rubato` says, for chunks that follow larger ones.
        let input_frames = inner.input_frames_max() + 2 * taps;
        Some(Self {
            inner,
            input: vec![T::coerce(0.0f32); input_frames * channels],
            input_frames,
            staged: 0,
            output: vec![T::coerce(0.0f32); output_frames * channels],
            output_frames,
            channels,
            taps,
            phases,
        })
    }

    /// `rubato`'s position before its first chunk.
    pub(super) fn start_index(&self) -> f64 {
        match self.phases {
            Some(_) => 1.0 - self.taps as f64,
            None => -0.5 * self.taps as f64,
        }
    }

    /// From `rubato`'s position to the instant that the output frame stands for. A kernel's position is
    /// that of its first tap, and its phases run from `1 / phases` to 1.
    pub(super) fn centre_frames(&self) -> f64 {
        self.phases.map_or(0.0, |phases| 0.5 * self.taps as f64 - 1.0 + 1.0 / phases as f64)
    }

    pub(super) fn staged_frames(&self) -> usize {
        self.staged
    }

    /// Input frames that `rubato` wants for a chunk, by its own formula, less those already here.
    pub(super) fn missing_frames(&self, frames: usize, steps: (f64, f64), index: f64) -> usize {
        // A step goes to `rubato` as its reciprocal, and comes back rounded.
        let (first, last) = (1.0 / (1.0 / steps.0), 1.0 / (1.0 / steps.1));
        let overshoot = 0.5 * (last - first);
        let needed =
            libm::ceil(index + frames as f64 * (0.5 * (first + last)) + overshoot + self.taps as f64);
        (needed as usize).saturating_sub(self.staged)
    }

    /// Tells `rubato` about the chunk and takes in as much of `input` as it is short of.
    pub(super) fn stage(&mut self, frames: usize, steps: (f64, f64), input: &[&[f32]]) -> usize {
        // The limits were checked when the step was set; a refusal would leave the ratio as it is.
        let _ = self.inner.set_chunk_size(frames);
        let _ = self.inner.set_resample_ratio(1.0 / steps.0, false);
        let _ = self.inner.set_resample_ratio(1.0 / steps.1, true);
        let wanted = self.inner.input_frames_next().saturating_sub(self.staged);
        let room = self.input_frames - self.staged;
        let taken = input.first().map_or(0, |c| c.len()).min(wanted).min(room);
        for (channel, source) in self.input.chunks_exact_mut(self.input_frames).zip(input) {
            let free = channel.iter_mut().skip(self.staged).take(taken);
            free.zip(*source).for_each(|(to, from)| *to = T::coerce(*from));
        }
        self.staged += taken;
        taken
    }

    /// Makes the chunk if all its input is here; gives the frames used and `rubato`'s position after it.
    pub(super) fn run(
        &mut self,
        frames: usize,
        steps: (f64, f64),
        index: f64,
        output: &mut [&mut [f32]],
    ) -> Option<(usize, f64)> {
        if self.staged < self.inner.input_frames_next() {
            return None;
        }
        let from = SequentialSlice::new(&self.input, self.channels, self.input_frames).ok()?;
        let mut to = SequentialSlice::new_mut(&mut self.output, self.channels, self.output_frames).ok()?;
        let (used, _) = self.inner.process_into_buffer(&from, &mut to, None).ok()?;
        for (channel, source) in output.iter_mut().zip(self.output.chunks_exact(self.output_frames)) {
            channel.iter_mut().zip(source).for_each(|(to, from)| *to = from.to_f32());
        }
        self.drop_used(used);
        Some((used, walk(index, steps, frames) - used as f64))
    }

    /// What a smaller chunk than announced left over moves to the front.
    fn drop_used(&mut self, used: usize) {
        let left = self.staged.saturating_sub(used);
        if left > 0 {
            for channel in self.input.chunks_exact_mut(self.input_frames) {
                if let Some(held) = channel.get_mut(..used + left) {
                    held.copy_within(used.., 0);
                }
            }
        }
        self.staged = left;
    }

    pub(super) fn reset(&mut self) {
        self.inner.reset();
        self.staged = 0;
    }
}

/// `rubato`'s position after `frames` output frames: its own additions in its own order, because
/// floating-point sums depend on it.
fn walk(index: f64, steps: (f64, f64), frames: usize) -> f64 {
    let (first, last) = (1.0 / steps.0, 1.0 / steps.1);
    let increment = (1.0 / last - 1.0 / first) / frames as f64;
    let mut step = 1.0 / first;
    let mut index = index;
    for _ in 0..frames {
        step += increment;
        index += step;
    }
    index
}
