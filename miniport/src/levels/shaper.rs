//! Applies the levels to frames on their way.

use core::sync::atomic::{Ordering, compiler_fence};

use super::{
    CHANNELS, Levels,
    sample::{Float32, LANES, Pcm16, Pcm24, Pcm24In32, Pcm32, Sample, one_by_one},
};
use crate::format::Encoding;

/// Frames over which a changed level is reached: a step would click.
const RAMP_FRAMES: f32 = 64.0;

/// What one stream has heard of its levels.
#[derive(Clone, Debug)]
pub struct Shaper {
    /// The factors in force.
    gain: [f32; CHANNELS],
    /// Whether they are known to change nothing.
    passes: bool,
}

impl Shaper {
    /// Begins at the present levels.
    pub fn new(levels: &Levels) -> Self {
        Self { gain: core::array::from_fn(|channel| levels.gain(channel)), passes: false }
    }

    /// Applies `levels` to interleaved frames of `channels` channels, and notes their peaks. The tick.
    pub fn process(&mut self, frames: &mut [u8], encoding: Encoding, channels: usize, levels: &Levels) {
        match encoding {
            Encoding::Pcm16 => self.run::<Pcm16, 2>(frames, channels, levels),
            Encoding::Pcm24 => self.run::<Pcm24, 3>(frames, channels, levels),
            Encoding::Pcm24In32 => self.run::<Pcm24In32, 4>(frames, channels, levels),
            Encoding::Pcm32 => self.run::<Pcm32, 4>(frames, channels, levels),
            Encoding::Float32 => self.run::<Float32, 4>(frames, channels, levels),
        }
    }

    fn run<S: Sample<N>, const N: usize>(&mut self, frames: &mut [u8], channels: usize, levels: &Levels) {
        let channels = channels.clamp(1, CHANNELS);
        if !(self.passes && levels.pass(channels)) {
            self.follow::<S, N>(frames, channels, levels);
        }
        for (channel, peak) in peaks::<S, N>(frames, channels).into_iter().enumerate().take(channels) {
            levels.meter(channel, peak);
        }
    }

    /// Reaches the present levels within the frames, or begins to.
    fn follow<S: Sample<N>, const N: usize>(&mut self, frames: &mut [u8], channels: usize, levels: &Levels) {
        let goal: [f32; CHANNELS] = core::array::from_fn(|channel| levels.gain(channel));
        self.scale::<S, N>(frames, channels, &goal);
        self.gain = goal_of_absent(self.gain, goal, channels);
        self.passes = self.gain.iter().take(channels).all(|&gain| gain >= 1.0);
    }

    fn scale<S: Sample<N>, const N: usize>(
        &mut self,
        frames: &mut [u8],
        channels: usize,
        goal: &[f32; CHANNELS],
    ) {
        const SLOPE: f32 = 1.0 / RAMP_FRAMES;
        for frame in frames.chunks_exact_mut(N * channels) {
            for ((sample, gain), goal) in frame.chunks_exact_mut(N).zip(&mut self.gain).zip(goal) {
                let rest = goal - *gain;
                *gain = if rest.abs() <= SLOPE { *goal } else { *gain + SLOPE.copysign(rest) };
                // Not for speed: the samples of a channel at full level keep their bits.
                if *gain < 1.0 {
                    let scaled = S::scaled((&*sample).try_into().unwrap_or([0; N]), *gain);
                    sample.copy_from_slice(&scaled);
                }
            }
        }
    }
}

/// The factors of channels that the stream does not have follow at once.
fn goal_of_absent(gain: [f32; CHANNELS], goal: [f32; CHANNELS], channels: usize) -> [f32; CHANNELS] {
    core::array::from_fn(|channel| {
        let from = if channel < channels { gain } else { goal };
        from.get(channel).copied().unwrap_or(1.0)
    })
}

/// The peak of each channel.
fn peaks<S: Sample<N>, const N: usize>(frames: &[u8], channels: usize) -> [u32; CHANNELS] {
    let mut extremes = Extremes { least: [S::SILENCE; LANES], most: [S::SILENCE; LANES] };
    // Whole frames; of all offered numbers of channels that is all lanes.
    let lanes = LANES - LANES % channels;
    for block in frames.chunks(N * lanes) {
        let values = if block.len() == N * LANES { S::values(block) } else { one_by_one::<S, N>(block) };
        extremes.widen(&values, &values);
        // Else the compiler takes a lane of many blocks for a vector, and gathers it sample by sample.
        compiler_fence(Ordering::SeqCst);
    }
    let mut all = Extremes { least: [S::SILENCE; CHANNELS], most: [S::SILENCE; CHANNELS] };
    if CHANNELS % channels == 0 {
        // Whole vectors first, then one by halves.
        for (least, most) in extremes.least.chunks_exact(CHANNELS).zip(extremes.most.chunks_exact(CHANNELS)) {
            all.widen(least, most);
        }
        let mut width = CHANNELS;
        while width > channels {
            width /= 2;
            all.fold(width);
        }
    } else {
        for (least, most) in extremes.least.chunks(channels).zip(extremes.most.chunks(channels)) {
            all.widen(least, most);
        }
    }
    core::array::from_fn(|channel| match (all.least.get(channel), all.most.get(channel)) {
        (Some(&least), Some(&most)) if channel < channels => S::peak(least, most),
        _ => 0,
    })
}

/// Lowest and highest values, side by side.
struct Extremes<V, const LANES: usize> {
    least: [V; LANES],
    most: [V; LANES],
}

impl<V: Copy + PartialOrd, const LANES: usize> Extremes<V, LANES> {
    /// Takes in what lies `width` places and more further on.
    #[inline]
    fn fold(&mut self, width: usize) {
        let (least, further) = self.least.split_at_mut(width.min(LANES));
        for (own, &value) in least.iter_mut().zip(&*further) {
            *own = if value < *own { value } else { *own };
        }
        let (most, further) = self.most.split_at_mut(width.min(LANES));
        for (own, &value) in most.iter_mut().zip(&*further) {
            *own = if value > *own { value } else { *own };
        }
    }

    /// Takes further values in. No branch, so that the compiler makes vectors of it; comparisons leave NaN out.
    #[inline]
    fn widen(&mut self, least: &[V], most: &[V]) {
        for (own, &value) in self.least.iter_mut().zip(least) {
            *own = if value < *own { value } else { *own };
        }
        for (own, &value) in self.most.iter_mut().zip(most) {
            *own = if value > *own { value } else { *own };
        }
    }
}
