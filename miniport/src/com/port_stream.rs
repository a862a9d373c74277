//! PortCls' part of a stream, and the pages of its buffer.

use core::ffi::c_void;
use core::ptr::{self, NonNull};

use super::foreign::{Foreign, Interface};
use crate::sys::guid::IID_IPortWaveRTStream;
use crate::sys::nt::{MDL, MmCached, MmGetMdlByteCount};
use crate::sys::status::STATUS_INSUFFICIENT_RESOURCES;
use crate::sys::vtable::IPortWaveRTStreamVtbl;
use crate::sys::{GUID, NTSTATUS};

// SAFETY: slots and identifier are of one interface.
unsafe impl Interface for IPortWaveRTStreamVtbl {
    const IID: GUID = IID_IPortWaveRTStream;
}

/// Any address: no hardware has to reach the pages.
const ANYWHERE: i64 = i64::MAX;

/// PortCls' part of a stream.
#[derive(Clone)]
pub struct PortStream(Foreign<IPortWaveRTStreamVtbl>);

/// Bytes of a page, on x64 and ARM64.
const PAGE_BYTES: u32 = 4096;

impl PortStream {
    /// Adds a reference to one that the caller lends.
    ///
    /// # Errors
    /// `STATUS_INVALID_PARAMETER` for null.
    ///
    /// # Safety
    /// `this` must be null or an `IPortWaveRTStream`.
    pub(super) unsafe fn borrowed(this: *mut c_void) -> Result<Self, NTSTATUS> {
        // SAFETY: the caller's promise.
        unsafe { Foreign::borrowed(this) }.map(Self)
    }

    /// Pages for a buffer of `bytes`, mapped, and zeroed to the end of the last: the client gets them whole, and what the
    /// kernel had there is nobody's business.
    ///
    /// # Errors
    /// `STATUS_INSUFFICIENT_RESOURCES`, also when there are fewer pages than asked for.
    pub fn allocate(&self, bytes: u32) -> Result<Pages, NTSTATUS> {
        let table = self.0.table();
        let whole_bytes = bytes.checked_next_multiple_of(PAGE_BYTES).ok_or(STATUS_INSUFFICIENT_RESOURCES)?;
        // SAFETY: the slot's own object.
        let mdl = unsafe { (table.AllocatePagesForMdl)(self.0.this(), ANYWHERE, whole_bytes as usize) };
        let mdl = NonNull::new(mdl).ok_or(STATUS_INSUFFICIENT_RESOURCES)?;
        // From here on the pages are given back when this is dropped.
        let mut pages = Pages { port_stream: self.clone(), mdl, address: None, bytes: whole_bytes };
        // SAFETY: a memory descriptor list, of PortCls.
        let described_bytes = unsafe { MmGetMdlByteCount(mdl.as_ptr()) };
        if described_bytes < whole_bytes {
            return Err(STATUS_INSUFFICIENT_RESOURCES);
        }
        // SAFETY: the slot's own object, and pages of it that are not mapped.
        let address = unsafe { (table.MapAllocatedPages)(self.0.this(), mdl.as_ptr(), MmCached) };
        pages.address = Some(NonNull::new(address.cast()).ok_or(STATUS_INSUFFICIENT_RESOURCES)?);
        pages.clear();
        pages.bytes = bytes;
        Ok(pages)
    }
}

/// The pages of a buffer, mapped. Dropped at `PASSIVE_LEVEL`, used at any IRQL.
pub struct Pages {
    port_stream: PortStream,
    mdl: NonNull<MDL>,
    /// `None` only on the way to being mapped.
    address: Option<NonNull<u8>>,
    bytes: u32,
}

// SAFETY: pages belong to no thread, and the port's functions may be called by any.
unsafe impl Send for Pages {}
// SAFETY: as above; what is shared is only read.
unsafe impl Sync for Pages {}

impl Pages {
    /// What PortCls maps for the client.
    pub fn mdl(&self) -> *mut MDL {
        self.mdl.as_ptr()
    }

    /// How many bytes were asked for.
    pub fn len(&self) -> u32 {
        self.bytes
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Copies the sound from `at` on into `to`. What lies beyond the end is left out.
    pub fn load(&self, at: usize, to: &mut [u8]) {
        let Some((from, both)) = self.place(at, to.len()) else { return };
        // SAFETY: both are that long, and `to` is memory of ours. What a program writes meanwhile is sound of its own.
        unsafe { ptr::copy_nonoverlapping(from, to.as_mut_ptr(), both) }
    }

    /// Copies `from` to `at` on. What lies beyond the end is left out.
    pub fn store(&mut self, at: usize, from: &[u8]) {
        let Some((to, both)) = self.place(at, from.len()) else { return };
        // SAFETY: both are that long, and `from` is memory of ours.
        unsafe { ptr::copy_nonoverlapping(from.as_ptr(), to, both) }
    }

    fn clear(&mut self) {
        let Some((to, all)) = self.place(0, self.bytes as usize) else { return };
        // SAFETY: that long.
        unsafe { ptr::write_bytes(to, 0, all) }
    }

    /// Where `at` lies, and how many of `length` bytes from there on are within. A bare address: a program may write there
    /// at any time, and no reference to such memory may exist.
    fn place(&self, at: usize, length: usize) -> Option<(*mut u8, usize)> {
        let within = (self.bytes as usize).checked_sub(at)?;
        Some((self.address?.as_ptr().wrapping_add(at), within.min(length)))
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        let port_stream = &self.port_stream.0;
        if let Some(address) = self.address {
            // SAFETY: the slot's own object, mapped by it, and used no more.
            unsafe {
                (port_stream.table().UnmapAllocatedPages)(
                    port_stream.this(),
                    address.as_ptr().cast(),
                    self.mdl.as_ptr(),
                );
            }
        }
        // SAFETY: the slot's own object, allocated by it, and used no more.
        unsafe { (port_stream.table().FreePagesFromMdl)(port_stream.this(), self.mdl.as_ptr()) };
    }
}
