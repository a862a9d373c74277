//! A sine, and the exact pitch of one that was recorded.

use std::f64::consts::TAU;

use super::{SampleFormat, Sound};

/// What [`measure_tone`] found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tone {
    /// In Hz.
    pub frequency: f64,
    /// Full scale being 1.
    pub amplitude: f64,
}

/// A sine of the same phase on all channels.
pub fn sine(channels: u32, rate: u32, frames: usize, frequency: f64, amplitude: f64) -> Sound {
    let format = SampleFormat::F32;
    let words = (0..frames)
        .map(|frame| amplitude * (TAU * frequency * frame as f64 / f64::from(rate)).sin())
        .flat_map(|value| std::iter::repeat_n(format.word(value), channels as usize))
        .collect();
    Sound { format, channels, rate, words }
}

/// Measures a tone near `expected` Hz: its phase in the first and in the last third of the samples, seen
/// through a Hann window, turns by the difference of the frequencies (the phase method of frequency
/// estimation). Valid while the two differ by less than `rate / (4/3 samples)`; the amplitude, a mean of both
/// thirds, drops towards zero when they differ by more.
pub fn measure_tone(samples: &[f64], rate: f64, expected: f64) -> Tone {
    let third = samples.len() / 3;
    let turn = TAU * expected / rate;
    let (Some(first), Some(last)) = (samples.get(..third), samples.get(2 * third..3 * third)) else {
        return Tone { frequency: 0.0, amplitude: 0.0 };
    };
    let (a, b) = (phasor(first, turn, 0), phasor(last, turn, 2 * third));
    let drift = (b.1.atan2(b.0) - a.1.atan2(a.0) + TAU / 2.0).rem_euclid(TAU) - TAU / 2.0;
    let seconds = 2.0 * third as f64 / rate;
    Tone {
        frequency: expected + drift / TAU / seconds,
        amplitude: f64::midpoint(a.0.hypot(a.1), b.0.hypot(b.1)),
    }
}

/// Where a tone of `turn` radians a sample stands at sample 0, when these begin at `offset`.
pub(super) fn phasor(samples: &[f64], turn: f64, offset: usize) -> (f64, f64) {
    let count = samples.len() as f64;
    let sums = samples.iter().enumerate().fold((0.0, 0.0), |(re, im), (index, sample)| {
        let weighted = sample * (1.0 - (TAU * index as f64 / count).cos());
        let angle = turn * (offset + index) as f64;
        (re + weighted * angle.cos(), im - weighted * angle.sin())
    });
    (2.0 * sums.0 / count, 2.0 * sums.1 / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pitch_is_measured_to_a_millionth() {
        for off in [0.0, 0.1, -0.2] {
            let sound = sine(1, 48_000, 96_000, 1_000.0 + off, 0.5);
            let tone = measure_tone(&sound.channel(0), 48_000.0, 1_000.0);
            assert!((tone.frequency - 1_000.0 - off).abs() < 1e-3, "{tone:?}");
            assert!((tone.amplitude - 0.5).abs() < 1e-2, "{tone:?}");
        }
    }

    #[test]
    fn a_wrong_pitch_is_no_tone() {
        let sound = sine(1, 48_000, 96_000, 1_088.4, 0.5);
        let tone = measure_tone(&sound.channel(0), 48_000.0, 1_000.0);
        assert!(tone.amplitude < 0.01, "{tone:?}");
    }
}
