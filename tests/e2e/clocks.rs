//! Sink and source in groups of two clocks that do not agree: real drivers, in the real daemon.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use vcable_tests::Instance;
use vcable_tests::cable::{Cable, End};
use vcable_tests::clients::{Family, write_for};
use vcable_tests::clock::TestClock;
use vcable_tests::measure::{Measure, Pace, Role};
use vcable_tests::signal::{SampleFormat, Sound, longest_silence, measure_drift, measure_purity, sine};
use vcable_tests::wait::DEADLINE;

use crate::trial::{Context, Dropout, Trials};

/// Frames of a cycle.
const QUANTUM: u32 = 256;

/// How long the cable may take to follow a clock, in seconds: what is recorded before is not judged.
const LOCK_SECONDS: u32 = 5;

/// How long is judged. `VCABLE_CLOCK_SECONDS` makes it longer.
const JUDGED_SECONDS: u32 = 10;

/// Left: a tone in the middle. Right: one near the end of what a resampler lets pass. In Hz.
const TONES: [f64; 2] = [1_000.0, 15_000.0];

/// The bound for distortion, noise and clicks, in dB.
const THD_N_DB: f64 = -110.0;

/// A sine that passes zero is silent for a frame or two. In frames.
const SILENCE: usize = 4;

/// Two groups, each with its driver.
#[derive(Clone, Copy, Debug)]
struct Pair {
    /// How much too fast the clocks of sink and source are, in ppm.
    ppm: [f64; 2],
    /// Nominal rates of sink and source, in Hz.
    rates: [u32; 2],
    /// Lateness of the wake-ups, in us, and a slow swing of both clocks, in ppm.
    jitter_us: f64,
    wander_ppm: f64,
}

pub(crate) fn add(trials: &mut Trials) {
    for ppm in [50.0, -50.0, 500.0, -500.0, 1_000.0, -1_000.0] {
        let pair = Pair { ppm: [ppm, 0.0], rates: [48_000; 2], jitter_us: 0.0, wander_ppm: 0.0 };
        trials.add(&format!("clocks/sound-at-{ppm:+}-ppm"), move |context| sound(context, pair));
    }
    let alike = Pair { ppm: [500.0; 2], rates: [48_000; 2], jitter_us: 0.0, wander_ppm: 0.0 };
    trials.add("clocks/sound-of-two-that-agree", move |context| sound(context, alike));
    let real = Pair { ppm: [80.0, -120.0], jitter_us: 60.0, wander_ppm: 2.0, ..alike };
    trials.add("clocks/sound-with-jitter-and-wander", move |context| sound(context, real));
    // Before 1.4 a second group takes over the first one's rate.
    let two_rates =
        if trials.at_least(1, 4, 0) { [[44_100, 48_000], [48_000, 44_100]].as_slice() } else { &[] };
    for &rates in two_rates {
        let pair = Pair { ppm: [100.0, -100.0], rates, ..alike };
        let [sink, source] = rates;
        trials.add(&format!("clocks/sound-from-{sink}-to-{source}"), move |context| sound(context, pair));
    }
    trials.add_alone("clocks/pace", pace);
}

/// The test clock itself: a client in its group is called at its pace, by the wall clock.
fn pace(context: &Context) -> Result<()> {
    const FRAMES: u64 = 4 * 48_000;
    const TOLERANCE_PPM: f64 = 60.0;
    let clocks = [TestClock::new("fast", 500.0), TestClock::new("slow", -500.0)];
    let instance = context.with_clocks(&[], &clocks).start(&context.scratch)?;
    let mut clients = Vec::new();
    for clock in &clocks {
        let mut client = Measure::start(&instance, Context::measure_program(), clock.node())?;
        client.enable(Role::Writer, Some(QUANTUM))?;
        instance.link(&client.port(Role::Writer), &clock.port())?;
        clients.push(client);
    }
    for client in &mut clients {
        client.wait(|report| report.writer.cycles > 20)?;
        client.reset()?;
    }
    for ((client, clock), ppm) in clients.iter_mut().zip(&clocks).zip([500.0, -500.0]) {
        let pace = client.wait(|report| report.writer.frames >= FRAMES)?.writer;
        let off_ppm = (pace.frames_per_second / 48_000.0 - 1.0) * 1e6;
        context.note(&format!("{}: {off_ppm:+.1} ppm", clock.node()));
        drives(&instance, &pace, clock)?;
        ensure!(pace.quantum == QUANTUM, "{pace:?}");
        let message = format!("{off_ppm:.1} ppm instead of {ppm}: {pace:?}");
        if (off_ppm - ppm).abs() > TOLERANCE_PPM {
            // A wake-up that is late at either end of the measurement is the machine's or the client's.
            let late_ns = (TOLERANCE_PPM * 1e-6 * 4e9) as u64;
            let period_ns = u64::from(QUANTUM) * 1_000_000_000 / 48_000;
            ensure!(pace.longest_pause_ns > period_ns + late_ns, "{message}");
            return Err(Dropout(message).into());
        }
    }
    Ok(())
}

/// Fails unless the clock that a client sees is this one's.
fn drives(instance: &Instance, pace: &Pace, clock: &TestClock) -> Result<()> {
    let node = instance.node(clock.node())?.with_context(|| format!("no {}", clock.node()))?;
    ensure!(pace.clock_id == node.id, "{} (node {}) does not drive: {pace:?}", clock.node(), node.id);
    Ok(())
}

