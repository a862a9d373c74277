//! Any map of channels to any other, over planes of any length: equal to the sum that a textbook has.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vcable_core::remix::{ChannelMap, MixLevel, RemixMatrix};
use vcable_core_fuzz::{Result, Unstructured, channel_map, channels, content, without_allocation};

/// Most frames of one case.
const MOST_FRAMES: usize = 64;

fuzz_target!(|data: &[u8]| {
    // Bytes that ran out end a case early; that is no finding.
    let _ = run(&mut Unstructured::new(data));
});

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let (from_count, to_count) = (channels(u)?, channels(u)?);
    let (from, to) = (channel_map(u, from_count)?, channel_map(u, to_count)?);
    let published = u.arbitrary()?;
    let level = if published { MixLevel::Published } else { MixLevel::Bounded };
    let matrix = RemixMatrix::with_level(&from, &to, level);
    check_matrix(&matrix, &from, &to, published);

    let frames = u.int_in_range(0..=MOST_FRAMES)?;
    let asked = if u.ratio(1, 8)? { u.arbitrary()? } else { frames };
    let (src, dst) = (planes(u, &from, frames)?, planes(u, &to, frames)?);
    let held = |planes: &[Vec<f32>], count: usize| {
        let shortest = planes.iter().take(count).map(Vec::len).min().unwrap_or(0);
        if planes.len() < count { 0 } else { shortest }
    };
    let expected = asked.min(held(&src, from.channels())).min(held(&dst, to.channels()));
    let mut after = dst.clone();
    let slices: Vec<&[f32]> = src.iter().map(Vec::as_slice).collect();
    let mut slices_mut: Vec<&mut [f32]> = after.iter_mut().map(Vec::as_mut_slice).collect();
    let done = without_allocation(|| matrix.apply(&slices, &mut slices_mut, asked));
    assert_eq!(done, expected);
    for (target, (before, after)) in dst.iter().zip(&after).enumerate() {
        for (frame, (before, after)) in before.iter().zip(after).enumerate() {
            let mixed = target < to.channels() && frame < done;
            let twin = if mixed { naive(&matrix, &src[..from.channels()], target, frame) } else { *before };
            // How a sum of two NaN looks is not promised.
            let same = after.to_bits() == twin.to_bits() || mixed && after.is_nan() && twin.is_nan();
            assert!(same, "target {target} frame {frame}: {after} for {twin}");
        }
    }
    Ok(())
}

/// What is promised of every matrix.
fn check_matrix(matrix: &RemixMatrix, from: &ChannelMap, to: &ChannelMap, published: bool) {
    for target in 0..to.channels() {
        let gains = (0..from.channels()).map(|source| matrix.gain(source, target));
        let sum: f32 = gains.inspect(|gain| assert!((0.0..=1.0).contains(gain), "{gain}")).sum();
        assert!(published || sum <= 1.000_01, "target {target} gets {sum}");
    }
    assert_eq!(matrix.gain(from.channels(), 0).to_bits(), 0);
    assert_eq!(matrix.gain(0, to.channels()).to_bits(), 0);
    assert!(from != to || matrix.is_identity());
}

/// A plane per channel, seldom one too few or too many, or of odd lengths.
fn planes(u: &mut Unstructured<'_>, map: &ChannelMap, frames: usize) -> Result<Vec<Vec<f32>>> {
    let right = map.channels();
    let count = if u.ratio(1, 8)? { u.int_in_range(0..=right + 1)? } else { right };
    let ragged = u.ratio(1, 4)?;
    (0..count)
        .map(|_| {
            let frames = if ragged { u.int_in_range(0..=frames + 2)? } else { frames };
            let mut bytes = vec![0; frames * size_of::<f32>()];
            content(u, &mut bytes)?;
            let samples = bytes.chunks_exact(4);
            Ok(samples.map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])).collect())
        })
        .collect()
}

/// Sources in order; a source without a part is no summand, and one alone at a gain of 1 is not touched.
fn naive(matrix: &RemixMatrix, src: &[Vec<f32>], target: usize, frame: usize) -> f32 {
    let gains = (0..src.len()).map(|source| (matrix.gain(source, target), src[source][frame]));
    let parts: Vec<(f32, f32)> = gains.filter(|(gain, _)| *gain != 0.0).collect();
    match parts[..] {
        [] => 0.0,
        [(1.0, alone)] => alone,
        _ => parts.iter().map(|(gain, sample)| gain * sample).reduce(|sum, part| sum + part).unwrap_or(0.0),
    }
}
