//! A client that dies mid-stream takes nothing with it.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use vcable_tests::Instance;
use vcable_tests::cable::{Cable, End};
use vcable_tests::clients::{Family, write_for};
use vcable_tests::process::Process;
use vcable_tests::signal::{SampleFormat, Sound, noise};
use vcable_tests::wait::DEADLINE;

use crate::exact::{TAIL_FRAMES, judge};
use crate::trial::{Context, Trials};

const RATE: u32 = 48_000;
const SECOND: u64 = RATE as u64;
const FORMAT: SampleFormat = SampleFormat::F32;

pub(crate) fn add(trials: &mut Trials) {
    for family in [Family::Pulse, Family::PwCat] {
        trials.add(&format!("killed/player-{}", family.name()), move |context| player(context, family));
        trials.add(&format!("killed/recorder-{}", family.name()), move |context| recorder(context, family));
    }
}

/// Frames.
const QUANTUM: u32 = 256;

struct Stage {
    instance: Instance,
    sink: String,
    source: String,
    family: Family,
}

fn stage(context: &Context, family: Family) -> Result<Stage> {
    let cable = Cable::new("cable", 2);
    let (sink, source) = (cable.node(End::Sink), cable.node(End::Source));
    let instance = context.with_cables(&[cable]).quantum(QUANTUM).pulse().start(&context.scratch)?;
    instance.wait_ports(&sink)?;
    instance.wait_ports(&source)?;
    Ok(Stage { instance, sink, source, family })
}

impl Stage {
    fn play(&self, seconds: usize, seed: u64) -> Result<(Process, Sound)> {
        let sound = noise(FORMAT, 2, RATE, seconds * RATE as usize, seed);
        let file = self.instance.sound(&format!("played-{seed}"));
        write_for(self.family, &file, &sound.clone().with_silence(TAIL_FRAMES))?;
        Ok((self.instance.play(self.family, &file, &sound, &self.sink)?, sound))
    }
}

/// The recording from a frame on.
fn from_frame(sound: &Sound, frame: u64) -> Sound {
    let words = sound.words.iter().skip(frame as usize * sound.channels as usize).copied().collect();
    Sound { words, ..*sound }
}

fn player(context: &Context, family: Family) -> Result<()> {
    let stage = stage(context, family)?;
    let mut recorder = stage.instance.record(family, FORMAT, 2, RATE, &stage.source)?;
    recorder.wait_flowing()?;
    let (mut doomed, _) = stage.play(8, 1)?;
    recorder.wait_frames(recorder.frames_so_far() + 2 * SECOND, DEADLINE)?;
    doomed.ensure_running()?;
    doomed.kill()?;
    let killed_at = recorder.frames_so_far();
    recorder.wait_frames(killed_at + 2 * SECOND, DEADLINE).context("the recorder stalls")?;
    let (mut second, sound) = stage.play(3, 2)?;
    ensure!(second.wait(Duration::from_secs(30))?.success(), "{}", second.log_tail());
    let outcome = recorder.finish()?;
    let before = from_frame(&outcome, 0).sounding_frames() as u64;
    ensure!(before > SECOND, "nothing of the first player was recorded");
    // A second after the kill whatever was under way has arrived; what follows is the second player's alone.
    let after = from_frame(&outcome, killed_at + SECOND);
    judge(&sound, &after, 2 * RATE as usize, QUANTUM)
}

fn recorder(context: &Context, family: Family) -> Result<()> {
    let stage = stage(context, family)?;
    let mut doomed = stage.instance.record(family, FORMAT, 2, RATE, &stage.source)?;
    doomed.wait_flowing()?;
    let (mut player, sound) = stage.play(7, 3)?;
    doomed.wait_frames(doomed.frames_so_far() + 2 * SECOND, DEADLINE)?;
    doomed.process().kill()?;
    player.ensure_running()?;
    let mut second = stage.instance.record(family, FORMAT, 2, RATE, &stage.source)?;
    second.wait_flowing()?;
    ensure!(player.wait(Duration::from_secs(30))?.success(), "{}", player.log_tail());
    judge(&sound, &second.finish()?, 2 * RATE as usize, QUANTUM)
}
