//! Every rate, every number of channels, every format of the port, quanta that differ.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use vcable_tests::cable::{Cable, End};
use vcable_tests::clients::{Family, Options, write_for};
use vcable_tests::measure::{Measure, Role};
use vcable_tests::signal::{SampleFormat, Sound, measure_tone, sine};
use vcable_tests::wait::DEADLINE;

use crate::exact::{Lane, TAIL_FRAMES, play_and_compare};
use crate::quanta::ANY_QUANTUM;
use crate::steady::no_hole;
use crate::trial::{Context, Dropout, Trials};

/// The graph's rate in Hz.
const RATE: u32 = 48_000;

/// The rates that sound cards and files have.
const RATES: [u32; 15] = [
    8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000,
    352_800, 384_000,
];

/// Heard through every rate, in Hz.
const PITCH: f64 = 997.0;

pub(crate) fn add(trials: &mut Trials) {
    for (number, rates) in RATES.chunks(5).enumerate() {
        trials.add(&format!("formats/rates-{number}"), move |context| every_rate(context, rates));
    }
    trials.add("formats/port-formats-stereo", |context| port_formats(context, 2));
    trials.add("formats/port-formats-8-channels", |context| port_formats(context, 8));
    trials.add("formats/1-and-64-channels", many_channels);
    trials.add("formats/channel-order", channel_order);
    trials.add("formats/ends-differ", ends_differ);
    for (player, recorder) in [(1024, 64), (64, 1024), (256, 1024), (480, 441), (441, 480)] {
        trials.add(&format!("formats/quanta-{player}-to-{recorder}"), move |context| {
            unequal_quanta(context, player, recorder)
        });
    }
}

/// At a quantum of 1024: a cycle at the cable's rate must fit into PipeWire's `clock.quantum-limit` (8192 frames),
/// which its converter takes at most at once, and at 384 kHz that is the longest.
fn every_rate(context: &Context, rates: &[u32]) -> Result<()> {
    let cables: Vec<_> = rates
        .iter()
        .map(|rate| Cable::new(&format!("rate-{rate}"), 2).with("audio.rate", &rate.to_string()))
        .collect();
    let instance = context.with_cables(&cables).quantum(1024).start(&context.scratch)?;
    let sound = sine(2, RATE, 4 * RATE as usize, PITCH, 0.5);
    let file = instance.sound("tone");
    write_for(Family::PwCat, &file, &sound.clone().with_silence(TAIL_FRAMES))?;
    let mut running = Vec::new();
    for cable in &cables {
        instance.wait_ports(&cable.node(End::Sink))?;
        instance.wait_ports(&cable.node(End::Source))?;
        let source = cable.node(End::Source);
        let mut recorder = instance.record(Family::PwCat, SampleFormat::F32, 2, RATE, &source)?;
        recorder.wait_flowing()?;
        running.push((recorder, instance.play(Family::PwCat, &file, &sound, &cable.node(End::Sink))?));
    }
    let mut recorded = Vec::new();
    for (recorder, mut player) in running {
        ensure!(player.wait(Duration::from_secs(30))?.success(), "{}", player.log_tail());
        recorded.push(recorder.finish()?);
    }
    for (cable, recorded) in cables.iter().zip(&recorded) {
        tone_is_right(&sound, recorded).with_context(|| cable.name().to_owned())?;
    }
    Ok(())
}

