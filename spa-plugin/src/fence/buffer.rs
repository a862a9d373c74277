//! A port's buffers: the planes that the host lends, as byte slices.

use crate::sys;
use std::ptr::NonNull;
use vcable_core::cable::{Planes, PlanesMut};

/// One buffer of a port. Lives from `port_use_buffers` until the next one.
pub(crate) struct PortBuffer {
    planes: Vec<Plane>,
    /// The host holds it: not to be written again until it comes back.
    pub(crate) is_out: bool,
}

/// One plane: its memory and the chunk that tells what part of it counts.
struct Plane {
    data: NonNull<u8>,
    size_bytes: u32,
    chunk: NonNull<sys::spa_chunk>,
}

// SAFETY: built on the main thread, used on the data loop, handed over by `Loop::invoke`.
unsafe impl Send for Plane {}

impl PortBuffer {
    /// Takes note of a host's buffer; `None` when it has no memory that we could use.
    ///
    /// # Safety
    /// `buffer` is null or valid, with its data and chunks, until the host replaces the buffers.
    pub(super) unsafe fn new(buffer: *const sys::spa_buffer) -> Option<Self> {
        // SAFETY: this function's contract.
        let buffer = unsafe { buffer.as_ref() }?;
        let mut planes = Vec::with_capacity(buffer.n_datas as usize);
        for index in 0..buffer.n_datas as usize {
            // SAFETY: a buffer has `n_datas` datas.
            let data = unsafe { buffer.datas.add(index) };
            // SAFETY: as above.
            let data = unsafe { data.as_ref() }?;
            planes.push(Plane {
                data: NonNull::new(data.data.cast())?,
                size_bytes: data.maxsize,
                chunk: NonNull::new(data.chunk)?,
            });
        }
        (!planes.is_empty()).then_some(Self { planes, is_out: false })
    }

    pub(crate) fn plane_count(&self) -> usize {
        self.planes.len()
    }

    /// Frames of the shortest plane's chunk, at `stride_bytes` a frame.
    pub(crate) fn filled_frames(&self, stride_bytes: usize) -> usize {
        let bytes = self.planes.iter().map(|plane| plane.valid().1).min().unwrap_or(0);
        bytes.checked_div(stride_bytes).unwrap_or(0)
    }

    /// Frames that fit, at `stride_bytes` a frame.
    pub(crate) fn capacity_frames(&self, stride_bytes: usize) -> usize {
        let bytes = self.planes.iter().map(|plane| plane.size_bytes as usize).min().unwrap_or(0);
        bytes.checked_div(stride_bytes).unwrap_or(0)
    }

    /// Declares the first `frames` frames of every plane valid.
    pub(crate) fn set_filled(&mut self, frames: usize, stride_bytes: usize) {
        for plane in &mut self.planes {
            let size = frames.saturating_mul(stride_bytes).min(plane.size_bytes as usize);
            let chunk =
                sys::spa_chunk { offset: 0, size: size as u32, stride: stride_bytes as i32, flags: 0 };
            // SAFETY: the chunk is valid by the constructor's contract, and ours in this cycle.
            unsafe { plane.chunk.write(chunk) };
        }
    }
}

impl Plane {
    /// Offset and size of what counts, kept inside the memory whatever the chunk says.
    fn valid(&self) -> (usize, usize) {
        // SAFETY: the chunk is valid by the constructor's contract.
        let chunk = unsafe { self.chunk.read() };
        let offset = chunk.offset.min(self.size_bytes);
        (offset as usize, chunk.size.min(self.size_bytes - offset) as usize)
    }
}

impl Planes for PortBuffer {
    fn plane(&self, index: usize) -> &[u8] {
        let Some(plane) = self.planes.get(index) else { return &[] };
        let (offset, size) = plane.valid();
        // SAFETY: `valid` keeps the offset inside the plane's memory.
        let start = unsafe { plane.data.add(offset) };
        // SAFETY: offset + size lie inside the plane; the host leaves it to us for this cycle.
        unsafe { std::slice::from_raw_parts(start.as_ptr(), size) }
    }
}

impl PlanesMut for PortBuffer {
    fn plane_mut(&mut self, index: usize) -> &mut [u8] {
        let Some(plane) = self.planes.get_mut(index) else { return &mut [] };
        // SAFETY: the plane's memory is `size_bytes` long and ours until it is handed out.
        unsafe { std::slice::from_raw_parts_mut(plane.data.as_ptr(), plane.size_bytes as usize) }
    }
}
