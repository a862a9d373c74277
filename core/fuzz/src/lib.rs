//! What the fuzz targets share: formats and memory out of a fuzzer's bytes, and an allocator that tells on its users.
//!
//! Every builder takes an [`Unstructured`], so that one input is one case, and the fuzzer can change a case bit by bit.
//! A run out of bytes gives zeros: short inputs are small cases.

mod memory;
mod trap;

pub use arbitrary::{Result, Unstructured};
pub use memory::{Guarded, content};
pub use trap::without_allocation;

use vcable_core::cable::EndFormat;
use vcable_core::format::{ChannelCount, Layout, MAX_RATE, MIN_RATE, SampleFormat, SampleRate, StreamFormat};
use vcable_core::remix::{ChannelMap, ChannelPosition};

/// All sample formats.
pub const FORMATS: [SampleFormat; 5] =
    [SampleFormat::F32, SampleFormat::S16, SampleFormat::S24, SampleFormat::S24In32, SampleFormat::S32];

/// A sample format and a layout.
pub fn kind(u: &mut Unstructured<'_>) -> Result<(SampleFormat, Layout)> {
    Ok((*u.choose(&FORMATS)?, if u.arbitrary()? { Layout::Planar } else { Layout::Interleaved }))
}

/// A number of channels: mostly few, any up to 64.
pub fn channels(u: &mut Unstructured<'_>) -> Result<ChannelCount> {
    let most = if u.ratio(1, 8)? { 64 } else { 8 };
    let count = u.int_in_range(1..=most)?;
    Ok(ChannelCount::new(count).expect("within 1 to 64"))
}

/// A rate: one in use, or any.
pub fn rate(u: &mut Unstructured<'_>) -> Result<SampleRate> {
    const USUAL_HZ: [u32; 8] = [48_000, 44_100, 96_000, 192_000, 32_000, 16_000, MIN_RATE, MAX_RATE];
    let hz = if u.ratio(1, 4)? { u.int_in_range(MIN_RATE..=MAX_RATE)? } else { *u.choose(&USUAL_HZ)? };
    Ok(SampleRate::new(hz).expect("within the limits"))
}

/// A whole stream format.
pub fn stream(u: &mut Unstructured<'_>) -> Result<StreamFormat> {
    let (sample, layout) = kind(u)?;
    Ok(StreamFormat { sample, layout, channels: channels(u)?, rate: rate(u)? })
}

/// A map of `channels` channels: the usual one, or any positions at all.
pub fn channel_map(u: &mut Unstructured<'_>, channels: ChannelCount) -> Result<ChannelMap> {
    if u.ratio(1, 2)? {
        return Ok(ChannelMap::default_for(channels));
    }
    let positions: Vec<_> = (0..channels.get()).map(|_| position(u)).collect::<Result<_>>()?;
    Ok(ChannelMap::new(&positions).expect("1 to 64 positions"))
}

fn position(u: &mut Unstructured<'_>) -> Result<ChannelPosition> {
    const LAST_NAMED: u32 = 37;
    const FIRST_LINE: u32 = 0x1000;
    let id =
        if u.ratio(1, 8)? { FIRST_LINE + u.int_in_range(0..=63)? } else { u.int_in_range(0..=LAST_NAMED)? };
    Ok(ChannelPosition::from_id(id).expect("a known number"))
}

/// A stream format with a map of its channels.
pub fn end(u: &mut Unstructured<'_>) -> Result<EndFormat> {
    let stream = stream(u)?;
    Ok(EndFormat { stream, map: channel_map(u, stream.channels)? })
}
