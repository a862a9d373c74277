//! A tone, and finding it again.

use std::f64::consts::TAU;

/// A tone at -1 dBFS, in cycles per frame.
pub(crate) fn tone(cycles_per_frame: f64) -> impl Fn(usize) -> f32 {
    let peak = 10f64.powf(-1.0 / 20.0);
    // The phase is reduced before it is scaled, or its rounding would show at -140 dB.
    move |frame| (peak * (TAU * (cycles_per_frame * frame as f64).fract()).sin()) as f32
}

/// A least-squares fit of `sine * sin + cosine * cos + offset`. The offset is fitted and then counts as residue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fit {
    pub(crate) sine: f64,
    pub(crate) cosine: f64,
}

impl Fit {
    /// Of a tone whose phase at each sample is known, in turns.
    pub(crate) fn new(samples: &[f32], turns: impl Fn(usize) -> f64) -> Self {
        // Normal equations of three unknowns, solved by Gauss and Jordan.
        let mut a = [[0f64; 4]; 3];
        for (k, &y) in samples.iter().enumerate() {
            let (sine, cosine) = (TAU * turns(k).fract()).sin_cos();
            let row = [sine, cosine, 1.0, f64::from(y)];
            for (equation, left) in a.iter_mut().zip(row) {
                equation.iter_mut().zip(row).for_each(|(sum, right)| *sum += left * right);
            }
        }
        for i in 0..3 {
            let pivot = a[i];
            for (_, equation) in a.iter_mut().enumerate().filter(|(j, _)| *j != i) {
                let factor = equation[i] / pivot[i];
                equation.iter_mut().zip(pivot).for_each(|(x, p)| *x -= factor * p);
            }
        }
        Self { sine: a[0][3] / a[0][0], cosine: a[1][3] / a[1][1] }
    }

    pub(crate) fn amplitude(&self) -> f64 {
        self.sine.hypot(self.cosine)
    }

    /// What is left of the samples when the tone is taken out.
    pub(crate) fn residue(&self, samples: &[f32], turns: impl Fn(usize) -> f64) -> Vec<f64> {
        let rest = |(k, &y): (usize, &f32)| {
            let (sine, cosine) = (TAU * turns(k).fract()).sin_cos();
            f64::from(y) - self.sine * sine - self.cosine * cosine
        };
        samples.iter().enumerate().map(rest).collect()
    }
}

pub(crate) fn rms(samples: &[f64]) -> f64 {
    (samples.iter().map(|x| x * x).sum::<f64>() / samples.len() as f64).sqrt()
}

pub(crate) fn db(ratio: f64) -> f64 {
    20.0 * ratio.max(1e-12).log10()
}
