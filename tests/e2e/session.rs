//! What users and programs of a session meet: mixers, defaults, volumes that are kept, and the source as a microphone.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use rustix::process::Signal;
use serde_json::Value;
use vcable_tests::Instance;
use vcable_tests::cli::Cli;
use vcable_tests::clients::{Family, write_for};
use vcable_tests::instance::Builder;
use vcable_tests::process::Output;
use vcable_tests::signal::{SampleFormat, noise, read_raw};
use vcable_tests::wait::{DEADLINE, poll_until};

use crate::exact::{TAIL_FRAMES, judge};
use crate::looks::{default_node, shipped};
use crate::trial::{Context, Trials};

/// The ends that the drop-in declares, by their names and `PulseAudio`'s word for them.
const ENDS: [(&str, &str); 2] = [("vcable.sink", "sink"), ("vcable.source", "source")];

/// The graph's rate in Hz, and its quantum where that counts.
const RATE: u32 = 48_000;
const QUANTUM: u32 = 256;

pub(crate) fn add(trials: &mut Trials) {
    trials.add("session/mixers-show", mixers_show);
    trials.add("session/never-the-default", never_the_default);
    trials.add("session/volumes-are-kept", volumes_are_kept);
    trials.add("session/microphone-of-pulse", microphone_of_pulse);
    trials.add("session/microphone-of-alsa", microphone_of_alsa);
    trials.add("session/microphone-of-jack", microphone_of_jack);
}

/// An instance as users have it: with the drop-in that we ship.
fn users(context: &Context) -> Result<Builder> {
    let builder = Instance::builder(&context.root).plugin(&context.plugin).pulse();
    Ok(builder.drop_in("50-vcable.conf", &shipped()?))
}

fn wait_ends(instance: &Instance) -> Result<()> {
    ENDS.iter().try_for_each(|(node, _)| instance.wait_ports(node).map(drop))
}

/// A sink or source as `pactl` lists it.
fn listed(instance: &Instance, node: &str, word: &str) -> Result<Value> {
    let text = instance.run("pactl", &["--format=json", "list", &format!("{word}s")])?;
    let all: Vec<Value> = serde_json::from_str(&text).with_context(|| text.clone())?;
    all.into_iter().find(|object| object["name"] == node).with_context(|| format!("no {node}"))
}

/// Name, icon and volume; no jacks, which a virtual device has not, and nothing that hides the source from programs
/// which leave monitors out.
fn mixers_show(context: &Context) -> Result<()> {
    let instance = users(context)?.start(&context.scratch)?;
    wait_ends(&instance)?;
    let looks = [("Virtual Cable Input", "audio-card"), ("Virtual Cable Output", "audio-input-microphone")];
    for ((node, word), (description, icon)) in ENDS.into_iter().zip(looks) {
        let shown = listed(&instance, node, word)?;
        let properties = &shown["properties"];
        ensure!(shown["description"] == description, "{shown:#}");
        ensure!(properties["device.icon_name"] == icon, "{shown:#}");
        ensure!(properties["device.class"] != "monitor", "{shown:#}");
        ensure!(shown["mute"] == false && percents(&shown) == ["100%", "100%"], "{shown:#}");
        ensure!(shown["ports"].as_array().is_some_and(Vec::is_empty), "a jack that is none: {shown:#}");
        ensure!(shown["flags"].to_string().contains("DECIBEL_VOLUME"), "{shown:#}");
    }
    Ok(())
}

/// Left and right.
fn percents(shown: &Value) -> [&str; 2] {
    ["front-left", "front-right"]
        .map(|side| shown["volume"][side]["value_percent"].as_str().unwrap_or_default())
}

/// The factories of hardware's stand-ins.
const HARDWARE_LIBS: &str = "context.spa-libs = { audiotestsrc = audiotestsrc/libspa-audiotestsrc }\n";

/// Stand in for a sound card and a microphone, with the priorities that simple ones have.
const CARD: &str = "{ factory.name = support.null-audio-sink node.name = card media.class = Audio/Sink
  audio.channels = 2 audio.position = [ FL FR ] priority.session = 1000 }";
