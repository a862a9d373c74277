//! The ring against a naive twin, on one thread and between two.
#![cfg(not(loom))]

use std::{collections::VecDeque, thread};

use proptest::prelude::*;
use vcable_core::ring::{Consumer, Grant, Producer, Ring, RingShape, ShapeError, Storage, View, split};

type LentRing<'a> = Ring<&'a mut [u64]>;

fn shape(planes: usize, stride_bytes: usize, capacity_frames: usize) -> RingShape {
    RingShape::new(planes, stride_bytes, capacity_frames).expect("an acceptable shape")
}

/// One frame: the bytes of each plane.
type Frame = Vec<Vec<u8>>;

/// Fills the first of the granted frames and sends them.
fn put<S: Storage>(mut grant: Grant<'_, S>, frames: &[Frame], stride_bytes: usize) {
    for plane in 0..frames.first().map_or(0, Vec::len) {
        let (head, tail) = grant.plane_mut(plane);
        let slots = head.chunks_exact_mut(stride_bytes).chain(tail.chunks_exact_mut(stride_bytes));
        for (slot, frame) in slots.zip(frames) {
            slot.copy_from_slice(&frame[plane]);
        }
    }
    grant.commit(frames.len());
}

/// All frames in view.
fn get<S: Storage>(view: &View<'_, S>, planes: usize, stride_bytes: usize) -> Vec<Frame> {
    let mut frames = vec![Frame::new(); view.frames()];
    for plane in 0..planes {
        let (head, tail) = view.plane(plane);
        let bytes: Vec<u8> = [head, tail].concat();
        assert_eq!(bytes.len(), view.frames() * stride_bytes);
        for (frame, bytes) in frames.iter_mut().zip(bytes.chunks_exact(stride_bytes)) {
            frame.push(bytes.to_vec());
        }
    }
    frames
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Ask for so many frames and send so many.
    Write {
        ask: usize,
        commit: usize,
    },
    /// Look at so many frames and take so many.
    Read {
        ask: usize,
        commit: usize,
    },
    Skip(usize),
    /// Ask for both regions and let go of them.
    Look(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..40_usize, 0..48_usize).prop_map(|(ask, commit)| Step::Write { ask, commit }),
        (0..40_usize, 0..48_usize).prop_map(|(ask, commit)| Step::Read { ask, commit }),
        (0..20_usize).prop_map(Step::Skip),
        (0..40_usize).prop_map(Step::Look),
    ];
    prop::collection::vec(step, 0..200)
}

/// The ring and its twin side by side.
struct Pair<'a> {
    producer: Producer<&'a LentRing<'a>>,
    consumer: Consumer<&'a LentRing<'a>>,
    shape: RingShape,
    twin: VecDeque<Frame>,
    /// Bytes made so far: no two frames in flight are alike.
    made: u8,
    written: u64,
    read: u64,
}

impl Pair<'_> {
    fn step(&mut self, step: Step) {
        let (planes, stride) = (self.shape.planes(), self.shape.stride_bytes());
        let room = self.shape.capacity_frames() - self.twin.len();
        match step {
            Step::Write { ask, commit } => {
                let grant = self.producer.grant(ask);
                assert_eq!(grant.frames(), ask.min(room));
                let sent: Vec<Frame> = (0..commit.min(grant.frames())).map(|_| self.frame()).collect();
                put(self.producer.grant(ask), &sent, stride);
                self.written += sent.len() as u64;
                self.twin.extend(sent);
            }
            Step::Read { ask, commit } => {
                let view = self.consumer.view(ask);
                let expected: Vec<Frame> = self.twin.iter().take(ask).cloned().collect();
                assert_eq!(get(&view, planes, stride), expected);
                view.commit(commit);
                self.taken(commit.min(expected.len()));
            }
            Step::Skip(frames) => {
                let skipped = self.consumer.skip(frames);
                assert_eq!(skipped, frames.min(self.twin.len()));
                self.taken(skipped);
            }
            Step::Look(frames) => {
                assert_eq!(self.producer.grant(frames).plane_mut(planes), (&mut [][..], &mut [][..]));
                assert_eq!(self.consumer.view(frames).plane(planes), (&[][..], &[][..]));
            }
        }
    }

    fn frame(&mut self) -> Frame {
        let mut byte = || {
            self.made = self.made.wrapping_add(1);
            self.made
        };
        (0..self.shape.planes()).map(|_| (0..self.shape.stride_bytes()).map(|_| byte()).collect()).collect()
    }

    fn taken(&mut self, frames: usize) {
        self.twin.drain(..frames);
        self.read += frames as u64;
    }

    fn check(&mut self, ring: &LentRing<'_>) {
        let (fill, free) = (self.twin.len(), self.shape.capacity_frames() - self.twin.len());
        assert_eq!((self.producer.fill_frames(), self.producer.free_frames()), (fill, free));
        assert_eq!((self.consumer.fill_frames(), self.consumer.free_frames()), (fill, free));
        assert_eq!((self.producer.written_frames(), self.consumer.read_frames()), (self.written, self.read));
        assert_eq!((ring.written_frames(), ring.read_frames()), (self.written, self.read));
    }
}

