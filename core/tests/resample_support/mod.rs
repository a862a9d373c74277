//! What the resampler tests share: streaming a signal through a backend, and measuring tones.

use std::f64::consts::TAU;
use vcable_core::resample::{Polyphase, Resampler, Settings, Step};

/// Chunk of output frames used where the size does not matter; not a power of two on purpose.
pub(crate) const CHUNK_FRAMES: usize = 480;

/// One of the two backends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Polyphase,
    #[cfg(feature = "std")]
    Rubato,
}

impl Backend {
    pub(crate) const ALL: &[Self] = &[
        Self::Polyphase,
        #[cfg(feature = "std")]
        Self::Rubato,
    ];

    pub(crate) fn make(self, settings: Settings) -> Box<dyn Resampler> {
        match self {
            Self::Polyphase => {
                let samples = Polyphase::<Vec<f32>>::storage_samples(&settings).unwrap();
                Box::new(Polyphase::new(settings, vec![0f32; samples]).unwrap())
            }
            #[cfg(feature = "std")]
            Self::Rubato => Box::new(vcable_core::resample::Rubato::new(settings, 8192).unwrap()),
        }
    }
}

/// Runs a mono signal, given as a function of the input frame, through a resampler in chunks.
pub(crate) fn stream(
    resampler: &mut dyn Resampler,
    signal: impl Fn(usize) -> f32,
    frames: usize,
    chunk: usize,
) -> Vec<f32> {
    let mut output = vec![0f32; frames];
    let mut at = 0;
    for chunk in output.chunks_mut(chunk) {
        let needed = resampler.input_frames_for(chunk.len());
        let input: Vec<f32> = (at..at + needed).map(&signal).collect();
        let length = chunk.len();
        let progress = resampler.process(&[&input], &mut [chunk]).unwrap();
        assert_eq!((progress.consumed, progress.produced), (needed, length));
        at += needed;
    }
    output
}

/// A tone at -1 dBFS, in cycles per frame.
pub(crate) fn tone(cycles_per_frame: f64) -> impl Fn(usize) -> f32 {
    let peak = 10f64.powf(-1.0 / 20.0);
    // The phase is reduced before it is scaled, or its rounding would show at -140 dB.
    move |frame| (peak * (TAU * (cycles_per_frame * frame as f64).fract()).sin()) as f32
}

/// A least-squares fit of `sine * sin + cosine * cos + offset`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fit {
    pub(crate) sine: f64,
    pub(crate) cosine: f64,
    offset: f64,
    cycles_per_frame: f64,
}

impl Fit {
    /// Of a tone of known frequency, the first sample being frame `first`.
    pub(crate) fn new(samples: &[f32], first: usize, cycles_per_frame: f64) -> Self {
        // Normal equations of three unknowns.
        let mut a = [[0f64; 4]; 3];
        for (k, &y) in samples.iter().enumerate() {
            let row = Self::row(first + k, cycles_per_frame);
            for i in 0..3 {
                for j in 0..3 {
                    a[i][j] += row[i] * row[j];
                }
                a[i][3] += row[i] * f64::from(y);
            }
        }
        for i in 0..3 {
            for j in 0..3 {
                if i != j {
                    let factor = a[j][i] / a[i][i];
                    for k in 0..4 {
                        a[j][k] -= factor * a[i][k];
                    }
                }
            }
        }
        let [sine, cosine, offset] = [0, 1, 2].map(|i| a[i][3] / a[i][i]);
        Self { sine, cosine, offset, cycles_per_frame }
    }

    fn row(frame: usize, cycles_per_frame: f64) -> [f64; 3] {
        let phase = TAU * (cycles_per_frame * frame as f64).fract();
        [phase.sin(), phase.cos(), 1.0]
    }

    pub(crate) fn amplitude(&self) -> f64 {
        self.sine.hypot(self.cosine)
    }

    /// What is left of the samples when the tone is taken out. The offset stays in: it is an error.
    pub(crate) fn residue(&self, samples: &[f32], first: usize) -> Vec<f64> {
        let value = |(k, &y): (usize, &f32)| {
            let [s, c, _] = Self::row(first + k, self.cycles_per_frame);
            f64::from(y) - self.sine * s - self.cosine * c
        };
        let _ = self.offset;
        samples.iter().enumerate().map(value).collect()
    }
}

pub(crate) fn rms(samples: &[f64]) -> f64 {
    (samples.iter().map(|x| x * x).sum::<f64>() / samples.len() as f64).sqrt()
}

pub(crate) fn db(ratio: f64) -> f64 {
    20.0 * ratio.max(1e-12).log10()
}

/// Frames measured.
pub(crate) const MEASURED_FRAMES: usize = 8192;

