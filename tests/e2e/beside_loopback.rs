//! The time from the writer's cycle to the reader's, beside `pw-loopback`'s and that of a direct link, in turns. A
//! measurement: the ratio is printed against its goal; what fails is a way that adds frames or carries no sound.
//!
//! A direct link takes one change from a process to another. Whatever stands between two programs, this cable and
//! `pw-loopback` alike, takes two at least: twice the direct link's time is about the least there can be.

use anyhow::{Result, ensure};
use vcable_tests::cable::Cable;
use vcable_tests::measure::{Measure, Report, Role, Spread};
use vcable_tests::process::Output;

use crate::trial::{Context, Trials};

const ROUNDS: usize = 3;

/// Of the measured time, per round and way: one second.
const FRAMES: u32 = 48_000;

/// The goal: the cable's median is at most this part of the loopback's.
const GOAL: f64 = 0.7;

pub(crate) fn add(trials: &mut Trials) {
    trials.add_alone("wall-time/beside-pw-loopback", wall_time);
}

/// Where the writer's port and the reader's are linked to; each other's for the direct way.
const WAYS: [Option<(&str, &str)>; 3] = [
    Some(("cable.sink:playback_FL", "cable.source:capture_FL")),
    Some(("loop.sink:playback_FL", "loop.source:capture_FL")),
    None,
];

fn wall_time(context: &Context) -> Result<()> {
    let instance = context.with_cables(&[Cable::new("cable", 2)]).start(&context.scratch)?;
    let _loopback = instance.spawn(
        "pw-loopback",
        &[
            "--capture-props={ media.class = Audio/Sink node.name = loop.sink audio.position = [ FL FR ] }",
            "--playback-props={ media.class = Audio/Source node.name = loop.source audio.position = [ FL FR ] }",
        ],
        Output::Log,
    )?;
    for node in ["cable.sink", "cable.source", "loop.sink", "loop.source"] {
        instance.wait_ports(node)?;
    }
    let mut measure = Measure::start(&instance, Context::measure_program(), "client")?;
    for quantum in [64, 256, 1024] {
        instance.force_quantum(quantum)?;
        let mut medians = WAYS.map(|_| Vec::new());
        for _ in 0..ROUNDS {
            for (way, medians) in WAYS.iter().zip(&mut medians) {
                measure.enable(Role::Writer, None)?;
                measure.enable(Role::Reader, None)?;
                let (writer, reader) = (measure.port(Role::Writer), measure.port(Role::Reader));
                if let Some((sink, source)) = way {
                    instance.link(&writer, sink)?;
                    instance.link(source, &reader)?;
                } else {
                    instance.link(&writer, &reader)?;
                }
                let report: Report = measure.measure(u64::from(FRAMES / quantum))?;
                ensure!(report.reader.quantum == quantum, "{report:?}");
                ensure!(report.latency_frames.median == 0.0 && report.corrupt_frames == 0, "{report:?}");
                medians.push(report.wall_us.median);
                measure.disable(Role::Writer)?;
                measure.disable(Role::Reader)?;
            }
        }
        let [ours, theirs, direct] = medians.map(|mut medians| Spread::of(&mut medians).median);
        let ratio = ours / theirs;
        let verdict = if ratio <= GOAL { "meets" } else { "misses" };
        context.note(&format!(
            "quantum {quantum}: {ours:.0} us, pw-loopback {theirs:.0} us, ratio {ratio:.2} {verdict} the goal of \
             {GOAL}; a direct link {direct:.0} us"
        ));
    }
    Ok(())
}
