//! Two clocks in virtual time: a tone from one to the other, judged by ear and by figures.

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use rand_distr::StandardNormal;
use vcable_core::cable::{Clocks, CrossingSettings, EndFormat, FADE_FRAMES, Path};
use vcable_core::drift::LockState;
use vcable_core::resample::{Interpolation, Resampler};

use crate::bench::{Backend, Bench, floats, largest_step, resampling, tone_port, with_backend};
use crate::spectrum::{spectrum, steep};

/// Samples of one spectrum: 2.9 Hz a bin at 48 kHz.
const SPECTRUM_FRAMES: usize = 16_384;
const JITTER_NS: f64 = 50.0e3;
const EPOCH_NS: f64 = 5.0e9;

/// A driver: when it wakes.
struct Driver {
    rng: SmallRng,
    quantum: usize,
    /// Length of its cycle by an ideal clock.
    cycle_ns: f64,
    due_ns: f64,
    wake_ns: u64,
    /// Part of its cycle that it takes at most to deliver.
    busy: f64,
}

impl Driver {
    fn new(end: &EndFormat, quantum: usize, ppm: f64, seed: u64) -> Self {
        let rate_hz = f64::from(end.stream.rate.hz()) * (1.0 + ppm * 1.0e-6);
        let mut rng = SmallRng::seed_from_u64(seed);
        let cycle_ns = quantum as f64 / rate_hz * 1.0e9;
        let due_ns = EPOCH_NS + cycle_ns * rng.random::<f64>();
        Self { rng, quantum, cycle_ns, due_ns, wake_ns: due_ns as u64, busy: 0.0 }
    }

    fn next(&mut self) {
        self.due_ns += self.cycle_ns;
        let jitter_ns = JITTER_NS * self.rng.sample::<f64, _>(StandardNormal);
        self.wake_ns = ((self.due_ns + jitter_ns) as u64).max(self.wake_ns + 1000);
    }

    /// When the cycle that was woken at `wake_ns` is done.
    fn done_ns(&mut self) -> u64 {
        self.wake_ns + (self.cycle_ns * self.busy * self.rng.random::<f64>()) as u64
    }
}

/// What a run came to.
#[derive(Default)]
struct Run {
    heard: Vec<f32>,
    /// Seconds until the report first said so, and until the ratio was last outside.
    locked_s: f64,
    within_20_ppm_s: f64,
    within_2_ppm_s: f64,
    latency_frames: (f32, f32),
    starvations: u64,
    skips: u64,
    events: u64,
    lost: u64,
    underruns: u64,
    /// Where the writer's ideal clock stood when the last cycle was due.
    writer_frames: f64,
}

/// A tone of `hz` through `seconds` of two clocks, the writer off by `ppm`; `stall` keeps the writer from waking for
/// so long from some second on.
fn run<R: Resampler>(
    bench: &mut Bench<R>,
    from: &EndFormat,
    (writer_quantum, reader_quantum): (usize, usize),
    (hz, ppm, seconds): (f64, f64, f64),
    stall: Option<(f64, f64)>,
) -> Run {
    run_busy(bench, from, (writer_quantum, reader_quantum), (hz, ppm, seconds), stall, 0.0)
}

/// As [`run`], with a writer that takes up to `busy` of each of its cycles to deliver.
fn run_busy<R: Resampler>(
    bench: &mut Bench<R>,
    from: &EndFormat,
    (writer_quantum, reader_quantum): (usize, usize),
    (hz, ppm, seconds): (f64, f64, f64),
    stall: Option<(f64, f64)>,
    busy: f64,
) -> Run {
    let mut writer = Driver::new(from, writer_quantum, ppm, 11);
    writer.busy = busy;
    let mut done_ns = writer.done_ns();
    let mut reader = Driver::new(&bench.to.clone(), reader_quantum, 0.0, 12);
    let cycles = hz / f64::from(from.stream.rate.hz());
    let mut made = 0_u64;
    let mut run = Run { latency_frames: (f32::MAX, 0.0), ..Run::default() };
    let mut stall = stall;
    loop {
        let now_ns = done_ns.min(reader.wake_ns);
        let at_s = (now_ns as f64 - EPOCH_NS) * 1.0e-9;
        if at_s > seconds {
            break;
        }
        if let Some((_, length_s)) = stall.take_if(|(from_s, _)| at_s > *from_s) {
            writer.due_ns += length_s * 1.0e9;
            writer.wake_ns += (length_s * 1.0e9) as u64;
            done_ns += (length_s * 1.0e9) as u64;
        }
        if done_ns <= reader.wake_ns {
            bench.writer.write_at(
                &tone_port(1, cycles, made, writer.quantum),
                writer.quantum,
                writer.wake_ns,
            );
            made += writer.quantum as u64;
            writer.next();
            done_ns = writer.done_ns();
            continue;
        }
        // The writer is due again one cycle after the frames it made.
        let since_ns = reader.due_ns - (writer.due_ns - writer.cycle_ns);
        run.writer_frames = made as f64 + since_ns / writer.cycle_ns * writer.quantum as f64;
        run.heard.extend(bench.read(reader.quantum, reader.wake_ns).0.floats(0));
        reader.next();
        let report = bench.cable.report();
        if report.lock == LockState::Locked && run.locked_s == 0.0 {
            run.locked_s = at_s;
        }
        let off_ppm = (f64::from(report.ratio_ppm) - ppm).abs();
        run.within_20_ppm_s = if off_ppm > 20.0 { at_s } else { run.within_20_ppm_s };
        run.within_2_ppm_s = if off_ppm > 2.0 { at_s } else { run.within_2_ppm_s };
        if run.locked_s > 0.0 {
            run.latency_frames.0 = run.latency_frames.0.min(report.latency_frames);
            run.latency_frames.1 = run.latency_frames.1.max(report.latency_frames);
        }
    }
    let (report, stats) = (bench.cable.report(), bench.cable.stats().snapshot());
    assert_eq!(report.path, Path::Adaptive);
    (run.starvations, run.skips, run.events) = (report.starvations, report.skips, report.events);
    (run.lost, run.underruns) = (stats.frames_lost, stats.underruns);
    run
}

