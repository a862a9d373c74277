//! What a user may set on a cable at any time: how it resamples, and how much sound waits in it.

use crate::params::{int_choice, object, text};
use crate::props::{Refusal, one_of};
use crate::sys;
use libspa::pod::{Object, Property, Value};
use vcable_core::resample::{Interpolation, Quality};

/// The settings of a cable that either of its ends takes; `None` where nothing was said.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tuning {
    quality: Option<Quality>,
    interpolation: Option<Interpolation>,
    latency_frames: Option<u32>,
    buffer_frames: Option<u32>,
}

const QUALITY: &str = "vcable.quality";
const INTERPOLATION: &str = "vcable.interpolation";
const LATENCY: &str = "vcable.latency.frames";
const BUFFER: &str = "vcable.buffer.frames";

/// A word, what it stands for, and what a tool may say of it.
type Words<T> = [(&'static str, T, &'static str); 3];

const QUALITIES: Words<Quality> = [
    ("fast", Quality::Fast, "Fast"),
    ("balanced", Quality::Balanced, "Balanced"),
    ("high", Quality::High, "High"),
];
const INTERPOLATIONS: Words<Interpolation> = [
    ("sinc", Interpolation::Sinc, "Sinc"),
    ("cubic", Interpolation::Cubic, "Cubic (not for music)"),
    ("linear", Interpolation::Linear, "Linear (not for music)"),
];

/// Most sound that can be held against late clocks, in frames; the ring is made for it.
pub(crate) const MAX_LATENCY_FRAMES: u32 = 8192;
/// Bounds of the sound that may wait in the ring, in frames; 0 stands for as much as it holds.
const MIN_BUFFER_FRAMES: u32 = 256;
const MAX_BUFFER_FRAMES: u32 = 4096;

