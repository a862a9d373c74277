//! Which formats a cable's pins offer.

use super::{Encoding, MASK_BITS, WaveFormat};

/// Rates offered, in Hz.
pub const RATES_HZ: [u32; 6] = [44_100, 48_000, 88_200, 96_000, 176_400, 192_000];

/// Numbers of channels, each with the mask that is answered when the client leaves it open: mono, stereo, 5.1, 7.1
/// with side loudspeakers (ksmedia.h, `KSAUDIO_SPEAKER_*`).
const CHANNELS: [(u16, u32); 4] = [(1, 0x4), (2, 0x3), (6, 0x3F), (8, 0x63F)];

/// The numbers alone, the fewest first: what a cable's most channels can be set to.
pub const CHANNEL_COUNTS: [u16; CHANNELS.len()] =
    [CHANNELS[0].0, CHANNELS[1].0, CHANNELS[2].0, CHANNELS[3].0];

/// What one cable offers: everything, but not more channels than it is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    most_channels: u16,
}

impl Offer {
    /// Offers up to `most_channels`; numbers that no loudspeaker set has are rounded down, 0 up to 1.
    pub fn new(most_channels: u16) -> Self {
        let known = CHANNELS.iter().rev().find(|(channels, _)| *channels <= most_channels);
        Self { most_channels: known.map_or(1, |(channels, _)| *channels) }
    }

    /// Most channels offered.
    pub const fn most_channels(self) -> u16 {
        self.most_channels
    }

    /// Whether a stream of `format` can be opened.
    pub fn accepts(self, format: &WaveFormat) -> bool {
        format.channels <= self.most_channels
            && CHANNELS.iter().any(|(channels, _)| *channels == format.channels)
            && RATES_HZ.contains(&format.rate_hz)
            && format.channel_mask & !MASK_BITS == 0
            && format.channel_mask.count_ones() <= u32::from(format.channels)
    }

    /// The offered number of channels to propose to a client that takes up to `most`: stereo if it can, as few
    /// programs want more unasked.
    pub(super) fn propose_channels(self, most: u32) -> Option<(u16, u32)> {
        CHANNELS
            .into_iter()
            .rev()
            .find(|(channels, _)| u32::from(*channels) <= most.min(u32::from(self.most_channels)).min(2))
    }

    /// Bytes of a second of the largest format offered.
    pub fn most_bytes_per_second(self) -> u32 {
        let largest = WaveFormat {
            encoding: Encoding::Pcm32,
            channels: self.most_channels,
            rate_hz: RATES_HZ.into_iter().fold(0, u32::max),
            channel_mask: 0,
        };
        largest.bytes_per_second()
    }
}
