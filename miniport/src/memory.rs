//! Pool memory that may be refused: nothing here panics for want of it.

use alloc::{boxed::Box, vec::Vec};

/// `length` copies of `value`; `None` when the pool is exhausted. Below DISPATCH.
pub fn boxed_slice<T: Clone>(length: usize, value: T) -> Option<Box<[T]>> {
    let mut cells = Vec::new();
    cells.try_reserve_exact(length).ok()?;
    cells.resize(length, value);
    // Never moves: the room is exact.
    Some(cells.into_boxed_slice())
}

/// `value` in the pool; `None` when the pool is exhausted. Below DISPATCH.
pub fn boxed<T>(value: T) -> Option<Box<[T; 1]>> {
    let mut cells = Vec::new();
    cells.try_reserve_exact(1).ok()?;
    cells.push(value);
    cells.into_boxed_slice().try_into().ok()
}
