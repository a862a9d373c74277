//! Stalls, losses, jumps and changes, each in a run that was locked before.

use super::loops::RealLoop;
use super::recovery::Recovery;
use super::simulator::{End, Fault, Scenario, Side};

const SEEDS: u64 = 6;
const SIDES: [Side; 2] = [Side::Writer, Side::Reader];

/// Strikes a locked run, and hands each seed's recovery to `judge`.
fn strike(quantum_frames: u32, side: Side, fault: Fault, judge: impl Fn(&Recovery)) {
    for seed in 0..SEEDS {
        let mut scenario = Scenario::new(seed, quantum_frames, 100.0, 45.0);
        scenario.faults.push((30.0, side, fault));
        let recovery = Recovery::of(&scenario, &mut RealLoop::new(&scenario));
        println!("{side:?} {fault:?}, quantum {quantum_frames}, seed {seed}: {recovery:?}");
        judge(&recovery);
    }
}

#[test]
fn a_stall_of_100_ms_is_one_event_and_over_in_three_seconds() {
    for quantum_frames in [64, 256, 1024] {
        for side in SIDES {
            for fault in [Fault::Lost(0.1), Fault::Late(0.1)] {
                strike(quantum_frames, side, fault, |recovery| {
                    assert!(recovery.whole_s <= 3.0);
                    assert!(recovery.locked_s <= 3.0);
                    assert_eq!(recovery.outcome.events, 1);
                    assert!(recovery.outcome.underruns <= 1, "muted until the ends meet again");
                    assert!(recovery.skips <= 1);
                });
            }
        }
    }
}

#[test]
fn a_missed_cycle_is_at_most_one_event() {
    for quantum_frames in [64, 256, 1024] {
        let cycle_s = f64::from(quantum_frames) / 48_000.0;
        for side in SIDES {
            strike(quantum_frames, side, Fault::Lost(cycle_s), |recovery| {
                assert!(recovery.whole_s <= 3.0);
                assert!(recovery.outcome.events <= 1);
                assert!(recovery.skips <= 1);
            });
        }
    }
}

#[test]
fn a_stop_of_two_seconds_is_one_event() {
    for side in SIDES {
        strike(256, side, Fault::Lost(2.0), |recovery| {
            assert!(recovery.whole_s <= 5.0, "two of them the stop itself");
            assert_eq!(recovery.outcome.events, 1);
        });
    }
}

#[test]
fn a_jump_of_the_time_stamps_is_not_heard() {
    for quantum_frames in [64, 256, 1024] {
        for side in SIDES {
            for jump_s in [0.05, -0.05, 1.0, -1.0, 86_400.0, -86_400.0] {
                strike(quantum_frames, side, Fault::ClockJump(jump_s), |recovery| {
                    assert_eq!((recovery.silent_cycles, recovery.skips), (0, 0));
                    assert_eq!((recovery.outcome.underruns, recovery.outcome.overruns), (0, 0));
                    assert_eq!(recovery.outcome.events, 1);
                    assert!(recovery.pitch_peak_ppm <= 100.0);
                    assert!(recovery.locked_s <= 3.0);
                });
            }
        }
    }
}

/// A jump shorter than a cycle looks like lost frames, and only a ring that runs dry can tell: the loop must
/// learn from that.
#[test]
fn a_short_jump_of_the_time_stamps_is_learnt() {
    for side in SIDES {
        for jump_s in [0.001, -0.001, 0.004, -0.004] {
            strike(256, side, Fault::ClockJump(jump_s), |recovery| {
                assert!(recovery.outcome.underruns <= 30);
                assert!(recovery.outcome.events <= 10);
            });
        }
    }
}

#[test]
fn a_step_of_the_rate_costs_no_sound() {
    for quantum_frames in [64, 256] {
        for side in SIDES {
            for step_ppm in [20.0, -200.0] {
                strike(quantum_frames, side, Fault::RateStep(step_ppm), |recovery| {
                    assert!(recovery.whole_s <= 6.0);
                    assert_eq!((recovery.silent_cycles, recovery.skips), (0, 0));
                    assert_eq!(recovery.outcome.events, 0);
                });
            }
        }
    }
}

#[test]
fn a_change_of_quantum_is_one_skip() {
    for side in SIDES {
        for frames in [64, 128, 512, 1024] {
            strike(256, side, Fault::Quantum(frames), |recovery| {
                assert!(recovery.whole_s <= 3.0);
                assert!(recovery.skips <= 1);
                assert_eq!(recovery.outcome.events, 0);
                assert_eq!(recovery.outcome.overruns, 0);
            });
        }
    }
}

/// A driver that keeps losing cycles: every loss may be an event, none may upset the rate.
#[test]
fn lost_cycles_do_not_upset_the_rate() {
    for seed in 0..SEEDS {
        let mut scenario = Scenario::new(seed, 256, 100.0, 120.0);
        scenario.reader = End { missed: 0.0005, ..scenario.reader };
        scenario.faults.push((30.0, Side::Writer, Fault::RateStep(0.0)));
        let recovery = Recovery::of(&scenario, &mut RealLoop::new(&scenario));
        println!("seed {seed}: {recovery:?}");
        assert!(recovery.skips > 0, "no cycle was lost");
        assert!(recovery.pitch_peak_ppm <= 150.0);
        assert!(recovery.outcome.events <= recovery.skips + 20);
    }
}

/// A clock far beyond the limit: the ratio stops there, and nothing is wound up when the clock comes back.
#[test]
fn a_hopeless_clock_is_limited_and_forgotten() {
    for sign in [1.0, -1.0] {
        for seed in 0..SEEDS {
            let mut scenario = Scenario::new(seed, 256, sign * 18_000.0, 45.0);
            scenario.faults.push((20.0, Side::Writer, Fault::RateStep(sign * -18_000.0)));
            let recovery = Recovery::of(&scenario, &mut RealLoop::new(&scenario));
            println!("seed {seed}: {recovery:?}");
            let (least, most) = recovery.ratio_range;
            assert!(least >= 0.99 - 1.0e-12 && most <= 1.01 + 1.0e-12, "{least} to {most}");
            assert!(recovery.whole_s <= 10.0);
        }
    }
}
