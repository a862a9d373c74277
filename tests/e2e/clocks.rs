//! Sink and source in groups of two clocks that do not agree: real drivers, in the real daemon.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use vcable_tests::cable::{Cable, End};
use vcable_tests::clients::{Family, Recorder, write_for};
use vcable_tests::clock::TestClock;
use vcable_tests::measure::{Measure, Pace, Role};
use vcable_tests::process::Process;
use vcable_tests::signal::{
    Purity, SampleFormat, Sound, longest_silence, measure_drift, measure_purity, sine,
};
use vcable_tests::wait::DEADLINE;
use vcable_tests::{Instance, State};

use crate::trial::{Context, Dropout, Trials, seconds};

/// Frames of a cycle. `VCABLE_CLOCK_QUANTUM` makes it another.
fn quantum() -> u32 {
    const FRAMES: u32 = 256;
    std::env::var("VCABLE_CLOCK_QUANTUM").ok().and_then(|text| text.parse().ok()).unwrap_or(FRAMES)
}

/// How long the cable may take to follow a clock, in seconds: what is recorded before is not judged.
const LOCK_SECONDS: u32 = 5;

/// How long is judged. `VCABLE_TEST_SECONDS` makes it longer.
const JUDGED_SECONDS: u32 = 60;

/// Left: a tone in the middle. Right: one near the end of what a resampler lets pass. In Hz. Both are primes: of
/// 1000 Hz or 15000 Hz, a cycle more or less would leave no trace, as it holds a whole number of periods.
const TONES: [f64; 2] = [997.0, 14_983.0];

/// The bound for distortion, noise and clicks, in dB.
const THD_N_DB: f64 = -110.0;

/// The bound for the pitch, in ppm of the two clocks' true ratio.
const OFFSET_PPM: f64 = 2.0;

/// The bound for the change of latency, in frames.
const SLIP_FRAMES: f64 = 1.0;

/// A sine that passes zero is silent for a frame or two. In frames.
const SILENCE_FRAMES: usize = 4;

/// Seconds of a swing of a wandering clock.
const SWING_SECONDS: f64 = 15.0;

/// A cable between two groups, each with its driver.
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

/// Two clocks without other faults.
const fn pair(ppm: [f64; 2]) -> Pair {
    Pair { ppm, rates: [48_000; 2], jitter_us: 0.0, wander_ppm: 0.0 }
}

