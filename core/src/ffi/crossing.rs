//! The reader's way across when it differs from the writer: in format, channels, rate or clock.

use core::ffi::c_void;

use super::cable::CableHandle;
use super::fence::{Out, borrowed};
use super::plan::{Plan, Way};
use super::ports::Port;
use super::reader::{ReaderHandle, Reading};
use super::{CrossingSettings, Format, Memory, Status, convert, status};
use crate::cable::{self, EndFormat};
use crate::format::StreamFormat;
use crate::resample::Polyphase;

/// The crossing of a reader, in the memory lent for it.
pub(super) struct Crossed {
    /// Never dropped: it owns nothing.
    pub(super) way: &'static mut Way,
    /// What the reader's buffers hold.
    stream: StreamFormat,
}

/// Tells in `settings` what a crossing from `cable` to a reader of format `reader` is made with when nothing is said.
/// Any thread may ask.
///
/// Refused with NULL, MISALIGNED, GONE, FORMAT.
///
/// # Safety
/// `cable` came from `vcable_cable_create` and its memory is still lent. `reader` and `settings` lead to such
/// structures. Each may be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_crossing_defaults(
    cable: *const CableHandle,
    reader: *const Format,
    settings: *mut CrossingSettings,
) -> Status {
    status::of((|| {
        // SAFETY: this function's contract.
        let cable = unsafe { CableHandle::cable(cable) }?;
        // SAFETY: this function's contract.
        let reader = unsafe { borrowed(reader) }?;
        // SAFETY: this function's contract.
        let out = unsafe { Out::needed(settings) }?;
        let (writer, to) = (EndFormat::new(*cable.format()), EndFormat::new(reader.stream()?));
        let defaults = cable::CrossingSettings::new(&writer, to);
        out.write(CrossingSettings {
            reader: *reader,
            clocks: super::Clocks::Chained as u32,
            may_part: 0,
            quality: super::Quality::Balanced as u32,
            interpolation: super::Interpolation::Sinc as u32,
            output_frames: convert::frames(defaults.output_frames),
            target_frames: defaults.target_frames,
            margin_frames: defaults.margin_frames.min(convert::frames(cable.capacity_frames())),
            limit_ppm: defaults.limit_ppm,
            writer_positions: core::ptr::null(),
            reader_positions: core::ptr::null(),
        });
        Ok(())
    })())
}

/// Tells in `memory` what to lend to `vcable_reader_cross` for the same settings. Any thread may ask.
///
/// Refused with NULL, MISALIGNED, GONE, FORMAT, SETTING, POSITION.
///
/// # Safety
/// `cable` came from `vcable_cable_create` and its memory is still lent. `settings` and `memory` lead to such
/// structures, and the positions in `settings` to one number per channel. Each may be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_crossing_memory(
    cable: *const CableHandle,
    settings: *const CrossingSettings,
    memory: *mut Memory,
) -> Status {
    status::of((|| {
        // SAFETY: this function's contract.
        let cable = unsafe { CableHandle::cable(cable) }?;
        // SAFETY: this function's contract.
        let settings = unsafe { borrowed(settings) }?;
        // SAFETY: this function's contract.
        let out = unsafe { Out::needed(memory) }?;
        // SAFETY: this function's contract.
        out.write(unsafe { Plan::new(cable, settings) }?.plot.needed());
        Ok(())
    })())
}

/// Gives a resting reader a crossing, in memory lent for it: from now on it delivers what `settings` say, through
/// `vcable_reader_read_crossing`. Takes some milliseconds: not on an audio thread.
///
/// To change format, quality, interpolation or sizes, take the crossing away and give another one.
///
/// Refused with NULL, MISALIGNED, FORMAT, SETTING, POSITION, MEMORY, RUNNING, WAY, BUSY, GONE, FAULT; WAY when it has
/// one.
///
/// # Safety
/// `reader` is as for `vcable_reader_start`. `memory` leads to `size_bytes` bytes that nobody else uses until the
/// crossing is taken away, the cable is destroyed, or no call of either will be made any more. `settings` is as for
/// `vcable_crossing_memory`. Each may be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_reader_cross(
    reader: *mut ReaderHandle,
    memory: *mut c_void,
    size_bytes: usize,
    settings: *const CrossingSettings,
) -> Status {
    let call = |reading: &mut Reading| {
        // SAFETY: this function's contract.
        let settings = unsafe { borrowed(settings) }?;
        reading.must_rest()?;
        if reading.crossed.is_some() {
            return Err(Status::Way);
        }
        let cable = reading.reader.cable();
        // SAFETY: this function's contract.
        let plan = unsafe { Plan::new(cable, settings) }?;
        // SAFETY: this function's contract; the plot is one of these types, and 0 is an `f32`.
        let (mut place, samples) = unsafe { plan.plot.divide::<Way, f32>(memory, size_bytes) }?;
        let (table, samples) = samples.split_at_mut_checked(plan.resampler_samples).ok_or(Status::Memory)?;
        let resampler = match plan.resampler {
            Some(resampler) => Some(Polyphase::new(resampler, table)?),
            None => None,
        };
        let stream = plan.settings.reader.stream;
        let way = Way::new(cable, plan.settings, resampler, samples)?;
        // SAFETY: `divide` found it to lie within the memory and aligned.
        unsafe { place.write(way) };
        // SAFETY: written by the line above; lent until the crossing is taken away.
        reading.crossed = Some(Crossed { way: unsafe { place.as_mut() }, stream });
        Ok(())
    };
    // SAFETY: this function's contract.
    unsafe { ReaderHandle::enter(reader, call) }
}

