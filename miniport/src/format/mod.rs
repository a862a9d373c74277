//! What the pins speak: the formats offered, and those formats as Windows writes them down.
//!
//! Everything here is arithmetic on bytes that were checked first; any IRQL.

mod attributes;
mod offer;
mod parse;
mod range;

pub use attributes::{Mode, list_offset, mode_of};
pub use offer::{CHANNEL_COUNTS, Offer, RATES_HZ};
pub use parse::parse;
pub use range::{intersect, propose};

use vcable_core::{
    cable::EndFormat,
    format::{ChannelCount, FormatError, Layout, SampleFormat, SampleRate, StreamFormat},
    remix::{ChannelMap, ChannelPosition},
};

use crate::sys::{
    GUID,
    guid::{
        KSDATAFORMAT_SPECIFIER_WAVEFORMATEX, KSDATAFORMAT_SUBTYPE_IEEE_FLOAT, KSDATAFORMAT_SUBTYPE_PCM,
        KSDATAFORMAT_TYPE_AUDIO,
    },
    ks::{
        KSAUDIO_SPEAKER_MONO, KSDATAFORMAT, KSDATAFORMAT_WAVEFORMATEXTENSIBLE, WAVE_FORMAT_EXTENSIBLE,
        WAVEFORMATEX, WAVEFORMATEXTENSIBLE,
    },
};

/// Bytes of a format as Windows writes it down.
pub const FORMAT_BYTES: usize = size_of::<KSDATAFORMAT_WAVEFORMATEXTENSIBLE>();
/// Bytes that EXTENSIBLE adds to `WAVEFORMATEX`, as its `cbSize` tells.
const EXTRA_BYTES: usize = size_of::<WAVEFORMATEXTENSIBLE>() - size_of::<WAVEFORMATEX>();

/// How one sample lies in the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// 16-bit integer.
    Pcm16,
    /// 24-bit integer in 3 bytes.
    Pcm24,
    /// 24-bit integer in the *high* 3 bytes of 4; the low byte is zero.
    Pcm24In32,
    /// 32-bit integer.
    Pcm32,
    /// 32-bit floating point.
    Float32,
}

impl Encoding {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Pcm16, Self::Pcm24, Self::Pcm24In32, Self::Pcm32, Self::Float32];

    /// Bits that one sample takes (`wBitsPerSample`).
    pub const fn container_bits(self) -> u16 {
        match self {
            Self::Pcm16 => 16,
            Self::Pcm24 => 24,
            Self::Pcm24In32 | Self::Pcm32 | Self::Float32 => 32,
        }
    }

    /// Bits of it that carry sound (`wValidBitsPerSample`).
    pub const fn valid_bits(self) -> u16 {
        match self {
            Self::Pcm24In32 => 24,
            other => other.container_bits(),
        }
    }

    /// Its identifier in a format.
    pub const fn subtype(self) -> GUID {
        match self {
            Self::Float32 => KSDATAFORMAT_SUBTYPE_IEEE_FLOAT,
            _ => KSDATAFORMAT_SUBTYPE_PCM,
        }
    }

    /// What it is to the core. Windows aligns 24 bits in 32 high, which makes them a 32-bit integer.
    pub const fn sample(self) -> SampleFormat {
        match self {
            Self::Pcm16 => SampleFormat::S16,
            Self::Pcm24 => SampleFormat::S24,
            Self::Pcm24In32 | Self::Pcm32 => SampleFormat::S32,
            Self::Float32 => SampleFormat::F32,
        }
    }

    fn of(subtype: GUID, container_bits: u16, valid_bits: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|known| {
            (known.subtype(), known.container_bits(), known.valid_bits())
                == (subtype, container_bits, valid_bits)
        })
    }
}

/// One format of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WaveFormat {
    /// How samples lie.
    pub encoding: Encoding,
    /// Channels, 1 to 8.
    pub channels: u16,
    /// Frames per second.
    pub rate_hz: u32,
    /// Which loudspeaker each channel is for, lowest bit first; 0 when nobody says.
    pub channel_mask: u32,
}

