//! Applying a matrix: against its naive twin, bit by bit.

use proptest::prelude::*;
use vcable_core::remix::{ChannelMap, MixLevel, RemixMatrix};

use crate::coefficients::any_map;
use crate::map;

type Planes = Vec<Vec<f32>>;

/// The sum as it stands in a textbook, sources in order; a source without a part is no summand, one alone at a gain
/// of 1 is not touched.
fn naive(matrix: &RemixMatrix, src: &Planes, target: usize, frame: usize) -> f32 {
    let parts: Vec<(f32, f32)> = (0..src.len())
        .map(|source| (matrix.gain(source, target), source))
        .filter(|&(gain, _)| gain != 0.0)
        .map(|(gain, source)| (gain, src[source][frame]))
        .collect();
    match parts[..] {
        [] => 0.0,
        [(1.0, alone)] => alone,
        _ => parts.iter().map(|(gain, sample)| gain * sample).reduce(|sum, part| sum + part).unwrap(),
    }
}

fn run(matrix: &RemixMatrix, src: &Planes, dst: &mut Planes, frames: usize) -> usize {
    let src: Vec<&[f32]> = src.iter().map(Vec::as_slice).collect();
    let mut dst: Vec<&mut [f32]> = dst.iter_mut().map(Vec::as_mut_slice).collect();
    matrix.apply(&src, &mut dst, frames)
}

fn bits(planes: &Planes) -> Vec<Vec<u32>> {
    planes.iter().map(|plane| plane.iter().map(|sample| sample.to_bits()).collect()).collect()
}

fn any_case() -> impl Strategy<Value = (ChannelMap, ChannelMap, Planes, usize)> {
    (any_map(), any_map(), 0_usize..70).prop_flat_map(|(from, to, frames)| {
        let samples = prop_oneof![9 => -1.0_f32..1.0, 1 => any::<u32>().prop_map(f32::from_bits), 1 => Just(f32::from_bits(0xffa0_0001))];
        let plane = proptest::collection::vec(samples, frames);
        let planes = proptest::collection::vec(plane, from.channels());
        (Just(from), Just(to), planes, 0..=frames + 3)
    })
}

proptest! {
    #[test]
    fn mixing_equals_the_naive_twin((from, to, src, asked) in any_case(), published: bool) {
        let level = if published { MixLevel::Published } else { MixLevel::Bounded };
        let matrix = RemixMatrix::with_level(&from, &to, level);
        let frames = src[0].len();
        let mut dst = vec![vec![9.0; frames]; to.channels()];
        let done = run(&matrix, &src, &mut dst, asked);
        prop_assert_eq!(done, asked.min(frames));
        for (target, plane) in dst.iter().enumerate() {
            for (frame, &own) in plane.iter().enumerate() {
                let twin = if frame < done { naive(&matrix, &src, target, frame) } else { 9.0 };
                let same = own.to_bits() == twin.to_bits() || own.is_nan() && twin.is_nan();
                prop_assert!(same, "target {target} frame {frame}: {own} for {twin}");
            }
        }
    }

    /// Equal maps, and the same positions in another order: every bit arrives, those of NaN included.
    #[test]
    fn moved_channels_are_bit_exact(
        (from, _, src, _) in any_case(),
        turn in 0_usize..64,
    ) {
        let mut turned = from.positions().to_vec();
        turned.rotate_left(turn % from.channels());
        let to = ChannelMap::new(&turned).unwrap();
        let mut dst = vec![vec![9.0; src[0].len()]; to.channels()];
        run(&RemixMatrix::new(&from, &to), &src, &mut dst, usize::MAX);
        let mut expected = bits(&src);
        expected.rotate_left(turn % from.channels());
        prop_assert_eq!(bits(&dst), expected);
    }

    #[test]
    fn ragged_planes_are_safe(
        src in proptest::collection::vec(proptest::collection::vec(-1.0_f32..1.0, 0..40), 0..8),
        lengths in proptest::collection::vec(0_usize..40, 0..4),
    ) {
        let mut dst: Planes = lengths.iter().map(|&length| vec![9.0; length]).collect();
        let done = run(&RemixMatrix::new(&map("FL,FR,FC,LFE,RL,RR"), &map("FL,FR")), &src, &mut dst, usize::MAX);
        let held = src.iter().take(6).map(Vec::len).min().unwrap_or(0);
        let room = lengths.iter().take(2).copied().min().unwrap_or(0);
        let enough = src.len() >= 6 && lengths.len() >= 2;
        prop_assert_eq!(done, if enough { held.min(room) } else { 0 });
        for plane in dst.iter().skip(2) {
            prop_assert!(plane.iter().all(|&sample| sample == 9.0));
        }
    }
}

#[test]
fn mono_to_stereo_and_back_is_bit_exact() {
    let (mono, stereo) = (map("MONO"), map("FL,FR"));
    let src = vec![vec![0.1, -0.7, f32::MIN_POSITIVE, -0.0, 1.0]];
    let (mut both, mut back) = (vec![vec![0.0; 5]; 2], vec![vec![9.0; 5]]);
    run(&RemixMatrix::new(&mono, &stereo), &src, &mut both, 5);
    run(&RemixMatrix::new(&stereo, &mono), &both, &mut back, 5);
    assert_eq!(bits(&back), bits(&src));
}

#[test]
fn the_largest_maps_fit() {
    let lines: Vec<String> = (0..64).map(|line| format!("AUX{line}")).collect();
    let (all, unknown, mono) = (map(&lines.join(",")), map(&["UNK"; 64].join(",")), map("MONO"));
    for (from, to) in [(&all, &unknown), (&unknown, &unknown), (&mono, &all), (&all, &mono), (&all, &all)] {
        let matrix = RemixMatrix::new(from, to);
        let src = vec![vec![0.5; 3]; from.channels()];
        let mut dst = vec![vec![9.0; 3]; to.channels()];
        assert_eq!(run(&matrix, &src, &mut dst, 3), 3);
        assert_eq!(dst, vec![vec![0.5; 3]; to.channels()]);
    }
}
