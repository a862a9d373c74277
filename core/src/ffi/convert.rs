//! Structures and numbers of the ABI as the core has them, and back.

use super::{
    Clocks, CrossingSettings, Due, Format, Interpolation, Layout, Memory, Quality, Report, Sample, Stats,
    Status, VCABLE_MAX_CHANNELS, VCABLE_MAX_FRAMES,
};
use crate::cable::{self, CrossingError};
use crate::format::{self, ChannelCount, SampleFormat, SampleRate, StreamFormat};
use crate::resample::{self, SettingsError};
use crate::{chain, ring, stats};

const SAMPLES: [(u32, SampleFormat); 5] = [
    (Sample::F32 as u32, SampleFormat::F32),
    (Sample::S16 as u32, SampleFormat::S16),
    (Sample::S24 as u32, SampleFormat::S24),
    (Sample::S24In32 as u32, SampleFormat::S24In32),
    (Sample::S32 as u32, SampleFormat::S32),
];
const LAYOUTS: [(u32, format::Layout); 2] = [
    (Layout::Interleaved as u32, format::Layout::Interleaved),
    (Layout::Planar as u32, format::Layout::Planar),
];
const CLOCKS: [(u32, cable::Clocks); 4] = [
    (Clocks::Chained as u32, cable::Clocks::Chained),
    (Clocks::Shared as u32, cable::Clocks::Shared),
    (Clocks::Apart as u32, cable::Clocks::Apart),
    (Clocks::Pulled as u32, cable::Clocks::Pulled),
];
const QUALITIES: [(u32, resample::Quality); 3] = [
    (Quality::Fast as u32, resample::Quality::Fast),
    (Quality::Balanced as u32, resample::Quality::Balanced),
    (Quality::High as u32, resample::Quality::High),
];
const INTERPOLATIONS: [(u32, resample::Interpolation); 3] = [
    (Interpolation::Sinc as u32, resample::Interpolation::Sinc),
    (Interpolation::Cubic as u32, resample::Interpolation::Cubic),
    (Interpolation::Linear as u32, resample::Interpolation::Linear),
];

// The limits that stand in the header are the core's.
const _: () = assert!(VCABLE_MAX_CHANNELS == format::MAX_CHANNELS);
const _: () = assert!(VCABLE_MAX_FRAMES as usize == ring::MAX_CAPACITY_FRAMES);
// The layouts that hosts were compiled with, without gaps.
const _: () = assert!(size_of::<Format>() == 16 && size_of::<Due>() == 8);
const _: () = assert!(size_of::<Memory>() == 2 * size_of::<usize>());
const _: () = assert!(size_of::<CrossingSettings>() == 16 + 8 * 4 + 2 * size_of::<usize>());
const _: () = assert!(size_of::<Stats>() == 11 * 8 && size_of::<Report>() == 10 * 4 + 3 * 8);
// The report's numbers are the core's.
const _: () = assert!(super::Path::Straight as u8 == cable::Path::Straight as u8);
const _: () = assert!(super::Path::Converted as u8 == cable::Path::Converted as u8);
const _: () = assert!(super::Path::Resampled as u8 == cable::Path::Resampled as u8);
const _: () = assert!(super::Path::Adaptive as u8 == cable::Path::Adaptive as u8);
const _: () = assert!(super::Lock::Starting as u8 == crate::drift::LockState::Starting as u8);
const _: () = assert!(super::Lock::Acquiring as u8 == crate::drift::LockState::Acquiring as u8);
const _: () = assert!(super::Lock::Locked as u8 == crate::drift::LockState::Locked as u8);
const _: () = assert!(super::Lock::Holding as u8 == crate::drift::LockState::Holding as u8);

/// The core's value for a number of the ABI.
fn named<T: Copy>(names: &[(u32, T)], code: u32) -> Option<T> {
    names.iter().find(|name| name.0 == code).map(|name| name.1)
}

/// The ABI's number for a value of the core; every value is in its table.
fn code<T: Copy + PartialEq>(names: &[(u32, T)], value: T) -> u32 {
    names.iter().find(|name| name.1 == value).map_or(0, |name| name.0)
}

