//! What the pins speak: the formats offered, and those formats as Windows writes them down.
//!
//! Everything here is arithmetic on bytes that were checked first; any IRQL.

mod attributes;
mod offer;
mod parse;
mod range;

pub use attributes::{ATTRIBUTE_MODE, Mode, list_offset, mode_of};
pub use offer::{Offer, RATES_HZ};
pub use parse::parse;
pub use range::{intersect, propose};

use vcable_core::{
    cable::EndFormat,
    format::{ChannelCount, FormatError, Layout, SampleFormat, SampleRate, StreamFormat},
    remix::{ChannelMap, ChannelPosition},
};

use crate::guid::Guid;

/// KSDATAFORMAT_TYPE_AUDIO (ksmedia.h).
pub const TYPE_AUDIO: Guid = Guid::new(0x73647561_0000_0010_8000_00aa00389b71);
/// KSDATAFORMAT_SUBTYPE_PCM.
pub const SUBTYPE_PCM: Guid = Guid::new(0x00000001_0000_0010_8000_00aa00389b71);
/// KSDATAFORMAT_SUBTYPE_IEEE_FLOAT.
pub const SUBTYPE_FLOAT: Guid = Guid::new(0x00000003_0000_0010_8000_00aa00389b71);
/// KSDATAFORMAT_SUBTYPE_ANALOG.
pub const SUBTYPE_ANALOG: Guid = Guid::new(0x6dba3190_67bd_11cf_a0f7_0020afd156e4);
/// KSDATAFORMAT_SPECIFIER_WAVEFORMATEX.
pub const SPECIFIER_WAVE: Guid = Guid::new(0x05589f81_c356_11ce_bf01_00aa0055595a);
/// KSDATAFORMAT_SPECIFIER_NONE.
pub const SPECIFIER_NONE: Guid = Guid::new(0x0f6417d6_c318_11d0_a43f_00a0c9223196);

/// Bytes of a KSDATAFORMAT_WAVEFORMATEXTENSIBLE.
pub const EXTENSIBLE_BYTES: usize = 104;
/// WAVE_FORMAT_EXTENSIBLE (mmreg.h).
const TAG_EXTENSIBLE: u16 = 0xFFFE;
/// WAVE_FORMAT_PCM.
const TAG_PCM: u16 = 1;
/// WAVE_FORMAT_IEEE_FLOAT.
const TAG_FLOAT: u16 = 3;
/// Bytes that EXTENSIBLE adds to WAVEFORMATEX, as its `cbSize` tells.
const EXTRA_BYTES: u16 = 22;

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

    /// Its format GUID.
    pub const fn subtype(self) -> Guid {
        match self {
            Self::Float32 => SUBTYPE_FLOAT,
            _ => SUBTYPE_PCM,
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

    fn of(subtype: Guid, container_bits: u16, valid_bits: u16) -> Option<Self> {
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

    /// The KSDATAFORMAT_WAVEFORMATEXTENSIBLE of this format.
    pub fn to_bytes(&self) -> [u8; EXTENSIBLE_BYTES] {
        let subtype = self.encoding.subtype().to_bytes();
        let mut bytes = [0; EXTENSIBLE_BYTES];
        let mut rest = &mut bytes[..];
        let mut put = |field: &[u8]| {
            if let Some((to, others)) = core::mem::take(&mut rest).split_at_mut_checked(field.len()) {
                to.copy_from_slice(field);
                rest = others;
            }
        };
        put(&(EXTENSIBLE_BYTES as u32).to_le_bytes());
        put(&0_u32.to_le_bytes());
        put(&self.frame_bytes().to_le_bytes());
        put(&0_u32.to_le_bytes());
        put(&TYPE_AUDIO.to_bytes());
        put(&subtype);
        put(&SPECIFIER_WAVE.to_bytes());
        put(&TAG_EXTENSIBLE.to_le_bytes());
        put(&self.channels.to_le_bytes());
        put(&self.rate_hz.to_le_bytes());
        put(&self.bytes_per_second().to_le_bytes());
        put(&(self.frame_bytes() as u16).to_le_bytes());
        put(&self.encoding.container_bits().to_le_bytes());
        put(&EXTRA_BYTES.to_le_bytes());
        put(&self.encoding.valid_bits().to_le_bytes());
        put(&self.channel_mask.to_le_bytes());
        put(&subtype);
        bytes
    }

    /// Positions by the mask; `None` where it does not tell, or the only channel is the centre: that is mono.
    fn map(&self) -> Option<ChannelMap> {
        if self.channel_mask == 0 || (self.channels, self.channel_mask) == (1, CENTRE) {
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

/// SPEAKER_FRONT_CENTER.
const CENTRE: u32 = 4;

/// The loudspeakers of the mask's bits, lowest first (ksmedia.h, SPEAKER_*).
const POSITIONS: [ChannelPosition; 18] = {
    use ChannelPosition::{Fc, Fl, Flc, Fr, Frc, Lfe, Rc, Rl, Rr, Sl, Sr, Tc, Tfc, Tfl, Tfr, Trc, Trl, Trr};
    [Fl, Fr, Fc, Lfe, Rl, Rr, Flc, Frc, Rc, Sl, Sr, Tc, Tfl, Tfc, Tfr, Trl, Trc, Trr]
};

/// Bits of a mask that have a meaning.
const MASK_BITS: u32 = (1 << POSITIONS.len()) - 1;

#[cfg(test)]
mod tests;
