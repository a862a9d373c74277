//! Time and place: the performance counter as frames, and how far a stream has come.
//!
//! All streams of a cable count frames on one scale, `counter * rate / frequency` rounded down, so that streams of one
//! rate move by the same number of frames in every tick and nothing ever adds up. Pure arithmetic; any IRQL.

use crate::divisor::Divisor;

/// Frequencies of the performance counter that leave room for every rate in 64 bits. Real ones are 10 MHz (virtual
/// machines and most PCs) to some GHz.
const FREQUENCY_HZ: core::ops::RangeInclusive<u64> = 1..=1 << 40;

/// The performance counter: how it measures time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Within [`FREQUENCY_HZ`].
    frequency_hz: Divisor,
}

impl Clock {
    /// A counter that runs at `frequency_hz` (the frequency that `KeQueryPerformanceCounter` tells).
    pub const fn new(frequency_hz: u64) -> Self {
        let most = *FREQUENCY_HZ.end();
        let frequency_hz = if frequency_hz > most { most } else { frequency_hz };
        Self { frequency_hz: Divisor::new(frequency_hz) }
    }

    /// Frames that are over when the counter stands at `counter`.
    ///
    /// Whole seconds are taken apart first: exact, and no product exceeds 64 bits.
    pub const fn frames(self, counter: u64, rate_hz: u32) -> u64 {
        let rate = rate_hz as u64;
        let (seconds, rest) = self.frequency_hz.div_rem(counter);
        seconds.saturating_mul(rate).saturating_add(self.frequency_hz.quotient(rest * rate))
    }

    /// The first value of the counter at which `frames` frames are over.
    pub const fn counter(self, frames: u64, rate_hz: u32) -> u64 {
        let rate = if rate_hz == 0 { 1 } else { rate_hz as u64 };
        let (seconds, rest) = (frames / rate, frames % rate);
        seconds
            .saturating_mul(self.frequency_hz.value())
            .saturating_add((rest * self.frequency_hz.value()).div_ceil(rate))
    }

    /// What the counter counts in at most the time of `frames` frames.
    pub const fn span(self, frames: u64, rate_hz: u32) -> u64 {
        let rate = if rate_hz == 0 { 1 } else { rate_hz as u64 };
        let (seconds, rest) = (frames / rate, frames % rate);
        seconds
            .saturating_mul(self.frequency_hz.value())
            .saturating_add(rest * self.frequency_hz.value() / rate)
    }

    /// What the counter counts in `milliseconds`.
    pub const fn milliseconds(self, milliseconds: u64) -> u64 {
        let counted = self.frequency_hz.value() * milliseconds / 1000;
        if counted == 0 { 1 } else { counted }
    }
}

/// How far a stream has come, in frames since it left STOP.
///
/// `scale` below is the place on the cable's scale: [`Clock::frames`] at the stream's rate.
#[derive(Clone, Copy, Debug, Default)]
pub struct Position {
    /// A frame of the stream, and where on the scale it was: at the last RUN, or where the stream stands still.
    base_frames: u64,
    base_scale: u64,
    running: bool,
}

impl Position {
    /// Frames of the stream at `scale`. Stands still unless it runs.
    pub const fn frames(&self, scale: u64) -> u64 {
        if self.running {
            self.base_frames.saturating_add(scale.saturating_sub(self.base_scale))
        } else {
            self.base_frames
        }
    }

    /// The place on the scale at which frame `frame` is played or recorded, by the last RUN.
    pub const fn scale_of(&self, frame: u64) -> u64 {
        self.base_scale.saturating_add_signed(frame.wrapping_sub(self.base_frames) as i64)
    }

    /// Whether it runs.
    pub const fn is_running(&self) -> bool {
        self.running
    }

    /// Runs from `scale` on.
    pub const fn run(&mut self, scale: u64) {
        *self = Self { base_frames: self.frames(scale), base_scale: scale, running: true };
    }

    /// Stands still from `scale` on.
    pub const fn pause(&mut self, scale: u64) {
        if self.running {
            *self = Self { base_frames: self.frames(scale), base_scale: scale, running: false };
        }
    }

    /// Back to the beginning.
    pub const fn stop(&mut self) {
        *self = Self { base_frames: 0, base_scale: 0, running: false };
    }
}

#[cfg(test)]
mod tests;
