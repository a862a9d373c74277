//! Is what was recorded what was played, bit for bit?

use std::fmt;
use std::ops::Range;

use anyhow::{Context as _, Result, ensure};

use super::Sound;

/// Frames that must agree before a place in the played sound counts as found.
const WINDOW: usize = 64;

/// How far into the recording a second look goes when its first sounding frames were never played.
const SEARCH: usize = 48_000;

/// A place from which on the recording does not continue as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Where, in frames from the start of the recording.
    pub at: usize,
    /// Silent frames that stand there instead.
    pub silent: usize,
    /// Frames of the played sound that never arrive.
    pub lost: usize,
}

/// The outcome of [`compare`]. All counts are frames.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Where the recording begins within what was played.
    pub played_from: usize,
    /// Where the sound begins within the recording.
    pub recorded_from: usize,
    /// Frames held against each other.
    pub compared: usize,
    /// Frames of these that differ in any bit.
    pub mismatches: usize,
    /// The largest difference of a sample, full scale being 1.
    pub largest_difference: f64,
    /// The first interruption, when the sound goes on exactly after it: a dropout and not a distortion.
    pub dropout: Option<Gap>,
    /// All interruptions, each followed by the exact sound again.
    pub gaps: Vec<Gap>,
    /// Frames that arrived exactly, before, between and after the interruptions.
    pub exact: usize,
    /// Frames that are none of these: changed on their way.
    pub altered: usize,
}

impl Comparison {
    /// Whether nothing differs.
    pub fn is_exact(&self) -> bool {
        self.mismatches == 0
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} frames compared, {} mismatches", self.compared, self.mismatches)?;
        write!(out, " (recorded frame {} is played frame {}", self.recorded_from, self.played_from)?;
        if self.mismatches > 0 {
            write!(out, "; largest difference {:.3e} of full scale", self.largest_difference)?;
        }
        if let Some(gap) = self.dropout {
            let Gap { at, silent, lost } = gap;
            write!(out, "; dropout at {at}: {silent} silent, {lost} lost, then exact again")?;
            write!(
                out,
                "; {} in all, {} frames exact, {} altered",
                self.gaps.len(),
                self.exact,
                self.altered
            )?;
        }
        let Self { gaps, exact, altered, .. } = self;
        let gaps = gaps.len();
        write!(out, "; {gaps} gaps, {exact} frames exact, {altered} altered)")
    }
}

/// Finds the recording within what was played and compares to the end of the shorter one.
///
/// Sounding frames before the place that could be found count as mismatches.
///
/// # Errors
/// The formats differ, the recording is silent, or nothing of it was ever played.
pub fn compare(played: &Sound, recorded: &Sound) -> Result<Comparison> {
    let kinds = (played.format, played.channels) == (recorded.format, recorded.channels);
    ensure!(kinds, "the recording has another format or channel count");
    let channels = played.channels as usize;
    let sounding = first_sounding(recorded, 0).context("the recording is silent")?;
    let (recorded_from, played_from) = (sounding..(sounding + SEARCH).min(recorded.frames()))
        .step_by(WINDOW)
        .find_map(|at| Some((at, find(played, recorded, at, 0..played.frames())?)))
        .with_context(|| format!("{} recorded frames, none of them played", recorded.frames()))?;
    let pairs = || {
        let played = played.words.chunks_exact(channels).skip(played_from);
        recorded.words.chunks_exact(channels).skip(recorded_from).zip(played)
    };
    let lead = recorded_from - sounding;
    let differing = pairs().filter(|(recorded, played)| recorded != played).count();
    let dropout = pairs()
        .position(|(recorded, played)| recorded != played)
        .and_then(|at| dropout(played, recorded, recorded_from + at, played_from + at));
    let mut outcome = Comparison {
        played_from,
        recorded_from,
        compared: pairs().count() + lead,
        mismatches: differing + lead,
        largest_difference: pairs().map(|(a, b)| distance(played, a, b)).fold(0.0, f64::max),
        dropout,
        gaps: Vec::new(),
        exact: 0,
        altered: lead,
    };
    outcome.walk(played, recorded);
    Ok(outcome)
}

impl Comparison {
    /// Goes along both sounds, and takes up the thread after each interruption.
    fn walk(&mut self, played: &Sound, recorded: &Sound) {
        let (mut at, mut played_at) = (self.recorded_from, self.played_from);
        while at < recorded.frames() && played_at < played.frames() {
            if recorded.frame(at) == played.frame(played_at) {
                self.exact += 1;
            } else if let Some(gap) = dropout(played, recorded, at, played_at) {
                self.gaps.push(gap);
                at += gap.silent;
                played_at += gap.lost;
                continue;
            } else {
                self.altered += 1;
            }
            at += 1;
            played_at += 1;
        }
    }
}

fn distance(kind: &Sound, one: &[i32], other: &[i32]) -> f64 {
    let pairs = one.iter().zip(other).filter(|(one, other)| one != other);
    pairs.map(|(&one, &other)| (kind.format.value(one) - kind.format.value(other)).abs()).fold(0.0, f64::max)
}

fn first_sounding(sound: &Sound, from: usize) -> Option<usize> {
    (from..sound.frames()).find(|&at| sound.frame(at).iter().any(|&word| word != 0))
}

