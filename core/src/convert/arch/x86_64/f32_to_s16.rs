//! F32 to S16 by hand: the conversion every 16-bit application pays for in each cycle.
//!
//! The compiler's loop takes about three times as long as a copy, as it minds NaN, infinities and clipping sample by
//! sample. Here saturating instructions clip, and whatever they get wrong (NaN, infinities, and samples from 65536
//! times full scale up) rounds to `i32::MIN`. So one comparison per block finds it, and the safe loop does that block
//! again.

use core::marker::PhantomData;

use super::Avx2;
use crate::convert::f32::F32;
use crate::convert::kernel::{Job, Plain, whole, whole_mut};
use crate::convert::s16::S16;

/// Four vectors of eight F32 samples.
type Floats = [[u8; 32]; 4];
/// Two vectors of sixteen S16 samples.
type Shorts = [[u8; 32]; 2];

const FLOATS_BYTES: usize = size_of::<Floats>();
const SHORTS_BYTES: usize = size_of::<Shorts>();
/// One channel's share of a stereo block.
const HALF_FLOATS_BYTES: usize = FLOATS_BYTES / 2;
const HALF_SHORTS_BYTES: usize = SHORTS_BYTES / 2;

/// How to put the samples of a vector in order after two vectors `a` and `b` were packed into it: its four 64-bit
/// quarters are then the first of `a`, the first of `b`, the last of `a`, the last of `b`.
struct Order {
    /// Bytes within each half, twice.
    bytes: [u8; 32],
    /// Then 32-bit words.
    words: [u32; 8],
}

/// `a`, then `b`.
const IN_TURN: Order = Order { bytes: twice([0, 1, 2, 3, 4, 5, 6, 7]), words: [0, 1, 4, 5, 2, 3, 6, 7] };
/// `a` and `b` alternating.
const ALTERNATING: Order = Order { bytes: twice([0, 4, 1, 5, 2, 6, 3, 7]), words: [0, 1, 2, 3, 4, 5, 6, 7] };
/// The even samples of `a` and `b`, then the odd ones.
const EVEN_THEN_ODD: Order =
    Order { bytes: twice([0, 2, 4, 6, 1, 3, 5, 7]), words: [0, 4, 1, 5, 2, 6, 3, 7] };

/// The byte order of both halves, given the order of their eight samples.
const fn twice(samples: [u8; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    let mut at = 0;
    while at < 32 {
        bytes[at] = 2 * samples[at % 16 / 2] + (at % 2) as u8;
        at += 1;
    }
    bytes
}

/// Does `job`; to be inlined into a function compiled for AVX2.
#[inline(always)]
pub(super) fn run(avx2: Avx2, job: Job<'_>) {
    match job {
        Job::Frames { src, dst } | Job::Plane { src, dst, .. } => flat(avx2, src, dst),
        Job::Split { src, left, right } => split(avx2, src, left, right),
        Job::Join { left, right, dst } => join(avx2, left, right, dst),
        job @ (Job::Gather { .. } | Job::Scatter { .. }) => again(avx2, job),
    }
}

#[inline(always)]
fn flat(avx2: Avx2, src: &[u8], dst: &mut [u8]) {
    let blocks = (src.len() / FLOATS_BYTES).min(dst.len() / SHORTS_BYTES);
    let (src, src_rest) = src.split_at(blocks * FLOATS_BYTES);
    let (dst, dst_rest) = dst.split_at_mut(blocks * SHORTS_BYTES);
    for (from, to) in whole::<Floats>(src).iter().zip(whole_mut::<Shorts>(dst)) {
        if !block(avx2, *from, &IN_TURN, to) {
            again(avx2, Job::Frames { src: from.as_flattened(), dst: to.as_flattened_mut() });
        }
    }
    again(avx2, Job::Frames { src: src_rest, dst: dst_rest });
}

#[inline(always)]
fn split(avx2: Avx2, src: &[u8], left: &mut [u8], right: &mut [u8]) {
    let planes = left.len().min(right.len());
    let blocks = (src.len() / FLOATS_BYTES).min(planes / HALF_SHORTS_BYTES);
    let (src, src_rest) = src.split_at(blocks * FLOATS_BYTES);
    let (left, left_rest) = left.split_at_mut(blocks * HALF_SHORTS_BYTES);
    let (right, right_rest) = right.split_at_mut(blocks * HALF_SHORTS_BYTES);
    let planes = whole_mut::<[[u8; 16]; 2]>(left).iter_mut().zip(whole_mut::<[[u8; 16]; 2]>(right));
    for (from, (left, right)) in whole::<Floats>(src).iter().zip(planes) {
        let mut both = [[0; 32]; 2];
        if block(avx2, *from, &EVEN_THEN_ODD, &mut both) {
            let [[left_0, right_0], [left_1, right_1]] = bytemuck::must_cast::<_, [[[u8; 16]; 2]; 2]>(both);
            *left = [left_0, left_1];
            *right = [right_0, right_1];
        } else {
            let (left, right) = (left.as_flattened_mut(), right.as_flattened_mut());
            again(avx2, Job::Split { src: from.as_flattened(), left, right });
        }
    }
    again(avx2, Job::Split { src: src_rest, left: left_rest, right: right_rest });
}

#[inline(always)]
fn join(avx2: Avx2, left: &[u8], right: &[u8], dst: &mut [u8]) {
    let planes = left.len().min(right.len());
    let blocks = (planes / HALF_FLOATS_BYTES).min(dst.len() / SHORTS_BYTES);
    let (left, left_rest) = left.split_at(blocks * HALF_FLOATS_BYTES);
    let (right, right_rest) = right.split_at(blocks * HALF_FLOATS_BYTES);
    let (dst, dst_rest) = dst.split_at_mut(blocks * SHORTS_BYTES);
    let planes = whole::<[[u8; 32]; 2]>(left).iter().zip(whole::<[[u8; 32]; 2]>(right));
    for ((left, right), to) in planes.zip(whole_mut::<Shorts>(dst)) {
        if !block(avx2, [left[0], right[0], left[1], right[1]], &ALTERNATING, to) {
            let (left, right) = (left.as_flattened(), right.as_flattened());
            again(avx2, Job::Join { left, right, dst: to.as_flattened_mut() });
        }
    }
    again(avx2, Job::Join { left: left_rest, right: right_rest, dst: dst_rest });
}

/// Converts one block, two vectors into one; false when it holds a sample that has to be done again.
#[inline(always)]
fn block(avx2: Avx2, src: Floats, order: &Order, dst: &mut Shorts) -> bool {
    let [a, b, c, d] = src.map(|samples| avx2.scale_and_round(samples, 32_768.0));
    let least = avx2.min(avx2.min(a, b), avx2.min(c, d));
    *dst = [(a, b), (c, d)].map(|(first, second)| {
        let packed = avx2.shuffle_bytes(avx2.clip_to_s16(first, second), order.bytes);
        avx2.shuffle_words(packed, order.words)
    });
    !avx2.any_is_least(least)
}

/// The safe loop, for what does not fill a block or needs its care.
fn again(avx2: Avx2, job: Job<'_>) {
    avx2.perform(Plain::<F32, S16>(PhantomData), job);
}
