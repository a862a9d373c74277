//! Amplitudes of all components of a signal.

use std::f64::consts::TAU;

/// Blackman-Harris (F. J. Harris, 1978): side lobes at -92 dB, main lobe 8 bins wide. A component between two
/// bins reads up to 0.8 dB low.
pub(crate) fn blackman_harris(x: f64) -> f64 {
    let coefficients = [0.35875, -0.48829, 0.14128, -0.01168];
    coefficients.iter().zip(0..).map(|(a, i)| a * (TAU * x * f64::from(i)).cos()).sum()
}

/// A raised cosine to the eighth power: side lobes below -200 dB soon after a main lobe 18 bins wide.
pub(crate) fn steep(x: f64) -> f64 {
    (0.5 - 0.5 * (TAU * x).cos()).powi(8)
}

/// Amplitudes of the components at each bin, by a window over 0 to 1 and a radix-2 transform.
pub(crate) fn spectrum(samples: &[f64], window: fn(f64) -> f64) -> Vec<f64> {
    let n = samples.len();
    assert!(n.is_power_of_two());
    let weights: Vec<f64> = (0..n).map(|k| window(k as f64 / n as f64)).collect();
    let mut re: Vec<f64> = samples.iter().zip(&weights).map(|(x, w)| x * w).collect();
    let mut im = vec![0f64; n];
    let bits = n.trailing_zeros();
    for from in 0..n {
        let to = from.reverse_bits() >> (usize::BITS - bits);
        if from < to {
            re.swap(from, to);
        }
    }
    let mut half = 1;
    while half < n {
        for turn in 0..half {
            let (sine, cosine) = (-TAU * turn as f64 / (2 * half) as f64).sin_cos();
            for low in (turn..n).step_by(2 * half) {
                let high = low + half;
                let real = re[high] * cosine - im[high] * sine;
                let imaginary = re[high] * sine + im[high] * cosine;
                (re[high], im[high]) = (re[low] - real, im[low] - imaginary);
                (re[low], im[low]) = (re[low] + real, im[low] + imaginary);
            }
        }
        half *= 2;
    }
    let scale = 2.0 / weights.iter().sum::<f64>();
    re.iter().zip(&im).take(n / 2).map(|(x, y)| x.hypot(*y) * scale).collect()
}