impl Tuning {
    /// Takes over a property; whether it is one of these.
    pub(crate) fn set(&mut self, property: &str, value: &str) -> Result<bool, Refusal> {
        match property {
            QUALITY => self.quality = Some(word(property, value, &QUALITIES)?),
            INTERPOLATION => self.interpolation = Some(word(property, value, &INTERPOLATIONS)?),
            LATENCY => {
                let accepted = format!("0 to {MAX_LATENCY_FRAMES}");
                let fits = |frames: &u32| *frames <= MAX_LATENCY_FRAMES;
                self.latency_frames = Some(frames(property, value, fits, accepted)?);
            }
            BUFFER => {
                let accepted = format!("0, or {MIN_BUFFER_FRAMES} to {MAX_BUFFER_FRAMES}");
                let fits =
                    |frames: &u32| *frames == 0 || (MIN_BUFFER_FRAMES..=MAX_BUFFER_FRAMES).contains(frames);
                self.buffer_frames = Some(frames(property, value, fits, accepted)?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What `self` says, and `other` where it says nothing.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            quality: self.quality.or(other.quality),
            interpolation: self.interpolation.or(other.interpolation),
            latency_frames: self.latency_frames.or(other.latency_frames),
            buffer_frames: self.buffer_frames.or(other.buffer_frames),
        }
    }

    /// How the sound is resampled where the ends' rates or clocks differ.
    pub(crate) fn resampling(&self) -> (Quality, Interpolation) {
        (self.quality.unwrap_or_default(), self.interpolation.unwrap_or_default())
    }

    /// Where the clocks differ: sound to hold, in frames of the sink; 0 follows the quanta.
    pub(crate) fn latency_frames(&self) -> u32 {
        self.latency_frames.unwrap_or(0)
    }

    /// Most sound that waits in the ring for a recorder that is late, in frames; 0 for as much as it holds.
    pub(crate) fn buffer_frames(&self) -> u32 {
        self.buffer_frames.unwrap_or(0)
    }

    /// Names and values, as a node's `Props` lists them.
    pub(crate) fn values(&self) -> [(&'static str, Value); 4] {
        let (quality, interpolation) = self.resampling();
        [
            (QUALITY, text(name(quality, &QUALITIES))),
            (INTERPOLATION, text(name(interpolation, &INTERPOLATIONS))),
            (LATENCY, Value::Int(self.latency_frames() as i32)),
            (BUFFER, Value::Int(self.buffer_frames() as i32)),
        ]
    }

    /// What can be set, for tools that offer it.
    pub(crate) fn infos() -> [Object; 4] {
        let words = |property, description, default: &str, labels: Vec<Value>| {
            let labels = Property::new(sys::SPA_PROP_INFO_labels, Value::Struct(labels));
            info(property, description, text(default), Some(labels))
        };
        let frames = |property, description, most| info(property, description, int_choice(0, 0, most), None);
        [
            words(
                QUALITY,
                "Quality of the resampler",
                name(Quality::default(), &QUALITIES),
                labels(&QUALITIES),
            ),
            words(
                INTERPOLATION,
                "Interpolation of the resampler",
                name(Interpolation::default(), &INTERPOLATIONS),
                labels(&INTERPOLATIONS),
            ),
            frames(LATENCY, "Sound held between two clocks, in frames (0: by quantum)", MAX_LATENCY_FRAMES),
            frames(BUFFER, "Sound kept for a late recorder, in frames (0: by quantum)", MAX_BUFFER_FRAMES),
        ]
    }
}

fn info(property: &str, description: &str, type_: Value, labels: Option<Property>) -> Object {
    let mut properties = vec![
        Property::new(sys::SPA_PROP_INFO_name, text(property)),
        Property::new(sys::SPA_PROP_INFO_description, text(description)),
        Property::new(sys::SPA_PROP_INFO_type, type_),
        Property::new(sys::SPA_PROP_INFO_params, Value::Bool(true)),
    ];
    properties.extend(labels);
    object(sys::SPA_TYPE_OBJECT_PropInfo, sys::SPA_PARAM_PropInfo, properties)
}

/// Values and what to call them, in turn.
fn labels<T>(words: &Words<T>) -> Vec<Value> {
    words.iter().flat_map(|(word, _, label)| [text(word), text(label)]).collect()
}

fn word<T: Copy>(property: &str, value: &str, words: &Words<T>) -> Result<T, Refusal> {
    one_of(property, value, &words.each_ref().map(|(word, meaning, _)| (*word, *meaning)))
}

fn name<T: Copy + PartialEq>(meaning: T, words: &Words<T>) -> &'static str {
    words.iter().find(|(_, other, _)| *other == meaning).map_or("", |(word, ..)| word)
}

fn frames(
    property: &str,
    value: &str,
    fits: impl FnOnce(&u32) -> bool,
    accepted: String,
) -> Result<u32, Refusal> {
    value.parse().ok().filter(fits).ok_or_else(|| Refusal::new(property, value, accepted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tuned(pairs: &[(&str, &str)]) -> Tuning {
        let mut tuning = Tuning::default();
        for (property, value) in pairs {
            assert_eq!(tuning.set(property, value), Ok(true), "{property} = {value}");
        }
        tuning
    }

    #[test]
    fn what_one_end_says_nothing_of_the_other_may_say() {
        let source = tuned(&[(QUALITY, "high"), (LATENCY, "0")]);
        let sink = tuned(&[(QUALITY, "fast"), (LATENCY, "2048"), (BUFFER, "4096")]);
        let both = source.or(sink);
        assert_eq!(both.resampling(), (Quality::High, Interpolation::Sinc));
        assert_eq!((both.latency_frames(), both.buffer_frames()), (0, 4096));
        assert_eq!(Tuning::default().resampling(), (Quality::Balanced, Interpolation::Sinc));
    }

    #[test]
    fn every_word_is_taken_and_listed_as_it_was_given() {
        for property in [QUALITY, INTERPOLATION] {
            let words = if property == QUALITY {
                QUALITIES.map(|(word, ..)| word)
            } else {
                INTERPOLATIONS.map(|(word, ..)| word)
            };
            for word in words {
                let values = tuned(&[(property, word)]).values();
                assert!(values.contains(&(property, text(word))), "{values:?}");
            }
        }
    }

    #[test]
    fn what_is_out_of_bounds_is_refused_and_changes_nothing() {
        let mut tuning = tuned(&[(BUFFER, "256"), (LATENCY, "8192")]);
        let before = tuning;
        for (property, value, accepted) in [
            (QUALITY, "", "fast, balanced, high"),
            (INTERPOLATION, "Sinc", "sinc, cubic, linear"),
            (LATENCY, "8193", "0 to 8192"),
            (BUFFER, "1", "0, or 256 to 4096"),
            (BUFFER, "255", "0, or 256 to 4096"),
            (BUFFER, "4097", "0, or 256 to 4096"),
            (BUFFER, "-1", "0, or 256 to 4096"),
        ] {
            let refusal = tuning.set(property, value).unwrap_err();
            assert_eq!((refusal.property.as_str(), refusal.accepted.as_str()), (property, accepted));
        }
        assert_eq!((tuning.set("vcable.name", "x"), tuning), (Ok(false), before));
    }
}
