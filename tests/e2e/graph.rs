//! What a session's graph does to a cable that is in use. Afterwards it is as before: exact, with no latency of its own.

use anyhow::{Context as _, Result, ensure};
use vcable_tests::Instance;
use vcable_tests::cable::{Cable, End};
use vcable_tests::cli::Cli;
use vcable_tests::clients::{Family, write_for};
use vcable_tests::measure::{Measure, Report, Role};
use vcable_tests::signal::{SampleFormat, Sound};
use vcable_tests::wait::{DEADLINE, poll_until};

use crate::steady::no_hole;
use crate::trial::{Context, Dropout, Trials};

/// Frames of a cycle, unless someone asks for another number.
const QUANTUM: u32 = 256;

/// The rates that the graph takes in turn, in Hz.
const RATES: [u32; 4] = [44_100, 48_000, 96_000, 48_000];

/// Compared after each change: half a second at 48 kHz.
const FRAMES: u64 = 24_000;

/// A render of a minute.
const OFFLINE_FRAMES: u64 = 60 * 48_000;

/// Full speed is at least so many times that of hearing.
const OFFLINE_SPEED: f64 = 2.0;

/// The group of the driver that `PipeWire` has for offline renders.
const OFFLINE: &str = "pipewire.freewheel";

pub(crate) fn add(trials: &mut Trials) {
    trials.add("graph/offline-render", offline);
    trials.add("graph/suspend-and-resume", suspend);
    trials.add("graph/daemon-starts-again", daemon);
    trials.add("graph/rate-changes", rates);
    trials.add("graph/an-end-is-made-again", made_again);
    trials.add("graph/drivers-come-and-go", drivers);
    trials.add("graph/other-formats-join", other_formats);
}

/// A cable, and a client that plays into it and hears what comes out.
struct Scene {
    instance: Instance,
    measure: Measure,
}

const SINK: &str = "cable.sink:playback_FL";
const SOURCE: &str = "cable.source:capture_FL";

impl Scene {
    fn start(builder: vcable_tests::instance::Builder, context: &Context) -> Result<Self> {
        let instance = builder.quantum(QUANTUM).start(&context.scratch)?;
        let measure = Measure::start(&instance, Context::measure_program(), "client")?;
        let mut scene = Self { instance, measure };
        scene.enable()?;
        scene.exact().context("at first")?;
        Ok(scene)
    }

    fn enable(&mut self) -> Result<()> {
        self.measure.enable(Role::Writer, None)?;
        self.measure.enable(Role::Reader, None)?;
        self.link()
    }

    fn disable(&mut self) -> Result<()> {
        self.measure.disable(Role::Writer)?;
        self.measure.disable(Role::Reader)
    }

    fn link(&self) -> Result<()> {
        self.instance.link(&self.measure.port(Role::Writer), SINK)?;
        self.instance.link(SOURCE, &self.measure.port(Role::Reader))
    }

    fn id(&self, node: &str) -> Result<u32> {
        Ok(self.instance.node(node)?.with_context(|| format!("no node {node}"))?.id)
    }

    fn wait_state(&self, end: End, state: &str) -> Result<()> {
        let name = cable().node(end);
        let mut last = String::new();
        poll_until(&format!("{name} to be {state}"), DEADLINE, || {
            last = self.instance.node(&name)?.map(|node| node.state).unwrap_or_default();
            Ok((last == state).then_some(()))
        })
        .with_context(|| last.clone())
    }

    /// Nothing is altered or missing, and no latency is added.
    fn exact(&mut self) -> Result<Report> {
        self.exact_within(FRAMES, &[0])
    }

    /// The same over so many frames, with one of these latencies.
    fn exact_within(&mut self, frames: u64, latencies: &[i64]) -> Result<Report> {
        self.measure.measure(20)?;
        self.measure.reset()?;
        let report = self.measure.wait_long(frames, |report| report.reader.frames >= frames)?;
        let median = report.latency_frames.median as i64;
        ensure!(latencies.contains(&median), "{median} frames added instead of {latencies:?}: {report:?}");
        no_hole(&report)?;
        if report.lost_frames > 0 {
            return Err(Dropout(format!("frames lost: {report:?}")).into());
        }
        Ok(report)
    }
}

fn cable() -> Cable {
    Cable::new("cable", 2)
}

/// A player and a recorder of a program that renders offline: at full speed, and back at that of hearing. Both have one
/// driver then; who is first is for `PipeWire` to say.
fn offline(context: &Context) -> Result<()> {
    let mut scene = Scene::start(context.with_cables(&[cable()]), context)?;
    let driver = scene.id("Freewheel-Driver")?;
    for round in 0..2 {
        scene.measure.set_group(OFFLINE)?;
        scene.measure.wait(|report| (report.writer.clock_id, report.reader.clock_id) == (driver, driver))?;
        let report = scene.exact_within(OFFLINE_FRAMES, &[0, i64::from(QUANTUM)]).context("offline")?;
        let speed = report.reader.frames_per_second / 48_000.0;
        ensure!(speed > OFFLINE_SPEED, "{speed} times the usual speed: {report:?}");
        let latency = report.latency_frames.median;
        context.note(&format!("round {round}: {speed:.1} times the usual speed, latency {latency} frames"));
        scene.measure.set_group("")?;
        scene.measure.wait(|report| report.writer.clock_id != driver && report.reader.clock_id != driver)?;
        scene.exact().context("in real time again")?;
    }
    Ok(())
}

