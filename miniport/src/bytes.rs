//! Structures that others wrote, read from bytes: any alignment, and never beyond the end.

use bytemuck::{AnyBitPattern, pod_read_unaligned};

/// The `T` at `at`; `None` when it does not lie within.
pub fn read<T: AnyBitPattern>(bytes: &[u8], at: usize) -> Option<T> {
    let end = at.checked_add(size_of::<T>())?;
    bytes.get(at..end).map(pod_read_unaligned)
}
