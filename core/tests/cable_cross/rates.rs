//! Other rates at one clock: against the resampler alone.

use vcable_core::cable::{Clocks, FADE_FRAMES, Path};
use vcable_core::chain::Due;
use vcable_core::resample::{Interpolation, Resampler, Settings};

use crate::bench::{Backend, Bench, floats, largest_step, resampling, tone, tone_port, with_backend};

/// Every pair met in practice, and the widest.
const RATES: [(u32, u32); 6] = [
    (44_100, 48_000),
    (48_000, 44_100),
    (48_000, 96_000),
    (96_000, 44_100),
    (8_000, 384_000),
    (384_000, 8_000),
];

/// Sound from the crossing, chained: each writer cycle runs the reader as often as it is due. Only the first cycle
/// may begin late; that silence is left out.
fn chained<R: Resampler>(
    bench: &mut Bench<R>,
    cycles: f64,
    quanta: (usize, usize),
    writes: usize,
) -> Vec<f32> {
    let mut heard: Vec<f32> = Vec::new();
    let mut written = 0;
    for _ in 0..writes {
        bench.writer.write(&tone_port(1, cycles, written, quanta.0), quanta.0);
        written += quanta.0 as u64;
        // Bounded: a reader that is due for ever is a failure of its own.
        for _ in 0..1000 {
            if bench.crossing.due(&mut bench.reader, quanta.1) == Due::Wait {
                break;
            }
            let (port, frames) = bench.read(quanta.1, 0);
            assert!(frames == quanta.1 || heard.is_empty(), "a cycle that is due is whole");
            let samples = port.floats(0);
            let (silence, sound) = samples.split_at(quanta.1 - frames);
            assert!(silence.iter().all(|&x| x == 0.0));
            heard.extend(sound);
        }
    }
    heard
}

#[test]
fn a_chained_cycle_is_the_resampler_alone() {
    for &backend in Backend::ALL {
        for (input_hz, output_hz) in RATES {
            let (from, to) = (floats(1, input_hz), floats(1, output_hz));
            let settings: Settings = resampling(&from, &to, Interpolation::Sinc);
            let quanta = (input_hz as usize / 100 + 3, (output_hz as usize / 100).max(100));
            let (heard, delay, latency) = with_backend!(backend, settings, resampler => {
                let delay = resampler.delay_frames() / settings.nominal.to_f64();
                let mut bench = Bench::new(&from, &to, Clocks::Chained, Some(resampler));
                assert_eq!(bench.crossing.path(), Path::Resampled);
                let heard = chained(&mut bench, 0.01, quanta, 40);
                assert_eq!(bench.cable.report().starvations, 0);
                (heard, delay, bench.cable.report().latency_frames)
            });
            let mut whole = vec![0_f32; heard.len()];
            with_backend!(backend, settings, twin => {
                let mut twin = twin;
                let mut read = 0;
                for chunk in whole.chunks_mut(100) {
                    let needed = twin.input_frames_for(chunk.len()) as u64;
                    let input: Vec<f32> = (read..read + needed).map(|n| tone(0.01, n)).collect();
                    read += needed;
                    twin.process(&[&input], &mut [chunk]).unwrap();
                }
            });
            let begin = delay.ceil() as usize + FADE_FRAMES;
            assert!(heard.len() > begin + 500, "{input_hz} -> {output_hz}: {} frames", heard.len());
            let worst =
                heard[begin..].iter().zip(&whole[begin..]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            println!(
                "{backend:?} {input_hz} -> {output_hz}: latency {latency:.1} frames, delay {delay:.1}, off by {worst:e}"
            );
            // The polyphase does not care how the output is divided; rubato's position is rounded with each chunk.
            let bound = if backend == Backend::Polyphase { 0.0 } else { 1e-6 };
            assert!(worst <= bound, "{backend:?} {input_hz} -> {output_hz}: {worst:e}");
            let waiting = f64::from(latency) - delay;
            assert!((0.0..2.0 * quanta.1 as f64 + 2.0).contains(&waiting), "{waiting} frames wait");
        }
    }
}

#[test]
fn a_shared_clock_adds_a_quantum_and_never_runs_dry() {
    for (input_hz, output_hz) in RATES {
        for reader_first in [false, true] {
            let (from, to) = (floats(1, input_hz), floats(1, output_hz));
            let settings = resampling(&from, &to, Interpolation::Linear);
            let mut bench = Bench::new(&from, &to, Clocks::Shared, Some(crate::bench::polyphase(settings)));
            let frames = (output_hz as usize / 100).max(100);
            let (mut written, mut heard) = (0_u64, Vec::new());
            for cycle in 1..=200_u64 {
                // The writer's cycles are as long as the reader's, to the frame below.
                let upto = cycle * frames as u64 * u64::from(input_hz) / u64::from(output_hz);
                let quantum = (upto - written) as usize;
                if reader_first {
                    heard.extend(bench.read(frames, 0).0.floats(0));
                }
                bench.writer.write(&tone_port(1, 0.003, written, quantum), quantum);
                if !reader_first {
                    heard.extend(bench.read(frames, 0).0.floats(0));
                }
                written = upto;
            }
            let report = bench.cable.report();
            assert_eq!(report.starvations, 0, "{input_hz} -> {output_hz}");
            let own = (0.003 * std::f64::consts::TAU * settings.nominal.to_f64()).min(2.0) as f32;
            assert!(largest_step(&heard) <= own * 1.1 + 1.0 / FADE_FRAMES as f32);
            assert!(heard.iter().any(|x| x.abs() > 0.8), "{input_hz} -> {output_hz}: sound came through");
            let most = 2.0 * frames as f32 + 2.0 * FADE_FRAMES as f32 + 50.0;
            assert!(report.latency_frames < most, "{input_hz} -> {output_hz}: {}", report.latency_frames);
        }
    }
}

#[test]
fn a_writer_that_fails_costs_no_click() {
    for interpolation in [Interpolation::Sinc, Interpolation::Cubic, Interpolation::Linear] {
        let (from, to) = (floats(2, 44_100), floats(2, 48_000));
        let settings = resampling(&from, &to, interpolation);
        let mut bench = Bench::new(&from, &to, Clocks::Chained, Some(crate::bench::polyphase(settings)));
        let mut heard = Vec::new();
        let mut written = 0;
        for cycle in 0..200 {
            // Now and then it brings nothing, or half.
            let quantum = [441, 441, 441, 441, 441, 200, 441, 441, 0, 0][cycle % 10];
            bench.writer.write(&tone_port(2, 0.01, written, quantum), quantum);
            written += quantum as u64;
            heard.extend(bench.read(480, 0).0.floats(1));
        }
        let report = bench.cable.report();
        let own = (std::f64::consts::TAU * 0.01 * settings.nominal.to_f64()) as f32;
        let step = largest_step(&heard);
        println!(
            "{interpolation:?}: {} starvations, largest step {step:.4}, own {own:.4}",
            report.starvations
        );
        assert!(report.starvations >= 20);
        assert!(bench.cable.stats().snapshot().underruns > 0);
        // The slope of a fade adds to the tone's own.
        assert!(step < own + 1.0 / FADE_FRAMES as f32, "{interpolation:?}: {step}");
        // Silence between: it really stopped.
        assert!(heard.windows(100).any(|gap| gap.iter().all(|&x| x == 0.0)));
    }
}
