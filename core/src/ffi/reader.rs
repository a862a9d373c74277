//! The reading end without a crossing. Its calls belong to one thread at a time and are fit for an audio callback.

use core::ffi::c_void;

use super::cable::LentCable;
use super::crossing::Crossed;
use super::fence::{Closed, End, Kind, Out, borrowed};
use super::ports::Port;
use super::{Due, Status, convert};
use crate::cable::Reader;
use crate::chain;

/// A reader of a cable in lent memory.
pub(super) type LentReader = Reader<&'static LentCable>;

/// A reader, and its way across if it has one.
pub(super) struct Reading {
    pub(super) reader: LentReader,
    pub(super) crossed: Option<Crossed>,
}

impl Kind for Reading {
    const TAG: u32 = 0x5ea9_d1c4;
}

impl Reading {
    /// Refuses what belongs between start and stop.
    pub(super) fn must_run(&self) -> Result<(), Status> {
        if self.reader.cable().reader_running() { Ok(()) } else { Err(Status::Stopped) }
    }

    /// Refuses what belongs before start or after stop.
    pub(super) fn must_rest(&self) -> Result<(), Status> {
        if self.reader.cable().reader_running() { Err(Status::Running) } else { Ok(()) }
    }
}

/// The reading end of a cable.
pub struct ReaderHandle(End<Reading>);

impl ReaderHandle {
    /// An end that is not handed out yet.
    pub(super) const fn new() -> Self {
        Self(End::new())
    }

    /// The end is handed out.
    pub(super) fn open(&self, reader: LentReader) {
        self.0.open(Reading { reader, crossed: None });
    }

    /// See [`End::close`].
    pub(super) fn close(&self) -> Result<Closed, Status> {
        self.0.close()
    }

    /// Runs `call` with the reader behind a handle.
    ///
    /// # Safety
    /// Unless null or misaligned, `reader` leads to a handle that was made and whose memory was not used anew.
    pub(super) unsafe fn enter(
        reader: *mut Self,
        call: impl FnOnce(&mut Reading) -> Result<(), Status>,
    ) -> Status {
        // SAFETY: the caller's promise.
        match unsafe { borrowed(reader) } {
            Ok(handle) => handle.0.enter(call),
            Err(status) => status,
        }
    }
}

/// Joins at the writer's present position: whatever is older is dropped, in whatever order the ends start.
///
/// Refused with NULL, MISALIGNED, BUSY, GONE, FAULT.
///
/// # Safety
/// `reader` came from `vcable_cable_connect` and the cable's memory is still lent, and that of its crossing; or it is
/// null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_reader_start(reader: *mut ReaderHandle) -> Status {
    let call = |Reading { reader, crossed }: &mut Reading| {
        match crossed {
            Some(crossed) => crossed.way.start(reader),
            None => reader.start(),
        }
        Ok(())
    };
    // SAFETY: this function's contract.
    unsafe { ReaderHandle::enter(reader, call) }
}

/// Leaves: the writer keeps nothing from now on.
///
/// Refused with NULL, MISALIGNED, BUSY, GONE, FAULT.
///
/// # Safety
/// As for `vcable_reader_start`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_reader_stop(reader: *mut ReaderHandle) -> Status {
    let call = |Reading { reader, .. }: &mut Reading| {
        reader.stop();
        Ok(())
    };
    // SAFETY: this function's contract.
    unsafe { ReaderHandle::enter(reader, call) }
}

/// On the chained way, with a crossing or without: tells in `due` whether a cycle of `need_frames` frames is due, and
/// when to ask again.
///
/// Ask after each `vcable_writer_write`, then when the told time is over; and each time it is due, read that many
/// frames. A cycle larger than the ring is never due.
///
/// Refused with NULL, MISALIGNED, FRAMES, STOPPED, BUSY, GONE, FAULT.
///
/// # Safety
/// `reader` is as for `vcable_reader_start`. `due` leads to such a structure, or is null. That the writer's thread
/// may be in a call at the same time is no harm.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_reader_due(
    reader: *mut ReaderHandle,
    need_frames: u32,
    due: *mut Due,
) -> Status {
    let ask = |Reading { reader, crossed }: &mut Reading, frames| match crossed {
        Some(crossed) => Ok(crossed.way.due(reader, frames)),
        None => Ok(reader.due(frames)),
    };
    // SAFETY: this function's contract.
    unsafe { ask_due(reader, need_frames, due, ask) }
}

