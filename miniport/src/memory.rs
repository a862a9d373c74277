//! Pool memory, which may be refused: `Box` for a kernel without an allocator. Nothing here panics for want of it.

use core::{
    borrow::{Borrow, BorrowMut},
    ops::{Deref, DerefMut},
    ptr::NonNull,
};

use bytemuck::Zeroable;
use vcable_core::ring::Storage;

use crate::sys::nt;

/// Stands in front of every block in the pool's books, as `VcbA`.
pub const TAG: u32 = u32::from_le_bytes(*b"VcbA");

/// What the pool aligns smaller blocks to.
const SMALL_ALIGN: usize = 16;
/// Blocks of a page and more begin with a page.
const PAGE_BYTES: usize = 4096;

/// A value in nonpaged pool, with one owner. Made and dropped up to DISPATCH.
pub struct Pooled<T: ?Sized>(NonNull<T>);

// SAFETY: it owns its value, as `Box` does.
unsafe impl<T: ?Sized + Send> Send for Pooled<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Sync> Sync for Pooled<T> {}

/// A zeroed block with room for `length` values of `T`; `None` when the pool is exhausted.
fn block<T>(length: usize) -> Option<NonNull<T>> {
    const { assert!(align_of::<T>() <= PAGE_BYTES) };
    let bytes = size_of::<T>().checked_mul(length)?.max(1);
    let bytes = if align_of::<T>() > SMALL_ALIGN { bytes.checked_next_multiple_of(PAGE_BYTES)? } else { bytes };
    // SAFETY: callable up to DISPATCH with any size but 0.
    let memory = unsafe { nt::ExAllocatePool2(nt::POOL_FLAG_NON_PAGED, bytes, TAG) };
    NonNull::new(memory.cast())
}

impl<T> Pooled<T> {
    /// Moves `value` there; `None` when the pool is exhausted.
    pub fn new(value: T) -> Option<Self> {
        let place = block::<T>(1)?;
        // SAFETY: the block is new, large enough, and aligned for `T`.
        unsafe { place.write(value) };
        Some(Self(place))
    }

    /// Gives up the ownership.
    pub fn into_raw(self) -> NonNull<T> {
        core::mem::ManuallyDrop::new(self).0
    }

    /// Takes it back.
    ///
    /// # Safety
    /// `place` came from [`into_raw`](Self::into_raw), is taken back once, and nothing refers to it.
    pub const unsafe fn from_raw(place: NonNull<T>) -> Self {
        Self(place)
    }
}

impl<T: Zeroable> Pooled<[T]> {
    /// `length` zeros; `None` when the pool is exhausted.
    pub fn zeroed(length: usize) -> Option<Self> {
        Some(Self(NonNull::slice_from_raw_parts(block::<T>(length)?, length)))
    }
}

impl<T: ?Sized> Drop for Pooled<T> {
    fn drop(&mut self) {
        // SAFETY: the value is valid, and nobody sees it after this.
        unsafe { self.0.drop_in_place() };
        // SAFETY: the block came from the pool under this tag, and goes back once.
        unsafe { nt::ExFreePoolWithTag(self.0.as_ptr().cast(), TAG) };
    }
}

impl<T: ?Sized> Deref for Pooled<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: valid from the making to the drop, and borrowed with `self`.
        unsafe { self.0.as_ref() }
    }
}

impl<T: ?Sized> DerefMut for Pooled<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above; `self` is the only way to it.
        unsafe { self.0.as_mut() }
    }
}

impl<T: ?Sized> Borrow<T> for Pooled<T> {
    fn borrow(&self) -> &T {
        self
    }
}

impl<T: ?Sized> BorrowMut<T> for Pooled<T> {
    fn borrow_mut(&mut self) -> &mut T {
        self
    }
}

// SAFETY: the cells are initialised, exclusive and do not move, until they are made a `Pooled` again.
unsafe impl Storage for Pooled<[u64]> {
    fn into_words(self) -> NonNull<[u64]> {
        core::mem::ManuallyDrop::new(self).0
    }

    unsafe fn release(words: NonNull<[u64]>) {
        drop(Self(words));
    }
}

#[cfg(test)]
mod tests {
    use super::Pooled;

    /// The kernel's pool, for tests: each block stands behind its layout.
    mod double {
        use core::ffi::c_void;
        use std::alloc::{Layout, alloc_zeroed, dealloc};

        const HEAD: usize = 4096;

        #[unsafe(no_mangle)]
        unsafe extern "system" fn ExAllocatePool2(flags: u64, bytes: usize, tag: u32) -> *mut c_void {
            assert_eq!((flags, tag), (crate::sys::nt::POOL_FLAG_NON_PAGED, super::super::TAG));
            let layout = Layout::from_size_align(HEAD + bytes, HEAD).unwrap();
            // SAFETY: not of size 0.
            let block = unsafe { alloc_zeroed(layout) };
            // SAFETY: within the block, and aligned.
            unsafe { block.cast::<usize>().write(bytes) };
            // SAFETY: within the block.
            unsafe { block.add(HEAD) }.cast()
        }

        #[unsafe(no_mangle)]
        unsafe extern "system" fn ExFreePoolWithTag(memory: *mut c_void, tag: u32) {
            assert_eq!(tag, super::super::TAG);
            // SAFETY: the head is as large.
            let block = unsafe { memory.cast::<u8>().sub(HEAD) };
            // SAFETY: the allocation wrote it.
            let bytes = unsafe { block.cast::<usize>().read() };
            let layout = Layout::from_size_align(HEAD + bytes, HEAD).unwrap();
            // SAFETY: allocated with this layout.
            unsafe { dealloc(block, layout) };
        }
    }

    #[test]
    fn a_value_moves_in_and_is_dropped_once() {
        let counted = std::rc::Rc::new(());
        let pooled = Pooled::new((counted.clone(), 7)).unwrap();
        assert_eq!((pooled.1, std::rc::Rc::strong_count(&counted)), (7, 2));
        drop(pooled);
        assert_eq!(std::rc::Rc::strong_count(&counted), 1);
    }

    #[test]
    fn slices_are_zeros() {
        let mut cells = Pooled::<[u32]>::zeroed(1000).unwrap();
        assert!(cells.iter().all(|&cell| cell == 0));
        cells[999] = 1;
        assert_eq!(Pooled::<[u32]>::zeroed(0).unwrap().len(), 0);
        assert!(Pooled::<[u64]>::zeroed(usize::MAX / 4).is_none());
    }

    #[test]
    fn wide_alignments_are_kept() {
        #[repr(align(128))]
        struct Wide(u8);
        let wide = Pooled::new(Wide(3)).unwrap();
        let Wide(value) = &*wide;
        assert_eq!((&raw const *wide as usize % 128, *value), (0, 3));
    }
}
