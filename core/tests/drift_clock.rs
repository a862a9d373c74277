//! The timestamp filter and the published clock, by themselves.
#![cfg(not(loom))]

use proptest::prelude::*;
use vcable_core::clock::{ClockFilter, PublishedClock, Reading, Tick};
use vcable_core::drift::{Cycle, Drift, DriftSettings};

/// Feeds `cycles` perfect wake-ups of a stream `ppm` fast, from `start_ns` on; returns the filter and the time
/// of the last wake-up.
fn feed(filter: &mut ClockFilter, start_ns: u64, ppm: f64, frames: u32, cycles: u32) -> u64 {
    let cycle_ns = f64::from(frames) * 1.0e9 / (48_000.0 * (1.0 + ppm * 1.0e-6));
    let mut now_ns = start_ns;
    for cycle in 0..cycles {
        now_ns = start_ns.wrapping_add((f64::from(cycle) * cycle_ns) as u64);
        filter.update(now_ns, frames);
    }
    now_ns
}

proptest! {
    /// Whatever the epoch, even across the end of the counter, time is exact to nanoseconds and the rate to a
    /// thousandth of a ppm: an `f64` of today's date could only tell 256 ns apart.
    #[test]
    fn precision_does_not_depend_on_the_epoch(start_ns: u64, ppm in -5000.0..5000.0, frames in 16_u32..2048) {
        let mut filter = ClockFilter::new(48_000, frames);
        let now_ns = feed(&mut filter, start_ns, ppm, frames, 20_000);
        let tick = filter.tick(0).expect("perfect wake-ups are never held");
        let late_ns = now_ns.wrapping_sub(tick.time_ns) as i64;
        prop_assert!(late_ns.abs() <= 2, "{late_ns} ns");
        prop_assert!((filter.rate_ppm() - ppm).abs() < 1.0e-3, "{} against {ppm}", filter.rate_ppm());
        prop_assert_eq!(filter.jumps(), 0);
    }

    /// Any wake-ups at all: no panic, and what is reported stays usable.
    #[test]
    fn any_wake_ups_leave_a_usable_clock(
        rate_hz: u32,
        quantum_frames: u32,
        wakes in prop::collection::vec((any::<u64>(), any::<u32>(), 0_u8..8), 1..200),
    ) {
        let mut filter = ClockFilter::new(rate_hz, quantum_frames);
        for (now_ns, frames, what) in wakes {
            match what {
                0 => filter.rephase(),
                1 => filter.configure(rate_hz, frames),
                2 => filter.configure(frames, quantum_frames),
                _ => {
                    filter.update(now_ns, frames);
                }
            }
            prop_assert!(filter.rate_ppm().is_finite() && filter.jitter_ns().is_finite());
            if let Some(tick) = filter.tick(7) {
                prop_assert!(tick.ns_per_frame.is_finite() && tick.ns_per_frame > 0.0);
                prop_assert!(tick.uncertainty_ppm >= 0.0);
                prop_assert_eq!(tick.frames, 7);
            }
        }
    }

    /// Any cycles at all: no panic, and the ratio within its limit.
    #[test]
    fn any_cycles_leave_the_ratio_within_its_limit(
        writer_rate_hz in 1_u32..400_000,
        reader_rate_hz in 1_u32..400_000,
        target_frames: u32,
        margin_frames: u32,
        limit_ppm in 0_u32..30_000,
        cycles in prop::collection::vec((any_tick(), any_tick(), any::<(u64, f64, u32, u32)>()), 1..100),
    ) {
        let settings = DriftSettings { writer_rate_hz, reader_rate_hz, target_frames, margin_frames, limit_ppm };
        let mut drift = Drift::new(settings);
        let nominal = f64::from(writer_rate_hz) / f64::from(reader_rate_hz);
        for (writer, reader, (read_frames, read_offset_frames, short_frames, quantum_frames)) in cycles {
            let steering = drift.step(&Cycle {
                writer, reader, read_frames, read_offset_frames, short_frames, quantum_frames,
            });
            let deviation = (steering.ratio / nominal - 1.0).abs();
            prop_assert!(deviation <= f64::from(limit_ppm.min(20_000)) * 1.0e-6 + 1.0e-9, "{deviation}");
        }
    }

    /// What is published is read, bit for bit.
    #[test]
    fn a_tick_survives_publishing(frames: u64, time_ns: u64, ns_per_frame in 1.0..1.0e6, ppm in 0.0_f32..1.0e4,
        quantum_frames: u32)
    {
        let clock = PublishedClock::new();
        prop_assert_eq!(clock.read(), None);
        let tick = Tick { frames, time_ns, ns_per_frame, uncertainty_ppm: ppm, quantum_frames };
        clock.publish(tick);
        prop_assert_eq!(clock.read(), Some(tick));
    }
}

