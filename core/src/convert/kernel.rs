//! The loops. Each is plain safe code in the shape that the compiler turns into vector instructions: two slices of
//! whole samples side by side, no index, no branch, no call.

use core::marker::PhantomData;

use bytemuck::Pod;

use super::dither::Dither;
use super::sample::Sample;

/// What becomes of one sample.
pub(super) trait Map: Copy {
    /// The sample read.
    type In: Pod;
    /// The sample written.
    type Out: Pod;

    /// Converts a sample; `place` counts samples in interleaved order from the start of the call.
    fn map(self, sample: Self::In, place: u32) -> Self::Out;
}

/// From format `S` to format `D` by rounding.
pub(super) struct Plain<S, D>(pub(super) PhantomData<(S, D)>);

/// From format `S` to the narrower format `D` with dither.
pub(super) struct Dithered<S, D>(pub(super) Dither, pub(super) PhantomData<(S, D)>);

impl<S, D> Clone for Plain<S, D> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S, D> Copy for Plain<S, D> {}

impl<S, D> Clone for Dithered<S, D> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S, D> Copy for Dithered<S, D> {}

impl<S: Sample, D: Sample> Map for Plain<S, D> {
    type In = S::Bytes;
    type Out = D::Bytes;

    #[inline(always)]
    fn map(self, sample: S::Bytes, _place: u32) -> D::Bytes {
        if S::FLOAT || D::FLOAT {
            // Adding negative zero changes no number, so the compiler drops it; adding zero would turn -0 into 0.
            D::from_f32(S::to_f32(sample), -0.0)
        } else {
            D::from_s32(S::to_s32(sample), 0)
        }
    }
}

impl<S: Sample, D: Sample> Map for Dithered<S, D> {
    type In = S::Bytes;
    type Out = D::Bytes;

    #[inline(always)]
    fn map(self, sample: S::Bytes, place: u32) -> D::Bytes {
        if S::FLOAT {
            D::from_f32(S::to_f32(sample), self.0.float(place))
        } else {
            // A full-scale value of 32 bits loses what the target lacks, whatever the source.
            D::from_s32(S::to_s32(sample), self.0.integer(place, 32 - D::BITS))
        }
    }
}

/// The slices one loop works on. Lengths may differ: the shortest ends the loop. `channel` of `channels` says which
/// samples of the interleaved order they are.
pub(super) enum Job<'a> {
    /// All channels, interleaved on both sides.
    Frames { src: &'a [u8], dst: &'a mut [u8] },
    /// One channel, plane to plane.
    Plane { src: &'a [u8], dst: &'a mut [u8], channel: usize, channels: usize },
    /// Interleaved stereo to two planes.
    Split { src: &'a [u8], left: &'a mut [u8], right: &'a mut [u8] },
    /// Two planes to interleaved stereo.
    Join { left: &'a [u8], right: &'a [u8], dst: &'a mut [u8] },
    /// One channel out of interleaved frames.
    Gather { src: &'a [u8], dst: &'a mut [u8], channel: usize, channels: usize },
    /// One channel into interleaved frames.
    Scatter { src: &'a [u8], dst: &'a mut [u8], channel: usize, channels: usize },
}

/// Does `job`. Inlined, so that it is compiled anew for the instruction set of each caller.
#[inline(always)]
pub(super) fn perform<M: Map>(map: M, job: Job<'_>) {
    match job {
        Job::Frames { src, dst } => each(map, whole(src).iter(), whole_mut(dst).iter_mut(), places(0, 1)),
        Job::Plane { src, dst, channel, channels } => {
            each(map, whole(src).iter(), whole_mut(dst).iter_mut(), places(channel, channels));
        }
        Job::Split { src, left, right } => {
            let planes = whole_mut(left).iter_mut().zip(whole_mut(right));
            let frames = whole::<[M::In; 2]>(src).iter().zip(planes);
            for ((&[l, r], (to_l, to_r)), place) in frames.zip(places(0, 2)) {
                *to_l = map.map(l, place);
                *to_r = map.map(r, place.wrapping_add(1));
            }
        }
        Job::Join { left, right, dst } => {
            let planes = whole(left).iter().zip(whole(right));
            let frames = whole_mut::<[M::Out; 2]>(dst).iter_mut().zip(planes);
            for ((to, (&l, &r)), place) in frames.zip(places(0, 2)) {
                *to = [map.map(l, place), map.map(r, place.wrapping_add(1))];
            }
        }
        Job::Gather { src, dst, channel, channels } => {
            let src = whole(src).iter().skip(channel).step_by(channels.max(1));
            each(map, src, whole_mut(dst).iter_mut(), places(channel, channels));
        }
        Job::Scatter { src, dst, channel, channels } => {
            let dst = whole_mut(dst).iter_mut().skip(channel).step_by(channels.max(1));
            each(map, whole(src).iter(), dst, places(channel, channels));
        }
    }
}

/// Places of the samples of one channel in the interleaved order, modulo 2^32.
#[inline(always)]
fn places(channel: usize, channels: usize) -> impl Iterator<Item = u32> {
    let (first, step) = (channel as u32, channels as u32);
    (0..u32::MAX).map(move |frame| frame.wrapping_mul(step).wrapping_add(first))
}

#[inline(always)]
fn each<'a, M: Map>(
    map: M,
    src: impl Iterator<Item = &'a M::In>,
    dst: impl Iterator<Item = &'a mut M::Out>,
    places: impl Iterator<Item = u32>,
) {
    for ((&from, to), place) in src.zip(dst).zip(places) {
        *to = map.map(from, place);
    }
}

/// The whole samples (or frames) at the start of `bytes`.
#[inline(always)]
pub(super) fn whole<T: Pod>(bytes: &[u8]) -> &[T] {
    let length = bytes.len() - bytes.len() % size_of::<T>();
    bytes.get(..length).and_then(|bytes| bytemuck::try_cast_slice(bytes).ok()).unwrap_or(&[])
}

/// The whole samples (or frames) at the start of `bytes`.
#[inline(always)]
pub(super) fn whole_mut<T: Pod>(bytes: &mut [u8]) -> &mut [T] {
    let length = bytes.len() - bytes.len() % size_of::<T>();
    bytes.get_mut(..length).and_then(|bytes| bytemuck::try_cast_slice_mut(bytes).ok()).unwrap_or(&mut [])
}