/// How the clocks stand, by number.
pub(super) fn clocks(code: u32) -> Result<cable::Clocks, Status> {
    named(&CLOCKS, code).ok_or(Status::Setting)
}

/// A quality, by number.
pub(super) fn quality(code: u32) -> Result<resample::Quality, Status> {
    named(&QUALITIES, code).ok_or(Status::Setting)
}

/// An interpolation, by number.
pub(super) fn interpolation(code: u32) -> Result<resample::Interpolation, Status> {
    named(&INTERPOLATIONS, code).ok_or(Status::Setting)
}

impl Format {
    /// The format as the core has it.
    pub(super) fn stream(&self) -> Result<StreamFormat, Status> {
        let (Some(sample), Some(layout)) = (named(&SAMPLES, self.sample), named(&LAYOUTS, self.layout))
        else {
            return Err(Status::Format);
        };
        let channels = ChannelCount::new(self.channels).map_err(|_| Status::Format)?;
        let rate = SampleRate::new(self.rate_hz).map_err(|_| Status::Format)?;
        Ok(StreamFormat { sample, layout, channels, rate })
    }
}

impl From<StreamFormat> for Format {
    fn from(stream: StreamFormat) -> Self {
        Self {
            sample: code(&SAMPLES, stream.sample),
            layout: code(&LAYOUTS, stream.layout),
            channels: stream.channels.get() as u32,
            rate_hz: stream.rate.hz(),
        }
    }
}

impl From<chain::Due> for Due {
    fn from(due: chain::Due) -> Self {
        match due {
            chain::Due::Wait => Self::default(),
            chain::Due::Now { next_after_frames } => {
                Self { now: 1, next_after_frames: frames(next_after_frames.unwrap_or(0)) }
            }
        }
    }
}

impl From<stats::Snapshot> for Stats {
    fn from(now: stats::Snapshot) -> Self {
        Self {
            writer_cycles: now.writer_cycles,
            frames_written: now.frames_written,
            frames_unheard: now.frames_unheard,
            frames_lost: now.frames_lost,
            overruns: now.overruns,
            reader_cycles: now.reader_cycles,
            frames_read: now.frames_read,
            frames_trimmed: now.frames_trimmed,
            silence_frames: now.silence_frames,
            underruns: now.underruns,
            trims: now.trims,
        }
    }
}

impl Report {
    /// How `cable` stands now.
    pub(super) fn of<S: ring::Storage>(cable: &cable::Cable<S>) -> Self {
        let now = cable.report();
        Self {
            writer_running: u32::from(cable.writer_running()),
            reader_running: u32::from(cable.reader_running()),
            writer_cycle_frames: frames(cable.writer_cycle_frames()),
            fill_frames: frames(cable.fill_frames()),
            path: now.path as u32,
            lock: now.lock as u32,
            latency_frames: now.latency_frames,
            target_frames: now.target_frames,
            ratio_ppm: now.ratio_ppm,
            reserved: 0,
            events: now.events,
            skips: now.skips,
            starvations: now.starvations,
        }
    }
}

impl From<ring::ShapeError> for Status {
    fn from(error: ring::ShapeError) -> Self {
        match error {
            ring::ShapeError::Capacity { .. } => Self::Capacity,
            ring::ShapeError::Storage { .. } => Self::Memory,
            ring::ShapeError::Planes { .. } | ring::ShapeError::Stride { .. } => Self::Format,
        }
    }
}

impl From<SettingsError> for Status {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::Channels(_) | SettingsError::Step(_) => Self::Format,
            SettingsError::Storage { .. } => Self::Memory,
            SettingsError::Chunk => Self::Setting,
        }
    }
}

impl From<CrossingError> for Status {
    fn from(error: CrossingError) -> Self {
        match error {
            CrossingError::Map => Self::Position,
            CrossingError::Output(_) => Self::Setting,
            CrossingError::Samples { .. } => Self::Memory,
            CrossingError::Resampler => Self::Resampler,
            CrossingError::Unfit => Self::Fault,
        }
    }
}

/// Frames as the ABI counts them. None of a call or a cable are more than [`VCABLE_MAX_FRAMES`].
pub(super) fn frames(frames: usize) -> u32 {
    u32::try_from(frames).unwrap_or(u32::MAX)
}