impl WaveFormat {
    /// Bytes of a frame (`nBlockAlign`).
    pub const fn frame_bytes(&self) -> u32 {
        self.channels as u32 * (self.encoding.container_bits() / 8) as u32
    }

    /// Bytes of a second (`nAvgBytesPerSec`).
    pub const fn bytes_per_second(&self) -> u32 {
        self.rate_hz.saturating_mul(self.frame_bytes())
    }

    /// The format as the core sees it.
    ///
    /// # Errors
    /// A [`FormatError`] for channels or a rate that the core does not know; none that [`Offer`] offers.
    pub fn end(&self) -> Result<EndFormat, FormatError> {
        let stream = StreamFormat {
            sample: self.encoding.sample(),
            layout: Layout::Interleaved,
            channels: ChannelCount::new(u32::from(self.channels))?,
            rate: SampleRate::new(self.rate_hz)?,
        };
        Ok(match self.map() {
            Some(map) => EndFormat { stream, map },
            None => EndFormat::new(stream),
        })
    }

    /// The format as Windows writes it down.
    pub const fn to_ks(&self) -> KSDATAFORMAT_WAVEFORMATEXTENSIBLE {
        let subtype = self.encoding.subtype();
        KSDATAFORMAT_WAVEFORMATEXTENSIBLE {
            DataFormat: KSDATAFORMAT {
                FormatSize: FORMAT_BYTES as u32,
                Flags: 0,
                SampleSize: self.frame_bytes(),
                Reserved: 0,
                MajorFormat: KSDATAFORMAT_TYPE_AUDIO,
                SubFormat: subtype,
                Specifier: KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
            },
            WaveFormatExt: WAVEFORMATEXTENSIBLE {
                Format: WAVEFORMATEX {
                    wFormatTag: WAVE_FORMAT_EXTENSIBLE,
                    nChannels: self.channels,
                    nSamplesPerSec: self.rate_hz,
                    nAvgBytesPerSec: self.bytes_per_second(),
                    nBlockAlign: self.frame_bytes() as u16,
                    wBitsPerSample: self.encoding.container_bits(),
                    cbSize: EXTRA_BYTES as u16,
                },
                wValidBitsPerSample: self.encoding.valid_bits(),
                dwChannelMask: self.channel_mask,
                SubFormat: subtype,
            },
        }
    }

    /// Positions by the mask; `None` where it does not tell, or the only channel is the centre: that is mono.
    fn map(&self) -> Option<ChannelMap> {
        if self.channel_mask == 0 || (self.channels, self.channel_mask) == (1, KSAUDIO_SPEAKER_MONO) {
            return None;
        }
        let mut positions = heapless::Vec::<_, 8>::new();
        let named = POSITIONS.iter().enumerate().filter(|(bit, _)| self.channel_mask >> bit & 1 == 1);
        let named = named.map(|(_, &position)| position);
        // Channels beyond the mask are lines without a place.
        let lines = (0..).map_while(ChannelPosition::aux);
        for position in named.chain(lines).take(usize::from(self.channels)) {
            positions.push(position).ok()?;
        }
        ChannelMap::new(&positions).ok()
    }
}

/// The loudspeakers of the mask's bits, lowest first (ksmedia.h, `SPEAKER_*`).
const POSITIONS: [ChannelPosition; 18] = {
    use ChannelPosition::{Fc, Fl, Flc, Fr, Frc, Lfe, Rc, Rl, Rr, Sl, Sr, Tc, Tfc, Tfl, Tfr, Trc, Trl, Trr};
    [Fl, Fr, Fc, Lfe, Rl, Rr, Flc, Frc, Rc, Sl, Sr, Tc, Tfl, Tfc, Tfr, Trl, Trc, Trr]
};

/// Bits of a mask that have a meaning.
const MASK_BITS: u32 = (1 << POSITIONS.len()) - 1;

#[cfg(test)]
mod tests;
