//! Twenty-four hours in virtual time. Too slow without optimisation, so run with
//! `cargo test --release -p vcable-core --test drift`.

use super::figures::Figures;
use super::loops::RealLoop;
use super::simulator::{End, Scenario};

/// A day of two ends 400 ppm apart, both wandering; `seed` is printed with every result.
fn day(seed: u64, quantum_frames: u32, ppm: f64, writer: &End, reader: &End) {
    let scenario = Scenario {
        writer: End { ppm, ..writer.clone() },
        reader: End { ppm: -ppm, ..reader.clone() },
        ..Scenario::new(seed, quantum_frames, 0.0, 86_400.0)
    };
    let figures = Figures::of(&scenario, &mut RealLoop::new(&scenario));
    println!("seed {seed}, quantum {quantum_frames}, {ppm} ppm: {figures:?}");
    assert_eq!((figures.underruns, figures.overruns, figures.events), (0, 0, 0), "seed {seed}: {figures:?}");
    assert!(figures.excursion_frames < 24.0, "half the margin: seed {seed}: {figures:?}");
}

/// Rates that walk at random, 1 ppm after one second.
fn walking(quantum_frames: u32) -> End {
    End { wander_ppm: 1.0, ..End::new(quantum_frames, 0.0) }
}

/// Rates that slide by 1 ppm per second, to and fro between -200 and 200 ppm.
fn sliding(quantum_frames: u32, slope_ppm_per_s: f64) -> End {
    End { slope_ppm_per_s, ..End::new(quantum_frames, 0.0) }
}

#[test]
#[cfg_attr(debug_assertions, ignore = "24 simulated hours: run with --release")]
fn a_day_of_random_walk_at_256_frames() {
    day(1, 256, 200.0, &walking(256), &walking(256));
    day(2, 256, -200.0, &walking(256), &walking(256));
}

#[test]
#[cfg_attr(debug_assertions, ignore = "24 simulated hours: run with --release")]
fn a_day_of_random_walk_at_64_frames() {
    day(3, 64, 200.0, &walking(64), &walking(64));
}

#[test]
#[cfg_attr(debug_assertions, ignore = "24 simulated hours: run with --release")]
fn a_day_of_sliding_at_256_frames() {
    day(4, 256, 200.0, &sliding(256, 1.0), &sliding(256, -1.0));
    day(5, 256, -200.0, &sliding(256, -1.0), &walking(256));
}

#[test]
#[cfg_attr(debug_assertions, ignore = "24 simulated hours: run with --release")]
fn a_day_of_sliding_at_64_frames() {
    day(6, 64, -200.0, &sliding(64, 1.0), &sliding(64, -1.0));
}
