//! Where a channel's loudspeaker stands.

use core::fmt;
use core::str::FromStr;

/// Defines the named positions once: variant, number, name, what it is.
macro_rules! positions {
    ($($variant:ident $id:literal $name:literal $what:literal;)*) => {
        /// The loudspeaker a channel is meant for, by the names that PipeWire's users write (`FL`, `LFE`, `AUX3`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ChannelPosition {
            $(#[doc = $what] $variant,)*
            /// No loudspeaker, but one of 64 numbered lines.
            Aux(AuxChannel),
        }

        /// All positions but the numbered lines, with number and name.
        const NAMED: &[(ChannelPosition, u32, &str)] = &[$((ChannelPosition::$variant, $id, $name),)*];
    };
}

positions! {
    Unknown 0 "UNK" "Not known.";
    Na 1 "NA" "None: the channel is silent.";
    Mono 2 "MONO" "The only channel.";
    Fl 3 "FL" "Front left, 30 degrees.";
    Fr 4 "FR" "Front right.";
    Fc 5 "FC" "Front centre.";
    Lfe 6 "LFE" "Low-frequency effects.";
    Sl 7 "SL" "Side left, 90 degrees.";
    Sr 8 "SR" "Side right.";
    Flc 9 "FLC" "Front left of centre, 22.5 degrees.";
    Frc 10 "FRC" "Front right of centre.";
    Rc 11 "RC" "Rear centre, 180 degrees.";
    Rl 12 "RL" "Rear left, 110 degrees.";
    Rr 13 "RR" "Rear right.";
    Tc 14 "TC" "Top centre: overhead.";
    Tfl 15 "TFL" "Top front left.";
    Tfc 16 "TFC" "Top front centre.";
    Tfr 17 "TFR" "Top front right.";
    Trl 18 "TRL" "Top rear left.";
    Trc 19 "TRC" "Top rear centre.";
    Trr 20 "TRR" "Top rear right.";
    Rlc 21 "RLC" "Rear left of centre, 135 degrees.";
    Rrc 22 "RRC" "Rear right of centre.";
    Flw 23 "FLW" "Front left wide, 60 degrees.";
    Frw 24 "FRW" "Front right wide.";
    Lfe2 25 "LFE2" "Second low-frequency effects.";
    Flh 26 "FLH" "Front left high.";
    Fch 27 "FCH" "Front centre high.";
    Frh 28 "FRH" "Front right high.";
    Tflc 29 "TFLC" "Top front left of centre.";
    Tfrc 30 "TFRC" "Top front right of centre.";
    Tsl 31 "TSL" "Top side left.";
    Tsr 32 "TSR" "Top side right.";
    Llfe 33 "LLFE" "Left low-frequency effects.";
    Rlfe 34 "RLFE" "Right low-frequency effects.";
    Bc 35 "BC" "Bottom centre.";
    Blc 36 "BLC" "Bottom left of centre.";
    Brc 37 "BRC" "Bottom right of centre.";
}

/// Number of the first line, [`ChannelPosition::aux`]`(0)`.
const FIRST_AUX_ID: u32 = 0x1000;

/// Which of the 64 numbered lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AuxChannel(u8);

impl AuxChannel {
    /// How many there are.
    pub const COUNT: u8 = 64;

    /// Its number, below [`COUNT`](Self::COUNT).
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl ChannelPosition {
    /// The numbered line `line`, if there is one.
    pub const fn aux(line: u8) -> Option<Self> {
        if line < AuxChannel::COUNT { Some(Self::Aux(AuxChannel(line))) } else { None }
    }

    /// The number of this position in PipeWire's `enum spa_audio_channel` (spa/param/audio/raw.h).
    pub fn id(self) -> u32 {
        match self {
            Self::Aux(line) => FIRST_AUX_ID + u32::from(line.0),
            named => NAMED.iter().find(|known| known.0 == named).map_or(0, |known| known.1),
        }
    }

    /// The position with number `id`, if there is one; see [`id`](Self::id).
    pub fn from_id(id: u32) -> Option<Self> {
        match id.checked_sub(FIRST_AUX_ID) {
            Some(line) => u8::try_from(line).ok().and_then(Self::aux),
            None => NAMED.iter().find(|known| known.1 == id).map(|known| known.0),
        }
    }
}

impl fmt::Display for ChannelPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aux(line) => write!(f, "AUX{}", line.0),
            named => f.write_str(NAMED.iter().find(|known| known.0 == *named).map_or("UNK", |known| known.2)),
        }
    }
}

/// A name that is no [`ChannelPosition`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownPosition;

impl fmt::Display for UnknownPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a channel position: accepted are MONO, FL, FR, FC, LFE, SL, SR, RL, RR and so on, AUX0 to AUX63")
    }
}

impl core::error::Error for UnknownPosition {}

impl FromStr for ChannelPosition {
    type Err = UnknownPosition;

    /// Reads a name as [`Display`](fmt::Display) writes it: upper case, no blanks, no leading zeros.
    fn from_str(name: &str) -> Result<Self, UnknownPosition> {
        if let Some(known) = NAMED.iter().find(|known| known.2 == name) {
            return Ok(known.0);
        }
        let digits = name.strip_prefix("AUX").ok_or(UnknownPosition)?;
        let plain =
            digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
        let line = if plain { digits.parse().ok() } else { None };
        line.and_then(Self::aux).ok_or(UnknownPosition)
    }
}
