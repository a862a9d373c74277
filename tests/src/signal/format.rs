//! The sample formats that clients exchange, with the names each tool has for them.

/// A little-endian sample format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SampleFormat {
    /// 32-bit float.
    F32,
    /// 16-bit integer.
    S16,
    /// 24-bit integer in 3 bytes.
    S24,
    /// 32-bit integer.
    S32,
}

impl SampleFormat {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::F32, Self::S16, Self::S24, Self::S32];

    /// Bytes per sample.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 | Self::S32 => 4,
            Self::S16 => 2,
            Self::S24 => 3,
        }
    }

    /// Bits per sample.
    pub fn bits(self) -> u16 {
        match self {
            Self::F32 | Self::S32 => 32,
            Self::S16 => 16,
            Self::S24 => 24,
        }
    }

    /// `PulseAudio`'s name, as `parec --format` takes it.
    pub fn pulse_name(self) -> &'static str {
        match self {
            Self::F32 => "float32le",
            Self::S16 => "s16le",
            Self::S24 => "s24le",
            Self::S32 => "s32le",
        }
    }

    /// The name that `pw-cat --format` takes.
    pub fn pw_cat_name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::S16 => "s16",
            Self::S24 => "s24",
            Self::S32 => "s32",
        }
    }

    /// SPA's name, as the property `audio.format` takes it.
    pub fn spa_name(self) -> &'static str {
        match self {
            Self::F32 => "F32LE",
            Self::S16 => "S16LE",
            Self::S24 => "S24LE",
            Self::S32 => "S32LE",
        }
    }

    /// The number that a word stands for, full scale being 1.
    pub fn value(self, word: i32) -> f64 {
        match self {
            Self::F32 => f64::from(f32::from_bits(word as u32)),
            _ => f64::from(word) / f64::from(1_u32 << (self.bits() - 1)),
        }
    }

    /// The word nearest to a number in -1..1.
    pub fn word(self, value: f64) -> i32 {
        if self == Self::F32 {
            return (value as f32).to_bits() as i32;
        }
        let scale = f64::from(1_u32 << (self.bits() - 1));
        (value * scale).round().clamp(-scale, scale - 1.0) as i32
    }
}
