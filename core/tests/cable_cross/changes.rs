//! From one way to another while sound runs: no click, nothing stale, and exact again where the way is.

use vcable_core::cable::{Clocks, CrossingError, FADE_FRAMES, Path};
use vcable_core::drift::LockState;
use vcable_core::resample::{Interpolation, Polyphase, Quality, Resampler, Settings};

use crate::bench::{Backend, Bench, floats, largest_step, resampling, tone, tone_port, with_backend};

/// Not in step with the cycles, so that they end anywhere in a period.
const HZ: f64 = 1017.0;

/// Drivers of one clock: the writer's cycle, then the reader's, `seconds` long.
fn play<R: Resampler>(
    bench: &mut Bench<R>,
    at: &mut (u64, u64),
    rate_hz: (u32, u32),
    seconds: f64,
) -> Vec<f32> {
    let mut heard = Vec::new();
    let cycles = (seconds * 100.0) as u64;
    for _ in 0..cycles {
        let (written, cycle) = *at;
        let (wrote, frames) = (rate_hz.0 as usize / 100, rate_hz.1 as usize / 100);
        let now_ns = 1_000_000_000 + cycle * 10_000_000;
        bench.writer.write_at(&tone_port(1, HZ / f64::from(rate_hz.0), written, wrote), wrote, now_ns);
        heard.extend(bench.read(frames, now_ns + 300_000).0.floats(0));
        *at = (written + wrote as u64, cycle + 1);
    }
    heard
}

#[test]
fn every_change_is_free_of_clicks_and_of_old_sound() {
    use Clocks::{Apart, Chained, Shared};
    for &backend in Backend::ALL {
        for rates in [(48_000, 48_000), (44_100, 48_000), (48_000, 44_100)] {
            for (first, second) in [(Chained, Apart), (Shared, Apart)] {
                let (from, to) = (floats(1, rates.0), floats(1, rates.1));
                let settings = resampling(&from, &to, Interpolation::Sinc);
                let (heard, latencies) = with_backend!(backend, settings, resampler => {
                    let mut bench = Bench::new(&from, &to, first, Some(resampler));
                    let (mut at, mut heard, mut latencies) = ((0, 0), Vec::new(), Vec::new());
                    for (clocks, seconds) in [(first, 0.3), (second, 3.0), (first, 0.3), (second, 0.05), (first, 0.3)] {
                        bench.crossing.set_clocks(clocks).unwrap();
                        heard.extend(play(&mut bench, &mut at, rates, seconds));
                        let report = bench.cable.report();
                        assert_eq!(report.path, Path::choose(&from, &to, clocks));
                        assert_eq!(report.path == Path::Adaptive, report.lock != LockState::Starting);
                        latencies.push(report.latency_frames);
                    }
                    (heard, latencies)
                });
                let own = 2.0 * 0.892 * (std::f64::consts::PI * HZ / f64::from(rates.1)).sin() as f32;
                let step = largest_step(&heard);
                println!(
                    "{backend:?} {rates:?} {first:?}/{second:?}: step {step:.4}, own {own:.4}, latencies {latencies:.0?}"
                );
                // Two sounds that fade across each other differ by twice the peak at most.
                assert!(step < own + 2.0 / FADE_FRAMES as f32, "{step}");
                // Back at one clock the sound is as close as before.
                assert!((latencies[2] - latencies[0]).abs() < 3.0, "{latencies:?}");
                assert!((latencies[4] - latencies[0]).abs() < 3.0, "{latencies:?}");
                let silent = heard.windows(16).filter(|gap| gap.iter().all(|&x| x == 0.0)).count();
                assert!(silent < heard.len() / 8, "{silent} of {} silent", heard.len());
            }
        }
    }
}

#[test]
fn the_straight_way_is_exact_again_after_a_fade() {
    let ends = floats(2, 48_000);
    let settings = resampling(&ends, &ends, Interpolation::Sinc);
    let mut bench = Bench::new(&ends, &ends, Clocks::Apart, Some(crate::bench::polyphase(settings)));
    let mut at = 0_u64;
    let mut cycle = |bench: &mut Bench<Polyphase<Vec<f32>>>| {
        bench.writer.write_at(&tone_port(2, 0.02, at, 256), 256, 1_000_000_000 + at * 1_000_000 / 48);
        let port = bench.read(256, 1_000_100_000 + at * 1_000_000 / 48).0;
        let source: Vec<f32> = (at..at + 256).map(|n| tone(0.02, n)).collect();
        at += 256;
        (port.floats(1), source)
    };
    for _ in 0..400 {
        cycle(&mut bench);
    }
    bench.crossing.set_clocks(Clocks::Chained).unwrap();
    let (heard, source) = cycle(&mut bench);
    assert_ne!(heard[..FADE_FRAMES], source[..FADE_FRAMES], "a crossfade");
    assert_eq!(heard[FADE_FRAMES..], source[FADE_FRAMES..], "the newest sound, bit by bit");
    for _ in 0..10 {
        let (heard, source) = cycle(&mut bench);
        assert_eq!(heard, source);
    }
    assert_eq!(bench.cable.report().latency_frames.to_bits(), 0);
}

