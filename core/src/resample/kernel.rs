//! The interpolation kernel as a function of time, from which the tables are filled.
//!
//! An ideal resampler weighs each input frame by a sinc; a practical one needs a kernel of finite
//! length whose spectrum is flat up to the end of the pass band and small from the next Nyquist
//! frequency on. Windowing a sinc (Kaiser) spends as much effort on the pass band as on the stop band:
//! 112 taps would give 0.00002 dB of ripple and -98 dB. Here the kernel is the product of a Kaiser
//! window, which makes the spectrum decay far out, and a short cosine series whose terms were fitted in
//! the minimax sense with a tolerance for each band (see `series`): 0.02 dB and -117 dB from the same taps.

use super::series::{BALANCED_SERIES, FAST_SERIES, HIGH_SERIES};
use super::settings::Quality;
use core::f64::consts::PI;

/// A kernel for input and output at the same rate; time is in frames of the slower of the two rates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kernel {
    /// Whole length of the kernel, an even number of frames.
    pub(super) length_frames: usize,
    /// Shape parameter of the Kaiser window.
    beta: f64,
    /// The Bessel function of `beta`, by which the window is one in its middle.
    peak: f64,
    /// Terms of the cosine series with the period `length_frames`.
    series: &'static [f64],
}

impl Kernel {
    pub(super) fn new(quality: Quality) -> Self {
        let (length_frames, beta, series): (_, _, &[f64]) = match quality {
            Quality::Fast => (48, 7.0, &FAST_SERIES),
            Quality::Balanced => (112, 7.0, &BALANCED_SERIES),
            Quality::High => (144, 10.0, &HIGH_SERIES),
        };
        Self { length_frames, beta, peak: bessel_i0(beta), series }
    }

    /// The kernel at `t` frames from its middle.
    pub(super) fn at(&self, t: f64) -> f64 {
        let u = 2.0 * t / self.length_frames as f64;
        let inside = 1.0 - u * u;
        if inside <= 0.0 {
            return 0.0;
        }
        let window = bessel_i0(self.beta * libm::sqrt(inside)) / self.peak;
        window * cosine_series(self.series, libm::cos(PI * u))
    }
}

/// Modified Bessel function of the first kind, order zero: the power series of Abramowitz and Stegun,
/// 9.6.12, good to the last bits for the arguments of a Kaiser window (0 to 20).
fn bessel_i0(x: f64) -> f64 {
    let quarter = 0.25 * x * x;
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..64 {
        term *= quarter / f64::from(k * k);
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum
}

/// The sum of `series[k] * cos(k * theta)` given `cos(theta)`, by Clenshaw's recurrence (C. W. Clenshaw,
/// "A note on the summation of Chebyshev series", 1955).
fn cosine_series(series: &[f64], cos_theta: f64) -> f64 {
    let (mut b1, mut b2) = (0.0, 0.0);
    for &c in series.iter().skip(1).rev() {
        (b1, b2) = (c + 2.0 * cos_theta * b1 - b2, b1);
    }
    series.first().copied().unwrap_or(0.0) + cos_theta * b1 - b2
}