/// Ticks near enough to real ones to get past the first checks, and some that are not.
fn any_tick() -> impl Strategy<Value = Option<Tick>> {
    let length = prop_oneof![1.0e3..1.0e6, any::<f64>(), Just(1.0e9 / 48_000.0)];
    let tick = (any::<u64>(), any::<u64>(), length, any::<f32>(), any::<u32>()).prop_map(
        |(frames, time_ns, ns_per_frame, uncertainty_ppm, quantum_frames)| Tick {
            frames,
            time_ns,
            ns_per_frame,
            uncertainty_ppm,
            quantum_frames,
        },
    );
    prop::option::of(tick)
}

#[test]
fn a_single_freak_is_held_and_changes_nothing() {
    let mut filter = ClockFilter::new(48_000, 256);
    let now_ns = feed(&mut filter, 1 << 60, 0.0, 256, 1000);
    let before = filter.tick(0).expect("locked");
    assert_eq!(filter.update(now_ns + 5_333_333 + 3_000_000, 256), Reading::Held);
    assert_eq!(filter.tick(0), None);
    assert_eq!(filter.update(now_ns + 2 * 5_333_333, 256), Reading::Steady);
    let after = filter.tick(0).expect("steady again");
    assert!((after.ns_per_frame / before.ns_per_frame - 1.0).abs() < 1.0e-8);
}

#[test]
fn a_jump_keeps_the_rate() {
    let mut filter = ClockFilter::new(48_000, 256);
    let now_ns = feed(&mut filter, 1 << 60, 300.0, 256, 5000);
    let cycle_ns = (256.0e9 / 48_000.0 / 1.0003) as u64;
    let readings = [1, 2, 3, 4].map(|cycle| filter.update(now_ns + 500_000_000 + cycle * cycle_ns, 256));
    assert_eq!(readings, [Reading::Held, Reading::Held, Reading::Jumped, Reading::Steady]);
    assert_eq!(filter.jumps(), 1);
    assert!((filter.rate_ppm() - 300.0).abs() < 0.1, "{}", filter.rate_ppm());
}

#[test]
fn a_new_quantum_keeps_the_rate_and_a_new_rate_does_not() {
    let mut filter = ClockFilter::new(48_000, 256);
    feed(&mut filter, 1 << 60, 300.0, 256, 5000);
    filter.configure(48_000, 512);
    assert_eq!(filter.tick(0), None);
    assert!((filter.rate_ppm() - 300.0).abs() < 0.1);
    filter.configure(44_100, 512);
    assert!(filter.rate_ppm().abs() < 0.1);
}

#[test]
fn rates_that_change_start_the_loop_over() {
    let settings = DriftSettings {
        writer_rate_hz: 48_000,
        reader_rate_hz: 48_000,
        target_frames: 560,
        margin_frames: 48,
        limit_ppm: 10_000,
    };
    let mut drift = Drift::new(settings);
    drift.configure(DriftSettings { writer_rate_hz: 44_100, ..settings });
    // The slot still holds the old clock: it must not be taken for the new one.
    let tick = Tick {
        frames: 256,
        time_ns: 1 << 60,
        ns_per_frame: 1.0e9 / 48_000.0,
        uncertainty_ppm: 1.0,
        quantum_frames: 256,
    };
    let steering = drift.step(&Cycle {
        writer: Some(tick),
        reader: Some(tick),
        read_frames: 0,
        read_offset_frames: 0.0,
        short_frames: 0,
        quantum_frames: 256,
    });
    assert_eq!(steering.skip_frames, 0);
    assert!((steering.ratio - 44_100.0 / 48_000.0).abs() < 1.0e-12);
}