/// The same for ends without a crossing whose cycles are not always of one size because an adapter resamples on their
/// way to the cable: a remainder in the ring is the slack that such cycles need, and stays.
///
/// Refused as `vcable_reader_due` is, and with WAY.
///
/// # Safety
/// As for `vcable_reader_due`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_reader_due_resampled(
    reader: *mut ReaderHandle,
    need_frames: u32,
    due: *mut Due,
) -> Status {
    let ask = |Reading { reader, crossed }: &mut Reading, frames| match crossed {
        Some(_) => Err(Status::Way),
        None => Ok(reader.due_resampled(frames)),
    };
    // SAFETY: this function's contract.
    unsafe { ask_due(reader, need_frames, due, ask) }
}

/// On the chained way without a crossing: delivers one cycle of `frames` frames in the cable's format, what is there,
/// and silence for the rest. Tells in `heard` how many are sound.
///
/// Refused with NULL, MISALIGNED, PLANES, FRAMES, STOPPED, WAY, BUSY, GONE, FAULT.
///
/// # Safety
/// `reader` is as for `vcable_reader_start`. `planes` leads to `plane_count` pointers, each to room for `frames`
/// frames of one plane of the cable's format: one plane when interleaved, else one per channel. Buffers need no
/// alignment. Nobody else uses them during the call. `heard` leads to room for a number, or is null when nobody wants
/// to know.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_reader_read(
    reader: *mut ReaderHandle,
    planes: *const *mut c_void,
    plane_count: u32,
    frames: u32,
    heard: *mut u32,
) -> Status {
    // SAFETY: this function's contract.
    unsafe {
        read(reader, (planes, plane_count, frames), heard, |reader, port, frames| reader.read(port, frames))
    }
}

/// Delivers one cycle like `vcable_reader_read`, where the writer need not keep the reader's pace.
///
/// When the ring does not cover the cycle while the writer is running, the cycle is silent and the frames stay: a
/// late writer costs silence, never its sound.
///
/// Refused as `vcable_reader_read` is.
///
/// # Safety
/// As for `vcable_reader_read`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_reader_read_follow(
    reader: *mut ReaderHandle,
    planes: *const *mut c_void,
    plane_count: u32,
    frames: u32,
    heard: *mut u32,
) -> Status {
    // SAFETY: this function's contract.
    unsafe {
        read(reader, (planes, plane_count, frames), heard, |reader, port, frames| {
            reader.read_follow(port, frames)
        })
    }
}

/// The answer of `ask`.
///
/// # Safety
/// As for [`vcable_reader_due`].
unsafe fn ask_due(
    reader: *mut ReaderHandle,
    need_frames: u32,
    due: *mut Due,
    ask: impl FnOnce(&mut Reading, usize) -> Result<chain::Due, Status>,
) -> Status {
    let call = |reading: &mut Reading| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::needed(due) }?;
        if need_frames > super::VCABLE_MAX_FRAMES {
            return Err(Status::Frames);
        }
        reading.must_run()?;
        out.write(ask(reading, need_frames as usize)?.into());
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { ReaderHandle::enter(reader, call) }
}

/// One cycle in the cable's format.
///
/// # Safety
/// As for [`vcable_reader_read`].
unsafe fn read(
    reader: *mut ReaderHandle,
    (planes, plane_count, frames): (*const *mut c_void, u32, u32),
    heard: *mut u32,
    deliver: impl FnOnce(&mut LentReader, &mut Port<'_, *mut c_void>, usize) -> usize,
) -> Status {
    let call = |reading: &mut Reading| {
        if reading.crossed.is_some() {
            return Err(Status::Way);
        }
        // SAFETY: the caller's promise.
        let out = unsafe { Out::wanted(heard) }?;
        // SAFETY: the caller's promise.
        let mut port = unsafe { Port::new(planes, plane_count, reading.reader.cable().format(), frames) }?;
        reading.must_run()?;
        out.write(convert::frames(deliver(&mut reading.reader, &mut port, frames as usize)));
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { ReaderHandle::enter(reader, call) }
}
