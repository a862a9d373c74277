//! Which channel is which.

use core::fmt;
use core::str::FromStr;

use heapless::Vec;

use super::position::{ChannelPosition, UnknownPosition};
use crate::format::{ChannelCount, MAX_CHANNELS};

/// The most channels a map has.
const MOST: usize = MAX_CHANNELS as usize;

/// The positions of a stream's channels, in the order of the channels: 1 to 64.
///
/// ```
/// use vcable_core::format::ChannelCount;
/// use vcable_core::remix::ChannelMap;
///
/// let map: ChannelMap = "FL,FR,FC,LFE,RL,RR".parse()?;
/// assert_eq!(map, ChannelMap::default_for(ChannelCount::new(6)?));
/// assert_eq!("[ FL FR ]".parse::<ChannelMap>()?.to_string(), "FL,FR");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelMap(Vec<ChannelPosition, MOST>);

impl ChannelMap {
    /// A map of these positions.
    ///
    /// # Errors
    /// [`ChannelMapError::Count`] when there is none or more than 64.
    pub fn new(positions: &[ChannelPosition]) -> Result<Self, ChannelMapError> {
        match Vec::from_slice(positions) {
            Ok(positions) if !positions.is_empty() => Ok(Self(positions)),
            _ => Err(ChannelMapError::Count),
        }
    }

    /// What `channels` channels are when nobody says: mono, stereo, 2.1, quadraphonic, 5.0, 5.1, 6.1 and 7.1 as
    /// PulseAudio's default maps have them, which players use as well; other numbers are lines, `AUX0` on.
    pub fn default_for(channels: ChannelCount) -> Self {
        use ChannelPosition::{Fc, Fl, Fr, Lfe, Mono, Rc, Rl, Rr, Sl, Sr};
        let known: &[ChannelPosition] = match channels.get() {
            1 => &[Mono],
            2 => &[Fl, Fr],
            3 => &[Fl, Fr, Lfe],
            4 => &[Fl, Fr, Rl, Rr],
            5 => &[Fl, Fr, Fc, Rl, Rr],
            6 => &[Fl, Fr, Fc, Lfe, Rl, Rr],
            7 => &[Fl, Fr, Fc, Lfe, Rc, Sl, Sr],
            8 => &[Fl, Fr, Fc, Lfe, Rl, Rr, Sl, Sr],
            _ => &[],
        };
        let lines = if known.is_empty() { channels.get() } else { 0 };
        let mut positions = Vec::new();
        for position in known.iter().copied().chain((0..).map_while(ChannelPosition::aux).take(lines)) {
            // Always room: a count of channels is 64 at most.
            let _full = positions.push(position);
        }
        Self(positions)
    }

    /// The positions, one per channel.
    pub fn positions(&self) -> &[ChannelPosition] {
        &self.0
    }

    /// How many channels it has, 1 to 64.
    pub fn channels(&self) -> usize {
        self.0.len()
    }

    /// The channel at `position`, if there is one.
    pub fn channel_at(&self, position: ChannelPosition) -> Option<usize> {
        self.0.iter().position(|&known| known == position)
    }

    /// Whether the positions tell the channels apart: none is unknown, none but silent ones stands twice.
    pub(super) fn tells_apart(&self) -> bool {
        self.0.iter().enumerate().all(|(channel, &position)| match position {
            ChannelPosition::Unknown => false,
            ChannelPosition::Na => true,
            _ => self.channel_at(position) == Some(channel),
        })
    }
}

impl fmt::Display for ChannelMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (channel, position) in self.0.iter().enumerate() {
            let separator = if channel == 0 { "" } else { "," };
            write!(f, "{separator}{position}")?;
        }
        Ok(())
    }
}

impl FromStr for ChannelMap {
    type Err = ChannelMapError;

    /// Reads names separated by commas or blanks, with or without square brackets around.
    fn from_str(list: &str) -> Result<Self, ChannelMapError> {
        let list = list.trim();
        let list = list.strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap_or(list);
        let mut positions = Vec::<_, MOST>::new();
        let names = list.split(|c: char| c == ',' || c.is_whitespace()).filter(|name| !name.is_empty());
        for (channel, name) in names.enumerate() {
            let position = name.parse().map_err(|UnknownPosition| ChannelMapError::Position { channel })?;
            positions.push(position).map_err(|_| ChannelMapError::Count)?;
        }
        Self::new(&positions)
    }
}

/// Why a channel map was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelMapError {
    /// No channel, or more than 64.
    Count,
    /// A name that is no position.
    Position {
        /// Which name, counted from 0.
        channel: usize,
    },
}

impl fmt::Display for ChannelMapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count => write!(f, "a channel map has 1 to {MAX_CHANNELS} positions"),
            Self::Position { channel } => write!(f, "channel {channel}: {UnknownPosition}"),
        }
    }
}

impl core::error::Error for ChannelMapError {}
