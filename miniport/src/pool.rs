//! Memory of the kernel's pool: never executed, zeroed by the kernel, tagged, and refused when there is none.
//!
//! `alloc`'s boxes and vectors live in it, but only as these functions make them: what allocates without being able to
//! fail is not for a kernel.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::sys::NTSTATUS;
use crate::sys::status::STATUS_INSUFFICIENT_RESOURCES;

/// The tag of all our memory.
#[cfg(all(windows, not(test)))]
const TAG: u32 = u32::from_le_bytes(*b"VcbA");

/// `value` in the pool. Up to `DISPATCH_LEVEL`.
///
/// # Errors
/// `STATUS_INSUFFICIENT_RESOURCES`.
pub fn boxed<T>(value: T) -> Result<Box<[T; 1]>, NTSTATUS> {
    let mut cells = Vec::new();
    cells.try_reserve_exact(1).map_err(|_| STATUS_INSUFFICIENT_RESOURCES)?;
    cells.push(value);
    // Never moves: the room is exact.
    cells.into_boxed_slice().try_into().map_err(|_| STATUS_INSUFFICIENT_RESOURCES)
}

/// `length` copies of `value` in the pool. Up to `DISPATCH_LEVEL`.
///
/// # Errors
/// `STATUS_INSUFFICIENT_RESOURCES`.
pub fn boxed_slice<T: Clone>(length: usize, value: T) -> Result<Box<[T]>, NTSTATUS> {
    let mut cells = Vec::new();
    cells.try_reserve_exact(length).map_err(|_| STATUS_INSUFFICIENT_RESOURCES)?;
    cells.resize(length, value);
    Ok(cells.into_boxed_slice())
}

/// Adds `value` to a vector. Up to `DISPATCH_LEVEL`; without allocating if there is room.
///
/// # Errors
/// `STATUS_INSUFFICIENT_RESOURCES`; the value is dropped.
pub fn push<T>(vector: &mut Vec<T>, value: T) -> Result<(), NTSTATUS> {
    vector.try_reserve(1).map_err(|_| STATUS_INSUFFICIENT_RESOURCES)?;
    vector.push(value);
    Ok(())
}

#[cfg(all(windows, not(test)))]
mod global {
    use core::alloc::{GlobalAlloc, Layout};
    use core::ptr;

    use super::TAG;
    use crate::sys::nt;

    /// What the pool aligns every block to.
    const ALIGNMENT_BYTES: usize = 16;
    /// Blocks of a page and more begin with a page.
    const PAGE_BYTES: usize = 4096;

    struct Pool;

    #[global_allocator]
    static POOL: Pool = Pool;

    // SAFETY: the pool gives blocks of the size asked for, aligned as it promises; more is refused. Nothing unwinds.
    unsafe impl GlobalAlloc for Pool {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            const BEYOND: usize = ALIGNMENT_BYTES + 1;
            let bytes = match layout.align() {
                0..=ALIGNMENT_BYTES => layout.size(),
                BEYOND..=PAGE_BYTES => layout.size().next_multiple_of(PAGE_BYTES),
                _ => return ptr::null_mut(),
            };
            // SAFETY: the size is not zero, as the caller promises; the tag has printable characters.
            unsafe { nt::ExAllocatePool2(nt::POOL_FLAG_NON_PAGED, bytes, TAG) }.cast()
        }

        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            // SAFETY: the caller's promise, passed on. The pool's blocks are zeroed.
            unsafe { self.alloc(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, _: Layout) {
            // SAFETY: the block is of `alloc`, as the caller promises.
            unsafe { nt::ExFreePoolWithTag(block.cast(), TAG) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_refused() {
        assert_eq!(boxed_slice(isize::MAX as usize, 0_u16), Err(STATUS_INSUFFICIENT_RESOURCES));
        assert_eq!(*boxed(7).unwrap(), [7]);
        assert_eq!(*boxed_slice(3, 1_u8).unwrap(), [1; 3]);
    }
}
