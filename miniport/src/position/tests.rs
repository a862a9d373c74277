use super::{Clock, Position};
use proptest::prelude::*;

const RATES_HZ: [u32; 6] = crate::format::RATES_HZ;

fn frequency() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(10_000_000),
        Just(3_579_545),
        Just(24_000_000),
        Just(3_000_000_000),
        1_000_000..4_000_000_000_u64
    ]
}

proptest! {
    /// The 64-bit arithmetic is that of 128 bits, also a thousand years from now.
    #[test]
    fn frames_are_exact(
        frequency in frequency(),
        seconds in 0..31_000_000_000_u64,
        rest in any::<u64>(),
        rate in proptest::sample::select(&RATES_HZ[..]),
    ) {
        let counter = seconds.saturating_mul(frequency).saturating_add(rest % frequency);
        let exact = u128::from(counter) * u128::from(rate) / u128::from(frequency);
        prop_assert_eq!(u128::from(Clock::new(frequency).frames(counter, rate)), exact);
    }

    /// A frame's place in time is the first instant that has it.
    #[test]
    fn counter_is_the_inverse(
        frequency in frequency(),
        frames in 0..1_u64 << 42,
        rate in proptest::sample::select(&RATES_HZ[..]),
    ) {
        let clock = Clock::new(frequency);
        let counter = clock.counter(frames, rate);
        prop_assert_eq!(clock.frames(counter, rate), frames);
        prop_assert!(counter == 0 || clock.frames(counter - 1, rate) < frames);
    }

    /// Never more frames in a span than it was made for, and at most one fewer.
    #[test]
    fn a_span_holds_its_frames(
        frequency in frequency(),
        start in 0..1_u64 << 60,
        frames in 0..1_000_000_u64,
        rate in proptest::sample::select(&RATES_HZ[..]),
    ) {
        let clock = Clock::new(frequency);
        let end = start + clock.span(frames, rate);
        let moved = clock.frames(end, rate) - clock.frames(start, rate);
        prop_assert!(moved <= frames && moved + 1 >= frames);
    }

    /// Thirty days of ticks at any times: no place moves back, and none is more than a frame from the truth.
    #[test]
    fn a_month_adds_no_error(
        start in 0..1_u64 << 50,
        steps in proptest::collection::vec(0..600_000_u64, 1..200),
        rate in proptest::sample::select(&RATES_HZ[..]),
    ) {
        let clock = Clock::new(10_000_000);
        let mut position = Position::default();
        position.run(clock.frames(start, rate));
        let mut at = start;
        let mut last = 0;
        for step_ms in steps {
            at += step_ms * 10_007;
            let frames = position.frames(clock.frames(at, rate));
            let exact = u128::from(at - start) * u128::from(rate) / 10_000_000;
            prop_assert!(u128::from(frames).abs_diff(exact) <= 1);
            prop_assert!(frames >= last);
            last = frames;
        }
    }
}

#[test]
fn pause_freezes_run_resumes_stop_clears() {
    let mut position = Position::default();
    assert_eq!(position.frames(1000), 0);
    position.run(1000);
    assert_eq!(position.frames(1480), 480);
    assert_eq!(position.scale_of(100), 1100);
    position.pause(1480);
    assert_eq!(position.frames(9999), 480);
    assert_eq!(position.scale_of(100), 1100);
    position.pause(9999);
    assert_eq!(position.frames(9999), 480);
    position.run(10_000);
    assert_eq!(position.frames(10_001), 481);
    assert_eq!(position.scale_of(490), 10_010);
    // A second RUN changes nothing.
    position.run(10_010);
    assert_eq!(position.frames(10_011), 491);
    position.stop();
    assert_eq!(position.frames(20_000), 0);
}

#[test]
fn impossible_frequencies_are_bounded() {
    assert_eq!(Clock::new(0).frames(5, 48_000), 240_000);
    assert_eq!(Clock::new(u64::MAX).frames(1 << 40, 48_000), 48_000);
}
