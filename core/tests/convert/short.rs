//! Memory that is short, ragged, lacking or too much: nothing panics, nothing is written beyond what is reported.

use proptest::prelude::*;
use vcable_core::convert::Converter;
use vcable_core::format::{ChannelCount, Layout, SampleFormat};

use crate::sides::{FORMATS, LAYOUTS, instruction_sets};

/// Frames that all of `planes` hold.
fn whole_frames(planes: &[Vec<u8>], (format, layout): (SampleFormat, Layout), channels: usize) -> usize {
    let (count, stride) = match layout {
        Layout::Interleaved => (1, channels * format.bytes()),
        Layout::Planar => (channels, format.bytes()),
    };
    (0..count).map(|plane| planes.get(plane).map_or(0, |plane| plane.len() / stride)).min().unwrap_or(0)
}

fn any_planes() -> impl Strategy<Value = Vec<Vec<u8>>> {
    proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..600), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn any_memory_is_safe(
        from in (proptest::sample::select(&FORMATS[..]), proptest::sample::select(&LAYOUTS[..])),
        to in (proptest::sample::select(&FORMATS[..]), proptest::sample::select(&LAYOUTS[..])),
        channels in 1_usize..=4,
        src in any_planes(),
        dst in any_planes(),
        asked in prop_oneof![0_usize..300, Just(usize::MAX)],
        seed in proptest::option::of(any::<u32>()),
    ) {
        let expected =
            asked.min(whole_frames(&src, from, channels)).min(whole_frames(&dst, to, channels));
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

            let (used, stride) = match to.1 {
                Layout::Interleaved => (1, channels * to.0.bytes()),
                Layout::Planar => (channels, to.0.bytes()),
            };
            for (index, (before, after)) in dst.iter().zip(&after).enumerate() {
                let written = if index < used { expected * stride } else { 0 };
                prop_assert_eq!(&before[written..], &after[written..]);
            }
        }
    }
}