/// What is left of a tone's last moments outside 50 Hz around it, against the tone.
fn residue_db(heard: &[f32], hz: f64, rate_hz: f64) -> f64 {
    let end: Vec<f64> = heard[heard.len() - SPECTRUM_FRAMES..].iter().copied().map(f64::from).collect();
    let spectrum = spectrum(&end, steep);
    let bin_hz = rate_hz / SPECTRUM_FRAMES as f64;
    let (mut tone, mut rest) = (0.0, 0.0);
    for (bin, amplitude) in spectrum.iter().enumerate() {
        let near = (bin as f64 * bin_hz - hz).abs() <= 50.0;
        // Below the window's width there is only what is left of an offset.
        let power = if bin < 8 { 0.0 } else { amplitude * amplitude };
        *(if near { &mut tone } else { &mut rest }) += power;
    }
    10.0 * (rest / tone).log10()
}

#[test]
fn a_tone_crosses_two_clocks() {
    println!(
        "backend    rates           quanta     ppm     Hz   20 ppm   2 ppm   lock   THD+N   latency frames"
    );
    for &backend in Backend::ALL {
        for (rates, quanta, ppm, hz) in [
            ((48_000, 48_000), (256, 256), 50.0, 1_000.0),
            ((48_000, 48_000), (256, 256), -50.0, 15_000.0),
            ((48_000, 48_000), (64, 256), 500.0, 1_000.0),
            ((48_000, 48_000), (256, 64), -500.0, 1_000.0),
            ((44_100, 48_000), (256, 256), 500.0, 1_000.0),
            ((48_000, 44_100), (1024, 1024), -500.0, 1_000.0),
        ] {
            let (from, to) = (floats(1, rates.0), floats(1, rates.1));
            let settings = resampling(&from, &to, Interpolation::Sinc);
            let run = with_backend!(backend, settings, resampler => {
                let mut bench = Bench::new(&from, &to, Clocks::Apart, Some(resampler));
                run(&mut bench, &from, quanta, (hz, ppm, 12.0), None)
            });
            // The tone's pitch is the writer's.
            let heard_hz = hz * (1.0 + ppm * 1.0e-6);
            let residue = residue_db(&run.heard, heard_hz, f64::from(rates.1));
            println!(
                "{backend:?} {rates:?} {quanta:?} {ppm:6} {hz:7} {:6.2} s {:6.2} s {:5.2} s {residue:7.1} dB {:.1}..{:.1}",
                run.within_20_ppm_s,
                run.within_2_ppm_s,
                run.locked_s,
                run.latency_frames.0,
                run.latency_frames.1
            );
            assert_eq!((run.starvations, run.lost, run.underruns, run.events), (0, 0, 0, 0));
            assert!(run.locked_s > 0.0 && run.locked_s < 10.0, "locked after {} s", run.locked_s);
            assert!(residue < -100.0, "{residue} dB");
            assert!(run.latency_frames.1 - run.latency_frames.0 < 8.0);
            let own = 2.0 * (std::f64::consts::PI * hz / f64::from(rates.1)).sin() as f32;
            assert!(largest_step(&run.heard) < own + 1.0 / FADE_FRAMES as f32);
        }
    }
}

