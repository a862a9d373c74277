//! Formats as programs write them.

use bytemuck::{Zeroable, bytes_of};

use crate::abi::Guid;
use crate::abi::guid::{ATTRIBUTE_MODE, SPECIFIER_WAVE, SUBTYPE_FLOAT, SUBTYPE_PCM, TYPE_AUDIO};
use crate::abi::ks::{ATTRIBUTES, AudioRange, DataFormat, FullFormat, WaveFormat, WaveFormatExtensible};

/// A format of interleaved samples.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Format {
    /// Frames per second.
    pub rate_hz: u32,
    /// Samples per frame.
    pub channels: u32,
    /// Bits of a sample in memory.
    pub container: u32,
    /// Bits in use, the upper ones.
    pub valid: u32,
    /// Floats instead of integers.
    pub float: bool,
}

/// The sample formats of the cable: container, valid bits, floats.
pub const SAMPLES: [(u32, u32, bool); 5] =
    [(16, 16, false), (24, 24, false), (32, 24, false), (32, 32, false), (32, 32, true)];
/// Its rates.
pub const RATES: [u32; 6] = [44_100, 48_000, 88_200, 96_000, 176_400, 192_000];
/// Its channel counts.
pub const CHANNELS: [u32; 4] = [1, 2, 6, 8];

/// Every format of the cable.
pub fn all() -> Vec<Format> {
    let mut formats = Vec::new();
    for rate_hz in RATES {
        for channels in CHANNELS {
            formats.extend(SAMPLES.map(|(container, valid, float)| Format {
                rate_hz,
                channels,
                container,
                valid,
                float,
            }));
        }
    }
    formats
}

impl Format {
    /// Integers of 16 bits.
    pub const fn pcm16(rate_hz: u32, channels: u32) -> Self {
        Self { rate_hz, channels, container: 16, valid: 16, float: false }
    }

    /// Floats.
    pub const fn float(rate_hz: u32, channels: u32) -> Self {
        Self { rate_hz, channels, container: 32, valid: 32, float: true }
    }

    /// Bytes of a frame.
    pub fn frame_bytes(self) -> usize {
        (self.channels * self.container / 8) as usize
    }

    /// Bytes of a second.
    pub fn bytes_per_second(self) -> usize {
        self.frame_bytes() * self.rate_hz as usize
    }

    /// The usual channels.
    pub fn mask(self) -> u32 {
        match self.channels {
            1 => 0x4,
            2 => 0x3,
            6 => 0x3F,
            8 => 0x63F,
            other => (1 << other) - 1,
        }
    }

    /// Integers or floats.
    pub fn sub(self) -> Guid {
        if self.float { SUBTYPE_FLOAT } else { SUBTYPE_PCM }
    }

    fn head(self, bytes: usize) -> DataFormat {
        DataFormat {
            size: bytes as u32,
            sample_size: self.frame_bytes() as u32,
            major: TYPE_AUDIO,
            sub: self.sub(),
            specifier: SPECIFIER_WAVE,
            ..DataFormat::zeroed()
        }
    }

    fn wave(self, tag: u16, extra: u16) -> WaveFormat {
        WaveFormat {
            tag,
            channels: self.channels as u16,
            rate_hz: self.rate_hz,
            bytes_per_second: self.bytes_per_second() as u32,
            block_align: self.frame_bytes() as u16,
            bits: self.container as u16,
            extra,
        }
    }

    /// As `KSDATAFORMAT_WAVEFORMATEXTENSIBLE`.
    pub fn full(self) -> FullFormat {
        let wave = self.wave(0xFFFE, 22);
        let wave =
            WaveFormatExtensible { wave, valid_bits: self.valid as u16, mask: self.mask(), sub: self.sub() };
        FullFormat { format: self.head(size_of::<FullFormat>()), wave }
    }

    /// Its 104 bytes.
    pub fn bytes(self) -> Vec<u8> {
        bytes_of(&self.full()).to_vec()
    }

    /// As `KSDATAFORMAT_WAVEFORMATEX`, which can't say all: 82 bytes.
    pub fn short_bytes(self) -> Vec<u8> {
        let wave = self.wave(if self.float { 3 } else { 1 }, 0);
        let head = self.head(size_of::<DataFormat>() + size_of::<WaveFormat>());
        [bytes_of(&head), bytes_of(&wave)].concat()
    }

    /// With the attribute of a signal processing mode.
    pub fn bytes_with_mode(self, mode: Guid) -> Vec<u8> {
        let mut full = self.full();
        full.format.flags = ATTRIBUTES;
        let (list, attribute) = ([48_u32, 1], [40_u32, 0]);
        [bytes_of(&full), bytes_of(&list), bytes_of(&attribute), &ATTRIBUTE_MODE.0, &mode.0].concat()
    }

    /// The range that a client asks for which wants this and nothing else.
    pub fn range(self) -> AudioRange {
        AudioRange {
            range: DataFormat { size: size_of::<AudioRange>() as u32, ..self.head(0) },
            channels: self.channels,
            min_bits: self.valid,
            max_bits: self.valid,
            min_hz: self.rate_hz,
            max_hz: self.rate_hz,
            padding: 0,
        }
    }

    /// Of what the driver answered.
    pub fn of(full: &FullFormat) -> Self {
        let (wave, valid, sub) = (full.wave.wave, full.wave.valid_bits, full.wave.sub);
        Self {
            rate_hz: wave.rate_hz,
            channels: u32::from(wave.channels),
            container: u32::from(wave.bits),
            valid: u32::from(valid),
            float: sub == SUBTYPE_FLOAT,
        }
    }
}
