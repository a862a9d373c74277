//! The kernel sampled at evenly spaced phases, and how weights between two phases are found.

use super::kernel::Kernel;
use super::settings::{Interpolation, Quality, Settings};

/// Rows are padded to whole cache lines: two vectors of eight, which the inner loop takes at once.
const ROW_SAMPLES: usize = 16;

/// How the weights of a position between two rows follow from the rows around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Between {
    /// Straight line through 2 rows. The error falls with the square of the number of phases.
    Linear,
    /// Lagrange's cubic through 4 rows. The error falls with the fourth power.
    Cubic,
}

impl Between {
    /// Rows that take part in one position.
    pub(super) const fn rows(self) -> usize {
        match self {
            Self::Linear => 2,
            Self::Cubic => 4,
        }
    }

    /// Rows before the one at or below the position.
    pub(super) const fn rows_before(self) -> usize {
        match self {
            Self::Linear => 0,
            Self::Cubic => 1,
        }
    }
}

/// The measures of a table; the samples themselves are in the lent storage.
///
/// Row `r` (counted from `-rows_before`) holds the weights for an output instant `r / phases` of a frame
/// after a whole input frame, first the weight of the oldest frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Samples of a row; a multiple of 16.
    pub(super) taps: usize,
    /// Rows per input frame.
    pub(super) phases: u32,
    /// Newest frame used, counted from the whole frame at or before the output instant. It is the delay.
    pub(super) lookahead: usize,
    pub(super) between: Between,
}

impl Shape {
    /// Measures for these settings.
    pub(super) fn new(settings: &Settings) -> Self {
        match settings.interpolation {
            // A polynomial's weights are polynomials of the phase of the same degree, so interpolating
            // its rows at whole frames gives it back exactly: one phase is enough.
            Interpolation::Linear => {
                Self { taps: ROW_SAMPLES, phases: 1, lookahead: 1, between: Between::Linear }
            }
            Interpolation::Cubic => {
                Self { taps: ROW_SAMPLES, phases: 1, lookahead: 2, between: Between::Cubic }
            }
            Interpolation::Sinc => Self::sinc(settings),
        }
    }

    fn sinc(settings: &Settings) -> Self {
        // Phases per frame of the slower rate. The residue of linear interpolation at the frequency f
        // is 0.037 (2 pi f / (rate phases))^2 (the spread of w (1 - w) / 2 about its mean): -112 dB for
        // 256 phases, -128 dB for 640 at 15 kHz of 44.1 kHz. Cubic interpolation at 128 is below -155.
        let (between, wanted) = match settings.quality {
            Quality::Fast => (Between::Linear, 256),
            Quality::Balanced => (Between::Linear, 640),
            Quality::High => (Between::Cubic, 128),
        };
        let widening = widening(settings);
        let length = libm::ceil(Kernel::new(settings.quality).length_frames as f64 * widening) as usize;
        let taps = length.next_multiple_of(ROW_SAMPLES);
        let least = libm::ceil(f64::from(wanted) / widening) as u32;
        // A whole multiple of the denominator puts every position of an exact ratio on a row, and then
        // nothing is interpolated at all.
        let phases = match settings.nominal.ratio() {
            Some((_, den)) if den <= 2 * least => least.div_ceil(den.max(1)) * den,
            _ => least,
        };
        Self { taps, phases, lookahead: taps / 2, between }
    }

    /// Rows in the table.
    pub(super) fn rows(&self) -> usize {
        self.phases as usize + self.between.rows() - 1
    }

    /// Samples in the table.
    pub(super) fn samples(&self) -> usize {
        self.rows() * self.taps
    }

    /// Fills `table`, which has [`Shape::samples`] samples.
    pub(super) fn fill(&self, settings: &Settings, table: &mut [f32]) {
        let kernel = Kernel::new(settings.quality);
        let rate = 1.0 / widening(settings);
        for (index, row) in table.chunks_exact_mut(self.taps.max(1)).enumerate() {
            let position = (index as f64 - self.between.rows_before() as f64) / f64::from(self.phases);
            for (tap, weight) in row.iter_mut().enumerate() {
                // Frames from the output instant to this input frame.
                let t = (tap + self.lookahead + 1) as f64 - self.taps as f64 - position;
                *weight = match settings.interpolation {
                    Interpolation::Sinc => (rate * kernel.at(rate * t)) as f32,
                    // On whole frames a polynomial passes through the frame itself.
                    Interpolation::Cubic | Interpolation::Linear => f32::from(u8::from(t == 0.0)),
                };
            }
        }
    }
}

/// Input frames per frame of the slower rate: when the output is the slower one the kernel grows, and its
/// cutoff falls, in proportion.
fn widening(settings: &Settings) -> f64 {
    settings.nominal.to_f64().max(1.0)
}