/// Takes the crossing of a resting reader away: its memory is the host's again, and the reader delivers the cable's
/// format.
///
/// Refused with NULL, MISALIGNED, RUNNING, WAY, BUSY, GONE, FAULT; WAY when it has none.
///
/// # Safety
/// As for `vcable_reader_start`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_reader_uncross(reader: *mut ReaderHandle) -> Status {
    let call = |reading: &mut Reading| {
        reading.must_rest()?;
        reading.crossed.take().ok_or(Status::Way)?;
        reading.reader.forget_report();
        Ok(())
    };
    // SAFETY: this function's contract.
    unsafe { ReaderHandle::enter(reader, call) }
}

/// Delivers one cycle of `frames` frames through the crossing, in its reader's format. Tells in `heard` how many are
/// sound; the rest are silent. Fit for an audio callback.
///
/// `now_ns` is when this cycle was woken, by the clock that `vcable_writer_write_at` is told by. Only two clocks need
/// it.
///
/// Refused with NULL, MISALIGNED, PLANES, FRAMES, STOPPED, WAY, BUSY, GONE, FAULT.
///
/// # Safety
/// As for `vcable_reader_read`, but that the buffers hold the format of the crossing's settings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_reader_read_crossing(
    reader: *mut ReaderHandle,
    planes: *const *mut c_void,
    plane_count: u32,
    frames: u32,
    now_ns: u64,
    heard: *mut u32,
) -> Status {
    let call = |reading: &mut Reading| {
        let stream = reading.crossed.as_ref().map(|crossed| crossed.stream).ok_or(Status::Way)?;
        // SAFETY: this function's contract.
        let out = unsafe { Out::wanted(heard) }?;
        // SAFETY: this function's contract.
        let mut port = unsafe { Port::new(planes, plane_count, &stream, frames) }?;
        reading.must_run()?;
        let Reading { reader, crossed } = reading;
        let Some(Crossed { way, .. }) = crossed else { return Err(Status::Way) };
        out.write(convert::frames(way.read(reader, &mut port, frames as usize, now_ns)));
        Ok(())
    };
    // SAFETY: this function's contract.
    unsafe { ReaderHandle::enter(reader, call) }
}

/// Tells a crossing how the clocks of the two ends stand to each other now: a `vcable_clocks`. The sound goes over to
/// the best way for that in the next cycle, under a crossfade. Fit for an audio callback.
///
/// Refused with NULL, MISALIGNED, SETTING, RESAMPLER, WAY, BUSY, GONE, FAULT; WAY when there is no crossing.
///
/// # Safety
/// As for `vcable_reader_start`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_reader_set_clocks(reader: *mut ReaderHandle, clocks: u32) -> Status {
    let call = |reading: &mut Reading| {
        let crossed = reading.crossed.as_mut().ok_or(Status::Way)?;
        Ok(crossed.way.set_clocks(convert::clocks(clocks)?)?)
    };
    // SAFETY: this function's contract.
    unsafe { ReaderHandle::enter(reader, call) }
}

/// Two clocks: sets how much sound a crossing holds, in frames of the writer, at most the cable's capacity; see
/// `target_frames` of `vcable_crossing_settings`. The next cycle moves there by a skip or a pause, faded. Fit for an
/// audio callback.
///
/// Refused with NULL, MISALIGNED, SETTING, WAY, BUSY, GONE, FAULT; WAY when there is no crossing.
///
/// # Safety
/// As for `vcable_reader_start`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_reader_set_target(reader: *mut ReaderHandle, target_frames: u32) -> Status {
    let call = |reading: &mut Reading| {
        let capacity_frames = reading.reader.cable().capacity_frames();
        let crossed = reading.crossed.as_mut().ok_or(Status::Way)?;
        if target_frames as usize > capacity_frames {
            return Err(Status::Setting);
        }
        crossed.way.set_target(target_frames);
        Ok(())
    };
    // SAFETY: this function's contract.
    unsafe { ReaderHandle::enter(reader, call) }
}