proptest! {
    #[test]
    fn the_twin_agrees(planes in 1..4_usize, stride in 1..10_usize, log2 in 0..6_u32, steps in steps()) {
        let shape = shape(planes, stride, 1 << log2);
        // One cell more than needed: it must stay as it is.
        let mut storage = vec![0x5a5a_5a5a_5a5a_5a5a; shape.storage_words() + 1];
        {
            let ring = Ring::new(&mut storage[..], shape)?;
            let (producer, consumer) = split(&ring).expect("a new ring");
            let mut pair = Pair { producer, consumer, shape, twin: VecDeque::new(), made: 0, written: 0, read: 0 };
            for step in steps {
                pair.step(step);
                pair.check(&ring);
            }
        }
        prop_assert_eq!(storage.last(), Some(&0x5a5a_5a5a_5a5a_5a5a));
    }

    /// Whatever measures are asked for: a shape is made exactly when all are in range, and it holds its planes.
    #[test]
    fn shapes_are_checked(planes in 0..70_usize, stride in 0..300_usize, capacity in prop_oneof![0..70_usize, (0..64_u32).prop_map(|n| 1 << n)]) {
        let acceptable = (1..=64).contains(&planes) && (1..=256).contains(&stride)
            && capacity.is_power_of_two() && capacity <= 1 << 20;
        match RingShape::new(planes, stride, capacity) {
            Ok(shape) => {
                prop_assert!(acceptable);
                prop_assert!(shape.storage_bytes() >= planes * stride * capacity);
                prop_assert_eq!(shape.storage_bytes(), 8 * shape.storage_words());
            }
            Err(error) => {
                prop_assert!(!acceptable);
                prop_assert!(error.to_string().contains("not"), "{}", error);
            }
        }
    }
}

#[test]
fn a_ring_splits_once() {
    let mut storage = [0; 8];
    let ring = Ring::new(&mut storage[..], shape(1, 8, 8)).expect("enough storage");
    assert!(split(&ring).is_some());
    // Also when the ends are gone: their positions went with them.
    assert!(split(&ring).is_none());
}

#[test]
fn too_little_storage_is_refused() {
    let mut storage = [0; 7];
    let error = Ring::new(&mut storage[..], shape(1, 8, 8)).err();
    assert_eq!(error, Some(ShapeError::Storage { words: 7, needed_words: 8 }));
    assert_eq!(
        error.map(|error| error.to_string()).as_deref(),
        Some("storage of 7 64-bit cells is less than the 8 that are needed")
    );
}

/// Each plane starts on a cell even when a plane's bytes do not fill whole cells.
#[test]
fn planes_start_aligned() {
    let mut storage = [0; 6];
    let ring = Ring::new(&mut storage[..], shape(3, 3, 4)).expect("two cells per plane");
    let (mut producer, _consumer) = split(&ring).expect("a new ring");
    let mut grant = producer.grant(4);
    for plane in 0..3 {
        assert_eq!(grant.plane_mut(plane).0.as_ptr().align_offset(align_of::<u64>()), 0);
    }
}

/// Two real threads, each at its own pace: every frame arrives, in order, whole.
fn cross_threads<R>(handle: R, frames: u64)
where
    R: vcable_core::ring::Shared + Send,
    R::Target: vcable_core::ring::HasRing,
{
    let (mut producer, mut consumer) = split(handle).expect("a new ring");
    thread::scope(|scope| {
        scope.spawn(move || {
            while producer.written_frames() < frames {
                let at = producer.written_frames();
                let mut grant = producer.grant(usize::try_from(frames - at).map_or(7, |left| left.min(7)));
                let granted = grant.frames();
                for plane in 0..2 {
                    let (head, tail) = grant.plane_mut(plane);
                    let slots = head.chunks_exact_mut(8).chain(tail.chunks_exact_mut(8));
                    slots
                        .zip(at..)
                        .for_each(|(slot, position)| slot.copy_from_slice(&position.to_ne_bytes()));
                }
                grant.commit(granted);
                thread::yield_now();
            }
        });
        // Counted, not asserted at once: a reader that gave up would leave the other thread waiting for room.
        let mut wrong_frames = 0;
        while consumer.read_frames() < frames {
            let at = consumer.read_frames();
            let view = consumer.view(5);
            for plane in 0..2 {
                let (head, tail) = view.plane(plane);
                let slots = head.chunks_exact(8).chain(tail.chunks_exact(8));
                wrong_frames +=
                    slots.zip(at..).filter(|(slot, position)| *slot != position.to_ne_bytes()).count();
            }
            view.commit(5);
            thread::yield_now();
        }
        assert_eq!(wrong_frames, 0);
    });
}

#[test]
fn frames_cross_between_threads() {
    let shape = shape(2, 8, 16);
    let mut storage = vec![0; shape.storage_words()];
    let ring = Ring::new(&mut storage[..], shape).expect("enough storage");
    cross_threads(&ring, 200_000);
}

/// A ring that owns its memory, held by its ends alone.
#[cfg(feature = "alloc")]
#[test]
fn an_owned_ring_lives_as_long_as_its_ends() {
    let shape = shape(2, 8, 16);
    let storage = vec![0; shape.storage_words()].into_boxed_slice();
    let ring = std::sync::Arc::new(Ring::new(storage, shape).expect("enough storage"));
    let alive = std::sync::Arc::downgrade(&ring);
    cross_threads(ring, 20_000);
    assert!(alive.upgrade().is_none());
}
