//! Sound through all ways at once, and what became of it.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use vcable_tests::clients::{Family, write_for};
use vcable_tests::signal::{Comparison, SampleFormat, Sound, compare, noise};

use crate::session::Session;
use crate::way::Way;

/// What is sent when the user names no file.
const NOISE_SECONDS: usize = 10;
const NOISE_RATE: u32 = 48_000;

/// Silence before and after the sound: streams settle in it, and players that do not drain lose only that.
const MARGIN_SECONDS: f64 = 0.5;

/// How long a player may take beyond the sound's own length.
const PATIENCE: Duration = Duration::from_secs(30);

/// Ten seconds of full-band, full-scale noise.
pub(crate) fn noise_to_send() -> Sound {
    noise(SampleFormat::F32, 2, NOISE_RATE, NOISE_SECONDS * NOISE_RATE as usize, 1)
}

/// What came out of one way.
#[derive(Clone, Debug)]
pub(crate) struct Passed {
    pub(crate) way: Way,
    /// The recording, cut to line up with what was sent frame by frame.
    pub(crate) arrived: Sound,
    /// Frames held against each other.
    pub(crate) frames: usize,
    /// Frames that differ or never arrived.
    pub(crate) mismatches: usize,
    /// The largest difference of a sample, full scale being 1.
    pub(crate) largest_difference: f64,
    /// Whether the sound was interrupted and then went on exactly.
    pub(crate) dropout: bool,
    /// How often it was sent; all figures are the last attempt's.
    pub(crate) attempts: u32,
    /// What went wrong, in words.
    pub(crate) remark: Option<String>,
}

/// How often the sound is sent when the recording has a dropout: silence or a jump, and then exactly the sound
/// again. A client that misses its cycle on a loaded machine is heard so, through every way. Anything else is
/// never repeated, and the number of attempts is shown.
const ATTEMPTS: u32 = 3;

/// Sends the sound through one way after the other.
///
/// # Errors
/// A client does not start, or does not end.
pub(crate) fn through_all(session: &Session, sound: &Sound) -> Result<Vec<Passed>> {
    Way::ALL.into_iter().map(|way| through(session, way, sound)).collect()
}

fn through(session: &Session, way: Way, sound: &Sound) -> Result<Passed> {
    let mut attempt = 1;
    loop {
        let passed = Passed { attempts: attempt, ..once(session, way, sound)? };
        if !passed.dropout || attempt == ATTEMPTS {
            return Ok(passed);
        }
        eprintln!("Interrupted: {}", passed.remark.as_deref().unwrap_or("a dropout"));
        eprintln!("Once more, in case the machine was too busy for its clients ...");
        attempt += 1;
    }
}

fn once(session: &Session, way: Way, sound: &Sound) -> Result<Passed> {
    let seconds = sound.frames() as f64 / f64::from(sound.rate);
    eprintln!("Sending {seconds:.1} s through {} with paplay, recording with parec ...", way.name());
    let instance = &session.instance;
    let played = with_margins(sound);
    let file = instance.sound("played");
    write_for(Family::Pulse, &file, &played)?;
    let Sound { format, channels, rate, .. } = *sound;
    let mut parec = instance.record(Family::Pulse, format, channels, rate, way.pulse_source())?;
    parec.wait_flowing()?;
    let mut paplay = instance.play(Family::Pulse, &file, &played, way.sink())?;
    let status = paplay.wait(PATIENCE + Duration::from_secs_f64(seconds))?;
    ensure!(status.success(), "{status}: {}", paplay.log_tail());
    let recorded = parec.finish().with_context(|| format!("the recording of {}", way.name()))?;
    Ok(judge(way, sound, &recorded))
}

fn margin_frames(sound: &Sound) -> usize {
    (f64::from(sound.rate) * MARGIN_SECONDS) as usize
}

fn with_margins(sound: &Sound) -> Sound {
    let margin = margin_frames(sound);
    sound.clone().with_silence_before(margin).with_silence(margin)
}

/// Finds the sound in the recording and holds it against every frame that was sent.
fn judge(way: Way, sound: &Sound, recorded: &Sound) -> Passed {
    let nothing = Sound { words: Vec::new(), ..*sound };
    match compare(&with_margins(sound), recorded) {
        Ok(comparison) => {
            let arrived = cut(sound, recorded, &comparison);
            let remark = (!comparison.is_exact()).then(|| comparison.to_string());
            Passed { dropout: comparison.dropout.is_some(), ..held_against(way, sound, arrived, remark) }
        }
        Err(error) => held_against(way, sound, nothing, Some(format!("{error:#}"))),
    }
}