/// A tone of `hz` through a resampler from one rate to another, at a step that may be off the nominal.
pub(crate) struct Conversion {
    pub(crate) input_hz: u32,
    pub(crate) output_hz: u32,
    pub(crate) factor: f64,
}

impl Conversion {
    pub(crate) fn name(&self) -> String {
        let ppm = (self.factor - 1.0) * 1e6;
        let rates = format!("{} -> {}", f64::from(self.input_hz) / 1e3, f64::from(self.output_hz) / 1e3);
        if ppm.abs() < 0.5 { rates } else { format!("{rates} {ppm:+.0} ppm") }
    }

    pub(crate) fn nominal(&self) -> Step {
        Step::from_rates(self.input_hz, self.output_hz).unwrap()
    }

    pub(crate) fn step(&self) -> Step {
        self.nominal().scaled(self.factor).unwrap()
    }

    /// Steady-state output for a tone, its first frame, and the tone's cycles per output frame.
    pub(crate) fn run(&self, resampler: &mut dyn Resampler, hz: f64) -> (Vec<f32>, usize, f64) {
        resampler.set_step(self.step(), vcable_core::resample::Change::Jump).unwrap();
        resampler.reset();
        let cycles_in = hz / f64::from(self.input_hz);
        // Longer than any kernel is.
        let settle = (400.0 / self.step().to_f64().min(1.0)) as usize;
        let output = stream(resampler, tone(cycles_in), settle + MEASURED_FRAMES, CHUNK_FRAMES);
        (output[settle..].to_vec(), settle, cycles_in * self.step().to_f64())
    }

    pub(crate) fn thd_n_db(&self, resampler: &mut dyn Resampler, hz: f64) -> f64 {
        let (samples, first, cycles) = self.run(resampler, hz);
        let fit = Fit::new(&samples, first, cycles);
        db(rms(&fit.residue(&samples, first)) / (fit.amplitude() / 2f64.sqrt()))
    }

    pub(crate) fn gain_db(&self, resampler: &mut dyn Resampler, hz: f64) -> f64 {
        let (samples, first, cycles) = self.run(resampler, hz);
        db(Fit::new(&samples, first, cycles).amplitude() / 10f64.powf(-1.0 / 20.0))
    }

    /// Strongest component other than the tone, relative to the tone: up to 20 kHz, and anywhere.
    pub(crate) fn spur_db(&self, resampler: &mut dyn Resampler, hz: f64) -> (f64, f64) {
        let (samples, first, cycles) = self.run(resampler, hz);
        let residue = if cycles < 0.5 {
            Fit::new(&samples, first, cycles).residue(&samples, first)
        } else {
            samples.iter().map(|&x| f64::from(x)).collect()
        };
        let spectrum = spectrum(&residue);
        let reference = 10f64.powf(-1.0 / 20.0);
        let audible = (20_000.0 / f64::from(self.output_hz) * MEASURED_FRAMES as f64) as usize;
        let peak = |part: &[f64]| db(part.iter().copied().fold(0.0, f64::max) / reference);
        (peak(&spectrum[..audible.min(spectrum.len())]), peak(&spectrum))
    }
}

/// Amplitudes of the components at each bin, by a Blackman-Harris window (-92 dB, F. J. Harris, 1978) and a
/// radix-2 transform. A component between two bins reads up to 0.8 dB low.
fn spectrum(samples: &[f64]) -> Vec<f64> {
    let n = samples.len();
    assert!(n.is_power_of_two());
    let coefficients = [0.35875, -0.48829, 0.14128, -0.01168];
    let mut re: Vec<f64> = (0..n)
        .map(|k| {
            let x = TAU * k as f64 / n as f64;
            let window: f64 = coefficients.iter().enumerate().map(|(i, a)| a * (i as f64 * x).cos()).sum();
            samples[k] * window
        })
        .collect();
    let mut im = vec![0f64; n];
    let bits = n.trailing_zeros();
    for i in 0..n {
        let j = i.reverse_bits() >> (usize::BITS - bits);
        if i < j {
            re.swap(i, j);
        }
    }
    let mut half = 1;
    while half < n {
        for k in 0..half {
            let (s, c) = (-TAU * k as f64 / (2 * half) as f64).sin_cos();
            for i in (k..n).step_by(2 * half) {
                let j = i + half;
                let (x, y) = (re[j] * c - im[j] * s, re[j] * s + im[j] * c);
                (re[j], im[j]) = (re[i] - x, im[i] - y);
                (re[i], im[i]) = (re[i] + x, im[i] + y);
            }
        }
        half *= 2;
    }
    let scale = 2.0 / (n as f64 * coefficients[0]);
    re.iter().zip(&im).take(n / 2).map(|(x, y)| x.hypot(*y) * scale).collect()
}
