//! Frames in memory: the two sides of a conversion, misaligned on purpose.

use proptest::prelude::*;
use vcable_core::convert::{Converter, InstructionSet};
use vcable_core::format::{ChannelCount, Layout, SampleFormat};

pub(crate) const FORMATS: [SampleFormat; 5] =
    [SampleFormat::F32, SampleFormat::S16, SampleFormat::S24, SampleFormat::S24In32, SampleFormat::S32];
pub(crate) const LAYOUTS: [Layout; 2] = [Layout::Interleaved, Layout::Planar];

/// What the bytes hold that nobody should touch.
const UNTOUCHED: u8 = 0xa5;

/// One sample's place in a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) frame: usize,
    pub(crate) channel: usize,
    pub(crate) channels: usize,
}

/// One side: its planes, each `offset` bytes behind what the allocator gave and with a guard behind it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Side {
    pub(crate) format: SampleFormat,
    pub(crate) layout: Layout,
    channels: usize,
    frames: usize,
    offset: usize,
    planes: Vec<Vec<u8>>,
}

impl Side {
    const GUARD_BYTES: usize = 80;

    pub(crate) fn new(
        (format, layout): (SampleFormat, Layout),
        channels: usize,
        frames: usize,
        offset: usize,
    ) -> Self {
        let (count, samples) = match layout {
            Layout::Interleaved => (1, frames * channels),
            Layout::Planar => (channels, frames),
        };
        let plane = vec![UNTOUCHED; offset + samples * format.bytes() + Self::GUARD_BYTES];
        Self { format, layout, channels, frames, offset, planes: vec![plane; count] }
    }

    /// The side with each sample as `sample` gives it.
    pub(crate) fn filled(mut self, mut sample: impl FnMut(Place) -> Vec<u8>) -> Self {
        let channels = self.channels;
        for frame in 0..self.frames {
            for channel in 0..channels {
                let value = sample(Place { frame, channel, channels });
                self.sample_mut(frame, channel).copy_from_slice(&value);
            }
        }
        self
    }

    fn sample_range(&self, frame: usize, channel: usize) -> (usize, std::ops::Range<usize>) {
        let (plane, sample) = match self.layout {
            Layout::Interleaved => (0, frame * self.channels + channel),
            Layout::Planar => (channel, frame),
        };
        let start = self.offset + sample * self.format.bytes();
        (plane, start..start + self.format.bytes())
    }

    pub(crate) fn sample(&self, place: Place) -> &[u8] {
        let (index, range) = self.sample_range(place.frame, place.channel);
        &self.planes[index][range]
    }

    fn sample_mut(&mut self, frame: usize, channel: usize) -> &mut [u8] {
        let (index, range) = self.sample_range(frame, channel);
        &mut self.planes[index][range]
    }

    /// The planes from frame `first` on, without the guards.
    pub(crate) fn slices(&self, first: usize) -> Vec<&[u8]> {
        let (start, guard) = (self.start_bytes(first), Self::GUARD_BYTES);
        self.planes.iter().map(|plane| &plane[start..plane.len() - guard]).collect()
    }

    /// The same to write to.
    pub(crate) fn slices_mut(&mut self, first: usize) -> Vec<&mut [u8]> {
        let (start, guard) = (self.start_bytes(first), Self::GUARD_BYTES);
        self.planes
            .iter_mut()
            .map(|plane| {
                let end = plane.len() - guard;
                &mut plane[start..end]
            })
            .collect()
    }

    fn start_bytes(&self, first: usize) -> usize {
        let channels = if self.layout == Layout::Interleaved { self.channels } else { 1 };
        self.offset + first * channels * self.format.bytes()
    }

    /// An untouched side of another kind for as many frames.
    pub(crate) fn like(&self, kind: (SampleFormat, Layout)) -> Self {
        Self::new(kind, self.channels, self.frames, 3)
    }

    /// Frames it holds.
    pub(crate) fn frames(&self) -> usize {
        self.frames
    }

    /// A converter from this side to the like of `to`.
    pub(crate) fn converter_to(&self, to: &Self) -> Converter {
        let channels = ChannelCount::new(self.channels as u32).unwrap();
        Converter::new((self.format, self.layout), (to.format, to.layout), channels)
    }

    /// What `sample` makes of this side, in memory like `like`.
    pub(crate) fn mapped(&self, like: &Self, mut sample: impl FnMut(&[u8], Place) -> Vec<u8>) -> Self {
        like.clone().filled(|place| sample(self.sample(place), place))
    }
}

/// All instruction sets this machine can test.
pub(crate) fn instruction_sets() -> Vec<InstructionSet> {
    let mut sets = vec![InstructionSet::BASELINE];
    if InstructionSet::detect() != InstructionSet::BASELINE {
        sets.push(InstructionSet::detect());
    }
    sets
}

/// Samples that break careless code: NaN of both kinds, infinities, zeros, subnormals, full scale and its neighbours,
/// ties, values that overflow what they are scaled or rounded by.
pub(crate) fn special_floats() -> Vec<f32> {
    let mut positive = vec![0.0, f32::NAN, f32::INFINITY, f32::MAX, f32::MIN_POSITIVE, f32::from_bits(1)];
    positive.extend([f32::from_bits(0x7f80_0001), 128.0, 384.0, 65_535.0, 65_536.0, 70_000.0, 1e10]);
    for full_scale in [32_768.0_f32, 8_388_608.0, 2_147_483_648.0] {
        for steps in
            [0.5_f32, 1.0, 1.5, 2.5, full_scale / 2.0 + 0.5, full_scale - 1.5, full_scale - 0.5, full_scale]
        {
            let value = steps / full_scale;
            positive.extend([
                value,
                f32::from_bits(value.to_bits() - 1),
                f32::from_bits(value.to_bits() + 1),
            ]);
        }
    }
    positive.iter().flat_map(|&value| [value, -value]).collect()
}

/// One stored sample of any kind.
pub(crate) fn any_sample(format: SampleFormat) -> BoxedStrategy<Vec<u8>> {
    let raw = proptest::collection::vec(any::<u8>(), format.bytes());
    if format == SampleFormat::F32 {
        let special = proptest::sample::select(special_floats());
        let floats = prop_oneof![8 => -1.1_f32..1.1, 1 => -1e-3_f32..1e-3, 1 => special];
        return prop_oneof![9 => floats.prop_map(|value| value.to_le_bytes().to_vec()), 1 => raw].boxed();
    }
    let ends = proptest::sample::select(vec![0x00_u8, 0x01, 0x7f, 0x80, 0x81, 0xff]);
    prop_oneof![3 => raw, 1 => proptest::collection::vec(ends, format.bytes())].boxed()
}