/// The pitch to 10 ppm, the loudness, and the length (which is the pace) to a hundredth of a second plus what
/// resamplers smear.
fn tone_is_right(played: &Sound, recorded: &Sound) -> Result<()> {
    for channel in 0..2 {
        let samples = recorded.channel(channel);
        let loud = |sample: &f64| sample.abs() > 0.25;
        let (first, last) = samples
            .iter()
            .position(loud)
            .zip(samples.iter().rposition(loud))
            .context("nothing was recorded")?;
        let length = (last - first) as f64 / played.frames() as f64;
        let margin = RATE as usize / 10;
        let middle = samples.get(first + margin..last.saturating_sub(margin)).context("too short")?;
        let tone = measure_tone(middle, f64::from(RATE), PITCH);
        let pitch = tone.frequency / PITCH;
        if (length - 1.0).abs() > 0.01 || (pitch - 1.0).abs() > 1e-5 {
            return Err(
                Dropout(format!("channel {channel}: length {length}, pitch {pitch}, {tone:?}")).into()
            );
        }
        ensure!((tone.amplitude - 0.5).abs() < 0.01, "channel {channel}: {tone:?}");
    }
    Ok(())
}

/// Interleaved formats at the port, and clients of the same format.
fn port_formats(context: &Context, channels: u32) -> Result<()> {
    let lanes: Vec<_> = SampleFormat::ALL
        .iter()
        .map(|&format| {
            let cable = Cable::new(&format!("port-{}", format.pw_cat_name()), channels);
            Lane::new(cable.with("audio.format", format.spa_name()), format)
        })
        .collect();
    let cables: Vec<_> = lanes.iter().map(|lane| lane.cable.clone()).collect();
    let instance = context.with_cables(&cables).quantum(256).start(&context.scratch)?;
    play_and_compare(&instance, Family::PwCat, &lanes, 256)
}

fn many_channels(context: &Context) -> Result<()> {
    let cables = [Cable::new("mono", 1), Cable::new("wide", 64)];
    let lanes = cables.clone().map(|cable| Lane::new(cable, SampleFormat::F32));
    let instance = context.with_cables(&cables).quantum(1024).start(&context.scratch)?;
    play_and_compare(&instance, Family::PwCat, &lanes, 1024)
}

/// A constant of its own on each channel, in both directions the same.
fn channel_order(context: &Context) -> Result<()> {
    const CHANNELS: u32 = 6;
    let cable = Cable::new("cable", CHANNELS);
    let instance = context.with_cables(std::slice::from_ref(&cable)).start(&context.scratch)?;
    instance.wait_ports(&cable.node(End::Sink))?;
    instance.wait_ports(&cable.node(End::Source))?;
    let format = SampleFormat::S16;
    let frame: Vec<i32> = (1..=CHANNELS).map(|channel| channel as i32 * 1000).collect();
    let sound = Sound { format, channels: CHANNELS, rate: RATE, words: frame.repeat(RATE as usize) };
    let file = instance.sound("levels");
    write_for(Family::PwCat, &file, &sound)?;
    let mut recorder = instance.record(Family::PwCat, format, CHANNELS, RATE, &cable.node(End::Source))?;
    recorder.wait_flowing()?;
    let mut player = instance.play(Family::PwCat, &file, &sound, &cable.node(End::Sink))?;
    ensure!(player.wait(Duration::from_secs(30))?.success(), "{}", player.log_tail());
    let outcome = recorder.finish()?;
    let sounding: Vec<_> =
        outcome.words.chunks(CHANNELS as usize).filter(|frame| frame.iter().any(|&word| word != 0)).collect();
    ensure!(sounding.len() > RATE as usize / 2, "only {} frames", sounding.len());
    let wrong = sounding.iter().find(|recorded| ***recorded != *frame);
    ensure!(wrong.is_none(), "{frame:?} was recorded as {wrong:?}");
    Ok(())
}

type Properties = &'static [(&'static str, &'static str)];

/// The properties of the sink, those of the source, and the way that the sound then takes.
const DIFFERENT: [(Properties, Properties, &str); 3] = [
    (&[("audio.format", "S32")], &[("audio.format", "F32")], "converted"),
    (&[("audio.rate", "44100")], &[("audio.rate", "96000")], "resampled"),
    (&[], &[("audio.format", "S24"), ("audio.rate", "44100"), ("vcable.quality", "high")], "resampled"),
];