const MICROPHONE: &str = "{ factory.name = audiotestsrc node.name = microphone media.class = Audio/Source
  audio.channels = 2 audio.position = [ FL FR ] priority.session = 2000 }";

/// The cable gives way to hardware, whichever comes first: even to the monitor of a card without a microphone, which
/// was the default before there was a cable. Alone, its source comes before its sink's monitor.
fn never_the_default(context: &Context) -> Result<()> {
    let expect = |instance: &Instance, sink: &str, source: &str| {
        default_node(instance, "default.audio.sink", sink)?;
        default_node(instance, "default.audio.source", source)
    };
    let instance = users(context)?.drop_in("40-libs.conf", HARDWARE_LIBS).start(&context.scratch)?;
    wait_ends(&instance)?;
    expect(&instance, "vcable.sink", "vcable.source").context("alone")?;
    let mut cli = Cli::start(&instance)?;
    let mut create =
        |arguments: &str| cli.send(&format!("create-node adapter {}", arguments.replace('\n', " ")));
    create(CARD)?;
    expect(&instance, "card", "card").context("a card came")?;
    create(MICROPHONE)?;
    expect(&instance, "card", "microphone").context("a microphone came")?;
    drop(cli);
    drop(instance);
    let objects = [CARD, MICROPHONE].map(|arguments| format!("{{ factory = adapter args = {arguments} }}"));
    let hardware = format!("{HARDWARE_LIBS}context.objects = [ {} ]\n", objects.join(" "));
    let instance = users(context)?.drop_in("40-hardware.conf", &hardware).start(&context.scratch)?;
    wait_ends(&instance)?;
    for node in ["card", "microphone"] {
        instance.wait_ports(node)?;
    }
    expect(&instance, "card", "microphone").context("hardware was there first")
}

/// What is set on each end, left and right in percent, and how that is saved: its cubes.
const VOLUMES: [([&str; 2], &str); 2] = [(["40%", "70%"], "0.34299"), (["30%", "80%"], "0.51197")];

/// Volumes of each channel, and mute, outlive the daemon and the session manager.
fn volumes_are_kept(context: &Context) -> Result<()> {
    let mut instance = users(context)?.start(&context.scratch)?;
    wait_ends(&instance)?;
    // Somebody plays and records: PipeWire 1.4 tells nobody of a change of volume while a node is suspended.
    let clients =
        ["pacat --raw --device=vcable.sink </dev/zero", "parec --raw --device=vcable.source >/dev/null"];
    let clients = clients.map(|line| instance.spawn("sh", &["-c", &format!("exec {line}")], Output::Log));
    for (node, _) in ENDS {
        instance.wait_running(node)?;
    }
    for ((node, word), ([left, right], _)) in ENDS.into_iter().zip(VOLUMES) {
        instance.run("pactl", &[&format!("set-{word}-volume"), node, left, right])?;
        instance.run("pactl", &[&format!("set-{word}-mute"), node, "1"])?;
    }
    let mut saved = String::new();
    poll_until("the session manager to save volumes and mutes", DEADLINE, || {
        saved = all_files(&instance.dir().join("state/wireplumber"))?;
        let muted = saved.lines().filter(|line| line.contains("vcable.") && is_muted(line)).count();
        Ok((muted == ENDS.len() && VOLUMES.iter().all(|(_, cube)| saved.contains(cube))).then_some(()))
    })
    .with_context(|| format!("saved is:\n{saved}"))?;
    drop(clients);
    instance.restart()?;
    wait_ends(&instance)?;
    for ((node, word), (percent, _)) in ENDS.into_iter().zip(VOLUMES) {
        let mut shown = Value::Null;
        poll_until(&format!("volume and mute of {node}"), DEADLINE, || {
            shown = listed(&instance, node, word)?;
            Ok((shown["mute"] == true && percents(&shown) == percent).then_some(()))
        })
        .with_context(|| format!("{shown:#}"))?;
    }
    Ok(())
}

