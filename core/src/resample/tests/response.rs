//! The kernels' spectra, by numerical integration: what `series` claims.

extern crate std;

use super::super::kernel::Kernel;
use super::super::settings::Quality;
use std::f64::consts::TAU;
use std::vec::Vec;

/// Points per frame; the integral is then good to -170 dB up to 4 cycles per frame.
const POINTS: usize = 32;

/// The right half of a kernel on the middles of the intervals: its ends have a small step, which the midpoint
/// rule does not see.
fn samples(kernel: &Kernel) -> Vec<f64> {
    (0..kernel.length_frames / 2 * POINTS).map(|n| kernel.at((n as f64 + 0.5) / POINTS as f64)).collect()
}

/// Gain at `frequency` cycles per frame.
fn gain(kernel: &[f64], frequency: f64) -> f64 {
    let turn = TAU * frequency / POINTS as f64;
    let sum: f64 = kernel.iter().enumerate().map(|(n, h)| h * (turn * (n as f64 + 0.5)).cos()).sum();
    2.0 * sum / POINTS as f64
}

fn db(x: f64) -> f64 {
    20.0 * x.abs().max(1e-12).log10()
}

/// Largest of `f` over `count` points of `from..to`.
fn worst(from: f64, to: f64, count: u32, f: impl Fn(f64) -> f64) -> f64 {
    let at = |n: u32| from + (to - from) * f64::from(n) / f64::from(count);
    (0..=count).map(at).map(f).fold(f64::MIN, f64::max)
}

#[test]
fn the_kernels_are_as_flat_and_as_quiet_as_claimed() {
    for (quality, pass, ripple_db, near_db, far, far_db) in [
        (Quality::Fast, 18_000.0 / 44_100.0, 0.048, -100.0, 0.592, -108.0),
        (Quality::Balanced, 20_000.0 / 44_100.0, 0.0195, -117.0, 0.5465, -130.0),
        (Quality::High, 20_000.0 / 44_100.0, 0.004, -142.0, 0.5465, -151.0),
    ] {
        let kernel = Kernel::new(quality);
        let points = 8 * kernel.length_frames as u32;
        let kernel = samples(&kernel);
        assert!((gain(&kernel, 0.0) - 1.0).abs() < 1e-6, "{quality:?} {:e}", gain(&kernel, 0.0) - 1.0);
        let ripple = worst(0.0, pass, points, |f| db(gain(&kernel, f)).abs());
        let near = worst(0.5, far, points, |f| db(gain(&kernel, f)));
        let beyond = worst(far, 4.0, 2 * points, |f| db(gain(&kernel, f)));
        std::println!("{quality:?}: ripple {ripple:.4} dB, from 0.5 {near:.1} dB, from {far} {beyond:.1} dB");
        assert!(ripple <= ripple_db && near <= near_db && beyond <= far_db, "{quality:?}");
    }
}
