//! A model of the published clock: every interleaving and every reordering the memory model allows.

use loom::sync::Arc;
use loom::thread;
use vcable_core::clock::{PublishedClock, Tick};

/// A tick whose every word tells its number.
fn tick(number: u32) -> Tick {
    Tick {
        frames: u64::from(number),
        time_ns: u64::from(number) * 10,
        ns_per_frame: f64::from(number) * 100.0,
        uncertainty_ppm: number as f32,
        quantum_frames: number,
    }
}

#[test]
fn a_reader_never_sees_words_of_two_ticks() {
    loom::model(|| {
        let clock = Arc::new(PublishedClock::new());
        clock.publish(tick(1));
        // The reader is the new thread: loom would not show the thread that wrote the first tick its stale
        // words again.
        let reader = {
            let clock = Arc::clone(&clock);
            thread::spawn(move || {
                if let Some(seen) = clock.read() {
                    assert_eq!(seen, tick(seen.quantum_frames), "words of two ticks");
                }
            })
        };
        clock.publish(tick(2));
        reader.join().expect("the reader sees whole ticks");
        assert_eq!(clock.read(), Some(tick(2)));
    });
}

#[test]
fn time_never_goes_back() {
    let mut model = loom::model::Builder::new();
    // All interleavings of two reads would take hours; with three preemptions a reader can still be caught
    // within the writer's section and the writer within the reader's.
    model.preemption_bound = Some(3);
    model.check(|| {
        let clock = Arc::new(PublishedClock::new());
        let writer = {
            let clock = Arc::clone(&clock);
            thread::spawn(move || {
                clock.publish(tick(1));
                clock.publish(tick(2));
            })
        };
        let seen = [clock.read(), clock.read()].map(|tick| tick.map_or(0, |tick| tick.quantum_frames));
        assert!(seen[0] <= seen[1] || seen[1] == 0, "{seen:?}");
        writer.join().expect("the writer does not panic");
    });
}
