//! What a client and a pin have in common, and whether a pin takes a format.

use super::{Encoding, FORMAT_BYTES, Offer, RATES_HZ, WaveFormat, parse};
use crate::bytes::read;
use crate::sys::{
    GUID, NTSTATUS,
    guid::{GUID_NULL, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX, KSDATAFORMAT_TYPE_AUDIO},
    ks::KSDATARANGE_AUDIO,
    status::{STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_PARAMETER, STATUS_NO_MATCH},
};

/// The rate that is proposed when the client takes it: that of the Windows audio engine.
const USUAL_RATE_HZ: u32 = 48_000;

/// A range of wave formats; `None` for another kind, or when it is cut off.
fn read_range(bytes: &[u8]) -> Option<KSDATARANGE_AUDIO> {
    let range: KSDATARANGE_AUDIO = read(bytes, 0)?;
    let or_any = |given: GUID, wanted: GUID| given == wanted || given == GUID_NULL;
    let fits = or_any(range.DataRange.MajorFormat, KSDATAFORMAT_TYPE_AUDIO)
        && or_any(range.DataRange.Specifier, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX);
    fits.then_some(range)
}

/// The format to answer to `DataRangeIntersection` for a client's and the pin's own `KSDATARANGE`: stereo and 48 kHz if
/// the client takes them, and as many bits as it takes.
///
/// # Errors
/// `STATUS_NO_MATCH`.
pub fn intersect(client: &[u8], mine: &[u8], offer: Offer) -> Result<WaveFormat, NTSTATUS> {
    let client = read_range(client).ok_or(STATUS_NO_MATCH)?;
    let mine = read_range(mine).ok_or(STATUS_NO_MATCH)?;
    let (wanted, subtype) = (client.DataRange.SubFormat, mine.DataRange.SubFormat);
    let bits = client.MinimumBitsPerSample..=client.MaximumBitsPerSample;
    let span_hz = client.MinimumSampleFrequency..=client.MaximumSampleFrequency;
    if wanted != subtype && wanted != GUID_NULL {
        return Err(STATUS_NO_MATCH);
    }
    let encoding = [Encoding::Pcm32, Encoding::Pcm24, Encoding::Pcm16, Encoding::Float32]
        .into_iter()
        .find(|known| known.subtype() == subtype && bits.contains(&u32::from(known.container_bits())));
    let rate_hz = core::iter::once(USUAL_RATE_HZ)
        .chain(RATES_HZ.into_iter().rev())
        .find(|rate_hz| span_hz.contains(rate_hz));
    let channels = offer.propose_channels(client.MaximumChannels);
    let (Some(encoding), Some(rate_hz), Some((channels, channel_mask))) = (encoding, rate_hz, channels)
    else {
        return Err(STATUS_NO_MATCH);
    };
    Ok(WaveFormat { encoding, channels, rate_hz, channel_mask })
}

/// What to answer to a set of `KSPROPERTY_PIN_PROPOSEDATAFORMAT` with `value_bytes` bytes in `value`; a `None` stands for
/// a null pointer. On an overflow the caller tells [`FORMAT_BYTES`].
///
/// # Errors
/// `STATUS_BUFFER_OVERFLOW` for the question how long a format is, `STATUS_BUFFER_TOO_SMALL` below that, else as [`parse`].
pub fn propose(value_bytes: usize, value: Option<&[u8]>, offer: Offer) -> Result<(), NTSTATUS> {
    match value_bytes {
        0 => Err(STATUS_BUFFER_OVERFLOW),
        1..FORMAT_BYTES => Err(STATUS_BUFFER_TOO_SMALL),
        _ => parse(value.ok_or(STATUS_INVALID_PARAMETER)?, offer).map(drop),
    }
}
