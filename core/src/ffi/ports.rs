//! The host's buffers as planes.

use core::ffi::c_void;

use super::{Status, VCABLE_MAX_FRAMES, fence};
use crate::cable::{Planes, PlanesMut};
use crate::format::StreamFormat;

/// The host's buffers of one call, each as long as the call says. `P` is a pointer to constant or to writable bytes.
pub(super) struct Port<'a, P> {
    planes: &'a [P],
    /// Of each plane.
    bytes: usize,
}

/// A pointer to a plane.
pub(super) trait Plane: Copy {
    /// The bytes it leads to.
    fn start(self) -> *const u8;
}

impl Plane for *const c_void {
    fn start(self) -> *const u8 {
        self.cast()
    }
}

impl Plane for *mut c_void {
    fn start(self) -> *const u8 {
        self.cast_const().cast()
    }
}

impl<P: Plane> Port<'_, P> {
    /// Checks the buffers of a call of `frames` frames of `format`.
    ///
    /// # Safety
    /// Unless null or misaligned, `planes` leads to `count` pointers, and each of these, unless null, to `frames`
    /// frames of a plane of `format`. While the port lives nobody writes to them, and nobody else reads them if `P`
    /// is writable.
    pub(super) unsafe fn new(
        planes: *const P,
        count: u32,
        format: &StreamFormat,
        frames: u32,
    ) -> Result<Self, Status> {
        let start = fence::checked(planes)?;
        let count = count as usize;
        if count != format.plane_count() {
            return Err(Status::Planes);
        }
        if frames > VCABLE_MAX_FRAMES {
            return Err(Status::Frames);
        }
        // At most 2^20 frames of 2^8 bytes.
        let bytes = frames as usize * format.plane_stride_bytes();
        // SAFETY: as many pointers as the host says, which it said are there.
        let planes = unsafe { core::slice::from_raw_parts(start.as_ptr(), count) };
        for plane in planes {
            if plane.start().is_null() {
                return Err(Status::Null);
            }
            if plane.start().addr().checked_add(bytes).is_none() {
                return Err(Status::Frames);
            }
        }
        Ok(Self { planes, bytes })
    }
}

impl<P: Plane> Planes for Port<'_, P> {
    fn plane(&self, index: usize) -> &[u8] {
        let Some(plane) = self.planes.get(index) else { return &[] };
        // SAFETY: not null, as long as promised to `new`, and nobody writes to it while the port lives.
        unsafe { core::slice::from_raw_parts(plane.start(), self.bytes) }
    }
}

impl PlanesMut for Port<'_, *mut c_void> {
    fn plane_mut(&mut self, index: usize) -> &mut [u8] {
        let Some(plane) = self.planes.get(index) else { return &mut [] };
        // SAFETY: not null, as long as promised to `new`, ours alone while the port lives, and `&mut self` keeps a
        // second slice away, also where the host names one buffer twice.
        unsafe { core::slice::from_raw_parts_mut(plane.cast(), self.bytes) }
    }
}