/// The session manager suspends both ends when no one has used them for a second. Someone else does it while sound runs:
/// then `PipeWire` wakes them at once, since their links stay.
fn suspend(context: &Context) -> Result<()> {
    let cable = cable().with("session.suspend-timeout-seconds", "1");
    let mut scene = Scene::start(context.with_cables(&[cable]), context)?;
    scene.disable()?;
    for end in [End::Sink, End::Source] {
        scene.wait_state(end, "suspended")?;
    }
    scene.enable()?;
    scene.exact().context("after both were suspended")?;
    for ends in [&[End::Sink][..], &[End::Source], &[End::Sink, End::Source]] {
        for &end in ends {
            let id = scene.id(&format!("cable.{}", end.word()))?.to_string();
            scene.instance.run("pw-cli", &["send-command", &id, "Suspend", "{}"])?;
        }
        scene.exact().with_context(|| format!("after {ends:?} was suspended while sound ran"))?;
    }
    Ok(())
}

/// The daemon ends below its clients. Started again, the cable is there again; so are the clients once they connect.
fn daemon(context: &Context) -> Result<()> {
    let mut scene = Scene::start(context.with_cables(&[cable()]), context)?;
    for round in 0..3 {
        scene.instance.restart()?;
        scene.disable()?;
        scene.enable()?;
        scene.exact().with_context(|| format!("after {} restarts", round + 1))?;
    }
    Ok(())
}

/// The graph's rate changes while sound runs, and the cable's with it.
fn rates(context: &Context) -> Result<()> {
    let mut scene = Scene::start(context.with_cables(&[cable()]), context)?;
    for rate in RATES {
        scene.instance.force_rate(rate)?;
        scene.measure.wait(|report| (report.writer.rate, report.reader.rate) == (rate, rate))?;
        scene.exact().with_context(|| format!("at {rate} Hz"))?;
    }
    Ok(())
}

/// One end is destroyed while the other runs, and made again.
fn made_again(context: &Context) -> Result<()> {
    let mut scene = Scene::start(context.with_cables(&[cable()]), context)?;
    let mut cli = Cli::start(&scene.instance)?;
    for end in [End::Source, End::Sink, End::Source, End::Sink] {
        let name = cable().node(end);
        cli.destroy(scene.id(&name)?)?;
        scene.instance.wait_gone(&name)?;
        // The player plays on, or the recorder hears silence, at the pace of the end that is left.
        scene.measure.reset()?;
        scene.measure.wait(|report| match end {
            End::Sink => report.reader.cycles > 20 && report.silent_frames > 0,
            End::Source => report.writer.cycles > 20,
        })?;
        cli.create(&cable(), end)?;
        scene.instance.wait_ports(&name)?;
        scene.link()?;
        scene.exact().with_context(|| format!("with a new {}", end.word()))?;
    }
    Ok(())
}

/// A null sink that `PipeWire` prefers to the cable's ends as a driver.
const PREFERRED: &str = "context.objects = [ { factory = adapter args = {
  factory.name = support.null-audio-sink node.name = preferred media.class = Audio/Sink priority.driver = 90000
  audio.channels = 2 audio.position = [ FL FR ] monitor.channel-volumes = false } } ]
";

/// Another driver takes over the player, the recorder, both, and leaves again. What the recorder hears of the null sink
/// is silence, which alters nothing.
fn drivers(context: &Context) -> Result<()> {
    let builder = context.with_cables(&[cable()]).drop_in("60-preferred.conf", PREFERRED);
    let mut scene = Scene::start(builder, context)?;
    let preferred = scene.id("preferred")?;
    let player = (scene.measure.port(Role::Writer), "preferred:playback_FL".to_owned());
    let recorder = ("preferred:monitor_FR".to_owned(), scene.measure.port(Role::Reader));
    let one_quantum = i64::from(QUANTUM);
    // Alone, the player's driver runs the source at once, and the recorder's pulls the sink for its next cycle. Who is
    // first when both have one driver is for `PipeWire` to say.
    for (first, second, latency) in [(&player, &recorder, 0), (&recorder, &player, one_quantum)] {
        scene.instance.link(&first.0, &first.1)?;
        let taken = |report: &Report| {
            [report.writer.clock_id, report.reader.clock_id].iter().filter(|&&id| id == preferred).count()
        };
        scene.measure.wait(|report| taken(report) == 1)?;
        scene.exact_within(FRAMES, &[latency]).with_context(|| format!("{first:?} taken"))?;
        scene.instance.link(&second.0, &second.1)?;
        scene.measure.wait(|report| taken(report) == 2)?;
        scene.exact_within(FRAMES, &[0, one_quantum]).context("both taken")?;
        scene.instance.unlink(&first.0, &first.1)?;
        scene.instance.unlink(&second.0, &second.1)?;
        scene.measure.wait(|report| taken(report) == 0)?;
        scene.exact().with_context(|| format!("both free again, {first:?} first"))?;
    }
    Ok(())
}

/// Clients with other formats, channels and rates come and go, unheard: the ends keep the format they run with.
fn other_formats(context: &Context) -> Result<()> {
    let mut scene = Scene::start(context.with_cables(&[cable()]), context)?;
    for (format, channels, rate) in [(SampleFormat::S16, 1, 44_100), (SampleFormat::S32, 8, 96_000)] {
        let words = vec![0; channels as usize * rate as usize];
        let silence = Sound { format, channels, rate, words };
        let file = scene.instance.sound(&format!("silence-{rate}"));
        write_for(Family::PwCat, &file, &silence)?;
        let mut recorder = scene.instance.record(Family::PwCat, format, channels, rate, "cable.source")?;
        recorder.wait_flowing()?;
        let mut player = scene.instance.play(Family::PwCat, &file, &silence, "cable.sink")?;
        scene.exact().with_context(|| format!("beside clients with {format:?}"))?;
        ensure!(player.wait(DEADLINE)?.success(), "{}", player.log_tail());
        recorder.finish()?;
    }
    Ok(())
}
