//! The ring under the model checker: every interleaving of a producer and a consumer, and every value a relaxed
//! load may return, within the bounds below.

use loom::thread;
use vcable_core::ring::{Consumer, Producer, Ring, RingShape, split};

/// Frames sent through the ring: enough to wrap it and to wait for room at least once.
const FRAMES: u64 = 3;
/// Capacity in frames; smaller than `FRAMES`, so that slots are used again.
const CAPACITY: usize = 2;
/// How often an end tries before it gives up; bounds the model.
const TRIES: usize = 3;

type LeakedRing = &'static Ring<&'static mut [u64]>;

/// Each run of the model makes a ring of its own; leaking it keeps the handle a plain reference.
fn ring() -> LeakedRing {
    let shape = RingShape::new(1, 8, CAPACITY).expect("one plane of 8-byte frames");
    let storage = vec![0_u64; shape.storage_words()].leak();
    Box::leak(Box::new(Ring::new(storage, shape).expect("storage of the shape's size")))
}

/// Sends frames that hold their own position, one or two at a time.
fn produce(producer: &mut Producer<LeakedRing>, step: usize) {
    for _ in 0..TRIES {
        let at = producer.written_frames();
        let wanted = usize::try_from(FRAMES - at).expect("a small number").min(step);
        let mut grant = producer.grant(wanted);
        let granted = grant.frames();
        let (head, tail) = grant.plane_mut(0);
        let frames = head.chunks_exact_mut(8).chain(tail.chunks_exact_mut(8));
        for (frame, position) in frames.zip(at..) {
            frame.copy_from_slice(&position.to_ne_bytes());
        }
        grant.commit(granted);
        if producer.written_frames() == FRAMES {
            return;
        }
        thread::yield_now();
    }
}

/// Takes frames and checks that each holds its own position.
fn consume(consumer: &mut Consumer<LeakedRing>) {
    for _ in 0..TRIES {
        let at = consumer.read_frames();
        let view = consumer.view(CAPACITY);
        let (head, tail) = view.plane(0);
        for (frame, position) in head.chunks_exact(8).chain(tail.chunks_exact(8)).zip(at..) {
            assert_eq!(frame, position.to_ne_bytes());
        }
        let frames = view.frames();
        view.commit(frames);
        if consumer.read_frames() == FRAMES {
            return;
        }
        thread::yield_now();
    }
}

/// Whole frames cross in order, whichever thread is ahead, also over the wrap.
#[test]
fn frames_cross_intact() {
    for step in [1, 2] {
        loom::model(move || {
            let (mut producer, mut consumer) = split(ring()).expect("a new ring");
            let writing = thread::spawn(move || produce(&mut producer, step));
            consume(&mut consumer);
            writing.join().expect("the producer's thread");
        });
    }
}

/// A skip gives frames back to the producer like a read does.
#[test]
fn skipped_frames_can_be_written_again() {
    loom::model(|| {
        let (mut producer, mut consumer) = split(ring()).expect("a new ring");
        let writing = thread::spawn(move || produce(&mut producer, 2));
        consumer.skip(1);
        consume(&mut consumer);
        writing.join().expect("the producer's thread");
    });
}

/// Of two threads that split one ring at once, exactly one gets the ends.
#[test]
fn only_one_thread_splits() {
    loom::model(|| {
        let ring = ring();
        let other = thread::spawn(move || split(ring).is_some());
        let here = split(ring).is_some();
        assert!(other.join().expect("the other thread") != here);
    });
}