#[test]
fn a_stall_costs_one_gap_and_no_click() {
    for interpolation in [Interpolation::Sinc, Interpolation::Linear] {
        let (from, to) = (floats(1, 48_000), floats(1, 48_000));
        let settings = resampling(&from, &to, interpolation);
        let mut bench = Bench::new(&from, &to, Clocks::Apart, Some(crate::bench::polyphase(settings)));
        let run = run(&mut bench, &from, (256, 256), (300.0, 100.0, 12.0), Some((6.0, 0.1)));
        let own = 2.0 * (std::f64::consts::PI * 300.0 / 48_000.0).sin() as f32;
        let step = largest_step(&run.heard);
        println!(
            "{interpolation:?}: {} starvations, {} events, step {step:.4}, own {own:.4}",
            run.starvations, run.events
        );
        assert_eq!((run.starvations, run.events), (1, 1));
        assert!(step < own + 1.0 / FADE_FRAMES as f32);
        assert_eq!(bench.cable.report().lock, LockState::Locked);
    }
}

#[test]
fn the_target_is_as_asked_and_as_reported() {
    /// A period of 480 frames: a delay shows in the phase.
    const HZ: f64 = 100.0;
    let (from, to) = (floats(1, 48_000), floats(1, 48_000));
    let settings = CrossingSettings {
        clocks: Clocks::Apart,
        target_frames: 2000,
        ..CrossingSettings::new(&from, to.clone())
    };
    let resampler = crate::bench::polyphase(resampling(&from, &to, Interpolation::Sinc));
    // What the resampler looks ahead, or what a fade needs when that is more.
    let delay = (resampler.delay_frames() as f32).max(FADE_FRAMES as f32);
    let mut bench = Bench::with_settings(&from, settings, Some(resampler));
    let run = run(&mut bench, &from, (256, 256), (HZ, 0.0, 10.0), None);
    let report = bench.cable.report();
    assert_eq!(report.target_frames.to_bits(), (2000.0 + delay).to_bits());
    assert!((run.latency_frames.0 - report.target_frames).abs() < 4.0);
    // And as heard: how old the first frame of the last cycle was, by its phase and slope.
    let at = run.heard.len() - 256;
    let turn = std::f64::consts::TAU * HZ / 48_000.0;
    let (now, next) = (f64::from(run.heard[at]), f64::from(run.heard[at + 1]));
    let phase = now.atan2((next - now * turn.cos()) / turn.sin());
    let age = (run.writer_frames - phase / turn - f64::from(report.latency_frames)).rem_euclid(480.0);
    let off = age.min(480.0 - age);
    println!("reported {:.1} frames, heard {off:.2} frames off", report.latency_frames);
    assert!(off < 1.5, "{off}");
}

/// Players may take their whole cycle: their sound is there when the next one begins, and the phase of two clocks
/// brings every moment together with every other.
#[test]
fn a_writer_that_takes_its_whole_cycle_is_never_missed() {
    println!("quanta         asked   starvations   underruns   skips   latency frames");
    let mut runs = Vec::new();
    for (quanta, asked) in [
        ((64, 64), 0),
        ((256, 256), 0),
        ((1024, 1024), 0),
        ((1024, 64), 0),
        ((64, 1024), 0),
        ((256, 256), 3 * 256 + 48),
        ((256, 256), 1),
    ] {
        for ppm in [2000.0, -2000.0] {
            let (from, to) = (floats(1, 48_000), floats(1, 48_000));
            let settings = CrossingSettings {
                clocks: Clocks::Apart,
                target_frames: asked,
                ..CrossingSettings::new(&from, to.clone())
            };
            let resampler = crate::bench::polyphase(resampling(&from, &to, Interpolation::Linear));
            let mut bench = Bench::with_settings(&from, settings, Some(resampler));
            let run = run_busy(&mut bench, &from, quanta, (300.0, ppm, 40.0), None, 1.0);
            let latency = run.latency_frames;
            println!(
                "{quanta:?} {asked:8} {:13} {:11} {:7}   {:.1}..{:.1}",
                run.starvations, run.underruns, run.skips, latency.0, latency.1
            );
            runs.push((quanta, asked, run));
        }
    }
    for ((writer, reader), asked, run) in runs {
        if asked == 1 {
            assert!(run.starvations > 0, "less than that is asked for at one's own risk");
            continue;
        }
        // One skip to begin with.
        assert_eq!((run.starvations, run.underruns, run.lost, run.events, run.skips), (0, 0, 0, 0, 1));
        let most = (2 * writer + reader + 48 + 2 * FADE_FRAMES) as f32;
        assert!(run.latency_frames.1 <= most, "{:?}", run.latency_frames);
    }
}
