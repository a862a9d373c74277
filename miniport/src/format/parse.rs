//! From a client's KSDATAFORMAT to a format.

use super::{
    EXTENSIBLE_BYTES, EXTRA_BYTES, Encoding, Offer, SPECIFIER_WAVE, SUBTYPE_FLOAT, SUBTYPE_PCM, TAG_EXTENSIBLE,
    TAG_FLOAT, TAG_PCM, TYPE_AUDIO, WaveFormat,
};
use crate::bytes::{guid_at, u16_at, u32_at};
use crate::status::{INVALID_PARAMETER, NO_MATCH, Status};

/// Bytes up to the end of a WAVEFORMATEX's last field.
const WAVE_BYTES: usize = 82;

/// Reads a KSDATAFORMAT with a WAVEFORMATEX or WAVEFORMATEXTENSIBLE behind it. Bytes behind its own `FormatSize` are
/// not looked at.
///
/// # Errors
/// INVALID_PARAMETER when its sizes do not add up, NO_MATCH when it is not what `offer` offers.
pub fn parse(bytes: &[u8], offer: Offer) -> Result<WaveFormat, Status> {
    let size = u32_at(bytes, 0).ok_or(INVALID_PARAMETER)? as usize;
    let bytes = bytes.get(..size).ok_or(INVALID_PARAMETER)?;
    let (major, subtype, specifier) = (guid_at(bytes, 16), guid_at(bytes, 32), guid_at(bytes, 48));
    let (Some(major), Some(subtype), Some(specifier)) = (major, subtype, specifier) else {
        return Err(INVALID_PARAMETER);
    };
    if (major, specifier) != (TYPE_AUDIO, SPECIFIER_WAVE) {
        return Err(NO_MATCH);
    }
    let wave = Wave::read(bytes).ok_or(INVALID_PARAMETER)?;
    let format = wave.checked().filter(|format| format.encoding.subtype() == subtype).ok_or(NO_MATCH)?;
    if offer.accepts(&format) { Ok(format) } else { Err(NO_MATCH) }
}

/// A WAVEFORMATEX, with what EXTENSIBLE adds.
struct Wave {
    subtype: Option<crate::guid::Guid>,
    channels: u16,
    rate_hz: u32,
    bytes_per_second: u32,
    frame_bytes: u16,
    container_bits: u16,
    valid_bits: u16,
    channel_mask: u32,
}

impl Wave {
    /// `None` when it is cut off.
    fn read(bytes: &[u8]) -> Option<Self> {
        let tag = u16_at(bytes, 64)?;
        let container_bits = u16_at(bytes, 78)?;
        let extra_bytes = u16_at(bytes, 80)?;
        if WAVE_BYTES + usize::from(extra_bytes) > bytes.len() {
            return None;
        }
        let (subtype, valid_bits, channel_mask) = if tag == TAG_EXTENSIBLE {
            if extra_bytes < EXTRA_BYTES || bytes.len() < EXTENSIBLE_BYTES {
                return None;
            }
            (Some(guid_at(bytes, 88)?), u16_at(bytes, 82)?, u32_at(bytes, 84)?)
        } else {
            let subtype = match tag {
                TAG_PCM => Some(SUBTYPE_PCM),
                TAG_FLOAT => Some(SUBTYPE_FLOAT),
                _ => None,
            };
            (subtype, container_bits, 0)
        };
        Some(Self {
            subtype,
            channels: u16_at(bytes, 66)?,
            rate_hz: u32_at(bytes, 68)?,
            bytes_per_second: u32_at(bytes, 72)?,
            frame_bytes: u16_at(bytes, 76)?,
            container_bits,
            valid_bits,
            channel_mask,
        })
    }

    /// The format it means; `None` when there is no such format or its fields contradict each other.
    fn checked(&self) -> Option<WaveFormat> {
        let format = WaveFormat {
            encoding: Encoding::of(self.subtype?, self.container_bits, self.valid_bits)?,
            channels: self.channels,
            rate_hz: self.rate_hz,
            channel_mask: self.channel_mask,
        };
        let sizes = (u32::from(self.frame_bytes), self.bytes_per_second);
        (sizes == (format.frame_bytes(), format.bytes_per_second())).then_some(format)
    }
}
