//! The latency the cable adds: none, however it came about.

use anyhow::{Context as _, Result, ensure};
use vcable_tests::Instance;
use vcable_tests::cable::{Cable, End};
use vcable_tests::cli::Cli;
use vcable_tests::measure::{Measure, Report, Role};

use crate::steady::no_hole;
use crate::trial::{Context, Dropout, Trials};

/// The quanta under test, in frames.
const QUANTA: [u32; 3] = [64, 256, 1024];

/// The usual way to loop sound back in `PipeWire`: a null sink and its monitor.
pub(crate) const NULL_SINK: &str = "context.objects = [ { factory = adapter args = {
  factory.name = support.null-audio-sink node.name = null-sink media.class = Audio/Sink
  audio.channels = 2 audio.position = [ FL FR ] monitor.channel-volumes = false } } ]
";

/// What a session is made of, in the order of starting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Player,
    Recorder,
    Cable,
}

const ORDERS: [[Part; 3]; 6] = [
    [Part::Player, Part::Recorder, Part::Cable],
    [Part::Player, Part::Cable, Part::Recorder],
    [Part::Recorder, Part::Player, Part::Cable],
    [Part::Recorder, Part::Cable, Part::Player],
    [Part::Cable, Part::Player, Part::Recorder],
    [Part::Cable, Part::Recorder, Part::Player],
];

pub(crate) fn add(trials: &mut Trials) {
    for quantum in QUANTA {
        trials.add(&format!("latency/all-orders-quantum-{quantum}"), move |context| {
            all_orders(context, quantum)
        });
        trials.add(&format!("latency/restarts-quantum-{quantum}"), move |context| restarts(context, quantum));
        trials.add(&format!("latency/hundred-cycles-quantum-{quantum}"), move |context| {
            hundred_cycles(context, quantum)
        });
        trials.add(&format!("latency/null-sink-is-seen-quantum-{quantum}"), move |context| {
            null_sink_is_seen(context, quantum)
        });
        trials.add(&format!("latency/two-data-loops-quantum-{quantum}"), move |context| {
            two_data_loops(context, quantum)
        });
    }
}

/// A cable made at run time, a player and a recorder, all of which come and go.
struct Session<'a> {
    instance: &'a Instance,
    cable: Cable,
    measure: Measure,
    cli: Cli,
    running: Vec<Part>,
}

impl<'a> Session<'a> {
    fn new(instance: &'a Instance) -> Result<Self> {
        Ok(Self {
            instance,
            cable: Cable::new("cable", 2),
            measure: Measure::start(instance, Context::measure_program(), "client")?,
            cli: Cli::start(instance)?,
            running: Vec::new(),
        })
    }

    fn has(&self, part: Part) -> bool {
        self.running.contains(&part)
    }

    /// Starts a part, and links it to those that are there.
    fn start(&mut self, part: Part) -> Result<()> {
        match part {
            Part::Player => self.measure.enable(Role::Writer, None)?,
            Part::Recorder => self.measure.enable(Role::Reader, None)?,
            Part::Cable => {
                self.cli.create(&self.cable, End::Sink)?;
                self.cli.create(&self.cable, End::Source)?;
            }
        }
        self.running.push(part);
        if part != Part::Recorder && self.has(Part::Player) && self.has(Part::Cable) {
            let sink = format!("{}:playback_FL", self.cable.node(End::Sink));
            self.instance.link(&self.measure.port(Role::Writer), &sink)?;
        }
        if part != Part::Player && self.has(Part::Recorder) && self.has(Part::Cable) {
            let source = format!("{}:capture_FL", self.cable.node(End::Source));
            self.instance.link(&source, &self.measure.port(Role::Reader))?;
        }
        Ok(())
    }

    fn stop(&mut self, part: Part) -> Result<()> {
        match part {
            Part::Player => self.measure.disable(Role::Writer)?,
            Part::Recorder => self.measure.disable(Role::Reader)?,
            Part::Cable => {
                for end in [End::Sink, End::Source] {
                    let name = self.cable.node(end);
                    let node = self.instance.node(&name)?.with_context(|| format!("no {name}"))?;
                    self.cli.destroy(node.id)?;
                    self.instance.wait_gone(&name)?;
                }
            }
        }
        self.running.retain(|&running| running != part);
        Ok(())
    }

    fn check(&mut self, quantum: u32, cycles: u64) -> Result<Report> {
        let report = self.measure.measure(cycles)?;
        demand(&report, quantum, 0, 0)?;
        Ok(report)
    }
}

