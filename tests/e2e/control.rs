//! A control: the monitor of a null sink, measured beside the cable in the same daemon. A machine that stalls
//! makes holes in both; a cable that makes holes where the control has none is at fault.

use anyhow::{Result, ensure};
use vcable_tests::Instance;
use vcable_tests::cable::Cable;
use vcable_tests::measure::{Measure, Report, Role};

use crate::trial::{Context, Dropout, Trials};

/// The usual way to loop sound back in `PipeWire`: a null sink and its monitor.
pub(crate) const NULL_SINK: &str = "context.objects = [ { factory = adapter args = {
  factory.name = support.null-audio-sink node.name = null-sink media.class = Audio/Sink
  audio.channels = 2 audio.position = [ FL FR ] monitor.channel-volumes = false } } ]
";

/// How long the two run side by side, in frames: 5 s.
const FRAMES: u64 = 5 * 48_000;

pub(crate) fn add(trials: &mut Trials) {
    for quantum in [64, 256, 1024] {
        trials.add(&format!("steady/no-hole-quantum-{quantum}"), move |context| steady(context, quantum));
    }
}

/// Starts the control, and waits until it runs. Without a forced quantum it runs at `latency_frames`.
pub(crate) fn control(instance: &Instance, latency_frames: Option<u32>) -> Result<Measure> {
    let mut control = Measure::start(instance, Context::measure_program(), "control")?;
    control.enable(Role::Writer, latency_frames)?;
    control.enable(Role::Reader, latency_frames)?;
    instance.link(&control.port(Role::Writer), "null-sink:playback_FL")?;
    instance.link("null-sink:monitor_FL", &control.port(Role::Reader))?;
    control.measure(50)?;
    Ok(control)
}

fn holes(report: &Report) -> u64 {
    report.discontinuities + report.silent_frames
}

/// Fails when the cable's report has holes; as a dropout when the control's has some too.
pub(crate) fn no_hole(report: &Report, control: &Report) -> Result<()> {
    if holes(report) > 0 && holes(control) > 0 {
        return Err(Dropout(format!("both have holes: {report:?}, control: {control:?}")).into());
    }
    ensure!(holes(report) == 0, "holes in the cable: {report:?}, none in the control: {control:?}");
    Ok(())
}

fn steady(context: &Context, quantum: u32) -> Result<()> {
    let builder = context.with_cables(&[Cable::new("cable", 2)]).drop_in("60-null.conf", NULL_SINK);
    let instance = builder.quantum(quantum).start(&context.scratch)?;
    let mut measure = Measure::start(&instance, Context::measure_program(), "client")?;
    measure.enable(Role::Writer, None)?;
    measure.enable(Role::Reader, None)?;
    instance.link(&measure.port(Role::Writer), "cable.sink:playback_FL")?;
    instance.link("cable.source:capture_FL", &measure.port(Role::Reader))?;
    let mut control = control(&instance, None)?;
    measure.measure(50)?;
    control.reset()?;
    measure.reset()?;
    measure.wait(|report| report.reader.frames >= FRAMES)?;
    let (report, control) = (measure.report()?, control.report()?);
    ensure!(report.latency_frames.median == 0.0, "{report:?}");
    ensure!(report.corrupt_frames + control.corrupt_frames == 0, "{report:?}, control: {control:?}");
    no_hole(&report, &control)
}
