//! What a client and a pin have in common, and whether a pin takes a format.

use super::{
    EXTENSIBLE_BYTES, Encoding, Offer, RATES_HZ, SPECIFIER_WAVE, SUBTYPE_FLOAT, SUBTYPE_PCM, TYPE_AUDIO,
    WaveFormat, parse,
};
use crate::bytes::{guid_at, u32_at};
use crate::guid::Guid;
use crate::status::{BUFFER_OVERFLOW, BUFFER_TOO_SMALL, INVALID_PARAMETER, NO_MATCH, Status};

/// The rate that is proposed when the client takes it: that of the Windows audio engine.
const USUAL_RATE_HZ: u32 = 48_000;

/// A KSDATARANGE_AUDIO.
struct Range {
    subtype: Guid,
    most_channels: u32,
    bits: (u32, u32),
    rate_hz: (u32, u32),
}

impl Range {
    /// `None` when it is no range of wave formats, or is cut off.
    fn read(bytes: &[u8]) -> Option<Self> {
        let or_any = |given: Guid, wanted: Guid| given == wanted || given == Guid::ZERO;
        let fits = or_any(guid_at(bytes, 16)?, TYPE_AUDIO) && or_any(guid_at(bytes, 48)?, SPECIFIER_WAVE);
        fits.then_some(())?;
        Some(Self {
            subtype: guid_at(bytes, 32)?,
            most_channels: u32_at(bytes, 64)?,
            bits: (u32_at(bytes, 68)?, u32_at(bytes, 72)?),
            rate_hz: (u32_at(bytes, 76)?, u32_at(bytes, 80)?),
        })
    }
}

/// The format to answer to DataRangeIntersection for a client's and the pin's own KSDATARANGE: stereo and 48 kHz if
/// the client takes them, and as many bits as it takes.
///
/// # Errors
/// NO_MATCH.
pub fn intersect(client: &[u8], mine: &[u8], offer: Offer) -> Result<WaveFormat, Status> {
    let client = Range::read(client).ok_or(NO_MATCH)?;
    let mine = Range::read(mine).ok_or(NO_MATCH)?;
    let subtype = [SUBTYPE_PCM, SUBTYPE_FLOAT].into_iter().find(|&known| {
        known == mine.subtype && (client.subtype == known || client.subtype == Guid::ZERO)
    });
    let subtype = subtype.ok_or(NO_MATCH)?;
    let within = |value: u32, range: (u32, u32)| (range.0..=range.1).contains(&value);
    let encoding = [Encoding::Pcm32, Encoding::Pcm24, Encoding::Pcm16, Encoding::Float32]
        .into_iter()
        .find(|known| known.subtype() == subtype && within(u32::from(known.container_bits()), client.bits));
    let rate_hz = core::iter::once(USUAL_RATE_HZ)
        .chain(RATES_HZ.into_iter().rev())
        .find(|&rate_hz| within(rate_hz, client.rate_hz));
    let channels = offer.propose_channels(client.most_channels);
    let (Some(encoding), Some(rate_hz), Some((channels, channel_mask))) = (encoding, rate_hz, channels) else {
        return Err(NO_MATCH);
    };
    Ok(WaveFormat { encoding, channels, rate_hz, channel_mask })
}

/// What to answer to a set of KSPROPERTY_PIN_PROPOSEDATAFORMAT with `value_bytes` bytes in `value`; a `None` stands for
/// a null pointer. On an overflow the caller tells [`EXTENSIBLE_BYTES`].
///
/// # Errors
/// BUFFER_OVERFLOW for the question how long a format is, BUFFER_TOO_SMALL below that, else as [`parse`].
pub fn propose(value_bytes: usize, value: Option<&[u8]>, offer: Offer) -> Result<(), Status> {
    match value_bytes {
        0 => Err(BUFFER_OVERFLOW),
        1..EXTENSIBLE_BYTES => Err(BUFFER_TOO_SMALL),
        _ => parse(value.ok_or(INVALID_PARAMETER)?, offer).map(drop),
    }
}
