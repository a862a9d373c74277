//! One side alone: silence for the recorder, a clock for the player, both at the right pace.

use anyhow::{Result, ensure};
use vcable_tests::cable::{Cable, End};
use vcable_tests::clients::Family;
use vcable_tests::measure::{Measure, Pace, Role};
use vcable_tests::signal::SampleFormat;

use crate::trial::{Context, Dropout, Trials};

/// The graph's rate in Hz.
const RATE: u32 = 48_000;

/// How long is measured, in frames: 3 s.
const FRAMES: u64 = 3 * RATE as u64;

/// A wake-up that is 1 ms late at one end of 3 s makes 333 ppm.
const TOLERANCE: f64 = 5e-4;

pub(crate) fn add(trials: &mut Trials) {
    for quantum in [64, 1024] {
        trials.add(&format!("pace/recorder-alone-quantum-{quantum}"), move |context| {
            recorder_alone(context, quantum)
        });
        trials.add(&format!("pace/player-alone-quantum-{quantum}"), move |context| {
            player_alone(context, quantum)
        });
    }
    trials.add("pace/parec-alone-reads-zeros", parec_alone);
}

fn demand(pace: &Pace, quantum: u32) -> Result<()> {
    let ratio = pace.frames_per_second / f64::from(RATE);
    ensure!(pace.quantum == quantum, "{pace:?}");
    let message = format!("{ratio:.6} of the right pace: {pace:?}");
    if (ratio - 1.0).abs() < TOLERANCE {
        return Ok(());
    }
    // A stall of more than a whole cycle at either end of the measurement is the machine's or the client's.
    let stalled = pace.longest_pause_ns > 2_000_000_000 * u64::from(quantum) / u64::from(RATE);
    ensure!(stalled, "{message}");
    Err(Dropout(message).into())
}

fn recorder_alone(context: &Context, quantum: u32) -> Result<()> {
    let cable = Cable::new("cable", 2);
    let instance = context.with_cables(&[cable]).quantum(quantum).start(&context.scratch)?;
    let mut measure = Measure::start(&instance, Context::measure_program(), "client")?;
    measure.enable(Role::Reader, None)?;
    instance.link("cable.source:capture_FL", &measure.port(Role::Reader))?;
    measure.wait(|report| report.reader.cycles > 4)?;
    measure.reset()?;
    let report = measure.wait(|report| report.reader.frames >= FRAMES)?;
    let sounding = (report.decoded_frames, report.corrupt_frames);
    ensure!(sounding == (0, 0) && report.silent_frames >= FRAMES, "not silent: {report:?}");
    demand(&report.reader, quantum)
}

fn player_alone(context: &Context, quantum: u32) -> Result<()> {
    let cable = Cable::new("cable", 2);
    let instance = context.with_cables(&[cable]).quantum(quantum).start(&context.scratch)?;
    let mut measure = Measure::start(&instance, Context::measure_program(), "client")?;
    measure.enable(Role::Writer, None)?;
    instance.link(&measure.port(Role::Writer), "cable.sink:playback_FL")?;
    measure.wait(|report| report.writer.cycles > 4)?;
    measure.reset()?;
    let report = measure.wait(|report| report.writer.frames >= FRAMES)?;
    demand(&report.writer, quantum)
}

fn parec_alone(context: &Context) -> Result<()> {
    let cable = Cable::new("cable", 2);
    let source = cable.node(End::Source);
    let instance = context.with_cables(&[cable]).pulse().start(&context.scratch)?;
    instance.wait_ports(&source)?;
    for format in SampleFormat::ALL {
        let mut recorder = instance.record(Family::Pulse, format, 2, RATE, &source)?;
        recorder.wait_frames(u64::from(RATE / 2), vcable_tests::wait::DEADLINE)?;
        let sound = recorder.finish()?;
        ensure!(sound.sounding_frames() == 0, "{format:?}: {} frames sound", sound.sounding_frames());
    }
    Ok(())
}
