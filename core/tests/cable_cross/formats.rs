//! Formats and channels: against the converters applied to whole buffers, in one piece.

use proptest::prelude::*;
use vcable_core::cable::{Clocks, EndFormat, Path};
use vcable_core::convert::Converter;
use vcable_core::format::{Layout, SampleFormat};
use vcable_core::remix::RemixMatrix;
use vcable_core::resample::Polyphase;

use crate::bench::{Bench, Port, end};

const SAMPLES: [SampleFormat; 5] =
    [SampleFormat::F32, SampleFormat::S16, SampleFormat::S24, SampleFormat::S24In32, SampleFormat::S32];
const FLOATS: (SampleFormat, Layout) = (SampleFormat::F32, Layout::Planar);

fn any_end() -> impl Strategy<Value = EndFormat> {
    let layout = prop_oneof![Just(Layout::Interleaved), Just(Layout::Planar)];
    (prop::sample::select(&SAMPLES[..]), layout, 1_u32..=8)
        .prop_map(|(sample, layout, channels)| end(sample, layout, channels, 48_000))
}

/// The naive twin: all frames at once, equal ends untouched, through floats only where channels differ.
fn twin(from: &EndFormat, to: &EndFormat, source: &Port, frames: usize) -> Port {
    let (a, b) = (from.stream, to.stream);
    if from == to {
        return source.clone();
    }
    let mut port = Port::dirty(&b, frames);
    let source: Vec<&[u8]> = source.0.iter().map(Vec::as_slice).collect();
    let mut target: Vec<&mut [u8]> = port.0.iter_mut().map(Vec::as_mut_slice).collect();
    if from.map == to.map {
        let mut direct = Converter::new((a.sample, a.layout), (b.sample, b.layout), a.channels);
        direct.process(&source, &mut target, frames);
        return port;
    }
    let mut wide = vec![vec![0_u8; 4 * frames]; a.channels.get()];
    let mut wide_planes: Vec<&mut [u8]> = wide.iter_mut().map(Vec::as_mut_slice).collect();
    Converter::new((a.sample, a.layout), FLOATS, a.channels).process(&source, &mut wide_planes, frames);
    let wide: Vec<Vec<f32>> = wide
        .iter()
        .map(|plane| plane.chunks_exact(4).map(|x| f32::from_le_bytes(x.try_into().unwrap())).collect())
        .collect();
    let wide: Vec<&[f32]> = wide.iter().map(Vec::as_slice).collect();
    let mut narrow = vec![vec![0_f32; frames]; b.channels.get()];
    let mut planes: Vec<&mut [f32]> = narrow.iter_mut().map(Vec::as_mut_slice).collect();
    RemixMatrix::new(&from.map, &to.map).apply(&wide, &mut planes, frames);
    let narrow: Vec<Vec<u8>> =
        narrow.iter().map(|plane| plane.iter().flat_map(|x| x.to_le_bytes()).collect()).collect();
    let narrow: Vec<&[u8]> = narrow.iter().map(Vec::as_slice).collect();
    Converter::new(FLOATS, (b.sample, b.layout), b.channels).process(&narrow, &mut target, frames);
    port
}

/// Bytes that look like nothing in particular; as floats mostly small.
fn noise(format: &EndFormat, frames: usize, seed: u32) -> Port {
    let mut state = seed | 1;
    let mut byte = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let mut port = Port::dirty(&format.stream, frames);
    for plane in &mut port.0 {
        if format.stream.sample == SampleFormat::F32 {
            for sample in plane.chunks_exact_mut(4) {
                let x = f32::from(byte() as i8) / 100.0 + f32::from(byte()) / 25_600.0;
                sample.copy_from_slice(&x.to_le_bytes());
            }
        } else {
            plane.fill_with(&mut byte);
        }
    }
    port
}

/// Frames `from..from + frames` of a port.
fn cut(port: &Port, format: &EndFormat, from: usize, frames: usize) -> Port {
    let stride = format.stream.plane_stride_bytes();
    Port(port.0.iter().map(|plane| plane[from * stride..(from + frames) * stride].to_vec()).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_pair_of_ends_is_as_converted_in_one_piece(
        (from, to) in (any_end(), any_end()),
        cycles in prop::collection::vec((0_usize..700, 0_usize..40), 1..30),
        seed: u32,
    ) {
        let mut bench = Bench::<Polyphase<Vec<f32>>>::new(&from, &to, Clocks::Chained, None);
        let expected_path = if from == to { Path::Straight } else { Path::Converted };
        prop_assert_eq!(bench.crossing.path(), expected_path);
        let total: usize = cycles.iter().map(|cycle| cycle.0).sum();
        let source = noise(&from, total, seed);
        let expected = twin(&from, &to, &source, total);
        let mut done = 0;
        for (frames, excess) in cycles {
            bench.writer.write(&cut(&source, &from, done, frames), frames);
            let (port, heard) = bench.read(frames + excess, 0);
            prop_assert_eq!(heard, frames);
            prop_assert_eq!(&cut(&port, &to, 0, frames), &cut(&expected, &to, done, frames));
            let silent = cut(&port, &to, frames, excess);
            prop_assert!(silent.0.iter().flatten().all(|&byte| byte == 0));
            done += frames;
        }
        let report = bench.cable.report();
        prop_assert_eq!((report.path, report.latency_frames.to_bits()), (expected_path, 0));
    }
}

#[test]
fn integers_of_32_bits_keep_every_bit_across_layouts() {
    let from = end(SampleFormat::S32, Layout::Interleaved, 2, 48_000);
    let to = end(SampleFormat::S32, Layout::Planar, 2, 48_000);
    let mut bench = Bench::<Polyphase<Vec<f32>>>::new(&from, &to, Clocks::Shared, None);
    let source: Vec<u8> = (0..512_u32).flat_map(|n| n.wrapping_mul(0x9e37_79b1).to_le_bytes()).collect();
    bench.writer.write(&Port(vec![source.clone()]), 256);
    let (port, heard) = bench.read(256, 0);
    assert_eq!(heard, 256);
    let left: Vec<u8> = source.chunks_exact(8).flat_map(|frame| frame[..4].to_vec()).collect();
    let right: Vec<u8> = source.chunks_exact(8).flat_map(|frame| frame[4..].to_vec()).collect();
    assert_eq!(port.0, [left, right]);
}