/// As `WirePlumber` 0.4 or 0.5 writes it, whichever it is.
fn is_muted(line: &str) -> bool {
    line.contains("mute=true") || line.contains("\"mute\":true")
}

/// The text of all files in a folder that may not be there yet.
fn all_files(folder: &Path) -> Result<String> {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        text.push_str(&std::fs::read_to_string(entry?.path())?);
    }
    Ok(text)
}

fn microphone_of_pulse(context: &Context) -> Result<()> {
    let line = "parec --raw --format=float32le --rate=48000 --channels=2 --latency-msec=50 > \"$0\"";
    recorded_by(context, line)
}

fn microphone_of_alsa(context: &Context) -> Result<()> {
    let line = "arecord -q -D pipewire -t raw -f FLOAT_LE -r 48000 -c 2 \"$0\"";
    recorded_by(context, line)
}

/// A recorder that names no source gets the cable's, bit for bit.
fn recorded_by(context: &Context, line: &str) -> Result<()> {
    const SECONDS: usize = 4;
    let format = SampleFormat::F32;
    let instance = users(context)?.quantum(QUANTUM).start(&context.scratch)?;
    wait_ends(&instance)?;
    default_node(&instance, "default.audio.source", "vcable.source")?;
    let file = instance.sound("recorded");
    let path = file.display().to_string();
    let mut recorder =
        instance.spawn_real_time("sh", &["-c", &format!("exec {line}"), &path], Output::Log)?;
    poll_until("sound from the recorder", DEADLINE, || {
        recorder.ensure_running()?;
        Ok(file.metadata().is_ok_and(|data| data.len() > 0).then_some(()))
    })?;
    let sound = noise(format, 2, RATE, SECONDS * RATE as usize, 1);
    let source_file = instance.sound("played");
    write_for(Family::PwCat, &source_file, &sound.clone().with_silence(TAIL_FRAMES))?;
    let mut player = instance.play(Family::PwCat, &source_file, &sound, "vcable.sink")?;
    ensure!(player.wait(DEADLINE)?.success(), "{}", player.log_tail());
    recorder.signal(Signal::INT)?;
    recorder.wait(DEADLINE)?;
    let outcome = read_raw(&file, format, 2, RATE)?;
    judge(&sound, &outcome, (SECONDS - 1) * RATE as usize, QUANTUM)
}

/// JACK's programs find the ends as they find hardware, and sound passes. `jack_delay` holds both ends in one driver
/// group, which takes a quantum.
fn microphone_of_jack(context: &Context) -> Result<()> {
    let instance = users(context)?.quantum(QUANTUM).start(&context.scratch)?;
    wait_ends(&instance)?;
    let objects = instance.dump()?;
    for port in ["playback_FL", "capture_FR"] {
        let properties = objects.iter().map(|object| &object["info"]["props"]);
        let found = properties.clone().find(|properties| properties["port.name"] == port);
        let found = found.with_context(|| format!("no {port}"))?;
        ensure!(found["port.physical"] == true && found["port.terminal"] == true, "{found:#}");
    }
    let output = instance.sound("delays");
    let mut client = instance.spawn_real_time(
        "pw-jack",
        &["stdbuf", "-oL", "jack_delay"],
        Output::File(output.clone()),
    )?;
    instance.link("jack_delay:out", "vcable.sink:playback_FL")?;
    instance.link("vcable.source:capture_FL", "jack_delay:in")?;
    let expected = f64::from(QUANTUM);
    let mut last = String::new();
    poll_until("jack_delay to measure a quantum", DEADLINE, || {
        client.ensure_running()?;
        std::fs::read_to_string(&output)?.lines().last().unwrap_or_default().clone_into(&mut last);
        let frames = last.split_whitespace().next().and_then(|word| word.parse::<f64>().ok());
        Ok(frames.filter(|frames| (frames - expected).abs() < 0.01).map(drop))
    })
    .with_context(|| format!("it says: {last}"))
}