impl Pair {
    fn clocks(&self) -> [TestClock; 2] {
        let clock = |name: &str, end: usize| {
            let rate = self.rates.get(end).copied().unwrap_or(0);
            TestClock::new(name, self.ppm.get(end).copied().unwrap_or(0.0))
                .jitter(self.jitter_us, end as u64 + 1)
                .wander(self.wander_ppm, 15.0)
                .with("node.rate", &format!("1/{rate}"))
        };
        [clock("clock-of-sink", 0), clock("clock-of-source", 1)]
    }

    /// What a second of the player lasts for the recorder, both counting frames.
    fn ratio(&self) -> f64 {
        let [sink, source] = self.ppm;
        (1.0 + sink * 1e-6) / (1.0 + source * 1e-6)
    }
}

/// Tones through the cable, from one clock's group into the other's.
fn sound(context: &Context, pair: Pair) -> Result<()> {
    let cable = Cable::new("cable", 2);
    let clocks = pair.clocks();
    let [of_sink, of_source] = &clocks;
    let mut builder = context.with_clocks(std::slice::from_ref(&cable), &clocks);
    if pair.rates[0] != pair.rates[1] {
        let rates = "context.properties = { default.clock.allowed-rates = [ 44100 48000 ] }\n";
        builder = builder.drop_in("49-rates.conf", rates);
    }
    let instance = builder.quantum(QUANTUM).start(&context.scratch)?;
    let (monitor, capture) = ("cable.sink:monitor_FL", "cable.source:capture_FL");
    instance.link(monitor, &of_sink.port())?;
    instance.link(capture, &of_source.port())?;
    for (name, port, clock) in [("sink-seat", monitor, of_sink), ("source-seat", capture, of_source)] {
        check_driver(&instance, name, port, clock)?;
    }
    let recorded = record(&instance, pair, &cable)?;
    for (name, port, clock) in [("sink-end", monitor, of_sink), ("source-end", capture, of_source)] {
        check_driver(&instance, name, port, clock).context("afterwards")?;
    }
    judge(context, pair, &recorded)
}

/// An observer in the group sees whose clock it runs by.
fn check_driver(instance: &Instance, name: &str, port: &str, clock: &TestClock) -> Result<()> {
    let mut seat = Measure::start(instance, Context::measure_program(), name)?;
    seat.enable(Role::Reader, None)?;
    instance.link(port, &seat.port(Role::Reader))?;
    let report = seat.wait(|report| report.reader.cycles > 20)?;
    drives(instance, &report.reader, clock).with_context(|| format!("{port} is not in its clock's group"))
}

/// Plays both tones into the sink and records them from the source.
fn record(instance: &Instance, pair: Pair, cable: &Cable) -> Result<Sound> {
    let [play_rate, record_rate] = pair.rates;
    let seconds = LOCK_SECONDS + judged_seconds();
    // A second more: the recorder is asked for what it has written only now and then.
    let played = tones(play_rate, seconds + 2);
    let file = instance.sound("tones.wav");
    write_for(Family::PwCat, &file, &played)?;
    let source = cable.node(End::Source);
    let mut recorder = instance.record(Family::PwCat, SampleFormat::F32, 2, record_rate, &source)?;
    recorder.wait_flowing()?;
    let before = recorder.frames_so_far();
    let _player = instance.play(Family::PwCat, &file, &played, &cable.node(End::Sink))?;
    let wanted = before + u64::from(record_rate) * (u64::from(seconds) + 1);
    recorder.wait_frames(wanted, DEADLINE + Duration::from_secs(seconds.into()))?;
    recorder.finish()
}

fn tones(rate: u32, seconds: u32) -> Sound {
    let frames = rate as usize * seconds as usize;
    let [mut left, right] = TONES.map(|hz| sine(2, rate, frames, hz, 0.5));
    for (to, from) in left.words.chunks_exact_mut(2).zip(right.words.chunks_exact(2)) {
        to[1] = from[1];
    }
    left
}

/// Prints what arrived, and fails when it is not what was played.
fn judge(context: &Context, pair: Pair, recorded: &Sound) -> Result<()> {
    let rate = pair.rates[1];
    let onset = (0..recorded.frames()).find(|&at| recorded.frame(at).iter().any(|&word| word != 0));
    let begin = onset.context("nothing but silence arrived")? + (LOCK_SECONDS * rate) as usize;
    let span = begin..begin + (judged_seconds() * rate) as usize;
    let mut faults = Vec::new();
    for (channel, tone) in TONES.into_iter().enumerate() {
        let all = recorded.channel(channel);
        let samples = all.get(span.clone()).with_context(|| format!("only {} frames came", all.len()))?;
        let expected = tone * pair.ratio();
        let purity = measure_purity(samples, rate.into(), expected);
        let drift = measure_drift(samples, rate.into(), expected).context("too short")?;
        let silence = longest_silence(samples);
        let figures = format!(
            "{tone} Hz: THD+N {:.1} dB (worst {:.1} dB at {:.1} s), pitch {:+.2} ppm off, \
             moves by {:.2} ppm rms, {:.2} at most, longest silence {silence} frames",
            purity.thd_n_db,
            purity.worst_db,
            purity.worst_seconds,
            drift.mean_ppm,
            drift.residual_ppm,
            drift.worst_ppm
        );
        context.note(&figures);
        if purity.thd_n_db > THD_N_DB || silence > SILENCE {
            faults.push(figures);
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("; "));
    Ok(())
}

fn judged_seconds() -> u32 {
    std::env::var("VCABLE_CLOCK_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(JUDGED_SECONDS)
}
