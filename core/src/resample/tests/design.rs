//! The fit that the kernels' series come from, done again (optimised and with `--nocapture` it prints all three): minimax by iteratively reweighted least squares
//! (C. L. Lawson, 1961), on the spectrum of the Kaiser window in closed form (J. F. Kaiser, 1974).

extern crate std;

use super::super::series::{BALANCED_SERIES, FAST_SERIES, HIGH_SERIES};
use std::f64::consts::PI;
use std::vec::Vec;

/// What a kernel was fitted to; frequencies in cycles per frame.
struct Goal {
    length: f64,
    beta: f64,
    pass: f64,
    ripple_db: f64,
    stop_db: f64,
    far: f64,
    far_db: f64,
}

/// One frequency of the fit: the gains of all terms there, the wanted gain, the tolerated error.
struct Point {
    terms: Vec<f64>,
    wanted: f64,
    tolerance: f64,
}

/// Spectrum of a Kaiser window of the given length, but for its constant `1 / I0(beta)`.
fn window(goal: &Goal, frequency: f64) -> f64 {
    let x = goal.beta.powi(2) - (PI * frequency * goal.length).powi(2);
    let root = x.abs().sqrt().max(1e-9);
    goal.length * if x >= 0.0 { root.sinh() / root } else { root.sin() / root }
}

/// The tolerance at 0 Hz, which pins the gain there.
const PINNED: f64 = 1e-7;

fn points(goal: &Goal, terms: usize) -> Vec<Point> {
    let scale: f64 = (1..60).rev().fold(1.0, |sum, k| 1.0 + sum * (0.5 * goal.beta / f64::from(k)).powi(2));
    let gains = |f: f64| -> Vec<f64> {
        let shifted = |k: usize| k as f64 / goal.length;
        (0..terms)
            .map(|k| (window(goal, f - shifted(k)) + window(goal, f + shifted(k))) / (2.0 * scale))
            .collect()
    };
    let grid = |from: f64, to: f64, count: u32| {
        (0..=count).map(move |n| from + (to - from) * f64::from(n) / f64::from(count))
    };
    let ripple = 10f64.powf(goal.ripple_db / 20.0) - 1.0;
    let pass = grid(0.0, goal.pass, 3 * goal.length as u32).map(|f| Point {
        terms: gains(f),
        wanted: 1.0,
        tolerance: if f > 0.0 { ripple } else { PINNED },
    });
    // Four points to a side lobe all the way: a coarser grid lets the fit hide between its points.
    let near = 0.5 + 8.0 / goal.length;
    let lobes = (3.5 * goal.length) as u32;
    let stop = grid(0.5, near, 120).chain(grid(near, 4.0, 4 * lobes)).map(|f| Point {
        terms: gains(f),
        wanted: 0.0,
        tolerance: 10f64.powf(if f < goal.far { goal.stop_db } else { goal.far_db } / 20.0),
    });
    pass.chain(stop).collect()
}

/// Errors of a series, in units of what is tolerated, at every frequency but 0 Hz.
fn errors(points: &[Point], series: &[f64]) -> Vec<f64> {
    let gain = |p: &Point| p.terms.iter().zip(series).map(|(a, b)| a * b).sum::<f64>();
    let error = |p: &Point| if p.tolerance > PINNED { (gain(p) - p.wanted).abs() / p.tolerance } else { 0.0 };
    points.iter().map(error).collect()
}

/// Weighted least squares by Householder reflections (G. H. Golub, 1965).
fn least_squares(points: &[Point], weights: &[f64], terms: usize) -> Vec<f64> {
    let mut rows: Vec<Vec<f64>> = points
        .iter()
        .zip(weights)
        .map(|(p, w)| {
            let scale = w.sqrt() / p.tolerance;
            p.terms.iter().chain([&p.wanted]).map(|x| x * scale).collect()
        })
        .collect();
    for k in 0..terms {
        let norm = rows[k..].iter().map(|r| r[k] * r[k]).sum::<f64>().sqrt();
        let head = if rows[k][k] > 0.0 { -norm } else { norm };
        let mut reflector: Vec<f64> = rows[k..].iter().map(|r| r[k]).collect();
        reflector[0] -= head;
        let square: f64 = reflector.iter().map(|x| x * x).sum();
        for column in k..=terms {
            let dot: f64 = reflector.iter().zip(&rows[k..]).map(|(v, r)| v * r[column]).sum();
            let factor = 2.0 * dot / square;
            rows[k..].iter_mut().zip(&reflector).for_each(|(r, v)| r[column] -= factor * v);
        }
    }
    let mut series = std::vec![0f64; terms];
    for k in (0..terms).rev() {
        let known: f64 = (k + 1..terms).map(|j| rows[k][j] * series[j]).sum();
        series[k] = (rows[k][terms] - known) / rows[k][k];
    }
    series
}

fn worst(errors: &[f64]) -> f64 {
    errors.iter().copied().fold(0.0, f64::max)
}

#[test]
fn a_fresh_fit_is_hardly_better_than_the_series() {
    let hz = |x: f64| x / 44_100.0;
    let fast = Goal {
        length: 48.0,
        beta: 7.0,
        pass: hz(18_000.0),
        ripple_db: 0.05,
        stop_db: -100.0,
        far: hz(26_100.0),
        far_db: -108.0,
    };
    let balanced = Goal {
        length: 112.0,
        beta: 7.0,
        pass: hz(20_000.0),
        ripple_db: 0.025,
        stop_db: -115.0,
        far: hz(24_100.0),
        far_db: -128.0,
    };
    let high =
        Goal { length: 144.0, beta: 10.0, ripple_db: 0.01, stop_db: -133.0, far_db: -142.0, ..balanced };
    // What of the series' error a fresh fit must keep. The series for `High` leaves out combinations of terms
    // that its window all but hides (singular values below 6e-13 of the largest): 2 dB, of 9 to spare,
    // for terms that stay small and a spectrum that stays low beyond the frequencies fitted.
    // An unoptimised build fits the shortest only.
    let all: [(&str, Goal, &[f64], f64); 3] = [
        ("fast", fast, &FAST_SERIES, 0.98),
        ("balanced", balanced, &BALANCED_SERIES, 0.98),
        ("high", high, &HIGH_SERIES, 0.79),
    ];
    for (name, goal, series, share) in all.into_iter().take(if cfg!(debug_assertions) { 1 } else { 3 }) {
        let points = points(&goal, series.len());
        let mut weights = std::vec![1f64; points.len()];
        let (mut best, mut found) = (f64::INFINITY, Vec::new());
        for _ in 0..60 {
            let solution = least_squares(&points, &weights, series.len());
            let fresh = errors(&points, &solution);
            if worst(&fresh) < best {
                (best, found) = (worst(&fresh), solution);
            }
            weights.iter_mut().zip(&fresh).for_each(|(w, e)| *w *= e + 1e-3);
            let mean = weights.iter().sum::<f64>() / weights.len() as f64;
            for weight in &mut weights {
                *weight /= mean;
            }
            weights[0] = 1.0;
        }
        let committed = worst(&errors(&points, series));
        std::println!("{name}: series {committed:.3}, fresh fit {best:.3} of the tolerance");
        for term in &found {
            std::println!("    {term:.14},");
        }
        assert!(committed < 1.0, "{name}");
        assert!(best > share * committed, "{name}: {best} is better than {committed}");
    }
}
