//! Copying and filling memory, for the functions that compilers call by name.
//!
//! The compiler's own for systems without a library are `rep movs` and `rep stos`, which take longer to begin than a
//! tick's sound takes to copy. These move 32 bytes a step, and what is left over by two words that may overlap.

use core::sync::atomic::{Ordering, compiler_fence};

/// What is moved in a step: two vectors of every processor.
type Block = [u64; 4];
const BLOCK_BYTES: usize = size_of::<Block>();

/// Reads a `T` at any address.
///
/// # Safety
/// It must be there.
#[inline]
unsafe fn load<T: Copy>(from: *const u8, at: usize) -> T {
    // SAFETY: the caller's promise.
    unsafe { from.wrapping_add(at).cast::<T>().read_unaligned() }
}

/// Writes a `T` at any address.
///
/// # Safety
/// There must be room for it.
#[inline]
unsafe fn store<T: Copy>(to: *mut u8, at: usize, value: T) {
    // SAFETY: the caller's promise.
    unsafe { to.wrapping_add(at).cast::<T>().write_unaligned(value) }
}

/// Copies the first and the last `T` of `length` bytes, which is one to two of them: both are read before any is written.
///
/// # Safety
/// As for [`copy`].
#[inline]
unsafe fn copy_ends<T: Copy>(to: *mut u8, from: *const u8, length: usize) {
    let last = length - size_of::<T>();
    // SAFETY: within, as the caller promises.
    let head: T = unsafe { load(from, 0) };
    // SAFETY: as above.
    let tail: T = unsafe { load(from, last) };
    // SAFETY: as above.
    unsafe { store(to, 0, head) };
    // SAFETY: as above.
    unsafe { store(to, last, tail) };
}

/// Copies `length` bytes, which may overlap.
///
/// # Safety
/// They must be there at both places, and those at `to` nobody else's.
#[inline]
pub unsafe fn copy(to: *mut u8, from: *const u8, length: usize) {
    match length {
        0 => {}
        // SAFETY: the caller's promise, here and below.
        1 => unsafe { copy_ends::<u8>(to, from, length) },
        // SAFETY: as above.
        2..4 => unsafe { copy_ends::<u16>(to, from, length) },
        // SAFETY: as above.
        4..8 => unsafe { copy_ends::<u32>(to, from, length) },
        // SAFETY: as above.
        8..16 => unsafe { copy_ends::<u64>(to, from, length) },
        // SAFETY: as above.
        16..BLOCK_BYTES => unsafe { copy_ends::<[u64; 2]>(to, from, length) },
        // Backwards when the source's end would be overwritten before it is read.
        // SAFETY: as above.
        _ if to.addr().wrapping_sub(from.addr()) < length => unsafe { copy_back(to, from, length) },
        // SAFETY: as above.
        _ => unsafe { copy_on(to, from, length) },
    }
}

/// From the beginning on.
///
/// # Safety
/// As for [`copy`]; at least a block, and `to` not within the source.
#[inline]
unsafe fn copy_on(to: *mut u8, from: *const u8, length: usize) {
    let last = length - BLOCK_BYTES;
    // SAFETY: within.
    let tail: Block = unsafe { load(from, last) };
    let mut at = 0;
    while at < last {
        // SAFETY: within.
        let block: Block = unsafe { load(from, at) };
        // SAFETY: within.
        unsafe { store(to, at, block) };
        // Else the compiler would see that this loop copies memory, and call the very function that it is.
        compiler_fence(Ordering::SeqCst);
        at += BLOCK_BYTES;
    }
    // SAFETY: within.
    unsafe { store(to, last, tail) };
}

/// From the end on.
///
/// # Safety
/// As for [`copy`]; at least a block, and `to` not before the source.
#[inline(never)]
unsafe fn copy_back(to: *mut u8, from: *const u8, length: usize) {
    // SAFETY: within.
    let head: Block = unsafe { load(from, 0) };
    let mut end = length;
    while end > BLOCK_BYTES {
        end -= BLOCK_BYTES;
        // SAFETY: within.
        let block: Block = unsafe { load(from, end) };
        // SAFETY: within.
        unsafe { store(to, end, block) };
        compiler_fence(Ordering::SeqCst);
    }
    // SAFETY: within.
    unsafe { store(to, 0, head) };
}

