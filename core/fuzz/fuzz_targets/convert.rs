//! Any conversion of any memory: equal to the naive twin, and nothing written but what is reported.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vcable_core::convert::{Converter, InstructionSet};
use vcable_core::format::{Layout, SampleFormat};
use vcable_core_fuzz::{Guarded, Result, Unstructured, channels, kind, without_allocation};

#[path = "../../tests/convert/naive.rs"]
mod naive;

/// What the twin wants to know of a sample.
mod sides {
    /// One sample's place in a stream.
    #[derive(Clone, Copy)]
    pub(crate) struct Place {
        pub(crate) frame: usize,
        pub(crate) channel: usize,
        pub(crate) channels: usize,
    }
}

/// Most frames of one case.
const MOST_FRAMES: usize = 160;

fuzz_target!(|data: &[u8]| {
    // Bytes that ran out end a case early; that is no finding.
    let _ = run(&mut Unstructured::new(data));
});

/// How one side's frames lie: planes it has and bytes from frame to frame in each.
#[derive(Clone, Copy)]
struct Side {
    sample: SampleFormat,
    layout: Layout,
    planes: usize,
    stride_bytes: usize,
}

impl Side {
    fn new((sample, layout): (SampleFormat, Layout), channels: usize) -> Self {
        let (planes, samples) = if layout == Layout::Planar { (channels, 1) } else { (1, channels) };
        Self { sample, layout, planes, stride_bytes: samples * sample.bytes() }
    }

    /// Memory for about `frames` frames: mostly a few bytes off, seldom a plane too few or too many.
    fn memory(self, u: &mut Unstructured<'_>, frames: usize) -> Result<Guarded> {
        let full = frames * self.stride_bytes;
        let planes = if u.ratio(1, 8)? { u.int_in_range(0..=self.planes + 1)? } else { self.planes };
        let ragged = u.ratio(1, 2)?;
        let mut length = || -> Result<usize> {
            Ok(match if ragged { u.int_in_range(0..=3)? } else { 0 } {
                1 => full + u.int_in_range(0..=9)?,
                2 => full.saturating_sub(u.int_in_range(0..=9)?),
                3 => u.int_in_range(0..=full)?,
                _ => full,
            })
        };
        let lengths: Vec<usize> = (0..planes).map(|_| length()).collect::<Result<_>>()?;
        Guarded::new(lengths, u.int_in_range(0..=7)?).filled(u)
    }

    fn frames(self, planes: &[&[u8]]) -> usize {
        let held = |plane: usize| planes.get(plane).map_or(0, |plane| plane.len() / self.stride_bytes);
        (0..self.planes).map(held).min().unwrap_or(0)
    }

    fn sample<'a>(self, planes: &[&'a [u8]], at: sides::Place) -> &'a [u8] {
        let (plane, index) = match self.layout {
            Layout::Planar => (at.channel, at.frame),
            Layout::Interleaved => (0, at.frame * at.channels + at.channel),
        };
        &planes[plane][index * self.sample.bytes()..][..self.sample.bytes()]
    }
}

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let count = channels(u)?;
    let (from_kind, to_kind) = (kind(u)?, kind(u)?);
    let (from, to) = (Side::new(from_kind, count.get()), Side::new(to_kind, count.get()));
    let frames = u.int_in_range(0..=MOST_FRAMES)?;
    let asked = if u.ratio(1, 8)? { u.arbitrary()? } else { frames };
    let seed: Option<u32> = u.arbitrary()?;
    let cut = u.int_in_range(0..=MOST_FRAMES)?;
    let (src, dst) = (from.memory(u, frames)?, to.memory(u, frames)?);
    let expected = asked.min(from.frames(&src.slices())).min(to.frames(&dst.slices()));

    for isa in [InstructionSet::BASELINE, InstructionSet::detect()] {
        let mut converter = Converter::new(from_kind, to_kind, count).with_instructions(isa);
        if let Some(seed) = seed {
            converter = converter.with_dither(seed);
        }
        let mut after = dst.clone();
        // In two calls, so that the second begins anywhere.
        let first = process(&mut converter, (from, &src, 0), (to, &mut after), cut.min(expected));
        let second = process(&mut converter, (from, &src, first), (to, &mut after), asked - first);
        assert_eq!((first, first + second), (cut.min(expected), expected), "{isa:?}");
        check(
            &dst,
            &after,
            |place| {
                (place.frame < expected).then(|| {
                    let sample = from.sample(&src.slices(), place);
                    match seed {
                        Some(seed) => naive::convert_dithered(from.sample, to.sample, sample, seed, place),
                        None => naive::convert(from.sample, to.sample, sample),
                    }
                })
            },
            to,
            count.get(),
        );
    }
    Ok(())
}

/// Converts up to `frames` frames from frame `at` on.
fn process(
    converter: &mut Converter,
    (from, src, at): (Side, &Guarded, usize),
    (to, dst): (Side, &mut Guarded),
    frames: usize,
) -> usize {
    let src: Vec<&[u8]> =
        src.slices().iter().map(|plane| plane.get(at * from.stride_bytes..).unwrap_or_default()).collect();
    let dst = dst.slices_mut().into_iter();
    let mut dst: Vec<&mut [u8]> =
        dst.map(|plane| plane.get_mut(at * to.stride_bytes..).unwrap_or_default()).collect();
    without_allocation(|| converter.process(&src, &mut dst, frames))
}

/// Holds each sample of `after` against the twin's; where that has none, and in the guards, nothing may have changed.
fn check(
    before: &Guarded,
    after: &Guarded,
    twin: impl Fn(sides::Place) -> Option<Vec<u8>>,
    to: Side,
    channels: usize,
) {
    let mut expected = before.clone();
    let bytes = to.sample.bytes();
    for (plane, slice) in expected.slices_mut().into_iter().enumerate().take(to.planes) {
        for (index, sample) in slice.chunks_exact_mut(bytes).enumerate() {
            let (frame, channel) = match to.layout {
                Layout::Planar => (index, plane),
                Layout::Interleaved => (index / channels, index % channels),
            };
            if let Some(value) = twin(sides::Place { frame, channel, channels }) {
                sample.copy_from_slice(&value);
            }
        }
    }
    assert!(expected == *after, "the naive twin has other bytes, or bytes outside were written");
}
