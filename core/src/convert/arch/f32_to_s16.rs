//! F32 to S16 by hand: the conversion every 16-bit application pays for in each cycle.
//!
//! The compiler's loop takes three to eight times as long as a copy, as it minds NaN, infinities and clipping sample by
//! sample. Here saturating instructions clip, and whatever they get wrong (NaN, infinities, and samples from 65536
//! times full scale up) rounds to `i32::MIN`. So one comparison per block finds it, and the safe loop does that block
//! again.

use core::marker::PhantomData;

use bytemuck::{Pod, Zeroable};

use crate::convert::f32::F32;
use crate::convert::kernel::{Job, Plain, whole, whole_mut};
use crate::convert::s16::S16;

/// Where the samples of two vectors go when they are packed into one.
#[derive(Clone, Copy)]
pub(super) enum Order {
    /// Those of the first, then those of the second.
    InTurn,
    /// From the first and the second in turn.
    Alternating,
    /// The even ones of both, then the odd ones.
    EvenThenOdd,
}

/// The vectors of an instruction set.
pub(super) trait Vectors: Copy {
    /// A vector in memory.
    type Vector: Pod;
    /// Half of one.
    type Half: Pod;

    /// Converts four vectors of F32 samples to two of S16 samples, two into one; false when there is a sample that
    /// has to be done again.
    fn block(self, src: [Self::Vector; 4], order: Order, dst: &mut [Self::Vector; 2]) -> bool;

    /// Does `job` with the safe loop.
    fn perform_plain(self, map: Plain<F32, S16>, job: Job<'_>);
}

/// Does `job`; to be inlined into a function compiled for the instruction set of `V`.
#[inline(always)]
pub(super) fn run<V: Vectors>(vectors: V, job: Job<'_>) {
    match job {
        Job::Frames { src, dst } | Job::Plane { src, dst, .. } => flat(vectors, src, dst),
        Job::Split { src, left, right } => split(vectors, src, left, right),
        Job::Join { left, right, dst } => join(vectors, left, right, dst),
        job @ (Job::Gather { .. } | Job::Scatter { .. }) => again(vectors, job),
    }
}

#[inline(always)]
fn flat<V: Vectors>(vectors: V, src: &[u8], dst: &mut [u8]) {
    let blocks = (src.len() / size_of::<[V::Vector; 4]>()).min(dst.len() / size_of::<[V::Vector; 2]>());
    let (src, src_rest) = cut(src, blocks * size_of::<[V::Vector; 4]>());
    let (dst, dst_rest) = cut_mut(dst, blocks * size_of::<[V::Vector; 2]>());
    for (from, to) in whole::<[V::Vector; 4]>(src).iter().zip(whole_mut::<[V::Vector; 2]>(dst)) {
        if !vectors.block(*from, Order::InTurn, to) {
            again(vectors, Job::Frames { src: bytemuck::bytes_of(from), dst: bytemuck::bytes_of_mut(to) });
        }
    }
    rest(vectors, src_rest, Job::Frames { src: src_rest, dst: dst_rest });
}

#[inline(always)]
fn split<V: Vectors>(vectors: V, src: &[u8], left: &mut [u8], right: &mut [u8]) {
    let planes = left.len().min(right.len());
    let blocks = (src.len() / size_of::<[V::Vector; 4]>()).min(planes / size_of::<V::Vector>());
    let (src, src_rest) = cut(src, blocks * size_of::<[V::Vector; 4]>());
    let (left, left_rest) = cut_mut(left, blocks * size_of::<V::Vector>());
    let (right, right_rest) = cut_mut(right, blocks * size_of::<V::Vector>());
    let planes = whole_mut::<[V::Half; 2]>(left).iter_mut().zip(whole_mut::<[V::Half; 2]>(right));
    for (from, (left, right)) in whole::<[V::Vector; 4]>(src).iter().zip(planes) {
        let mut both = [V::Vector::zeroed(); 2];
        if vectors.block(*from, Order::EvenThenOdd, &mut both) {
            let [[left_0, right_0], [left_1, right_1]] = bytemuck::must_cast::<_, [[V::Half; 2]; 2]>(both);
            *left = [left_0, left_1];
            *right = [right_0, right_1];
        } else {
            let (left, right) = (bytemuck::bytes_of_mut(left), bytemuck::bytes_of_mut(right));
            again(vectors, Job::Split { src: bytemuck::bytes_of(from), left, right });
        }
    }
    rest(vectors, src_rest, Job::Split { src: src_rest, left: left_rest, right: right_rest });
}

#[inline(always)]
fn join<V: Vectors>(vectors: V, left: &[u8], right: &[u8], dst: &mut [u8]) {
    let planes = left.len().min(right.len());
    let blocks = (planes / size_of::<[V::Vector; 2]>()).min(dst.len() / size_of::<[V::Vector; 2]>());
    let (left, left_rest) = cut(left, blocks * size_of::<[V::Vector; 2]>());
    let (right, right_rest) = cut(right, blocks * size_of::<[V::Vector; 2]>());
    let (dst, dst_rest) = cut_mut(dst, blocks * size_of::<[V::Vector; 2]>());
    let planes = whole::<[V::Vector; 2]>(left).iter().zip(whole::<[V::Vector; 2]>(right));
    for ((left, right), to) in planes.zip(whole_mut::<[V::Vector; 2]>(dst)) {
        if !vectors.block([left[0], right[0], left[1], right[1]], Order::Alternating, to) {
            let (left, right) = (bytemuck::bytes_of(left), bytemuck::bytes_of(right));
            again(vectors, Job::Join { left, right, dst: bytemuck::bytes_of_mut(to) });
        }
    }
    rest(vectors, left_rest, Job::Join { left: left_rest, right: right_rest, dst: dst_rest });
}

/// The first `length` bytes, which are there, and the rest. (No panic is left in the code this way.)
#[inline(always)]
fn cut(bytes: &[u8], length: usize) -> (&[u8], &[u8]) {
    bytes.split_at_checked(length).unwrap_or_default()
}

/// As [`cut`].
#[inline(always)]
fn cut_mut(bytes: &mut [u8], length: usize) -> (&mut [u8], &mut [u8]) {
    bytes.split_at_mut_checked(length).unwrap_or_default()
}

/// The safe loop, for what does not fill a block: nothing at the usual quanta, and then not worth a call.
#[inline(always)]
fn rest<V: Vectors>(vectors: V, left_over: &[u8], job: Job<'_>) {
    if !left_over.is_empty() {
        again(vectors, job);
    }
}

/// The safe loop, for what needs its care.
#[cold]
fn again<V: Vectors>(vectors: V, job: Job<'_>) {
    vectors.perform_plain(Plain(PhantomData), job);
}
