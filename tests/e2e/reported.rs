//! The latency that the cable's ports tell is the one that is measured, however the ends stand to each other.

use anyhow::{Context as _, Result, ensure};
use vcable_tests::Instance;
use vcable_tests::cable::{Cable, End};
use vcable_tests::clock::TestClock;
use vcable_tests::latency::Way;
use vcable_tests::measure::{Measure, Report, Role, Spread};
use vcable_tests::wait::{DEADLINE, poll_until};

use crate::trial::{Context, Trials};

/// How far the two may be apart, in frames.
const TOLERANCE_FRAMES: f64 = 1.0;

/// The same where `PipeWire`'s own resampler follows the source: what it says of its delay was seen up to 1.8 frames
/// short.
const TOLERANCE_BEHIND_ADAPTER_FRAMES: f64 = 2.0;

/// Pulses, four a second, that a latency is the median of.
const PULSES: u64 = 9;

/// Who runs whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    /// Both ends are free.
    Chained,
    /// The source has a clock, the sink is free.
    Pulled,
    /// One clock runs both.
    Shared,
    /// Each has its own.
    TwoClocks,
}

/// A cable with cycles of `quanta` frames, sink and source.
#[derive(Clone, Copy, Debug)]
struct Scene {
    relation: Relation,
    quanta: [u32; 2],
    /// The rates of the ports of sink and source; 0 leaves them to the graph.
    rates: [u32; 2],
    /// The groups run at these rates too.
    is_graphs: bool,
}

const fn scene(relation: Relation, quanta: [u32; 2]) -> Scene {
    Scene { relation, quanta, rates: [0; 2], is_graphs: false }
}

pub(crate) fn add(trials: &mut Trials) {
    use Relation::{Chained, Pulled, Shared, TwoClocks};
    let other_rates = |rates| Scene { rates, ..scene(Chained, [512; 2]) };
    let groups = [
        ("chained", [[256, 256], [64, 1024], [1024, 64]].map(|quanta| scene(Chained, quanta)).to_vec()),
        ("pulled", [[256, 256], [64, 1024], [1024, 64]].map(|quanta| scene(Pulled, quanta)).to_vec()),
        ("shared", vec![scene(Shared, [256; 2])]),
        ("two-clocks", [[256, 256], [256, 1024]].map(|quanta| scene(TwoClocks, quanta)).to_vec()),
        ("other-rate", vec![other_rates([44_100, 0]), other_rates([0, 44_100])]),
        ("resampled-by-adapters", vec![other_rates([44_100; 2])]),
    ];
    // Before 1.4 all groups run at one rate.
    let graphs =
        [[44_100, 48_000], [48_000, 44_100]].map(|rates| Scene { is_graphs: true, ..other_rates(rates) });
    let graphs =
        if trials.at_least(1, 4, 0) { vec![("groups-of-two-rates", graphs.to_vec())] } else { Vec::new() };
    for (name, scenes) in groups.into_iter().chain(graphs) {
        trials.add(&format!("latency/reported-{name}"), move |context| {
            scenes.iter().try_for_each(|scene| scene.judge(context))
        });
    }
}

impl Scene {
    fn cable(&self, end: End) -> String {
        let cable = Cable::new("cable", 2);
        match self.rates[end as usize] {
            0 => cable.object(end),
            rate if self.is_graphs => cable.with("node.rate", &format!("1/{rate}")).object(end),
            rate => cable.with("audio.rate", &rate.to_string()).object(end),
        }
    }

    /// A daemon with the cable and its clocks, everything linked.
    fn start(&self, context: &Context) -> Result<(Instance, Measure)> {
        let clocks = [TestClock::new("first", 50.0), TestClock::new("second", -50.0)];
        let ends = [End::Sink, End::Source].map(|end| self.cable(end)).join(" ");
        let builder = context.with_clocks(&[], &clocks);
        let builder = builder.drop_in("54-cable.conf", &format!("context.objects = [ {ends} ]\n"));
        let rates = "context.properties = { default.clock.allowed-rates = [ 44100 48000 ] }\n";
        let builder = if self.is_graphs { builder.drop_in("49-rates.conf", rates) } else { builder };
        let instance = builder.start(&context.scratch)?;
        let mut measure = Measure::start(&instance, Context::measure_program(), "client")?;
        measure.use_pulses()?;
        let [sink, source] = self.quanta;
        measure.enable(Role::Writer, Some(sink))?;
        measure.enable(Role::Reader, Some(source))?;
        let (first, second) = match self.relation {
            Relation::Chained => (None, None),
            Relation::Pulled => (None, Some(0)),
            Relation::Shared => (Some(0), Some(0)),
            Relation::TwoClocks => (Some(0), Some(1)),
        };
        for (port, clock) in [("cable.sink:monitor_FL", first), ("cable.source:capture_FL", second)] {
            if let Some(clock) = clock.and_then(|index: usize| clocks.get(index)) {
                instance.link(port, &clock.port())?;
            }
        }
        instance.link(&measure.port(Role::Writer), "cable.sink:playback_FL")?;
        instance.link("cable.source:capture_FL", &measure.port(Role::Reader))?;
        Ok((instance, measure))
    }

    fn judge(&self, context: &Context) -> Result<()> {
        let (instance, mut measure) = self.start(context)?;
        measure.measure(2)?;
        let mut last = String::new();
        // Two clocks take their time, and what changes on the way there is told late.
        let judged = poll_until("the measured latency to be told", DEADLINE, || {
            let report = measure.measure(PULSES)?;
            match self.compare(&instance, &report) {
                Ok(figures) => {
                    context.note(&figures);
                    Ok(Some(()))
                }
                Err(error) => {
                    last = format!("{error:#}");
                    Ok(None)
                }
            }
        });
        judged.with_context(|| format!("{self:?}: {last}"))
    }

    /// What both ports tell against what was measured.
    fn compare(&self, instance: &Instance, report: &Report) -> Result<String> {
        let ahead = instance.told_latency("cable.sink:playback_FL", Way::Ahead)?;
        let behind = instance.told_latency("cable.source:capture_FL", Way::Behind)?;
        let (writer, reader) = (report.writer, report.reader);
        if self.is_graphs {
            // What a client asks for at one rate is another power of two at another.
            ensure!([writer.rate, reader.rate] == self.rates, "{report:?}");
        } else {
            ensure!([writer.quantum, reader.quantum] == self.quanta, "{report:?}");
        }
        // In frames of the reader, as what is measured.
        let ahead = ahead.frames(writer.quantum, reader.rate);
        let behind = behind.frames(reader.quantum, reader.rate);
        let Spread { median, min, max, .. } = report.latency_frames;
        let figures = format!(
            "{self:?}: measured {median:.2} ({min:.2} to {max:.2}), told {ahead:.2?} ahead of the sink, {behind:.2?} \
             behind the source"
        );
        let adapts = !self.is_graphs && self.rates[1] > 0;
        let tolerance = if adapts { TOLERANCE_BEHIND_ADAPTER_FRAMES } else { TOLERANCE_FRAMES };
        for [least, most] in [ahead, behind] {
            // A range is that of all cycles. Of one figure the median is that of all but those that a late client
            // took for others.
            let (from, to) = if most > least { (min, max) } else { (median, median) };
            ensure!(least - tolerance <= from && to <= most + tolerance, "{figures}");
            ensure!(most - least <= 1.5 * f64::from(reader.quantum), "{figures}");
        }
        Ok(figures)
    }
}
