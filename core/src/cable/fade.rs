//! Fades: how sound begins, ends and gives way to other sound without a click.

/// Length of every fade, in frames of the reader: 1.3 ms at 48 kHz, long enough that no ear hears a click,
/// short enough that none hears a dip.
pub const FADE_FRAMES: usize = 64;

/// A sound that begins: silent for a while, then rising in a straight line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rise {
    /// Frames still to be kept silent.
    hold_frames: usize,
    /// Frames of the slope already played; [`FADE_FRAMES`] when it is over.
    at: usize,
}

impl Rise {
    /// Nothing to do: the sound plays at its own level.
    pub(super) const OVER: Self = Self { hold_frames: 0, at: FADE_FRAMES };

    /// A rise after `hold_frames` of silence.
    pub(super) const fn after(hold_frames: usize) -> Self {
        Self { hold_frames, at: 0 }
    }

    /// Whether the sound plays at its own level.
    pub(super) const fn is_over(self) -> bool {
        self.hold_frames == 0 && self.at >= FADE_FRAMES
    }

    /// Applies the next frames of the rise to one channel. Each channel gets the same copy of `self`.
    pub(super) fn apply(self, plane: &mut [f32]) {
        let (silent, sound) = plane.split_at_mut(self.hold_frames.min(plane.len()));
        silent.fill(0.0);
        for (sample, at) in sound.iter_mut().zip(self.at..FADE_FRAMES) {
            *sample *= gain(at);
        }
    }

    /// Moves on by `frames`.
    pub(super) fn advance(&mut self, frames: usize) {
        let held = self.hold_frames.min(frames);
        self.hold_frames -= held;
        self.at = self.at.saturating_add(frames - held).min(FADE_FRAMES);
    }
}

/// Lets one channel fall to silence over its last [`FADE_FRAMES`], or all when there are fewer.
pub(super) fn fall(plane: &mut [f32]) {
    let span = plane.len().min(FADE_FRAMES);
    let slope = 1.0 / (span.max(1)) as f32;
    for (sample, left) in plane.iter_mut().rev().zip(0..span) {
        *sample *= left as f32 * slope;
    }
}

/// Gain of frame `at` of a rise.
fn gain(at: usize) -> f32 {
    at as f32 * (1.0 / FADE_FRAMES as f32)
}

/// The last sound of the way left behind, which falls while that of the new way rises.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tail {
    at: usize,
    frames: usize,
}

impl Tail {
    /// A tail of `frames` frames, already shaped by [`fall`].
    pub(super) const fn of(frames: usize) -> Self {
        Self { at: 0, frames }
    }

    /// Whether there is any of it left.
    pub(super) const fn is_over(self) -> bool {
        self.at >= self.frames
    }

    /// Adds the next frames of the tail's channel `from` to one channel.
    pub(super) fn mix(self, from: &[f32], plane: &mut [f32]) {
        let left = from.get(self.at..self.frames).unwrap_or_default();
        plane.iter_mut().zip(left).for_each(|(to, &from)| *to += from);
    }

    /// Moves on by `frames`.
    pub(super) fn advance(&mut self, frames: usize) {
        self.at = self.at.saturating_add(frames).min(self.frames);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::*;
    use std::vec;
    use std::vec::Vec;

    proptest! {
        #[test]
        fn a_rise_in_parts_is_a_rise(hold in 0_usize..200, parts in prop::collection::vec(0_usize..90, 0..9)) {
            let mut rise = Rise::after(hold);
            let mut played = Vec::new();
            for frames in parts {
                let mut part = vec![1.0_f32; frames];
                rise.apply(&mut part);
                rise.advance(frames);
                played.extend(part);
            }
            for (at, gain) in played.iter().enumerate() {
                let naive = (at.saturating_sub(hold) as f32 / FADE_FRAMES as f32).min(1.0);
                prop_assert!((gain - naive).abs() < 1e-6);
            }
            prop_assert_eq!(rise.is_over(), played.len() >= hold + FADE_FRAMES);
        }

        #[test]
        fn fall_and_rise_add_up(frames in FADE_FRAMES..300) {
            let mut falling = vec![1.0_f32; frames];
            fall(&mut falling);
            let mut rising = vec![1.0_f32; FADE_FRAMES];
            Rise::after(0).apply(&mut rising);
            // Shifted by one: the fall ends at zero, the rise begins there.
            for (down, up) in falling.iter().skip(frames - FADE_FRAMES).zip(rising.iter().skip(1)) {
                prop_assert!((down + up - 1.0).abs() < 1e-6);
            }
            prop_assert_eq!(falling.first(), Some(&if frames > FADE_FRAMES { 1.0 } else { 1.0 - 1.0 / 64.0 }));
        }
    }
}