pub(crate) fn add(trials: &mut Trials) {
    let apart = |ppm| [pair([ppm, 0.0]), pair([0.0, ppm])];
    let pairs = [apart(50.0), apart(500.0)].concat();
    trials.add("clocks/sound-50-and-500-ppm-apart", move |context| sound(context, &pairs));
    let real = Pair { jitter_us: 60.0, wander_ppm: 2.0, ..pair([80.0, -120.0]) };
    let pairs = [&apart(1_000.0)[..], &[pair([500.0; 2]), real]].concat();
    trials.add("clocks/sound-1000-ppm-apart-in-step-and-with-jitter", move |context| sound(context, &pairs));
    // Before 1.4 a second group takes over the first one's rate.
    if trials.at_least(1, 4, 0) {
        let rates = [[44_100, 48_000], [48_000, 44_100]];
        let pairs = rates.map(|rates| Pair { rates, ..pair([100.0, -100.0]) });
        trials.add("clocks/sound-between-44100-and-48000", move |context| sound(context, &pairs));
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
        client.enable(Role::Writer, Some(quantum()))?;
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
        ensure!(pace.quantum == quantum(), "{pace:?}");
        let message = format!("{off_ppm:.1} ppm instead of {ppm}: {pace:?}");
        if (off_ppm - ppm).abs() > TOLERANCE_PPM {
            // A wake-up that is late at one end of the measurement is the machine's or the client's, if as long
            // a pause was seen.
            let off_ns = (off_ppm - ppm).abs() * 1e-6 * pace.frames as f64 / 48_000.0 * 1e9;
            let late_ns = pace.longest_pause_ns as f64 - f64::from(quantum()) * 1e9 / 48_000.0;
            ensure!(off_ns < 2.0 * late_ns, "{message}");
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

/// A cable with the clocks of its ends.
struct Line {
    pair: Pair,
    cable: Cable,
    clocks: [TestClock; 2],
}

impl Line {
    fn new(number: usize, pair: Pair) -> Self {
        let clock = |end: End, index: usize| {
            let (Some(ppm), Some(rate)) = (pair.ppm.get(index), pair.rates.get(index)) else {
                unreachable!()
            };
            TestClock::new(&format!("clock-{number}-of-{}", end.word()), *ppm)
                .jitter(pair.jitter_us, index as u64 + 1)
                .wander(pair.wander_ppm, SWING_SECONDS)
                .with("node.rate", &format!("1/{rate}"))
        };
        let clocks = [clock(End::Sink, 0), clock(End::Source, 1)];
        Self { pair, cable: Cable::new(&format!("cable-{number}"), 2), clocks }
    }

    /// What a client of one end's group is linked to, as its clock is.
    fn ports(&self) -> [String; 2] {
        let name = self.cable.name();
        [format!("{name}.sink:monitor_FL"), format!("{name}.source:capture_FL")]
    }

    /// Observers in the groups of both ends see whose clock they run by, and at which rate.
    fn check(&self, instance: &Instance, when: &str) -> Result<()> {
        for ((port, clock), rate) in self.ports().iter().zip(&self.clocks).zip(self.pair.rates) {
            let name = format!("{when}-{}", clock.node());
            let mut seat = Measure::start(instance, Context::measure_program(), &name)?;
            seat.enable(Role::Reader, None)?;
            instance.link(port, &seat.port(Role::Reader))?;
            let pace = seat.wait(|report| report.reader.cycles > 20)?.reader;
            drives(instance, &pace, clock).with_context(|| format!("{port}, {when} the sound"))?;
            ensure!((pace.rate, pace.quantum) == (rate, quantum()), "{port} runs at another rate: {pace:?}");
        }
        Ok(())
    }

    /// A player and a recorder; the player is to be kept as long as it shall play.
    fn start(&self, instance: &Instance) -> Result<(Recorder, Process)> {
        let [play_rate, record_rate] = self.pair.rates;
        // Some seconds more: others are started after this one, and a recorder is asked for what it has written only now
        // and then.
        let sound = tones(play_rate, LOCK_SECONDS + judged_seconds() + 8);
        let file = instance.sound(&format!("tones-for-{}.wav", self.cable.name()));
        write_for(Family::PwCat, &file, &sound)?;
        let source = self.cable.node(End::Source);
        let mut recorder = instance.record(Family::PwCat, SampleFormat::F32, 2, record_rate, &source)?;
        recorder.wait_flowing()?;
        let player = instance.play(Family::PwCat, &file, &sound, &self.cable.node(End::Sink))?;
        Ok((recorder, player))
    }

    fn state(&self, instance: &Instance) -> Result<State> {
        instance.state(&self.cable.node(End::Source))
    }

    /// Fails when the cable interrupted the sound. A client that is late for a cycle loses it, as this clock does not
    /// wait for it; the cable counts that. This is not repeated: what the cable does is the same on any machine. Returns
    /// how many cycles the clients missed.
    fn judge_counters(&self, context: &Context, before: &State, after: &State) -> Result<u64> {
        let more = |name: &str| {
            let name = format!("vcable.state.{name}");
            after.count(&name).saturating_sub(before.count(&name))
        };
        let counters = ["underruns", "overruns", "trims", "clock.jumps"];
        let interruptions: u64 = counters.iter().map(|name| more(name)).sum();
        let missed = more("missed.sink") + more("missed.source");
        let latency = after.number("vcable.state.latency.frames");
        let figures = format!(
            "{:?} ppm: {} cycles, {missed} missed by the player or the recorder; the player's latest came after {:.2} ms; \
             {interruptions} interruptions {:?}, {latency:.1} frames of latency",
            self.pair.ppm,
            more("cycles.source"),
            after.number("vcable.state.late.sink.ns") * 1e-6,
            counters.map(more),
        );
        context.note(&figures);
        ensure!(missed > 0 || interruptions == 0, "the cable interrupts the sound: {figures}");
        ensure!(after.word("vcable.state.relation") == "two-clocks", "{after:?}");
        Ok(missed)
    }

    /// Prints what arrived, and fails when it is not what was played: but for the places that the clients spoilt, who
    /// missed so many cycles.
    fn judge(&self, context: &Context, recorded: &Sound, missed: u64) -> Result<()> {
        let (pair, rate) = (self.pair, recorded.rate);
        let onset = (0..recorded.frames()).find(|&at| recorded.frame(at).iter().any(|&word| word != 0));
        let begin = onset.context("nothing but silence arrived")? + (LOCK_SECONDS * rate) as usize;
        let span = begin..begin + (judged_seconds() * rate) as usize;
        for (channel, tone) in TONES.into_iter().enumerate() {
            let all = recorded.channel(channel);
            let samples = all.get(span.clone()).with_context(|| format!("only {} frames came", all.len()))?;
            let expected = tone * pair.ratio();
            let purity = measure_purity(samples, rate.into(), expected);
            let drift = measure_drift(samples, rate.into(), expected).context("too short")?;
            let silence = longest_silence(samples);
            let figures = format!(
                "{:?} ppm, {tone} Hz: THD+N {:.1} dB (median {:.1}, worst {:.1} at {:.1} s), pitch off by \
                 {:+.3} ppm and moving by {:.3} rms, latency by {:.3} frames, silent for {silence} frames",
                pair.ppm,
                purity.thd_n_db,
                purity.median_db,
                purity.worst_db,
                purity.worst_seconds,
                drift.offset_ppm,
                drift.residual_ppm,
                drift.slip_frames
            );
            context.note(&figures);
            // A hole that was not counted is a recorder's; what it does to the pitch says nothing of the cable.
            if missed == 0 && silence > SILENCE_FRAMES {
                return Err(Dropout(format!("interrupted: {figures}")).into());
            }
            ensure!(drift.offset_ppm.abs() <= OFFSET_PPM + 2.0 * pair.wander_ppm, "wrong pitch: {figures}");
            ensure!(purity.median_db <= THD_N_DB, "not pure: {figures}");
            let moves = drift.slip_frames > SLIP_FRAMES + pair.swing_frames();
            let spoilt = purity.spectra_above(THD_N_DB);
            // The sound fades out and in around a hole.
            let explained = 2 * Purity::SPECTRA_PER_CLICK * missed;
            let is_whole = purity.thd_n_db <= THD_N_DB && !moves;
            if !is_whole && (missed == 0 || spoilt > explained) {
                let places = format!("{spoilt} spectra spoilt, {explained} explained");
                return Err(Dropout(format!("pure but for single places ({places}): {figures}")).into());
            }
        }
        Ok(())
    }
}

impl Pair {
    /// What a second of the player lasts for the recorder, both counting frames.
    fn ratio(&self) -> f64 {
        let [sink, source] = self.ppm;
        (1.0 + sink * 1e-6) / (1.0 + source * 1e-6)
    }

    /// How far the two clocks themselves move against that at most, in frames: two integrated sines.
    fn swing_frames(&self) -> f64 {
        2.0 * self.wander_ppm * 1e-6 * SWING_SECONDS / std::f64::consts::PI * 48_000.0
    }
}

fn judged_seconds() -> u32 {
    seconds(JUDGED_SECONDS.into()) as u32
}

fn tones(rate: u32, seconds: u32) -> Sound {
    let frames = rate as usize * seconds as usize;
    let [mut left, right] = TONES.map(|hz| sine(2, rate, frames, hz, 0.5));
    for (to, from) in left.words.chunks_exact_mut(2).zip(right.words.chunks_exact(2)) {
        to[1] = from[1];
    }
    left
}

/// Tones through cables, from one clock's group into another's.
fn sound(context: &Context, pairs: &[Pair]) -> Result<()> {
    let lines: Vec<_> = pairs.iter().enumerate().map(|(number, pair)| Line::new(number, *pair)).collect();
    let cables: Vec<_> = lines.iter().map(|line| line.cable.clone()).collect();
    let clocks: Vec<_> = lines.iter().flat_map(|line| line.clocks.clone()).collect();
    let mut builder = context.with_clocks(&cables, &clocks).quantum(quantum());
    if pairs.iter().any(|pair| pair.rates[0] != pair.rates[1]) {
        let rates = "context.properties = { default.clock.allowed-rates = [ 44100 48000 ] }\n";
        builder = builder.drop_in("49-rates.conf", rates);
    }
    let instance = builder.start(&context.scratch)?;
    for line in &lines {
        for (port, clock) in line.ports().iter().zip(&line.clocks) {
            instance.link(port, &clock.port())?;
        }
        line.check(&instance, "before")?;
    }
    let seconds = LOCK_SECONDS + judged_seconds();
    let mut running = lines.iter().map(|line| line.start(&instance)).collect::<Result<Vec<_>>>()?;
    let states = || lines.iter().map(|line| line.state(&instance)).collect::<Result<Vec<_>>>();
    let mut locked = Vec::new();
    // The last one to start has a second more than it needs, and the others too.
    if let Some((recorder, _)) = running.last_mut() {
        let begun = recorder.frames_so_far();
        let mut wait = |seconds: u32| {
            let wanted = begun + u64::from(48_000 * seconds);
            recorder.wait_frames(wanted, DEADLINE + Duration::from_secs(seconds.into()))
        };
        wait(LOCK_SECONDS)?;
        locked = states()?;
        wait(seconds + 1)?;
    }
    let after = states()?;
    for line in &lines {
        line.check(&instance, "after")?;
    }
    for ((line, (recorder, player)), (before, after)) in
        lines.iter().zip(running).zip(locked.iter().zip(&after))
    {
        let missed = line.judge_counters(context, before, after)?;
        let recorded = recorder.finish()?;
        drop(player);
        line.judge(context, &recorded, missed)?;
    }
    Ok(())
}