/// The part of the recording that answers to the sound, from its first frame to its last.
fn cut(sound: &Sound, recorded: &Sound, comparison: &Comparison) -> Sound {
    let channels = sound.channels as usize;
    // Frame 0 of the sound is frame `margin` of what was played.
    let start = (comparison.recorded_from + margin_frames(sound)).checked_sub(comparison.played_from);
    let words = if let Some(start) = start {
        recorded.words.iter().skip(start * channels).copied().collect()
    } else {
        // The recording begins within the sound: what came before it is missing, and stands as silence.
        let missing = comparison.played_from - comparison.recorded_from - margin_frames(sound);
        std::iter::repeat_n(0, missing * channels).chain(recorded.words.iter().copied()).collect()
    };
    let mut arrived = Sound { words, ..*sound };
    arrived.words.truncate(sound.words.len());
    arrived
}

fn held_against(way: Way, sound: &Sound, arrived: Sound, remark: Option<String>) -> Passed {
    let channels = sound.channels as usize;
    let (sent, got) = (sound.words.chunks_exact(channels), arrived.words.chunks_exact(channels));
    let differing = sent.zip(got).filter(|(sent, got)| sent != got).count();
    let missing = sound.frames() - arrived.frames();
    let difference = |(&sent, &got): (&i32, &i32)| {
        if sent == got { 0.0 } else { (sound.format.value(sent) - sound.format.value(got)).abs() }
    };
    let largest_difference = sound.words.iter().zip(&arrived.words).map(difference).fold(0.0, f64::max);
    Passed {
        way,
        arrived,
        frames: sound.frames(),
        mismatches: differing + missing,
        largest_difference,
        dropout: false,
        attempts: 1,
        remark,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> Sound {
        noise(SampleFormat::S16, 2, 8_000, 2_000, 3)
    }

    fn recording(from: usize, silent_before: usize) -> Sound {
        let mut words = vec![0; silent_before * 2];
        words.extend(with_margins(&sound()).words.iter().skip(from * 2));
        Sound { words, ..sound() }
    }

    #[test]
    fn a_whole_recording_lines_up_with_what_was_sent() {
        for (from, before) in [(0, 0), (17, 0), (0, 99), (3_999, 5)] {
            let passed = judge(Way::Vcable, &sound(), &recording(from, before));
            assert_eq!((passed.frames, passed.mismatches), (2_000, 0), "{from} {before} {:?}", passed.remark);
            assert_eq!(passed.arrived, sound());
        }
    }

    #[test]
    fn what_never_arrived_is_a_mismatch() {
        let passed = judge(Way::Vcable, &sound(), &recording(4_000 + 300, 0));
        assert_eq!(passed.mismatches, 300);
        assert_eq!(passed.arrived.words[600..], sound().words[600..]);
        let mut early = recording(0, 0);
        early.words.truncate((4_000 + 1_500) * 2);
        assert_eq!(judge(Way::Vcable, &sound(), &early).mismatches, 500);
        let silent = Sound { words: vec![0; 9_000], ..sound() };
        let passed = judge(Way::Vcable, &sound(), &silent);
        assert_eq!(passed.mismatches, 2_000);
        assert!(passed.remark.is_some_and(|remark| remark.contains("silent")));
    }

    #[test]
    fn only_an_interruption_is_a_dropout() {
        let mut late = recording(0, 0);
        late.words.splice(9_000..9_000, vec![0; 128]);
        assert!(judge(Way::Vcable, &sound(), &late).dropout);
        let mut distorted = recording(0, 0);
        distorted.words[9_000..].iter_mut().for_each(|word| *word /= 2);
        let passed = judge(Way::Vcable, &sound(), &distorted);
        assert!(passed.mismatches > 0 && !passed.dropout);
    }

    #[test]
    fn one_bit_is_one_mismatch() {
        let mut broken = recording(0, 0);
        broken.words[(4_000 + 1_000) * 2] ^= 1;
        let passed = judge(Way::Vcable, &sound(), &broken);
        assert_eq!(passed.mismatches, 1);
        assert!((passed.largest_difference - 1.0 / 32_768.0).abs() < 1e-12);
    }
}