/// The latency is `expected` in the median, and in all but `outliers` of the cycles.
fn demand(report: &Report, quantum: u32, expected: i64, outliers: u64) -> Result<()> {
    let message = || format!("{report:?}");
    ensure!(report.reader.quantum == quantum && report.writer.quantum == quantum, "quantum: {}", message());
    let median = report.latency_frames.median as i64;
    ensure!(median == expected, "{median} frames added instead of {expected}: {}", message());
    ensure!(report.corrupt_frames == 0, "corrupt: {}", message());
    let off: u64 = report.histogram.iter().filter(|(frames, _)| **frames != expected).map(|(_, n)| n).sum();
    if off > outliers {
        return Err(Dropout(format!("{off} cycles off: {}", message())).into());
    }
    Ok(())
}

/// Enough cycles for a median: a third of a second, at least 30.
fn cycles(quantum: u32) -> u64 {
    u64::from(16_000 / quantum).max(30)
}

fn all_orders(context: &Context, quantum: u32) -> Result<()> {
    let instance = context.builder().quantum(quantum).start(&context.scratch)?;
    let mut session = Session::new(&instance)?;
    for order in ORDERS {
        for part in order {
            session.start(part)?;
        }
        session.check(quantum, cycles(quantum)).with_context(|| format!("{order:?}"))?;
        for part in order.iter().rev() {
            session.stop(*part)?;
        }
    }
    Ok(())
}

fn restarts(context: &Context, quantum: u32) -> Result<()> {
    let instance = context.builder().quantum(quantum).start(&context.scratch)?;
    let mut session = Session::new(&instance)?;
    for part in [Part::Cable, Part::Player, Part::Recorder] {
        session.start(part)?;
    }
    session.check(quantum, cycles(quantum)).context("first start")?;
    for part in [Part::Player, Part::Recorder, Part::Cable, Part::Player, Part::Recorder] {
        session.stop(part)?;
        session.start(part)?;
        session.check(quantum, cycles(quantum)).with_context(|| format!("after a restart of {part:?}"))?;
    }
    Ok(())
}

fn hundred_cycles(context: &Context, quantum: u32) -> Result<()> {
    let instance = context.builder().quantum(quantum).start(&context.scratch)?;
    let mut session = Session::new(&instance)?;
    session.start(Part::Cable)?;
    for round in 0..100 {
        // Who comes first, and who goes first, alternates.
        let (first, second) =
            if round % 2 == 0 { (Part::Player, Part::Recorder) } else { (Part::Recorder, Part::Player) };
        session.start(first)?;
        session.start(second)?;
        session.measure.wait(|report| report.latency_frames.count > 0)?;
        session.stop(if round % 4 < 2 { first } else { second })?;
        session.stop(if round % 4 < 2 { second } else { first })?;
        session.measure.reset()?;
    }
    session.start(Part::Player)?;
    session.start(Part::Recorder)?;
    session.check(quantum, cycles(quantum)).map(drop)
}

/// The proof that this can fail: the monitor of a null sink is one quantum late, and is measured so.
fn null_sink_is_seen(context: &Context, quantum: u32) -> Result<()> {
    let instance =
        context.builder().drop_in("60-null.conf", NULL_SINK).quantum(quantum).start(&context.scratch)?;
    let mut measure = Measure::start(&instance, Context::measure_program(), "client")?;
    measure.enable(Role::Writer, None)?;
    measure.enable(Role::Reader, None)?;
    instance.link(&measure.port(Role::Writer), "null-sink:playback_FL")?;
    instance.link("null-sink:monitor_FL", &measure.port(Role::Reader))?;
    let report = measure.measure(cycles(quantum))?;
    // A late client sees the clock of a null sink's next cycle: that looks like one quantum more or less.
    demand(&report, quantum, i64::from(quantum), (report.latency_frames.count / 50).max(1))?;
    ensure!(demand(&report, quantum, 0, 0).is_err(), "the same report passes for the null sink and a cable");
    Ok(())
}

/// The two ends on threads of their own. Before 1.2 there is one data loop only, and the same is measured.
const TWO_LOOPS: &str = "context.properties = { context.num-data-loops = 2 }\n";

fn two_data_loops(context: &Context, quantum: u32) -> Result<()> {
    let cable = Cable::new("cable", 2);
    let sink = cable.clone().with("node.loop.name", "data-loop.0").object(End::Sink);
    let source = cable.with("node.loop.name", "data-loop.1").object(End::Source);
    let ends = format!("context.objects = [ {sink} {source} ]\n");
    let builder = context.builder().drop_in("49-loops.conf", TWO_LOOPS).drop_in("51-cables.conf", &ends);
    let instance = builder.quantum(quantum).start(&context.scratch)?;
    let mut measure = Measure::start(&instance, Context::measure_program(), "client")?;
    measure.enable(Role::Writer, None)?;
    measure.enable(Role::Reader, None)?;
    instance.link(&measure.port(Role::Writer), "cable.sink:playback_FL")?;
    instance.link("cable.source:capture_FL", &measure.port(Role::Reader))?;
    let report = measure.measure(cycles(quantum))?;
    demand(&report, quantum, 0, 0)?;
    no_hole(&report)
}
