//! Someone listens to the cable on hardware: its clock runs the source, and through it the free sink.

use anyhow::{Result, ensure};
use vcable_tests::cable::Cable;
use vcable_tests::measure::{Measure, Report, Role};

use crate::steady::no_hole;
use crate::trial::{Context, Dropout, Trials};

/// Stands in for a sound card: a driver that comes before the cable's ends.
const HARDWARE: &str = "context.objects = [ { factory = adapter args = {
  factory.name = support.null-audio-sink node.name = hardware media.class = Audio/Sink
  audio.channels = 2 audio.position = [ FL FR ] priority.driver = 5000 } } ]
";

/// How long, in frames: 5 s.
const FRAMES: u64 = 5 * 48_000;

pub(crate) fn add(trials: &mut Trials) {
    for quantum in [64, 256, 1024] {
        trials.add(&format!("pulled/quantum-{quantum}"), move |context| pulled(context, quantum));
    }
}

/// Exact, and exactly one quantum behind.
fn pulled(context: &Context, quantum: u32) -> Result<()> {
    let builder = context.with_cables(&[Cable::new("cable", 2)]).drop_in("60-hardware.conf", HARDWARE);
    let instance = builder.quantum(quantum).start(&context.scratch)?;
    let mut measure = Measure::start(&instance, Context::measure_program(), "client")?;
    measure.enable(Role::Writer, None)?;
    measure.enable(Role::Reader, None)?;
    instance.link(&measure.port(Role::Writer), "cable.sink:playback_FL")?;
    instance.link("cable.source:capture_FL", &measure.port(Role::Reader))?;
    measure.measure(50)?;
    instance.link("cable.source:capture_FL", "hardware:playback_FL")?;
    measure.wait(|report| report.latency_frames.max >= f64::from(quantum))?;
    measure.measure(50)?;
    measure.reset()?;
    let report = measure.wait(|report| report.reader.frames >= FRAMES)?;
    let latency = report.latency_frames.median as i64;
    ensure!(latency == i64::from(quantum), "{latency} frames behind: {report:?}");
    // Hardware does not wait for a player that is late: that costs a cycle of silence, and never a frame.
    ensure!(report.silent_frames <= FRAMES / 100, "silence: {report:?}");
    no_hole(&Report { silent_frames: 0, ..report.clone() })?;
    // A late client sees the clock of the hardware's next cycle: that looks like one quantum more or less.
    let off: u64 = report.histogram.iter().filter(|(frames, _)| **frames != latency).map(|(_, n)| n).sum();
    if off > report.latency_frames.count / 50 {
        return Err(Dropout(format!("{off} cycles off: {report:?}")).into());
    }
    Ok(())
}
