//! The coefficients: in figures for the layouts in use, by property for all others.

use proptest::prelude::*;
use vcable_core::remix::{ChannelMap, ChannelPosition, MixLevel, RemixMatrix};

use crate::map;

/// -3 dB.
const H: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// Compares the matrix at the published level with `rows`, one per target.
fn assert_published(from: &str, to: &str, rows: &[&[f32]]) {
    let matrix = RemixMatrix::with_level(&map(from), &map(to), MixLevel::Published);
    assert_eq!(rows.len(), map(to).channels());
    for (target, row) in rows.iter().enumerate() {
        let own: Vec<f32> = (0..map(from).channels()).map(|source| matrix.gain(source, target)).collect();
        assert_eq!(own, *row, "{from} to {to}, target {target}");
    }
}

#[test]
fn downward_mixing_is_that_of_bs_775() {
    let five = "FL,FR,FC,LFE,SL,SR";
    assert_published(five, "FL,FR", &[&[1.0, 0.0, H, 0.0, H, 0.0], &[0.0, 1.0, H, 0.0, 0.0, H]]);
    assert_published(five, "MONO", &[&[H, H, 1.0, 0.0, 0.5, 0.5]]);
    assert_published(five, "FC", &[&[H, H, 1.0, 0.0, 0.5, 0.5]]);
    assert_published(
        five,
        "FL,FR,FC",
        &[&[1.0, 0.0, 0.0, 0.0, H, 0.0], &[0.0, 1.0, 0.0, 0.0, 0.0, H], &[0.0, 0.0, 1.0, 0.0, 0.0, 0.0]],
    );
    assert_published(
        "FL,FR,FC,SL,SR",
        "FL,FR,RC",
        &[&[1.0, 0.0, H, 0.0, 0.0], &[0.0, 1.0, H, 0.0, 0.0], &[0.0, 0.0, 0.0, H, H]],
    );
    assert_published("FL,FR,FC,RC", "FL,FR", &[&[1.0, 0.0, H, 0.5], &[0.0, 1.0, H, 0.5]]);
    assert_published("FL,FR", "MONO", &[&[H, H]]);
}

#[test]
fn seven_one_folds_into_stereo_and_five_one() {
    let seven = "FL,FR,FC,LFE,RL,RR,SL,SR";
    assert_published(
        seven,
        "FL,FR",
        &[&[1.0, 0.0, H, 0.0, H, 0.0, H, 0.0], &[0.0, 1.0, H, 0.0, 0.0, H, 0.0, H]],
    );
    let matrix = RemixMatrix::with_level(&map(seven), &map("FL,FR,FC,LFE,RL,RR"), MixLevel::Published);
    assert_eq!(
        [matrix.gain(4, 4), matrix.gain(6, 4), matrix.gain(5, 5), matrix.gain(7, 5)],
        [1.0, H, 1.0, H]
    );
    assert_eq!(matrix.gain(3, 3), 1.0);
}

#[test]
fn side_and_rear_stand_for_each_other() {
    assert_published("SL,SR", "RL,RR", &[&[1.0, 0.0], &[0.0, 1.0]]);
    assert_published("RL,RR", "SL,SR", &[&[1.0, 0.0], &[0.0, 1.0]]);
}

#[test]
fn upward_nothing_is_invented() {
    let one = |channel| (0..2).map(|source| if source == channel { 1.0 } else { 0.0 }).collect::<Vec<f32>>();
    let (left, right, none) = (one(0), one(1), [0.0, 0.0]);
    assert_published("FL,FR", "FL,FR,FC,LFE,RL,RR", &[&left, &right, &none, &none, &none, &none]);
    assert_published("MONO", "FL,FR", &[&[1.0], &[1.0]]);
    assert_published("MONO", "FL,FR,FC,LFE,RL,RR", &[&[0.0], &[0.0], &[1.0], &[0.0], &[0.0], &[0.0]]);
}

#[test]
fn without_positions_channels_go_by_index() {
    assert_published("UNK,UNK", "FL,FR,FC", &[&[1.0, 0.0], &[0.0, 1.0], &[0.0, 0.0]]);
    assert_published("AUX0,AUX1", "FL,FR", &[&[1.0, 0.0], &[0.0, 1.0]]);
    assert_published("FL,FL", "FR,FL", &[&[1.0, 0.0], &[0.0, 1.0]]);
    assert_published("AUX0,AUX1,AUX2,AUX3", "AUX9", &[&[0.25; 4]]);
    assert_published("MONO", "AUX0,AUX1,AUX2", &[&[1.0], &[1.0], &[1.0]]);
    // Lines both sides have do go by name.
    assert_published("AUX0,AUX1", "AUX1,AUX2", &[&[0.0, 1.0], &[0.0, 0.0]]);
}

