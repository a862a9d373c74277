//! What a user may set on an end of a cable, and how a wrong value is refused.

use crate::fence::Dict;
use crate::tuning::Tuning;
use std::fmt;
use vcable_core::format::{
    ChannelCount, FormatError, Layout, MAX_CHANNELS, MAX_RATE, MIN_RATE, SampleFormat, SampleRate,
};
use vcable_core::remix::{ChannelMap, ChannelPosition};

/// Which end of a cable a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Where players play into.
    Sink,
    /// Where recorders record from.
    Source,
}

impl fmt::Display for End {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Sink => "sink",
            Self::Source => "source",
        })
    }
}

/// The properties of one end, checked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Config {
    /// Which cable this end belongs to.
    pub(crate) cable: String,
    pub(crate) sample: SampleFormat,
    pub(crate) layout: Layout,
    /// One position for each channel.
    pub(crate) map: ChannelMap,
    pub(crate) channels: ChannelCount,
    /// `None`: the rate of the graph.
    pub(crate) rate: Option<SampleRate>,
    /// What was said of the cable as a whole when this end was made.
    pub(crate) tuning: Tuning,
    /// The largest cycle the host will ever run, in frames.
    pub(crate) quantum_limit_frames: u32,
}

/// A property that was refused: one line for the log.
#[derive(Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) property: String,
    pub(crate) value: String,
    pub(crate) accepted: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} = \"{}\" is refused: accepted is {}", self.property, self.value, self.accepted)
    }
}

impl Refusal {
    pub(crate) fn new(property: &str, value: &str, accepted: impl Into<String>) -> Self {
        Self { property: property.into(), value: value.into(), accepted: accepted.into() }
    }
}

/// The longest cable name in bytes: it becomes part of a clock's name, which holds 63.
const MAX_NAME_BYTES: usize = 48;
const DEFAULT_NAME: &str = "vcable";
const DEFAULT_CHANNELS: u32 = 2;
/// PipeWire's default for `clock.quantum-limit`.
const DEFAULT_QUANTUM_LIMIT_FRAMES: u32 = 8192;

pub(crate) const NO_SUCH_PROPERTY: &str = "no such property; there are vcable.name, vcable.quality, \
                                           vcable.interpolation, vcable.latency.frames and vcable.buffer.frames";

const FORMATS: [(&str, SampleFormat, Layout); 9] = [
    ("F32P", SampleFormat::F32, Layout::Planar),
    ("F32", SampleFormat::F32, Layout::Interleaved),
    ("F32LE", SampleFormat::F32, Layout::Interleaved),
    ("S16", SampleFormat::S16, Layout::Interleaved),
    ("S16LE", SampleFormat::S16, Layout::Interleaved),
    ("S24", SampleFormat::S24, Layout::Interleaved),
    ("S24LE", SampleFormat::S24, Layout::Interleaved),
    ("S32", SampleFormat::S32, Layout::Interleaved),
    ("S32LE", SampleFormat::S32, Layout::Interleaved),
];

impl Config {
    /// Reads the properties that are ours; the host's others are passed over.
    pub(crate) fn parse(properties: &Dict) -> Result<Self, Refusal> {
        let mut config = Self {
            cable: DEFAULT_NAME.into(),
            sample: SampleFormat::F32,
            layout: Layout::Planar,
            map: ChannelMap::default_for(default_channels()?),
            channels: default_channels()?,
            rate: None,
            tuning: Tuning::default(),
            quantum_limit_frames: DEFAULT_QUANTUM_LIMIT_FRAMES,
        };
        let mut channels = None;
        let mut positions = None;
        for (key, value) in properties.iter() {
            match key {
                "vcable.name" => config.cable = name(value)?,
                "audio.format" => (config.sample, config.layout) = format(value)?,
                "audio.rate" => config.rate = Some(rate(value)?),
                "audio.channels" => channels = Some((value, count(value)?)),
                "audio.position" => positions = Some((value, position(value)?)),
                "clock.quantum-limit" => {
                    let frames = value.parse().unwrap_or(DEFAULT_QUANTUM_LIMIT_FRAMES);
                    config.quantum_limit_frames = frames.clamp(64, 65_536);
                }
                _ if config.tuning.set(key, value)? => {}
                _ if key.starts_with("vcable.") => {
                    return Err(Refusal::new(key, value, NO_SUCH_PROPERTY));
                }
                _ => {}
            }
        }
        (config.channels, config.map) = settle_channels(channels, positions)?;
        Ok(config)
    }
}

/// A word of a list, and what it stands for.
pub(crate) fn one_of<T: Copy>(property: &str, value: &str, words: &[(&str, T)]) -> Result<T, Refusal> {
    words.iter().find(|(word, _)| *word == value).map(|(_, meaning)| *meaning).ok_or_else(|| {
        let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        Refusal::new(property, value, words.join(", "))
    })
}

fn default_channels() -> Result<ChannelCount, Refusal> {
    ChannelCount::new(DEFAULT_CHANNELS).map_err(|error: FormatError| {
        // Never: two channels are as good as any.
        Refusal::new("audio.channels", "", error.to_string())
    })
}

