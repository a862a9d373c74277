//! How lent memory is divided.

use core::alloc::Layout;
use core::ffi::c_void;
use core::ptr::NonNull;

use super::{Memory, Status};

/// A value, and behind it cells of `C`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plot {
    whole: Layout,
    cells_at: usize,
    cells: usize,
}

impl Plot {
    /// Room for a `V` and `cells` cells of `C`.
    pub(super) fn of<V, C>(cells: usize) -> Result<Self, Status> {
        let row = Layout::array::<C>(cells).map_err(|_| Status::Memory)?;
        let (whole, cells_at) = Layout::new::<V>().extend(row).map_err(|_| Status::Memory)?;
        Ok(Self { whole, cells_at, cells })
    }

    /// What the host is to lend.
    pub(super) const fn needed(&self) -> Memory {
        Memory { size_bytes: self.whole.size(), align_bytes: self.whole.align() }
    }

    /// Where in `size_bytes` bytes at `memory` a value lies, which is yet to be written, and the cells, all zero.
    ///
    /// # Safety
    /// Unless null or misaligned, `memory` leads to `size_bytes` bytes that are nobody else's for `'a`. The plot was
    /// made for `V` and `C`, and all bits zero is a `C`.
    pub(super) unsafe fn divide<'a, V, C>(
        &self,
        memory: *mut c_void,
        size_bytes: usize,
    ) -> Result<(NonNull<V>, &'a mut [C]), Status> {
        let start = NonNull::new(memory).ok_or(Status::Null)?;
        let address = memory.addr();
        if address & (self.whole.align() - 1) != 0 {
            return Err(Status::Misaligned);
        }
        let reaches = isize::try_from(size_bytes).is_ok() && address.checked_add(size_bytes).is_some();
        if size_bytes < self.whole.size() || !reaches {
            return Err(Status::Memory);
        }
        // SAFETY: the cells lie within the plot, and the plot within the memory.
        let cells = unsafe { start.byte_add(self.cells_at) }.cast::<C>();
        // SAFETY: as many cells as the plot has; they are aligned, for the start is and the plot sees to the rest.
        unsafe { cells.write_bytes(0, self.cells) };
        // SAFETY: initialised by the line above, and nobody else's for `'a` by the caller's promise.
        let cells = unsafe { core::slice::from_raw_parts_mut(cells.as_ptr(), self.cells) };
        Ok((start.cast(), cells))
    }
}
