//! The reader's port, written at any frame of the cycle.

use super::PlanesMut;
use crate::format::StreamFormat;

/// Bytes of frames `at..at + frames` of plane `plane`, as far as the plane reaches.
pub(super) fn span<'a>(
    sink: &'a mut impl PlanesMut,
    format: &StreamFormat,
    plane: usize,
    at: usize,
    frames: usize,
) -> &'a mut [u8] {
    let bytes = sink.plane_mut(plane);
    let stride = format.plane_stride_bytes();
    let start = at.saturating_mul(stride).min(bytes.len());
    let end = at.saturating_add(frames).saturating_mul(stride).min(bytes.len());
    bytes.get_mut(start..end).unwrap_or_default()
}

/// Silence in frames `at..at + frames` of all planes. All bits zero is silence in every format.
pub(super) fn silence(sink: &mut impl PlanesMut, format: &StreamFormat, at: usize, frames: usize) {
    for plane in 0..format.plane_count() {
        span(sink, format, plane, at, frames).fill(0);
    }
}