#[test]
fn without_a_resampler_other_clocks_are_refused() {
    let ends = floats(2, 48_000);
    let mut bench = Bench::<Polyphase<Vec<f32>>>::new(&ends, &ends, Clocks::Chained, None);
    let refused = bench.crossing.set_clocks(Clocks::Apart);
    assert_eq!(refused, Err(CrossingError::Resampler));
    assert_eq!(bench.crossing.path(), Path::Straight);
    assert_eq!(bench.crossing.set_clocks(Clocks::Shared), Ok(()));
}

#[test]
fn another_target_is_moved_to_without_a_click() {
    let rates = (44_100, 48_000);
    let (from, to) = (floats(1, rates.0), floats(1, rates.1));
    let settings = resampling(&from, &to, Interpolation::Sinc);
    let resampler = crate::bench::polyphase(settings);
    let step = settings.nominal.to_f64();
    // What the resampler looks ahead, or what a fade needs when that is more; the target rounds it up.
    let delay = resampler.delay_frames().max(FADE_FRAMES as f64 * step);
    let mut bench = Bench::new(&from, &to, Clocks::Apart, Some(resampler));
    let (mut at, mut heard) = ((0, 0), Vec::new());
    heard.extend(play(&mut bench, &mut at, rates, 3.0));
    let least = bench.cable.report();
    for target_frames in [4000_u32, 2000, 0] {
        bench.crossing.set_target(target_frames);
        heard.extend(play(&mut bench, &mut at, rates, 3.0));
        let report = bench.cable.report();
        println!("{target_frames} asked: {report:?}");
        if target_frames == 0 {
            assert_eq!(report.target_frames.to_bits(), least.target_frames.to_bits());
        } else {
            let beyond = f64::from(report.target_frames) * step - f64::from(target_frames) - delay;
            assert!((0.0..2.0).contains(&beyond), "{beyond}");
        }
        assert_eq!(report.lock, LockState::Locked);
        assert!((report.latency_frames - report.target_frames).abs() < 2.0);
        assert_eq!((report.starvations, report.events), (0, 0));
    }
    let own = 2.0 * 0.892 * (std::f64::consts::PI * HZ / f64::from(rates.1)).sin() as f32;
    assert!(largest_step(&heard) < own + 2.0 / FADE_FRAMES as f32);
}

#[test]
fn another_resampler_is_taken_without_a_click_and_none_is_lost() {
    use Clocks::{Apart, Chained};
    for (rates, clocks, dip) in [
        ((48_000, 48_000), Chained, 0),
        ((44_100, 48_000), Chained, 700),
        ((48_000, 48_000), Apart, 700),
        ((44_100, 48_000), Apart, 700),
    ] {
        let (from, to) = (floats(1, rates.0), floats(1, rates.1));
        let settings = resampling(&from, &to, Interpolation::Sinc);
        let mut bench = Bench::new(&from, &to, clocks, Some(crate::bench::polyphase(settings)));
        let mut at = (0, 0);
        play(&mut bench, &mut at, rates, 3.0);
        let mut heard = play(&mut bench, &mut at, rates, 1.0);
        let before = bench.cable.report();
        let mut returned = false;
        for quality in [Quality::Fast, Quality::High, Quality::High, Quality::Balanced] {
            let next = crate::bench::polyphase(Settings { quality, ..settings });
            let Ok(old) = bench.crossing.set_resampler(next) else { panic!("it fits") };
            assert_eq!(old.is_some(), returned, "the one before the last comes back");
            returned = true;
            heard.extend(play(&mut bench, &mut at, rates, 2.0));
        }
        let after = bench.cable.report();
        println!("{rates:?} {clocks:?}: {before:?}, {after:?}");
        let own = 2.0 * 0.892 * (std::f64::consts::PI * HZ / f64::from(rates.1)).sin() as f32;
        let step = largest_step(&heard);
        assert!(step < own + 2.0 / FADE_FRAMES as f32, "{rates:?} {clocks:?}: {step} beyond {own}");
        // A tone at its peak is below a thousandth of it for less than a frame: what is longer is the dip.
        let silent = heard.windows(4).filter(|window| window.iter().all(|x| x.abs() < 1.0e-3)).count();
        assert!(silent <= dip * 4, "{rates:?} {clocks:?}: {silent} silent frames");
        assert!((after.latency_frames - before.latency_frames).abs() < 3.0);
        assert_eq!((after.starvations, after.events), (before.starvations, before.events));
        assert_eq!(bench.cable.stats().snapshot().underruns, 0);
    }
}

#[test]
fn a_resampler_that_does_not_fit_comes_back() {
    let (ends, mono) = (floats(2, 48_000), floats(1, 48_000));
    let make = |end: &_| crate::bench::polyphase(resampling(end, end, Interpolation::Sinc));
    let mut bench = Bench::new(&ends, &ends, Clocks::Apart, Some(make(&ends)));
    assert!(bench.crossing.set_resampler(make(&mono)).is_err_and(|back| back.channels() == 1));
    let other_rate = crate::bench::polyphase(resampling(&ends, &floats(2, 44_100), Interpolation::Sinc));
    assert!(bench.crossing.set_resampler(other_rate).is_err());
    let mut bench = Bench::new(&ends, &ends, Clocks::Chained, None);
    assert!(bench.crossing.set_resampler(make(&ends)).is_err(), "there is no place for one");
}
