//! A cable in the host's memory.

use core::ffi::c_void;
use core::sync::atomic::{AtomicU32, Ordering};

use super::fence::{Out, borrowed};
use super::memory::Plot;
use super::{Format, Memory, ReaderHandle, Report, Stats, Status, WriterHandle, status};
use crate::cable::{self, Cable};

/// A cable in lent memory. It borrows the memory for as long as the host says it lives, which no lifetime can tell.
pub(super) type LentCable = Cable<&'static mut [u64]>;

/// State of a cable that lives.
const ALIVE: u32 = 0x7bca_b1e5;
/// State of one that was destroyed.
const DEAD: u32 = 0;

/// A cable with its two ends, in the memory that was lent for it.
// None of it is ever dropped: it owns nothing, and the memory goes back to the host as it is.
pub struct CableHandle {
    /// [`ALIVE`] until destroyed.
    state: AtomicU32,
    cable: LentCable,
    writer: WriterHandle,
    reader: ReaderHandle,
}

impl CableHandle {
    /// The cable behind a handle, if it lives.
    ///
    /// # Safety
    /// Unless null or misaligned, `cable` leads to a handle that was made and whose memory was not used anew for
    /// `'a`.
    unsafe fn living<'a>(cable: *const Self) -> Result<&'a Self, Status> {
        // SAFETY: the caller's promise.
        let handle = unsafe { borrowed(cable) }?;
        if handle.state.load(Ordering::Acquire) == ALIVE { Ok(handle) } else { Err(Status::Gone) }
    }

    /// The same for those who want the cable alone.
    ///
    /// # Safety
    /// As for [`living`](Self::living).
    pub(super) unsafe fn cable<'a>(cable: *const Self) -> Result<&'a LentCable, Status> {
        // SAFETY: the caller's promise.
        unsafe { Self::living(cable) }.map(|handle| &handle.cable)
    }
}

/// The division of a cable's memory.
fn plot(format: &Format, capacity_frames: u32) -> Result<Plot, Status> {
    let words = LentCable::storage_words(&format.stream()?, capacity_frames as usize)?;
    Plot::of::<CableHandle, u64>(words)
}

/// Tells in `memory` what to lend to `vcable_cable_create` for the same format and capacity. Any thread may ask.
///
/// Refused with NULL, MISALIGNED, FORMAT, CAPACITY.
///
/// # Safety
/// `format` and `memory` lead to such structures, or are null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_cable_memory(
    format: *const Format,
    capacity_frames: u32,
    memory: *mut Memory,
) -> Status {
    status::of((|| {
        // SAFETY: this function's contract.
        let format = unsafe { borrowed(format) }?;
        // SAFETY: this function's contract.
        let out = unsafe { Out::needed(memory) }?;
        out.write(plot(format, capacity_frames)?.needed());
        Ok(())
    })())
}

/// Makes a cable at rest for `format` in lent memory and tells its handle in `cable`. Not on an audio thread.
///
/// `capacity_frames` is a power of two up to `VCABLE_MAX_FRAMES`; it should exceed the sum of both ends' largest
/// cycles, or one of them is cut short.
///
/// Refused with NULL, MISALIGNED, FORMAT, CAPACITY, MEMORY.
///
/// # Safety
/// `memory` leads to `size_bytes` bytes that nobody else uses until the cable is destroyed, or until no call of the
/// cable and its ends will be made any more; then the memory can be used for anything, no call is owed. `format` and
/// `cable` lead to what they say. Each may be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_cable_create(
    memory: *mut c_void,
    size_bytes: usize,
    format: *const Format,
    capacity_frames: u32,
    cable: *mut *mut CableHandle,
) -> Status {
    status::of((|| {
        // SAFETY: this function's contract.
        let format = unsafe { borrowed(format) }?;
        // SAFETY: this function's contract.
        let out = unsafe { Out::needed(cable) }?;
        let plot = plot(format, capacity_frames)?;
        // SAFETY: this function's contract; the plot is one of these types, and 0 is a `u64`.
        let (place, storage) = unsafe { plot.divide::<CableHandle, u64>(memory, size_bytes) }?;
        let cable = Cable::new(storage, format.stream()?, capacity_frames as usize)?;
        let handle = CableHandle {
            state: AtomicU32::new(ALIVE),
            cable,
            writer: WriterHandle::new(),
            reader: ReaderHandle::new(),
        };
        // SAFETY: `divide` found it to lie within the memory and aligned.
        unsafe { place.write(handle) };
        out.write(place.as_ptr());
        Ok(())
    })())
}

