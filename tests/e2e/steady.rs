//! Numbered frames through the cable, each in its place, for seconds.

use anyhow::{Result, ensure};
use vcable_tests::cable::Cable;
use vcable_tests::measure::{Measure, Report, Role};

use crate::trial::{Context, Dropout, Trials};

/// How long, in frames: 5 s.
const FRAMES: u64 = 5 * 48_000;

pub(crate) fn add(trials: &mut Trials) {
    for quantum in [64, 256, 1024] {
        trials.add(&format!("steady/no-hole-quantum-{quantum}"), move |context| steady(context, quantum));
    }
}

/// Fails when frames are changed, missing, or held up by silence, unless the client itself missed their cycles.
pub(crate) fn no_hole(report: &Report) -> Result<()> {
    ensure!(report.corrupt_frames == 0, "corrupt: {report:?}");
    let jumps = if report.missed_any() { 0 } else { report.discontinuities };
    if report.unexplained() != [0; 2] || jumps > 0 {
        return Err(Dropout(format!("holes: {report:?}")).into());
    }
    Ok(())
}

fn steady(context: &Context, quantum: u32) -> Result<()> {
    let instance = context.with_cables(&[Cable::new("cable", 2)]).quantum(quantum).start(&context.scratch)?;
    let mut measure = Measure::start(&instance, Context::measure_program(), "client")?;
    measure.enable(Role::Writer, None)?;
    measure.enable(Role::Reader, None)?;
    instance.link(&measure.port(Role::Writer), "cable.sink:playback_FL")?;
    instance.link("cable.source:capture_FL", &measure.port(Role::Reader))?;
    measure.measure(50)?;
    measure.reset()?;
    let report = measure.wait(|report| report.reader.frames >= FRAMES)?;
    ensure!(report.latency_frames.median == 0.0, "{report:?}");
    no_hole(&report)
}
