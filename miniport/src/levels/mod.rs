//! Volume, mute and peak meter of one end of a cable.
//!
//! The topology filter's properties set and read them on any thread; the tick applies them. Nothing is locked: every
//! value stands for itself. At 0 dB and not muted, samples pass bit by bit.

mod sample;
mod shaper;

pub use shaper::Shaper;

use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering::Relaxed};

/// Channels with a level of their own: the most a cable has.
pub const CHANNELS: usize = 8;
/// The quietest level, in 1/65536 dB: -96 dB, a last bit of 16.
pub const LEVEL_MIN: i32 = -96 * DECIBEL;
/// The loudest: what was played.
pub const LEVEL_MAX: i32 = 0;
/// Levels lie half a decibel apart.
pub const LEVEL_STEP: i32 = DECIBEL / 2;
/// Full scale of the peak meter.
pub const PEAK_MAX: i32 = i32::MAX;

const DECIBEL: i32 = 0x1_0000;
const UNITY: u32 = 1.0_f32.to_bits();

/// The values of one end's nodes.
#[derive(Debug)]
pub struct Levels {
    level: [AtomicI32; CHANNELS],
    /// What the levels mean, as bits of an `f32`.
    gain: [AtomicU32; CHANNELS],
    muted: AtomicBool,
    /// Highest peaks since they were last read.
    peak: [AtomicU32; CHANNELS],
}

impl Default for Levels {
    fn default() -> Self {
        Self::new()
    }
}

impl Levels {
    /// Full level, not muted.
    pub const fn new() -> Self {
        Self {
            level: [const { AtomicI32::new(LEVEL_MAX) }; CHANNELS],
            gain: [const { AtomicU32::new(UNITY) }; CHANNELS],
            muted: AtomicBool::new(false),
            peak: [const { AtomicU32::new(0) }; CHANNELS],
        }
    }

    /// The level of `channel` in 1/65536 dB; `None` when there is no such channel.
    pub fn level(&self, channel: usize) -> Option<i32> {
        Some(self.level.get(channel)?.load(Relaxed))
    }

    /// Sets the level of `channel` to the nearest one possible; `None` when there is no such channel.
    pub fn set_level(&self, channel: usize, level: i32) -> Option<()> {
        let (known, gain) = (self.level.get(channel)?, self.gain.get(channel)?);
        let level = level.clamp(LEVEL_MIN, LEVEL_MAX);
        let steps = (level - LEVEL_MIN + LEVEL_STEP / 2) / LEVEL_STEP;
        let level = LEVEL_MIN + steps * LEVEL_STEP;
        known.store(level, Relaxed);
        let decibels = f64::from(level) / f64::from(DECIBEL);
        gain.store((libm::exp10(decibels / 20.0) as f32).to_bits(), Relaxed);
        Some(())
    }

    /// Whether nothing is to be heard.
    pub fn muted(&self) -> bool {
        self.muted.load(Relaxed)
    }

    /// Mutes or lets sound through; tells what was so before.
    pub fn set_muted(&self, muted: bool) -> bool {
        self.muted.swap(muted, Relaxed)
    }

    /// The highest peak of `channel` since it was last asked, up to [`PEAK_MAX`]; `None` when there is no such channel.
    pub fn take_peak(&self, channel: usize) -> Option<i32> {
        Some(self.peak.get(channel)?.swap(0, Relaxed) as i32)
    }

    /// Whether the first `channels` channels pass as they are.
    fn pass(&self, channels: usize) -> bool {
        !self.muted() && self.gain.iter().take(channels).all(|gain| gain.load(Relaxed) == UNITY)
    }

    /// The factor for `channel` now.
    fn gain(&self, channel: usize) -> f32 {
        let gain = self.gain.get(channel).map_or(UNITY, |gain| gain.load(Relaxed));
        if self.muted() { 0.0 } else { f32::from_bits(gain) }
    }

    /// Notes a peak.
    fn meter(&self, channel: usize, peak: u32) {
        if let Some(known) = self.peak.get(channel).filter(|known| known.load(Relaxed) < peak) {
            known.fetch_max(peak, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests;
