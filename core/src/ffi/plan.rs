//! What the settings of a host come to: checked, and measured in memory.

use super::cable::LentCable;
use super::fence::checked;
use super::memory::Plot;
use super::{CrossingSettings, Status, VCABLE_MAX_CHANNELS, convert};
use crate::cable::{self, Crossing, EndFormat, Path};
use crate::format::StreamFormat;
use crate::remix::{ChannelMap, ChannelPosition};
use crate::resample::{self, Polyphase};

/// A crossing whose samples are lent.
pub(super) type Way = Crossing<Polyphase<&'static mut [f32]>, &'static mut [f32]>;

/// What the settings of a host come to.
pub(super) struct Plan {
    pub(super) settings: cable::CrossingSettings,
    /// None where every way goes without.
    pub(super) resampler: Option<resample::Settings>,
    /// How many of the samples are the resampler's; the others are the crossing's own.
    pub(super) resampler_samples: usize,
    pub(super) plot: Plot,
}

impl Plan {
    /// Checks all of `wanted` for a crossing of `cable`.
    ///
    /// # Safety
    /// The positions in `wanted` lead to one number per channel, or are null.
    pub(super) unsafe fn new(cable: &LentCable, wanted: &CrossingSettings) -> Result<Self, Status> {
        let (writer, reader) = (*cable.format(), wanted.reader.stream()?);
        // SAFETY: the caller's promise.
        let writer_map = unsafe { map(&writer, wanted.writer_positions) }?;
        // SAFETY: the caller's promise.
        let reader_map = unsafe { map(&reader, wanted.reader_positions) }?;
        let writer = EndFormat { stream: writer, map: writer_map.clone() };
        let reader = EndFormat { stream: reader, map: reader_map };
        let clocks = convert::clocks(wanted.clocks)?;
        let settings = cable::CrossingSettings {
            writer_map,
            reader,
            clocks,
            output_frames: wanted.output_frames as usize,
            target_frames: wanted.target_frames,
            margin_frames: wanted.margin_frames,
            limit_ppm: wanted.limit_ppm,
        };
        let capacity_frames = convert::frames(cable.capacity_frames());
        let within = matches!(wanted.output_frames, 256..=4096)
            && wanted.target_frames <= capacity_frames
            && wanted.margin_frames <= capacity_frames
            && wanted.limit_ppm <= 20_000
            && wanted.may_part <= 1;
        if !within {
            return Err(Status::Setting);
        }
        let resampler = resample::Settings {
            channels: settings.reader.stream.channels.get(),
            nominal: Way::nominal_step(&writer, &settings.reader).ok_or(Status::Format)?,
            quality: convert::quality(wanted.quality)?,
            interpolation: convert::interpolation(wanted.interpolation)?,
        };
        let needed = wanted.may_part == 1 || Path::choose(&writer, &settings.reader, clocks).resamples();
        let resampler = needed.then_some(resampler);
        let resampler_samples = match &resampler {
            Some(resampler) => Polyphase::<&mut [f32]>::storage_samples(resampler)?,
            None => 0,
        };
        let samples = resampler_samples + Way::samples(&settings, writer.stream.channels.get());
        Ok(Self { settings, resampler, resampler_samples, plot: Plot::of::<Way, f32>(samples)? })
    }
}

/// The positions of the channels of `stream`.
///
/// # Safety
/// Unless null or misaligned, `positions` leads to one number per channel.
unsafe fn map(stream: &StreamFormat, positions: *const u32) -> Result<ChannelMap, Status> {
    if positions.is_null() {
        return Ok(ChannelMap::default_for(stream.channels));
    }
    let start = checked(positions)?;
    let channels = stream.channels.get();
    // SAFETY: aligned and not null; the rest is the caller's promise.
    let numbers = unsafe { core::slice::from_raw_parts(start.as_ptr(), channels) };
    let mut known = [ChannelPosition::Unknown; VCABLE_MAX_CHANNELS as usize];
    for (known, &number) in known.iter_mut().zip(numbers) {
        *known = ChannelPosition::from_id(number).ok_or(Status::Position)?;
    }
    let known = known.get(..channels).unwrap_or_default();
    ChannelMap::new(known).map_err(|_| Status::Position)
}