/// Writes the first and the last `T` of `length` bytes, which is one to two of them.
///
/// # Safety
/// As for [`fill`].
#[inline]
unsafe fn fill_ends<T: Copy>(to: *mut u8, value: T, length: usize) {
    // SAFETY: within, as the caller promises.
    unsafe { store(to, 0, value) };
    // SAFETY: as above.
    unsafe { store(to, length - size_of::<T>(), value) };
}

/// Writes `value` to `length` bytes.
///
/// # Safety
/// They must be there, and nobody else's.
#[inline]
pub unsafe fn fill(to: *mut u8, value: u8, length: usize) {
    let word = u64::from_ne_bytes([value; 8]);
    match length {
        0 => {}
        // SAFETY: the caller's promise, here and below.
        1 => unsafe { fill_ends(to, value, length) },
        // SAFETY: as above.
        2..4 => unsafe { fill_ends(to, word as u16, length) },
        // SAFETY: as above.
        4..8 => unsafe { fill_ends(to, word as u32, length) },
        // SAFETY: as above.
        8..16 => unsafe { fill_ends(to, word, length) },
        // SAFETY: as above.
        16..BLOCK_BYTES => unsafe { fill_ends(to, [word; 2], length) },
        _ => {
            let last = length - BLOCK_BYTES;
            let mut at = 0;
            while at < last {
                // SAFETY: within.
                unsafe { store::<Block>(to, at, [word; 4]) };
                compiler_fence(Ordering::SeqCst);
                at += BLOCK_BYTES;
            }
            // SAFETY: within.
            unsafe { store::<Block>(to, last, [word; 4]) };
        }
    }
}

/// The difference of the first bytes that differ; 0 when none do.
///
/// # Safety
/// `length` bytes must be there at both places.
#[inline]
pub unsafe fn compare(one: *const u8, other: *const u8, length: usize) -> i32 {
    for at in 0..length {
        // SAFETY: within, as the caller promises.
        let (one, other): (u8, u8) = (unsafe { load(one, at) }, unsafe { load(other, at) });
        if one != other {
            return i32::from(one) - i32::from(other);
        }
        compiler_fence(Ordering::SeqCst);
    }
    0
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::{compare, copy, fill};

    const ROOM: usize = 400;

    fn numbered() -> Vec<u8> {
        (0..ROOM).map(|at| (at * 7 + at / 251) as u8 | 1).collect()
    }

    #[test]
    fn every_length_is_copied_and_nothing_beside_it() {
        for length in 0..200 {
            for from in [0, 1, 100, 101, 116, 131, 190] {
                for to in [0, 3, 100, 101, 117, 132, 163, 195] {
                    let mut expected = numbered();
                    expected.copy_within(from..from + length, to);
                    let mut got = numbered();
                    let start = got.as_mut_ptr();
                    // SAFETY: both places lie within.
                    unsafe { copy(start.wrapping_add(to), start.wrapping_add(from), length) };
                    assert!(got == expected, "{length} bytes from {from} to {to}");
                }
            }
        }
    }

    #[test]
    fn every_length_is_filled_and_nothing_beside_it() {
        for length in 0..200 {
            for to in [0, 5, 64] {
                let mut expected = numbered();
                expected[to..to + length].fill(0xA6);
                let mut got = numbered();
                // SAFETY: the place lies within.
                unsafe { fill(got.as_mut_ptr().wrapping_add(to), 0xA6, length) };
                assert!(got == expected, "{length} bytes at {to}");
            }
        }
    }

    #[test]
    fn the_first_bytes_that_differ_are_compared() {
        let one = numbered();
        for at in [0, 1, 8, 77] {
            let mut other = numbered();
            other[at] -= 1;
            let differ = |length| {
                // SAFETY: both are longer.
                unsafe { compare(one.as_ptr(), other.as_ptr(), length) }
            };
            assert_eq!(differ(at), 0);
            assert_eq!(differ(at + 1), 1);
            assert_eq!(differ(200), 1);
        }
    }
}
