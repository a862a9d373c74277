//! Memory at any alignment, with guards around it.

use super::{Result, Unstructured};

/// What bytes hold that nobody may touch.
const UNTOUCHED: u8 = 0xa5;
/// Bytes behind each plane: more than the widest vector store.
const GUARD_BYTES: usize = 96;

/// Planes of bytes, each between guards.
#[derive(Clone, Debug, PartialEq)]
pub struct Guarded {
    planes: Vec<Plane>,
}

#[derive(Clone, Debug, PartialEq)]
struct Plane {
    offset: usize,
    bytes: Vec<u8>,
}

impl Plane {
    fn end(&self) -> usize {
        self.bytes.len() - GUARD_BYTES
    }

    fn slice(&self) -> &[u8] {
        &self.bytes[self.offset..self.end()]
    }

    fn slice_mut(&mut self) -> &mut [u8] {
        let range = self.offset..self.end();
        &mut self.bytes[range]
    }
}

impl Guarded {
    /// One plane for each of `lengths`, at `offset` bytes from where the allocator put it; every byte is untouched.
    pub fn new(lengths: impl IntoIterator<Item = usize>, offset: usize) -> Self {
        let plane = |length| Plane { offset, bytes: vec![UNTOUCHED; offset + length + GUARD_BYTES] };
        Self { planes: lengths.into_iter().map(plane).collect() }
    }

    /// The same with content out of the fuzzer's bytes.
    pub fn filled(mut self, u: &mut Unstructured<'_>) -> Result<Self> {
        for plane in self.slices_mut() {
            content(u, plane)?;
        }
        Ok(self)
    }

    /// The planes.
    pub fn slices(&self) -> Vec<&[u8]> {
        self.planes.iter().map(Plane::slice).collect()
    }

    /// The planes to write to.
    pub fn slices_mut(&mut self) -> Vec<&mut [u8]> {
        self.planes.iter_mut().map(Plane::slice_mut).collect()
    }

    /// Makes every byte untouched again.
    pub fn clear(&mut self) {
        self.planes.iter_mut().for_each(|plane| plane.bytes.fill(UNTOUCHED));
    }

    /// Checks that nobody wrote behind the first `used_bytes` of any plane, nor before it.
    ///
    /// # Panics
    /// When somebody did.
    pub fn assert_untouched_behind(&self, used_bytes: usize) {
        for (index, plane) in self.planes.iter().enumerate() {
            let used = plane.offset..(plane.offset + used_bytes).min(plane.end());
            let (before, after) = (&plane.bytes[..used.start], &plane.bytes[used.end..]);
            let untouched = |bytes: &[u8]| bytes.iter().all(|&byte| byte == UNTOUCHED);
            assert!(untouched(before) && untouched(after), "plane {index}: touched outside {used:?}");
        }
    }
}

impl vcable_core::cable::Planes for Guarded {
    fn plane(&self, index: usize) -> &[u8] {
        self.planes.get(index).map_or(&[], Plane::slice)
    }
}

impl vcable_core::cable::PlanesMut for Guarded {
    fn plane_mut(&mut self, index: usize) -> &mut [u8] {
        self.planes.get_mut(index).map_or(&mut [], Plane::slice_mut)
    }
}

/// Fills `bytes` with a piece of the fuzzer's bytes, over and over.
pub fn content(u: &mut Unstructured<'_>, bytes: &mut [u8]) -> Result<()> {
    let length = bytes.len().min(u.len()).min(u.int_in_range(0..=255)?);
    let piece = u.bytes(length)?;
    if !piece.is_empty() {
        for (byte, &from) in bytes.iter_mut().zip(piece.iter().cycle()) {
            *byte = from;
        }
    }
    Ok(())
}
