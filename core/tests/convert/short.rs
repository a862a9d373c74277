//! Memory that is short, ragged, lacking or too much: nothing panics, nothing is written beyond what is reported.

use proptest::prelude::*;
use vcable_core::convert::Converter;
use vcable_core::format::{ChannelCount, Layout, SampleFormat};

use crate::sides::{FORMATS, LAYOUTS, instruction_sets};

type Kind = (SampleFormat, Layout);

/// Planes of one side, and bytes from one frame to the next in each.
fn shape((format, layout): Kind, channels: usize) -> (usize, usize) {
    match layout {
        Layout::Interleaved => (1, channels * format.bytes()),
        Layout::Planar => (channels, format.bytes()),
    }
}

/// Frames that all planes of one side hold.
fn whole_frames(planes: &[Vec<u8>], kind: Kind, channels: usize) -> usize {
    let (count, stride) = shape(kind, channels);
    (0..count).map(|plane| planes.get(plane).map_or(0, |plane| plane.len() / stride)).min().unwrap_or(0)
}

/// Up to two planes too few or too many, most of them a few bytes off what `frames` frames take.
fn any_planes(kind: Kind, channels: usize, frames: usize) -> impl Strategy<Value = Vec<Vec<u8>>> {
    let (count, stride) = shape(kind, channels);
    let full = frames * stride;
    let length = prop_oneof![4 => full..full + 4, 4 => full.saturating_sub(4)..=full, 1 => 0..=full];
    let plane = length.prop_flat_map(|length| proptest::collection::vec(any::<u8>(), length)).boxed();
    let count = prop_oneof![4 => Just(count), 1 => count.saturating_sub(2)..count + 2];
    count.prop_flat_map(move |count| proptest::collection::vec(plane.clone(), count))
}

fn any_kind() -> impl Strategy<Value = Kind> {
    (proptest::sample::select(&FORMATS[..]), proptest::sample::select(&LAYOUTS[..]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_memory_is_safe(
        (from, to, channels, frames, src, dst) in (any_kind(), any_kind(), 1_usize..=4, 0_usize..70)
            .prop_flat_map(|(from, to, channels, frames)| {
                let (src, dst) = (any_planes(from, channels, frames), any_planes(to, channels, frames));
                (Just(from), Just(to), Just(channels), Just(frames), src, dst)
            }),
        unlimited: bool,
        seed in proptest::option::of(any::<u32>()),
    ) {
        let asked = if unlimited { usize::MAX } else { frames };
        let expected = asked.min(whole_frames(&src, from, channels)).min(whole_frames(&dst, to, channels));
        let (used, stride) = shape(to, channels);
        for set in instruction_sets() {
            let count = ChannelCount::new(channels as u32).unwrap();
            let mut converter = Converter::new(from, to, count).with_instructions(set);
            if let Some(seed) = seed {
                converter = converter.with_dither(seed);
            }
            let mut after = dst.clone();
            let src: Vec<&[u8]> = src.iter().map(Vec::as_slice).collect();
            let mut planes: Vec<&mut [u8]> = after.iter_mut().map(Vec::as_mut_slice).collect();
            prop_assert_eq!(converter.process(&src, &mut planes, asked), expected);
            for (index, (before, after)) in dst.iter().zip(&after).enumerate() {
                let written = if index < used { expected * stride } else { 0 };
                prop_assert_eq!(&before[written..], &after[written..]);
            }
        }
    }
}
