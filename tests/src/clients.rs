//! Players and recorders that we did not write: `paplay`/`parec` and `pw-cat`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::process::Signal;

use crate::cable::positions;
use crate::instance::Instance;
use crate::process::{Output, Process};
use crate::signal::{SampleFormat, Sound, read_raw, read_wav, write_raw, write_wav};
use crate::wait::{DEADLINE, poll_until};

/// More than any header of a sound file.
const HEADER_BYTES: u64 = 512;

/// Which pair of programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `paplay` and `parec`, through `pipewire-pulse`.
    Pulse,
    /// `pw-cat`, a native client.
    PwCat,
}

impl Family {
    /// For names of trials.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pulse => "paplay-parec",
            Self::PwCat => "pw-cat",
        }
    }
}

/// `PulseAudio`'s name of a channel position.
fn pulse_position(position: &str) -> String {
    match position {
        "MONO" => "mono",
        "FL" => "front-left",
        "FR" => "front-right",
        "FC" => "front-center",
        "LFE" => "lfe",
        "RL" => "rear-left",
        "RR" => "rear-right",
        "SL" => "side-left",
        "SR" => "side-right",
        other => return other.to_lowercase(),
    }
    .to_owned()
}

/// What `--channel-map` takes, for the positions of a cable with that many channels.
fn channel_map(family: Family, channels: u32) -> String {
    let positions = positions(channels);
    match family {
        Family::Pulse => positions.iter().map(|name| pulse_position(name)).collect::<Vec<_>>().join(","),
        Family::PwCat => positions.join(","),
    }
}

/// Writes a sound to the file that the family's player takes.
///
/// # Errors
/// The file cannot be written.
pub fn write_for(family: Family, path: &Path, sound: &Sound) -> Result<()> {
    match family {
        Family::Pulse => write_raw(path, sound),
        Family::PwCat => write_wav(path, sound),
    }
}

/// Settings of a client beyond the sound's own.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The latency a native client asks for, such as `64` frames; its driver's quantum follows when none is
    /// forced.
    pub latency_frames: Option<u32>,
}

impl Options {
    fn push(&self, arguments: &mut Vec<String>) {
        if let Some(frames) = self.latency_frames {
            arguments.push(format!("--latency={frames}"));
        }
    }
}

impl Instance {
    /// Plays a file written by [`write_for`] into a node. It ends by itself at the end of the file.
    ///
    /// # Errors
    /// The player cannot be started.
    pub fn play(&self, family: Family, file: &Path, sound: &Sound, node: &str) -> Result<Process> {
        self.play_with(family, file, sound, node, &Options::default())
    }

    /// As [`Instance::play`], with options (which only `pw-cat` takes).
    ///
    /// # Errors
    /// The player cannot be started.
    pub fn play_with(
        &self,
        family: Family,
        file: &Path,
        sound: &Sound,
        node: &str,
        options: &Options,
    ) -> Result<Process> {
        let path = file.display().to_string();
        let map = format!("--channel-map={}", channel_map(family, sound.channels));
        let mut arguments = match family {
            Family::Pulse => pulse_arguments(sound.format, sound.channels, sound.rate, node),
            Family::PwCat => vec!["--playback".to_owned(), format!("--target={node}")],
        };
        arguments.push(map);
        options.push(&mut arguments);
        arguments.push(path);
        let program = if family == Family::Pulse { "paplay" } else { "pw-cat" };
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        self.spawn_real_time(program, &arguments, Output::Log)
    }

    /// Records from a node until told to stop.
    ///
    /// # Errors
    /// The recorder cannot be started.
    pub fn record(
        &self,
        family: Family,
        format: SampleFormat,
        channels: u32,
        rate: u32,
        node: &str,
    ) -> Result<Recorder> {
        self.record_with(family, format, channels, rate, node, &Options::default())
    }

    /// As [`Instance::record`], with options (which only `pw-cat` takes).
    ///
    /// # Errors
    /// The recorder cannot be started.
    pub fn record_with(
        &self,
        family: Family,
        format: SampleFormat,
        channels: u32,
        rate: u32,
        node: &str,
        options: &Options,
    ) -> Result<Recorder> {
        let number = std::fs::read_dir(self.dir().join("sound"))?.count();
        let file = self.sound(&format!("{number:02}-recorded-from-{node}"));
        let map = format!("--channel-map={}", channel_map(family, channels));
        let mut arguments;
        let output;
        match family {
            Family::Pulse => {
                arguments = pulse_arguments(format, channels, rate, node);
                arguments.extend([map, "--latency-msec=50".to_owned()]);
                output = Output::File(file.clone());
            }
            Family::PwCat => {
                arguments = vec![
                    "--record".to_owned(),
                    format!("--target={node}"),
                    format!("--rate={rate}"),
                    format!("--channels={channels}"),
                    format!("--format={}", format.pw_cat_name()),
                    map,
                ];
                options.push(&mut arguments);
                arguments.push(file.display().to_string());
                output = Output::Log;
            }
        }
        let program = if family == Family::Pulse { "parec" } else { "pw-cat" };
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let process = self.spawn_real_time(program, &arguments, output)?;
        Ok(Recorder { process, file, family, format, channels, rate })
    }
}

fn pulse_arguments(format: SampleFormat, channels: u32, rate: u32, node: &str) -> Vec<String> {
    vec![
        "--raw".to_owned(),
        format!("--device={node}"),
        format!("--format={}", format.pulse_name()),
        format!("--rate={rate}"),
        format!("--channels={channels}"),
    ]
}

/// A running recorder and its file.
#[derive(Debug)]
pub struct Recorder {
    process: Process,
    file: PathBuf,
    family: Family,
    format: SampleFormat,
    channels: u32,
    rate: u32,
}

impl Recorder {
    /// The process, to kill it or to see whether it runs.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// The file it writes.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// About how many frames it has written so far.
    pub fn frames_so_far(&self) -> u64 {
        let bytes = std::fs::metadata(&self.file).map_or(0, |data| data.len());
        bytes.saturating_sub(HEADER_BYTES) / (self.format.bytes() as u64 * u64::from(self.channels))
    }

    /// Waits until sound (or silence) flows.
    ///
    /// # Errors
    /// It ends, or nothing flows in time.
    pub fn wait_flowing(&mut self) -> Result<()> {
        self.wait_frames(1, DEADLINE)
    }

    /// Waits until it has written that many frames more or less.
    ///
    /// # Errors
    /// It ends, or does not get there in time.
    pub fn wait_frames(&mut self, frames: u64, limit: Duration) -> Result<()> {
        poll_until(&format!("{frames} frames in {}", self.file.display()), limit, || {
            self.process.ensure_running()?;
            Ok((self.frames_so_far() >= frames).then_some(()))
        })
    }

    /// Ends the recording and reads it.
    ///
    /// # Errors
    /// The recorder does not end, or its file cannot be read.
    pub fn finish(mut self) -> Result<Sound> {
        self.process.signal(Signal::INT)?;
        self.process.wait(DEADLINE)?;
        match self.family {
            Family::Pulse => read_raw(&self.file, self.format, self.channels, self.rate),
            Family::PwCat => read_wav(&self.file),
        }
        .with_context(|| self.process.log_tail())
    }
}
