//! What is recorded is what was played, bit for bit.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use vcable_tests::Instance;
use vcable_tests::cable::{Cable, End};
use vcable_tests::clients::{Family, Options, Recorder, write_for};
use vcable_tests::signal::{SampleFormat, Sound, compare, noise};

use crate::trial::{Context, Dropout, Trials};

/// The graph's rate in Hz.
const RATE: u32 = 48_000;

/// At least this much is compared: 10 s.
const COMPARED_FRAMES: usize = 10 * RATE as usize;

/// Played: enough for the comparison when a player needs half a second to settle.
const PLAYED_FRAMES: usize = COMPARED_FRAMES + RATE as usize / 2;

/// `pw-cat` does not drain: it loses up to its last 1792 frames. These are silent.
pub(crate) const TAIL_FRAMES: usize = 4_096;

/// How long a player may take for its 10 s.
const PLAY_LIMIT: Duration = Duration::from_secs(60);

pub(crate) fn add(trials: &mut Trials) {
    for family in [Family::Pulse, Family::PwCat] {
        for quantum in [64, 256, 1024] {
            for channels in [2, 8] {
                let case = format!("exact/{}-quantum-{quantum}-channels-{channels}", family.name());
                trials.add(&case, move |context| matrix(context, family, quantum, channels));
            }
        }
    }
}

/// A cable for each sample format, several at once: what two cables carry must not mix either. The shorter the
/// quantum, the fewer at once: every cycle of every client is a wake-up.
fn matrix(context: &Context, family: Family, quantum: u32, channels: u32) -> Result<()> {
    let lanes: Vec<_> = SampleFormat::ALL
        .iter()
        .map(|&format| Lane::new(Cable::new(&format!("cable-{}", format.pw_cat_name()), channels), format))
        .collect();
    let cables: Vec<_> = lanes.iter().map(|lane| lane.cable.clone()).collect();
    let mut builder = context.with_cables(&cables).quantum(quantum);
    if family == Family::Pulse {
        builder = builder.pulse();
    }
    let instance = builder.start(&context.scratch)?;
    let at_once = if quantum < 256 { 2 } else { 4 };
    lanes.chunks(at_once).try_for_each(|lanes| play_and_compare(&instance, family, lanes, quantum))
}

/// A sound on its way through a cable.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub(crate) cable: Cable,
    pub(crate) format: SampleFormat,
    pub(crate) player: Options,
    pub(crate) recorder: Options,
}

impl Lane {
    pub(crate) fn new(cable: Cable, format: SampleFormat) -> Self {
        Self { cable, format, player: Options::default(), recorder: Options::default() }
    }

    fn noise(&self, seed: u64) -> Sound {
        noise(self.format, self.cable.channels(), RATE, PLAYED_FRAMES, seed)
    }
}

/// Plays noise through all lanes at once, and demands that each recording is exact over 10 s.
pub(crate) fn play_and_compare(
    instance: &Instance,
    family: Family,
    lanes: &[Lane],
    quantum: u32,
) -> Result<()> {
    let mut sounds = Vec::new();
    for (seed, lane) in (1..).zip(lanes) {
        let file = instance.sound(&format!("played-{}", lane.cable.name()));
        let sound = lane.noise(seed);
        write_for(family, &file, &sound.clone().with_silence(TAIL_FRAMES))?;
        sounds.push((file, sound));
    }
    let mut recorders = Vec::new();
    for lane in lanes {
        let source = lane.cable.node(End::Source);
        instance.wait_ports(&lane.cable.node(End::Sink))?;
        instance.wait_ports(&source)?;
        let (format, channels) = (lane.format, lane.cable.channels());
        recorders.push(instance.record_with(family, format, channels, RATE, &source, &lane.recorder)?);
    }
    for recorder in &mut recorders {
        recorder.wait_flowing()?;
    }
    let mut players = Vec::new();
    for (lane, (file, sound)) in lanes.iter().zip(&sounds) {
        let sink = lane.cable.node(End::Sink);
        players.push(instance.play_with(family, file, sound, &sink, &lane.player)?);
    }
    for player in &mut players {
        let status = player.wait(PLAY_LIMIT)?;
        ensure!(status.success(), "{status}: {}", player.log_tail());
    }
    // All end before any is read: the reading is work, and the others would record on.
    let recorded: Vec<_> = recorders.into_iter().map(Recorder::finish).collect::<Result<_>>()?;
    for ((lane, recorded), (_, sound)) in lanes.iter().zip(&recorded).zip(&sounds) {
        judge(sound, recorded, COMPARED_FRAMES, quantum).with_context(|| lane.cable.name().to_owned())?;
    }
    Ok(())
}

/// Fails unless the recording is exact over `least` frames, without an interruption.
pub(crate) fn judge(played: &Sound, recorded: &Sound, least: usize, quantum: u32) -> Result<()> {
    let outcome = compare(played, recorded)?;
    ensure!(outcome.altered == 0, "{outcome}");
    if outcome.mismatches > 0 {
        return Err(Dropout(format!("quantum {quantum}: {outcome}")).into());
    }
    ensure!(outcome.exact >= least, "only {outcome}");
    Ok(())
}
