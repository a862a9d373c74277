//! Many cables at once, all of them sounding.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::Value;
use vcable_tests::Instance;
use vcable_tests::cable::{Cable, End};
use vcable_tests::measure::{Measure, Report, Role};
use vcable_tests::usage::processor_time;

use crate::trial::{Context, Dropout, Trials, seconds};

/// How many, and the frames of their cycles.
const CABLES: usize = 32;
const QUANTUM: u32 = 256;

/// How long they are listened to.
const SECONDS: u64 = 6;

pub(crate) fn add(trials: &mut Trials) {
    trials.add_alone("crowd/32-cables-quantum-256", crowd);
}

/// The ports between which a client's sound passes.
struct Way {
    input: String,
    output: String,
}

/// What all clients of a run heard, and what the daemon took for it.
#[derive(Debug, Default)]
struct Heard {
    decoded_frames: u64,
    lost_frames: u64,
    silent_frames: u64,
    corrupt_frames: u64,
    /// The longest time that any reader waited for its next cycle.
    longest_pause_ms: u64,
    /// Of one processor.
    daemon_percent: f64,
}

impl Heard {
    fn add(&mut self, report: &Report) {
        self.decoded_frames += report.decoded_frames;
        self.lost_frames += report.lost_frames;
        self.silent_frames += report.silent_frames;
        self.corrupt_frames += report.corrupt_frames;
        self.longest_pause_ms = self.longest_pause_ms.max(report.reader.longest_pause_ns / 1_000_000);
    }
}

/// Each carries its own sound, whole. Where the machine stands still for longer than that, as many null sinks are the
/// measure of what it can.
fn crowd(context: &Context) -> Result<()> {
    let cables: Vec<_> = (0..CABLES).map(|number| Cable::new(&format!("cable-{number}"), 2)).collect();
    let instance = context.with_cables(&cables).quantum(QUANTUM).start(&context.scratch)?;
    let ways = cables.iter().map(|cable| Way {
        input: format!("{}:playback_FL", cable.node(End::Sink)),
        output: format!("{}:capture_FL", cable.node(End::Source)),
    });
    let mut faults = Vec::new();
    let ours = listen(&instance, ways, &mut faults)?;
    drop(instance);
    context.note(&format!("{ours:?}, faults counted by the cables: {faults:?}"));
    ensure!(ours.corrupt_frames == 0, "{ours:?}");
    let expected = CABLES as u64 * seconds(SECONDS) * 48_000;
    let [before, after] = faults.as_slice() else { unreachable!() };
    if ours.lost_frames == 0 && ours.silent_frames == 0 && before == after {
        ensure!(ours.decoded_frames * 100 > expected * 98, "{expected} frames were due: {ours:?}");
        return Ok(());
    }
    let theirs = null_sinks(context)?;
    context.note(&format!("as many null sinks: {theirs:?}"));
    let beside = |ours: &Heard| (ours.lost_frames + ours.silent_frames) / CABLES as u64;
    let message = format!("cables: {ours:?}; null sinks: {theirs:?}");
    if ours.lost_frames > 0 || beside(&ours) > beside(&theirs) {
        return Err(Dropout(message).into());
    }
    Ok(())
}

fn null_sinks(context: &Context) -> Result<Heard> {
    let object = |number| {
        format!(
            "{{ factory = adapter args = {{ factory.name = support.null-audio-sink node.name = null-{number} \
             media.class = Audio/Sink audio.channels = 2 audio.position = [ FL FR ] }} }}"
        )
    };
    let objects: Vec<_> = (0..CABLES).map(object).collect();
    let text = format!("context.objects = [ {} ]\n", objects.join(" "));
    let instance =
        context.builder().drop_in("51-null.conf", &text).quantum(QUANTUM).start(&context.scratch)?;
    let ways = (0..CABLES).map(|number| Way {
        input: format!("null-{number}:playback_FL"),
        output: format!("null-{number}:monitor_FL"),
    });
    listen(&instance, ways, &mut Vec::new())
}

/// A client for each way. `faults` gets the cables' own count before and after.
fn listen(instance: &Instance, ways: impl Iterator<Item = Way>, faults: &mut Vec<u64>) -> Result<Heard> {
    let mut clients = Vec::new();
    for (number, way) in ways.enumerate() {
        let mut client = Measure::start(instance, Context::measure_program(), &format!("client-{number}"))?;
        client.enable(Role::Writer, None)?;
        client.enable(Role::Reader, None)?;
        instance.link(&client.port(Role::Writer), &way.input)?;
        instance.link(&way.output, &client.port(Role::Reader))?;
        clients.push(client);
    }
    for client in &mut clients {
        client.wait(|report| report.latency_frames.count > 20)?;
    }
    faults.push(faults_counted(instance)?);
    let used_before = processor_time(instance.daemon_id())?;
    clients.iter_mut().try_for_each(Measure::reset)?;
    let time = Duration::from_secs(seconds(SECONDS));
    std::thread::sleep(time);
    let mut heard = Heard::default();
    for client in &mut clients {
        let report = client.report()?;
        ensure!((report.writer.quantum, report.reader.quantum) == (QUANTUM, QUANTUM), "{report:?}");
        heard.add(&report);
    }
    let used = processor_time(instance.daemon_id())?.saturating_sub(used_before);
    heard.daemon_percent = 100.0 * used.as_secs_f64() / time.as_secs_f64();
    faults.push(faults_counted(instance)?);
    Ok(heard)
}

/// Underruns and overruns of all cables, as their sinks tell.
fn faults_counted(instance: &Instance) -> Result<u64> {
    let mut sum = 0;
    for object in instance.dump()?.iter().filter(|object| !object["info"]["params"]["Props"].is_null()) {
        let sets = object["info"]["params"]["Props"].as_array().into_iter().flatten();
        let pairs: Vec<&Value> = sets.filter_map(|set| set["params"].as_array()).flatten().collect();
        for pair in pairs.windows(2) {
            if let [Value::String(key), count] = pair
                && ["vcable.state.underruns", "vcable.state.overruns"].contains(&key.as_str())
            {
                sum += count.as_u64().unwrap_or_default();
            }
        }
    }
    Ok(sum)
}