/// Hands out the two ends of a cable, at rest: once. Each may be used by a thread of its own; they live as long as
/// the cable, in its memory. Any thread may call it.
///
/// Refused with NULL, MISALIGNED, GONE, CONNECTED.
///
/// # Safety
/// `cable` came from `vcable_cable_create` and its memory is still lent. `writer` and `reader` lead to room for a
/// pointer. Each may be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_cable_connect(
    cable: *mut CableHandle,
    writer: *mut *mut WriterHandle,
    reader: *mut *mut ReaderHandle,
) -> Status {
    status::of((|| {
        // SAFETY: this function's contract; the memory is lent for as long as the ends are used.
        let handle: &'static CableHandle = unsafe { CableHandle::living(cable) }?;
        // SAFETY: this function's contract.
        let writer = unsafe { Out::needed(writer) }?;
        // SAFETY: this function's contract.
        let reader = unsafe { Out::needed(reader) }?;
        let (writing, reading) = cable::connect(&handle.cable).ok_or(Status::Connected)?;
        handle.writer.open(writing);
        handle.reader.open(reading);
        writer.write((&raw const handle.writer).cast_mut());
        reader.write((&raw const handle.reader).cast_mut());
        Ok(())
    })())
}

/// Tells the counters of a cable. Any thread may ask at any time; it never waits.
///
/// Refused with NULL, MISALIGNED, GONE.
///
/// # Safety
/// `cable` came from `vcable_cable_create` and its memory is still lent. `stats` leads to such a structure. Each may
/// be null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_cable_stats(cable: *const CableHandle, stats: *mut Stats) -> Status {
    status::of((|| {
        // SAFETY: this function's contract.
        let cable = unsafe { CableHandle::cable(cable) }?;
        // SAFETY: this function's contract.
        let out = unsafe { Out::needed(stats) }?;
        out.write(cable.stats().snapshot().into());
        Ok(())
    })())
}

/// Tells how a cable stands now. Any thread may ask at any time; it never waits.
///
/// Refused with NULL, MISALIGNED, GONE.
///
/// # Safety
/// As for `vcable_cable_stats`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_cable_report(cable: *const CableHandle, report: *mut Report) -> Status {
    status::of((|| {
        // SAFETY: this function's contract.
        let cable = unsafe { CableHandle::cable(cable) }?;
        // SAFETY: this function's contract.
        let out = unsafe { Out::needed(report) }?;
        out.write(Report::of(cable));
        Ok(())
    })())
}

/// Ends a cable and with it both ends and the reader's crossing; their memory is the host's again.
///
/// Later calls with these handles are refused with GONE for as long as the memory holds what it held. Not needed
/// before memory is released: a cable owns nothing else.
///
/// Refused with NULL, MISALIGNED, GONE, BUSY; BUSY when a call of an end has not returned, and nothing has changed
/// then.
///
/// # Safety
/// `cable` came from `vcable_cable_create` and its memory is still lent; or it is null. No other call of the cable
/// runs, or of an end that is about to be connected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vcable_cable_destroy(cable: *mut CableHandle) -> Status {
    status::of((|| {
        // SAFETY: this function's contract.
        let handle = unsafe { CableHandle::living(cable) }?;
        let writer = handle.writer.close()?;
        if let Err(busy) = handle.reader.close() {
            handle.writer.reopen(writer);
            return Err(busy);
        }
        handle.state.store(DEAD, Ordering::Release);
        Ok(())
    })())
}
