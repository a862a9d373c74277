//! From planes to loops: what the layouts of the two sides ask for.

use super::kernel::Job;
use crate::format::{Layout, SampleFormat};

/// How the frames of one side lie in memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side {
    pub(super) layout: Layout,
    /// Planes it has.
    planes: usize,
    /// Bytes from one frame to the next, in each plane.
    stride_bytes: usize,
}

impl Side {
    pub(super) fn new((sample, layout): (SampleFormat, Layout), channels: usize) -> Self {
        match layout {
            Layout::Interleaved => Self { layout, planes: 1, stride_bytes: sample.bytes() * channels },
            Layout::Planar => Self { layout, planes: channels, stride_bytes: sample.bytes() },
        }
    }

    /// Whole frames that `bytes` of a plane hold, at most `frames`.
    fn frames_within(self, bytes: usize, frames: usize) -> usize {
        // A plane is seldom short, and a division costs as much as converting dozens of samples.
        match frames.checked_mul(self.stride_bytes) {
            Some(wanted) if wanted <= bytes => frames,
            _ => bytes.checked_div(self.stride_bytes).unwrap_or(0),
        }
    }
}

/// How many of `frames` frames every plane holds whole; none when a plane is lacking.
pub(super) fn whole_frames(from: Side, src: &[&[u8]], to: Side, dst: &[&mut [u8]], frames: usize) -> usize {
    if src.len() < from.planes || dst.len() < to.planes {
        return 0;
    }
    let src = src.iter().take(from.planes).map(|plane| from.frames_within(plane.len(), frames));
    let dst = dst.iter().take(to.planes).map(|plane| to.frames_within(plane.len(), frames));
    src.chain(dst).fold(frames, usize::min)
}

/// Hands to `run` what is to be done for the first `frames` frames, which every plane must hold.
pub(super) fn each_job(
    (from, src): (Side, &[&[u8]]),
    (to, dst): (Side, &mut [&mut [u8]]),
    channels: usize,
    frames: usize,
    mut run: impl FnMut(Job<'_>),
) {
    let (src_bytes, dst_bytes) = (frames * from.stride_bytes, frames * to.stride_bytes);
    let mut src = src.iter().map(|plane| plane.get(..src_bytes).unwrap_or_default());
    let mut dst = dst.iter_mut().map(|plane| plane.get_mut(..dst_bytes).unwrap_or_default());

    match (from.layout, to.layout) {
        (Layout::Planar, Layout::Planar) => {
            for (channel, (src, dst)) in (0..channels).zip(src.zip(dst)) {
                run(Job::Plane { src, dst, channel, channels });
            }
        }
        (Layout::Interleaved, Layout::Interleaved) => {
            run(Job::Frames { src: src.next().unwrap_or_default(), dst: dst.next().unwrap_or_default() });
        }
        (Layout::Interleaved, Layout::Planar) => {
            let src = src.next().unwrap_or_default();
            if channels == 2 {
                let (left, right) = (dst.next().unwrap_or_default(), dst.next().unwrap_or_default());
                return run(Job::Split { src, left, right });
            }
            for (channel, dst) in (0..channels).zip(dst) {
                run(Job::Gather { src, dst, channel, channels });
            }
        }
        (Layout::Planar, Layout::Interleaved) => {
            let dst = dst.next().unwrap_or_default();
            if channels == 2 {
                let (left, right) = (src.next().unwrap_or_default(), src.next().unwrap_or_default());
                return run(Job::Join { left, right, dst });
            }
            for (channel, src) in (0..channels).zip(src) {
                run(Job::Scatter { src, dst: &mut *dst, channel, channels });
            }
        }
    }
}
