//! From a client's `KSDATAFORMAT` to a format.

use super::{EXTRA_BYTES, Encoding, Offer, WaveFormat};
use crate::bytes::read;
use crate::sys::{
    NTSTATUS,
    guid::{
        GUID_NULL, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX, KSDATAFORMAT_SUBTYPE_IEEE_FLOAT,
        KSDATAFORMAT_SUBTYPE_PCM, KSDATAFORMAT_TYPE_AUDIO,
    },
    ks::{
        KSDATAFORMAT, WAVE_FORMAT_EXTENSIBLE, WAVE_FORMAT_IEEE_FLOAT, WAVE_FORMAT_PCM, WAVEFORMATEX,
        WAVEFORMATEXTENSIBLE,
    },
    status::{STATUS_INVALID_PARAMETER, STATUS_NO_MATCH},
};

/// Reads a `KSDATAFORMAT` with a `WAVEFORMATEX` or `WAVEFORMATEXTENSIBLE` behind it. Bytes behind its own `FormatSize` are
/// not looked at.
///
/// # Errors
/// `STATUS_INVALID_PARAMETER` when its sizes do not add up, `STATUS_NO_MATCH` when it is not what `offer` offers.
pub fn parse(bytes: &[u8], offer: Offer) -> Result<WaveFormat, NTSTATUS> {
    let head: KSDATAFORMAT = read(bytes, 0).ok_or(STATUS_INVALID_PARAMETER)?;
    let bytes = bytes.get(..head.FormatSize as usize).ok_or(STATUS_INVALID_PARAMETER)?;
    let kind = (head.MajorFormat, head.Specifier);
    if kind != (KSDATAFORMAT_TYPE_AUDIO, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX) {
        return Err(STATUS_NO_MATCH);
    }
    let wave = read_wave(bytes.get(size_of::<KSDATAFORMAT>()..).unwrap_or_default());
    let format = checked(&wave.ok_or(STATUS_INVALID_PARAMETER)?);
    let format = format.filter(|format| format.encoding.subtype() == head.SubFormat);
    format.filter(|format| offer.accepts(format)).ok_or(STATUS_NO_MATCH)
}

/// A `WAVEFORMATEX` with what EXTENSIBLE adds; `None` when it is cut off.
fn read_wave(bytes: &[u8]) -> Option<WAVEFORMATEXTENSIBLE> {
    let wave: WAVEFORMATEX = read(bytes, 0)?;
    let extra_bytes = usize::from(wave.cbSize);
    if size_of::<WAVEFORMATEX>() + extra_bytes > bytes.len() {
        return None;
    }
    if wave.wFormatTag == WAVE_FORMAT_EXTENSIBLE {
        return read(bytes, 0).filter(|_| extra_bytes >= EXTRA_BYTES);
    }
    let subtype = match wave.wFormatTag {
        WAVE_FORMAT_PCM => KSDATAFORMAT_SUBTYPE_PCM,
        WAVE_FORMAT_IEEE_FLOAT => KSDATAFORMAT_SUBTYPE_IEEE_FLOAT,
        _ => GUID_NULL,
    };
    Some(WAVEFORMATEXTENSIBLE {
        Format: wave,
        wValidBitsPerSample: wave.wBitsPerSample,
        dwChannelMask: 0,
        SubFormat: subtype,
    })
}

/// The format that is meant; `None` when there is no such format or the fields contradict each other.
fn checked(wave: &WAVEFORMATEXTENSIBLE) -> Option<WaveFormat> {
    let WAVEFORMATEX { nBlockAlign, nAvgBytesPerSec, wBitsPerSample, .. } = wave.Format;
    let format = WaveFormat {
        encoding: Encoding::of(wave.SubFormat, wBitsPerSample, wave.wValidBitsPerSample)?,
        channels: wave.Format.nChannels,
        rate_hz: wave.Format.nSamplesPerSec,
        channel_mask: wave.dwChannelMask,
    };
    let sizes = (u32::from(nBlockAlign), nAvgBytesPerSec);
    (sizes == (format.frame_bytes(), format.bytes_per_second())).then_some(format)
}