#[test]
fn bounded_is_the_published_level_scaled_by_one_factor() {
    let (from, to) = (map("FL,FR,FC,LFE,RL,RR"), map("FL,FR"));
    let matrix = RemixMatrix::new(&from, &to);
    let published = RemixMatrix::with_level(&from, &to, MixLevel::Published);
    for (source, target) in (0..6).flat_map(|source| (0..2).map(move |target| (source, target))) {
        let expected = published.gain(source, target) / (1.0 + 2.0 * H);
        assert!((matrix.gain(source, target) - expected).abs() < 1e-7, "{source} to {target}");
    }
    let mono = RemixMatrix::new(&map("FL,FR"), &map("MONO"));
    assert_eq!([mono.gain(0, 0), mono.gain(1, 0)], [0.5, 0.5]);
}

fn any_position() -> impl Strategy<Value = ChannelPosition> {
    prop_oneof![
        8 => (2_u32..38).prop_map(|id| ChannelPosition::from_id(id).unwrap()),
        1 => (0_u8..64).prop_map(|line| ChannelPosition::aux(line).unwrap()),
    ]
}

/// A map whose positions all differ.
pub(crate) fn any_map() -> impl Strategy<Value = ChannelMap> {
    proptest::collection::vec(any_position(), 1..=64).prop_map(|mut positions| {
        let mut seen = Vec::new();
        positions.retain(|position| {
            let new = !seen.contains(position);
            seen.push(*position);
            new
        });
        ChannelMap::new(&positions).unwrap()
    })
}

const PAIRS: [[&str; 2]; 13] = [
    ["FL", "FR"],
    ["SL", "SR"],
    ["RL", "RR"],
    ["FLC", "FRC"],
    ["RLC", "RRC"],
    ["FLW", "FRW"],
    ["FLH", "FRH"],
    ["TFL", "TFR"],
    ["TRL", "TRR"],
    ["TSL", "TSR"],
    ["TFLC", "TFRC"],
    ["BLC", "BRC"],
    ["LLFE", "RLFE"],
];

/// `FL` for `FR` and so on.
fn mirrored(map: &ChannelMap) -> ChannelMap {
    let swap = |position: &ChannelPosition| {
        let name = position.to_string();
        let other = PAIRS.iter().find_map(|&[left, right]| match name.as_str() {
            own if own == left => Some(right),
            own if own == right => Some(left),
            _ => None,
        });
        other.unwrap_or(&name).parse().unwrap()
    };
    let positions: Vec<ChannelPosition> = map.positions().iter().map(swap).collect();
    ChannelMap::new(&positions).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_output_exceeds_the_loudest_input(from in any_map(), to in any_map()) {
        let matrix = RemixMatrix::new(&from, &to);
        for target in 0..to.channels() {
            let sum: f32 = (0..from.channels()).map(|source| matrix.gain(source, target).abs()).sum();
            prop_assert!(sum <= 1.000_001, "{sum} at {}", to.positions()[target]);
        }
    }

    #[test]
    fn what_both_sides_have_goes_there_alone(from in any_map(), to in any_map()) {
        let matrix = RemixMatrix::with_level(&from, &to, MixLevel::Published);
        for (source, &position) in from.positions().iter().enumerate() {
            if let Some(target) = to.channel_at(position) {
                prop_assert_eq!(matrix.gain(source, target), 1.0);
                let others = (0..to.channels()).filter(|&other| other != target);
                for other in others {
                    prop_assert_eq!(matrix.gain(source, other), 0.0);
                }
            }
        }
    }

    /// With a left and a right to go to, only low-frequency effects and lines are left out; nothing is amplified.
    #[test]
    fn nothing_audible_is_lost_in_stereo(from in any_map()) {
        let matrix = RemixMatrix::with_level(&from, &map("FL,FR"), MixLevel::Published);
        let by_position = (0..from.channels()).any(|source| {
            let name = from.positions()[source].to_string();
            !name.contains("LFE") && !name.starts_with("AUX")
        });
        prop_assume!(by_position);
        for (source, position) in from.positions().iter().enumerate() {
            let name = position.to_string();
            let power = matrix.gain(source, 0).powi(2) + matrix.gain(source, 1).powi(2);
            if name.contains("LFE") || name.starts_with("AUX") {
                prop_assert_eq!(power, 0.0);
            } else if name != "MONO" {
                prop_assert!((0.24..=1.000_001).contains(&power), "{name}: {power}");
            }
        }
    }

    #[test]
    fn left_and_right_are_treated_alike(from in any_map(), to in any_map()) {
        let matrix = RemixMatrix::new(&from, &to);
        let mirror = RemixMatrix::new(&mirrored(&from), &mirrored(&to));
        for (source, target) in (0..from.channels()).flat_map(|s| (0..to.channels()).map(move |t| (s, t))) {
            let difference = (matrix.gain(source, target) - mirror.gain(source, target)).abs();
            prop_assert!(difference < 1e-6, "{} to {}", from.positions()[source], to.positions()[target]);
        }
    }

    #[test]
    fn equal_maps_change_nothing(from in any_map()) {
        prop_assert!(RemixMatrix::new(&from, &from).is_identity());
    }
}
