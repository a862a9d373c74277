//! The lent samples, divided into the planar buffers that processing needs.

use core::borrow::BorrowMut;

use super::fade::FADE_FRAMES;
use crate::format::MAX_CHANNELS;

/// Most channels, as an array's length.
pub(super) const MOST: usize = MAX_CHANNELS as usize;
/// Frames worked on at a time where no ring sets another size.
pub(super) const BLOCK_FRAMES: usize = 256;

/// One buffer: a plane per channel, one after the other.
pub(super) struct Area<'a> {
    samples: &'a mut [f32],
    /// Samples per plane; at least 1, but saying so again where it divides leaves no panic in the code.
    pitch: usize,
}

impl Area<'_> {
    /// Frames `at..at + frames` of each channel; planes of channels it does not have are empty.
    pub(super) fn planes(&self, at: usize, frames: usize) -> [&[f32]; MOST] {
        let mut planes = self.samples.chunks_exact(self.pitch.max(1));
        core::array::from_fn(|_| {
            planes.next().and_then(|plane| plane.get(at..at.checked_add(frames)?)).unwrap_or_default()
        })
    }

    /// The same to be written.
    pub(super) fn planes_mut(&mut self, at: usize, frames: usize) -> [&mut [f32]; MOST] {
        let mut planes = self.samples.chunks_exact_mut(self.pitch.max(1));
        core::array::from_fn(|_| {
            planes.next().and_then(|plane| plane.get_mut(at..at.checked_add(frames)?)).unwrap_or_default()
        })
    }

    /// The same as bytes: room for samples of any format.
    pub(super) fn bytes_mut(&mut self, frames: usize) -> [&mut [u8]; MOST] {
        self.planes_mut(0, frames).map(bytemuck::must_cast_slice_mut)
    }

    /// Every plane in full.
    pub(super) fn whole(&mut self) -> impl Iterator<Item = &mut [f32]> {
        self.samples.chunks_exact_mut(self.pitch.max(1))
    }

    /// Frames a plane holds.
    pub(super) const fn capacity_frames(&self) -> usize {
        self.pitch
    }
}

/// How many samples each buffer has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measures {
    pub(super) writer_channels: usize,
    pub(super) reader_channels: usize,
    /// Frames of the output ring; 0 without a resampler.
    pub(super) output_frames: usize,
}

impl Measures {
    /// Samples in all.
    pub(super) const fn samples(self) -> usize {
        let both = self.writer_channels + self.reader_channels;
        both * BLOCK_FRAMES + self.reader_channels * (self.output_frames + FADE_FRAMES)
    }
}

/// The buffers of one crossing.
pub(super) struct Areas<'a> {
    /// A block of the writer's channels.
    pub(super) wide: Area<'a>,
    /// The same block as the reader's channels.
    pub(super) narrow: Area<'a>,
    /// The output ring: frames of the reader, made and not yet delivered.
    pub(super) ready: Area<'a>,
    /// The end of the way left behind.
    pub(super) tail: Area<'a>,
}

/// Owner of the lent samples.
pub(super) struct Buffers<B> {
    samples: B,
    measures: Measures,
}

impl<B: BorrowMut<[f32]>> Buffers<B> {
    /// `None` when there are fewer samples than [`Measures::samples`].
    pub(super) fn new(mut samples: B, measures: Measures) -> Option<Self> {
        let lent = samples.borrow_mut();
        lent.fill(0.0);
        (lent.len() >= measures.samples()).then_some(Self { samples, measures })
    }

    pub(super) const fn measures(&self) -> Measures {
        self.measures
    }

    /// The samples back.
    pub(super) fn into_samples(self) -> B {
        self.samples
    }

    /// The buffers, each for itself.
    pub(super) fn areas(&mut self) -> Areas<'_> {
        let Measures { writer_channels, reader_channels, output_frames } = self.measures;
        let mut rest = self.samples.borrow_mut();
        let mut area = |channels: usize, pitch: usize| {
            let (samples, others) =
                core::mem::take(&mut rest).split_at_mut_checked(channels * pitch).unwrap_or_default();
            rest = others;
            Area { samples, pitch: pitch.max(1) }
        };
        Areas {
            wide: area(writer_channels, BLOCK_FRAMES),
            narrow: area(reader_channels, BLOCK_FRAMES),
            ready: area(reader_channels, output_frames),
            tail: area(reader_channels, FADE_FRAMES),
        }
    }
}