fn name(value: &str) -> Result<String, Refusal> {
    let fits = (1..=MAX_NAME_BYTES).contains(&value.len());
    if fits && !value.chars().any(char::is_control) {
        return Ok(value.into());
    }
    let accepted = format!("a name of 1 to {MAX_NAME_BYTES} bytes without control characters");
    Err(Refusal::new("vcable.name", value, accepted))
}

fn format(value: &str) -> Result<(SampleFormat, Layout), Refusal> {
    one_of("audio.format", value, &FORMATS.map(|(name, sample, layout)| (name, (sample, layout))))
}

fn rate(value: &str) -> Result<SampleRate, Refusal> {
    let hz = value.parse().ok().and_then(|hz| SampleRate::new(hz).ok());
    hz.ok_or_else(|| Refusal::new("audio.rate", value, format!("{MIN_RATE} to {MAX_RATE}")))
}

fn count(value: &str) -> Result<ChannelCount, Refusal> {
    let count = value.parse().ok().and_then(|count| ChannelCount::new(count).ok());
    count.ok_or_else(|| Refusal::new("audio.channels", value, format!("1 to {MAX_CHANNELS}")))
}

/// A list such as `[ FL FR ]`, `[ "FL", "FR" ]` or `FL,FR`.
fn position(value: &str) -> Result<ChannelMap, Refusal> {
    value.replace('"', " ").parse().map_err(|_| {
        let known = (0..).map_while(ChannelPosition::from_id);
        let names: Vec<_> = known.map(|position| position.to_string()).collect();
        let accepted = format!("1 to {MAX_CHANNELS} of the channels {} AUX0 to AUX63", names.join(" "));
        Refusal::new("audio.position", value, accepted)
    })
}

/// Brings `audio.channels` and `audio.position` together; each stands in for the other.
fn settle_channels(
    channels: Option<(&str, ChannelCount)>,
    positions: Option<(&str, ChannelMap)>,
) -> Result<(ChannelCount, ChannelMap), Refusal> {
    match (channels, positions) {
        (None, None) => default_channels().map(|count| (count, ChannelMap::default_for(count))),
        (Some((_, count)), None) => Ok((count, ChannelMap::default_for(count))),
        (given, Some((text, map))) => {
            let count = ChannelCount::new(map.channels() as u32)
                .map_err(|error| Refusal::new("audio.position", text, error.to_string()))?;
            match given {
                Some((value, given)) if given != count => {
                    let accepted = format!("{}, as many as audio.position names", map.channels());
                    Err(Refusal::new("audio.channels", value, accepted))
                }
                _ => Ok((count, map)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<Config, Refusal> {
        Config::parse(&Dict::from_pairs(pairs))
    }

    #[test]
    fn without_properties_it_is_a_stereo_cable_at_the_graphs_rate() {
        let config = parse(&[("node.name", "x"), ("media.class", "Audio/Sink")]).unwrap();
        assert_eq!((config.cable.as_str(), config.channels.get(), config.rate), ("vcable", 2, None));
        assert_eq!((config.sample, config.layout), (SampleFormat::F32, Layout::Planar));
        assert_eq!(config.map.to_string(), "FL,FR");
        assert_eq!(config.tuning, Tuning::default());
    }

    #[test]
    fn every_named_format_is_accepted() {
        for (name, sample, layout) in FORMATS {
            let config = parse(&[("audio.format", name)]).unwrap();
            assert_eq!((config.sample, config.layout), (sample, layout), "{name}");
        }
    }

    #[test]
    fn a_refusal_names_property_value_and_what_is_accepted() {
        for (property, value, accepted) in [
            ("audio.channels", "0", "1 to 64"),
            ("audio.channels", "65", "1 to 64"),
            ("audio.channels", "-1", "1 to 64"),
            ("audio.channels", "two", "1 to 64"),
            ("audio.rate", "0", "8000 to 384000"),
            ("audio.rate", "384001", "8000 to 384000"),
            ("audio.format", "U7", "F32P"),
            ("audio.position", "[ FL XX ]", "FL FR"),
            ("audio.position", "[ ]", "1 to 64"),
            ("vcable.name", "", "1 to 48"),
            ("vcable.colour", "red", "vcable.name"),
            ("vcable.quality", "best", "fast, balanced, high"),
            ("vcable.interpolation", "", "sinc, cubic, linear"),
            ("vcable.latency.frames", "8193", "0 to 8192"),
            ("vcable.latency.frames", "-1", "0 to 8192"),
            ("vcable.buffer.frames", "255", "256 to 4096"),
        ] {
            let line = parse(&[(property, value)]).unwrap_err().to_string();
            assert!(line.starts_with(&format!("{property} = \"{value}\"")), "{line}");
            assert!(line.contains(accepted), "{line}");
            assert!(!line.contains('\n'), "{line}");
        }
    }

    #[test]
    fn positions_and_channels_must_agree() {
        let config = parse(&[("audio.position", "FL,FR,FC,LFE")]).unwrap();
        assert_eq!(config.channels.get(), 4);
        let config = parse(&[("audio.channels", "2"), ("audio.position", "[ \"FL\", \"FR\" ]")]).unwrap();
        assert_eq!(config.channels.get(), 2);
        let refused = parse(&[("audio.position", "[FL FR]"), ("audio.channels", "3")]).unwrap_err();
        assert_eq!((refused.property.as_str(), refused.value.as_str()), ("audio.channels", "3"));
    }
}