/// Ends that differ carry a tone, at the pitch and pace of the player's, and say how.
fn ends_differ(context: &Context) -> Result<()> {
    let with = |cable: Cable, properties: Properties| {
        properties.iter().fold(cable, |cable, (key, value)| cable.with(key, value))
    };
    let named = |number: usize| Cable::new(&format!("cable-{number}"), 2);
    let objects: Vec<_> = (0..)
        .zip(&DIFFERENT)
        .flat_map(|(number, (sink, source, _))| {
            [with(named(number), sink).object(End::Sink), with(named(number), source).object(End::Source)]
        })
        .collect();
    let ends = format!("context.objects = [ {} ]\n", objects.join(" "));
    let instance =
        context.builder().drop_in("51-cables.conf", &ends).quantum(1024).start(&context.scratch)?;
    let sound = sine(2, RATE, 4 * RATE as usize, PITCH, 0.5);
    let file = instance.sound("tone");
    write_for(Family::PwCat, &file, &sound.clone().with_silence(TAIL_FRAMES))?;
    for (number, (.., way)) in (0..).zip(&DIFFERENT) {
        let cable = named(number);
        let (sink, source) = (cable.node(End::Sink), cable.node(End::Source));
        instance.wait_ports(&sink)?;
        let id = instance.wait_ports(&source)?.id;
        let mut recorder = instance.record(Family::PwCat, SampleFormat::F32, 2, RATE, &source)?;
        recorder.wait_flowing()?;
        let mut player = instance.play(Family::PwCat, &file, &sound, &sink)?;
        recorder.wait_frames(recorder.frames_so_far() + u64::from(RATE), DEADLINE)?;
        let state = || instance.run("pw-cli", &["enum-params", &id.to_string(), "Props"]);
        let first = state()?;
        ensure!(first.contains("vcable.state.path") && first.contains(way), "not {way}: {first}");
        // And it moves with the sound: the daemon holds no old copy of it.
        recorder.wait_frames(recorder.frames_so_far() + u64::from(RATE / 2), DEADLINE)?;
        ensure!(state()? != first, "the state stands still: {first}");
        ensure!(player.wait(Duration::from_secs(30))?.success(), "{}", player.log_tail());
        tone_is_right(&sound, &recorder.finish()?).with_context(|| cable.name().to_owned())?;
    }
    Ok(())
}

/// Without a forced quantum each side gets the one it asks for: they are two groups.
fn unequal_quanta(context: &Context, player: u32, recorder: u32) -> Result<()> {
    let format = SampleFormat::F32;
    let mut lane = Lane::new(Cable::new("cable", 2), format);
    lane.player = Options { latency_frames: Some(player) };
    lane.recorder = Options { latency_frames: Some(recorder) };
    let cables = [lane.cable.clone()];
    let builder = context.with_cables(&cables).drop_in("48-quanta.conf", ANY_QUANTUM);
    let instance = builder.start(&context.scratch)?;
    quanta_differ(&instance, player, recorder)?;
    play_and_compare(&instance, Family::PwCat, &[lane], player.min(recorder))
}

/// The numbered frames arrive without a hole, and the quanta really are what the trial says.
fn quanta_differ(instance: &vcable_tests::Instance, player: u32, recorder: u32) -> Result<()> {
    let mut measure = Measure::start(instance, Context::measure_program(), "client")?;
    measure.enable(Role::Writer, Some(player))?;
    measure.enable(Role::Reader, Some(recorder))?;
    instance.link(&measure.port(Role::Writer), "cable.sink:playback_FL")?;
    instance.link("cable.source:capture_FL", &measure.port(Role::Reader))?;
    measure.wait(|report| report.decoded_frames > u64::from(RATE) / 4)?;
    measure.reset()?;
    let report = measure.wait(|report| report.decoded_frames > 2 * u64::from(RATE))?;
    let quanta = (report.writer.quantum, report.reader.quantum);
    ensure!(quanta == (player, recorder), "the quanta are {quanta:?}");
    no_hole(&report)
}
