//! The writing end. Its calls belong to one thread at a time and are fit for an audio callback.

use core::ffi::c_void;

use super::cable::LentCable;
use super::fence::{Closed, End, Kind, Out, borrowed};
use super::ports::Port;
use super::{Status, convert};
use crate::cable::Writer;

/// A writer of a cable in lent memory.
type LentWriter = Writer<&'static LentCable>;

impl Kind for LentWriter {
    const TAG: u32 = 0x3d71_ac50;
}

/// The writing end of a cable.
pub struct WriterHandle(End<LentWriter>);

impl WriterHandle {
    /// An end that is not handed out yet.
    pub(super) const fn new() -> Self {
        Self(End::new())
    }

    /// The end is handed out.
    pub(super) fn open(&self, writer: LentWriter) {
        self.0.open(writer);
    }

    /// See [`End::close`].
    pub(super) fn close(&self) -> Result<Closed, Status> {
        self.0.close()
    }

    /// See [`End::reopen`].
    pub(super) fn reopen(&self, was: Closed) {
        self.0.reopen(was);
    }

    /// Runs `call` with the writer behind a handle.
    ///
    /// # Safety
    /// Unless null or misaligned, `writer` leads to a handle that was made and whose memory was not used anew.
    unsafe fn enter(writer: *mut Self, call: impl FnOnce(&mut LentWriter) -> Result<(), Status>) -> Status {
        // SAFETY: the caller's promise.
        match unsafe { borrowed(writer) } {
            Ok(handle) => handle.0.enter(call),
            Err(status) => status,
        }
    }
}

/// Begins a stream. What an earlier one left in the ring will not be heard any more.
///
/// Refused with NULL, MISALIGNED, BUSY, GONE, FAULT.
///
/// # Safety
/// `writer` came from `vcable_cable_connect` and the cable's memory is still lent; or it is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_writer_start(writer: *mut WriterHandle) -> Status {
    let call = |writer: &mut LentWriter| {
        writer.start();
        Ok(())
    };
    // SAFETY: this function's contract.
    unsafe { WriterHandle::enter(writer, call) }
}

/// Ends the stream. The reader still gets what is in the ring.
///
/// Refused with NULL, MISALIGNED, BUSY, GONE, FAULT.
///
/// # Safety
/// As for `vcable_writer_start`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_writer_stop(writer: *mut WriterHandle) -> Status {
    let call = |writer: &mut LentWriter| {
        writer.stop();
        Ok(())
    };
    // SAFETY: this function's contract.
    unsafe { WriterHandle::enter(writer, call) }
}

/// Sends one cycle of `frames` frames and tells in `written` how many went into the ring.
///
/// While no reader is running the frames are discarded and counted as unheard; what a full ring has no room for is
/// lost, and counted.
///
/// Refused with NULL, MISALIGNED, PLANES, FRAMES, STOPPED, BUSY, GONE, FAULT.
///
/// # Safety
/// `writer` is as for `vcable_writer_start`. `planes` leads to `plane_count` pointers, each to `frames` frames of one
/// plane of the cable's format: one plane when interleaved, else one per channel. Buffers need no alignment. Nobody
/// writes to them during the call. `written` leads to room for a number, or is null when nobody wants to know.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_writer_write(
    writer: *mut WriterHandle,
    planes: *const *const c_void,
    plane_count: u32,
    frames: u32,
    written: *mut u32,
) -> Status {
    // SAFETY: this function's contract.
    unsafe { write(writer, (planes, plane_count, frames), None, written) }
}

/// The same in a cycle that was woken at `now_ns`: nanoseconds of a monotonic clock, the one that
/// `vcable_reader_read_crossing` is told by. A reader with a clock of its own needs to know.
///
/// Refused as `vcable_writer_write` is.
///
/// # Safety
/// As for `vcable_writer_write`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_writer_write_at(
    writer: *mut WriterHandle,
    planes: *const *const c_void,
    plane_count: u32,
    frames: u32,
    now_ns: u64,
    written: *mut u32,
) -> Status {
    // SAFETY: this function's contract.
    unsafe { write(writer, (planes, plane_count, frames), Some(now_ns), written) }
}

/// One cycle, with a time or without.
///
/// # Safety
/// As for [`vcable_writer_write`].
unsafe fn write(
    writer: *mut WriterHandle,
    (planes, plane_count, frames): (*const *const c_void, u32, u32),
    now_ns: Option<u64>,
    written: *mut u32,
) -> Status {
    let call = |writer: &mut LentWriter| {
        // SAFETY: the caller's promise.
        let out = unsafe { Out::wanted(written) }?;
        // SAFETY: the caller's promise.
        let port = unsafe { Port::new(planes, plane_count, writer.cable().format(), frames) }?;
        if !writer.cable().writer_running() {
            return Err(Status::Stopped);
        }
        let frames = frames as usize;
        let went = match now_ns {
            Some(now_ns) => writer.write_at(&port, frames, now_ns),
            None => writer.write(&port, frames),
        };
        out.write(convert::frames(went));
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { WriterHandle::enter(writer, call) }
}