/// Where, among `places`, the window of the recording at `at` was played.
fn find(played: &Sound, recorded: &Sound, at: usize, places: Range<usize>) -> Option<usize> {
    let channels = played.channels as usize;
    let window = recorded.words.get(at * channels..(at + WINDOW) * channels)?;
    let first = window.get(..channels)?;
    (places.start..places.end.min(played.frames())).find(|&place| {
        let start = place * channels;
        played.frame(place) == first && played.words.get(start..start + window.len()) == Some(window)
    })
}

/// Tells a dropout (silence or a jump, then the exact sound again) from a distortion.
fn dropout(played: &Sound, recorded: &Sound, at: usize, played_at: usize) -> Option<Gap> {
    let resumed = first_sounding(recorded, at)?;
    let place = find(played, recorded, resumed, played_at..played_at + SEARCH)?;
    Some(Gap { at, silent: resumed - at, lost: place - played_at })
}

#[cfg(test)]
mod tests {
    use super::super::{SampleFormat, noise};
    use super::*;

    fn played() -> Sound {
        noise(SampleFormat::S24, 2, 48_000, 5_000, 11)
    }

    /// What a recorder sees that starts `lead` frames early and joins at frame `from`.
    fn recording(lead: usize, from: usize) -> Sound {
        let mut words = vec![0; lead * 2];
        words.extend(&played().words[from * 2..]);
        Sound { words, ..played() }
    }

    #[test]
    fn an_exact_recording_is_found_and_counted() {
        let outcome = compare(&played(), &recording(300, 20).with_silence(900)).expect("found");
        assert_eq!((outcome.recorded_from, outcome.played_from), (300, 20));
        assert_eq!((outcome.compared, outcome.mismatches), (4_980, 0));
        assert!(outcome.is_exact());
    }

    #[test]
    fn one_flipped_bit_is_one_mismatch_and_no_dropout() {
        let mut sound = recording(300, 0);
        sound.words[(300 + 4_000) * 2 + 1] ^= 1;
        let outcome = compare(&played(), &sound).expect("found");
        assert_eq!((outcome.mismatches, outcome.altered, outcome.gaps.len()), (1, 1, 0));
        assert!((outcome.largest_difference - 2_f64.powi(-23)).abs() < 1e-12, "{outcome}");
        assert!(!outcome.is_exact());
    }

    #[test]
    fn silence_in_the_middle_is_a_dropout() {
        let mut sound = recording(10, 0);
        let place = (10 + 1_000) * 2;
        sound.words.splice(place..place, vec![0; 64 * 2]);
        let outcome = compare(&played(), &sound).expect("found");
        assert_eq!(outcome.dropout, Some(Gap { at: 1_010, silent: 64, lost: 0 }));
        assert_eq!(outcome.mismatches, 4_000);
    }

    #[test]
    fn the_thread_is_taken_up_after_each_interruption() {
        let mut sound = recording(10, 0);
        let cut = |frame: usize| (10 + frame) * 2;
        sound.words.drain(cut(3_000)..cut(3_256));
        sound.words.splice(cut(1_000)..cut(1_000), vec![0; 64 * 2]);
        sound.words[cut(2_000)] ^= 1;
        let outcome = compare(&played(), &sound).expect("found");
        let gaps = [Gap { at: 1_010, silent: 64, lost: 0 }, Gap { at: 3_074, silent: 0, lost: 256 }];
        assert_eq!((outcome.gaps.as_slice(), outcome.altered), (&gaps[..], 1), "{outcome}");
        assert_eq!(outcome.exact, 5_000 - 256 - 1);
    }

    #[test]
    fn a_channel_that_is_silent_or_late_is_an_alteration() {
        let mut sound = recording(10, 0);
        sound.words[2_020..2_020 + 2 * 64].iter_mut().step_by(2).for_each(|word| *word = 0);
        assert_eq!(compare(&played(), &sound).expect("found").altered, 64);
    }

    #[test]
    fn lost_frames_are_a_dropout() {
        let mut sound = recording(10, 0);
        sound.words.drain((10 + 1_000) * 2..(10 + 1_256) * 2);
        let outcome = compare(&played(), &sound).expect("found");
        assert_eq!(outcome.dropout, Some(Gap { at: 1_010, silent: 0, lost: 256 }));
    }

    #[test]
    fn a_faded_start_counts_as_mismatches() {
        let mut sound = recording(10, 0);
        sound.words[20..20 + 2 * 100].iter_mut().for_each(|word| *word /= 2);
        let outcome = compare(&played(), &sound).expect("found");
        assert_eq!(outcome.mismatches, 128, "two windows of {WINDOW} frames hold the fade: {outcome}");
    }

    #[test]
    fn silence_and_another_sound_are_errors() {
        let silent = Sound { words: vec![0; 1_000], ..played() };
        assert!(compare(&played(), &silent).is_err());
        assert!(compare(&played(), &noise(SampleFormat::S24, 2, 48_000, 5_000, 12)).is_err());
        assert!(compare(&played(), &noise(SampleFormat::S16, 2, 48_000, 5_000, 11)).is_err());
    }
}
