//! The user's own WAV file: what is sent of it, and what is left beside it.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use hound::{SampleFormat as Kind, WavReader};
use serde::Serialize;
use vcable_tests::signal::{SampleFormat, Sound, write_wav};

use crate::passing::Passed;
use crate::way::Way;

/// The most channels that paplay takes (`PA_CHANNELS_MAX`).
const MOST_CHANNELS: u32 = 32;

/// A file that can be sent, and the two files that will stand beside it.
#[derive(Debug)]
pub(crate) struct UserFile {
    path: PathBuf,
    sound: Sound,
    /// How the samples were changed before they were sent, if they had to be.
    conversion: Option<&'static str>,
    recording: Reserved,
    report: Reserved,
}

/// What was left beside the user's file.
#[derive(Debug, Serialize)]
pub(crate) struct Delivered {
    /// The user's file.
    pub(crate) sent: PathBuf,
    /// What was recorded from the cable, lined up with it frame by frame.
    pub(crate) recording: PathBuf,
    /// In words.
    pub(crate) report: PathBuf,
}

impl UserFile {
    /// Reads the file and reserves the names beside it.
    ///
    /// # Errors
    /// One sentence on what is wrong with the file, or with its folder.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let shown = path.display();
        let reader = WavReader::open(path).with_context(|| format!("{shown} can't be read as a WAV file"))?;
        let (sound, conversion) = read(reader).with_context(|| format!("{shown} can't be sent"))?;
        ensure!(sound.frames() > 0, "{shown} holds no sound at all");
        ensure!(sound.sounding_frames() > 0, "{shown} holds nothing but silence, so nothing can be compared");
        let channels = sound.channels;
        ensure!(channels <= MOST_CHANNELS, "{shown} has {channels} channels, paplay takes {MOST_CHANNELS}");
        let (recording, report) = reserve(path)?;
        Ok(Self { path: path.to_owned(), sound, conversion, recording, report })
    }

    /// What is sent.
    pub(crate) fn sound(&self) -> &Sound {
        &self.sound
    }

    /// Writes what arrived and how it differs.
    ///
    /// # Errors
    /// A file can't be written.
    pub(crate) fn deliver(self, passed: &[Passed]) -> Result<Delivered> {
        let own = passed.iter().find(|passed| passed.way == Way::Vcable).context("the cable was left out")?;
        let text = describe(&self, own);
        write_wav(&self.recording.path, &own.arrived)?;
        std::fs::write(&self.report.path, text)
            .with_context(|| format!("{} can't be written", self.report.path.display()))?;
        Ok(Delivered { sent: self.path, recording: self.recording.keep(), report: self.report.keep() })
    }
}

/// The samples in a form that PipeWire's graph can carry to the bit.
fn read<R: std::io::Read>(reader: WavReader<R>) -> Result<(Sound, Option<&'static str>)> {
    let spec = reader.spec();
    let (channels, rate) = (u32::from(spec.channels), spec.sample_rate);
    let sound = |format, words| Sound { format, channels, rate, words };
    Ok(match (spec.sample_format, spec.bits_per_sample) {
        (Kind::Float, 32) => {
            let words = reader.into_samples::<f32>().map(|sample| Ok(sample?.to_bits() as i32));
            (sound(SampleFormat::F32, words.collect::<Result<_>>()?), None)
        }
        (Kind::Int, 8) => {
            let words = reader.into_samples::<i32>().map(|sample| Ok(sample? << 8));
            let words = words.collect::<Result<_>>()?;
            (sound(SampleFormat::S16, words), Some("8-bit samples were sent as 16-bit ones, exactly"))
        }
        (Kind::Int, bits @ (16 | 24)) => {
            let words = reader.into_samples::<i32>().collect::<Result<_, _>>()?;
            (sound(if bits == 16 { SampleFormat::S16 } else { SampleFormat::S24 }, words), None)
        }
        (Kind::Int, 32) => {
            let words =
                reader.into_samples::<i32>().map(|sample| Ok(SampleFormat::F32.word(full_scale(sample?))));
            let words = words.collect::<Result<_>>()?;
            let told = "32-bit integers were sent as 32-bit floats, the form in which PipeWire carries sound";
            (sound(SampleFormat::F32, words), Some(told))
        }
        (kind, bits) => bail!("its samples are {kind:?} of {bits} bits, which is not supported"),
    })
}

fn full_scale(sample: i32) -> f64 {
    SampleFormat::S32.value(sample)
}

fn describe(file: &UserFile, passed: &Passed) -> String {
    let Sound { format, channels, rate, .. } = passed.arrived;
    let mut text = format!("{} through vcable\n\n", file.path.display());
    let _ = writeln!(text, "sent with          paplay, recorded with parec");
    let _ = writeln!(text, "format             {}, {channels} channels, {rate} Hz", format.spa_name());
    if let Some(conversion) = file.conversion {
        let _ = writeln!(text, "note               {conversion}");
    }
    let _ = writeln!(text, "frames compared    {}", passed.frames);
    let _ = writeln!(text, "mismatches         {}", passed.mismatches);
    let _ = writeln!(text, "attempts           {}", passed.attempts);
    let _ = writeln!(text, "largest difference {:e} of full scale", passed.largest_difference);
    if let Some(remark) = &passed.remark {
        let _ = writeln!(text, "remark             {remark}");
    }
    let sent = file.sound.words.chunks_exact(channels as usize);
    let arrived = passed.arrived.words.chunks_exact(channels as usize);
    let differing = sent.zip(arrived).enumerate().filter(|(_, (sent, arrived))| sent != arrived);
    for (frame, (sent, arrived)) in differing.take(20) {
        let _ = writeln!(text, "frame {frame}: sent {sent:?}, arrived {arrived:?}");
    }
    text
}

/// A file that was made empty to hold its name, and goes again unless it is kept.
#[derive(Debug)]
struct Reserved {
    path: PathBuf,
    kept: bool,
}

impl Reserved {
    /// Nothing, if the name is taken.
    fn make(path: PathBuf) -> Result<Option<Self>> {
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(_) => Ok(Some(Self { path, kept: false })),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(None),
            Err(error) => Err(error).with_context(|| format!("{} can't be written", path.display())),
        }
    }

    fn keep(mut self) -> PathBuf {
        self.kept = true;
        self.path.clone()
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if !self.kept {
            // It was made by us and holds nothing; if it can't be removed there is nothing left to do.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// `x.vcable.wav` and `x.vcable.txt`, or the first pair `x.vcable-2` and so on of which neither exists.
fn reserve(path: &Path) -> Result<(Reserved, Reserved)> {
    for number in 1..1_000 {
        let ending = if number == 1 { String::new() } else { format!("-{number}") };
        let name = |kind: &str| path.with_extension(format!("vcable{ending}.{kind}"));
        let Some(recording) = Reserved::make(name("wav"))? else { continue };
        let Some(report) = Reserved::make(name("txt"))? else { continue };
        return Ok((recording, report));
    }
    bail!("there are a thousand recordings beside {} already", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use vcable_tests::signal::{noise, read_wav};

    impl Delivered {
        pub(crate) fn example() -> Self {
            let path = |name: &str| PathBuf::from(name);
            Self { sent: path("a.wav"), recording: path("a.vcable.wav"), report: path("a.vcable.txt") }
        }
    }

    fn written(dir: &Path, sound: &Sound) -> PathBuf {
        let path = dir.join("own.wav");
        write_wav(&path, sound).expect("written");
        path
    }

    fn refused(path: &Path) -> String {
        format!("{:#}", UserFile::open(path).expect_err("refused"))
    }

    #[test]
    fn files_that_cannot_be_sent_are_named_with_the_reason() {
        let dir = tempfile::tempdir().expect("folder");
        let path = dir.path().join("own.wav");
        assert!(refused(&path).contains("own.wav"));
        std::fs::write(&path, "RIFF, but nothing like it").expect("written");
        assert!(refused(&path).contains("WAV"));
        let sound = noise(SampleFormat::S16, 2, 8_000, 0, 1);
        assert!(refused(&written(dir.path(), &sound)).contains("no sound"));
        assert!(refused(&written(dir.path(), &sound.with_silence(100))).contains("silence"));
        let wide = noise(SampleFormat::S16, 33, 8_000, 10, 1);
        assert!(refused(&written(dir.path(), &wide)).contains("33 channels"));
        assert_eq!(std::fs::read_dir(dir.path()).expect("folder").count(), 1, "nothing is left behind");
    }

    #[test]
    fn nothing_is_ever_overwritten() {
        let dir = tempfile::tempdir().expect("folder");
        let path = written(dir.path(), &noise(SampleFormat::S16, 2, 8_000, 100, 1));
        std::fs::write(dir.path().join("own.vcable.txt"), "mine").expect("written");
        let file = UserFile::open(&path).expect("opened");
        assert_eq!(file.recording.path, dir.path().join("own.vcable-2.wav"));
        assert_eq!(file.report.path, dir.path().join("own.vcable-2.txt"));
        drop(file);
        let names = std::fs::read_dir(dir.path()).expect("folder").count();
        assert_eq!(names, 2, "what was reserved is gone, what was there is not");
    }

    #[test]
    fn what_arrived_is_left_beside_it() {
        let dir = tempfile::tempdir().expect("folder");
        let sent = noise(SampleFormat::S24, 2, 8_000, 100, 1);
        let file = UserFile::open(&written(dir.path(), &sent)).expect("opened");
        let mut arrived = sent.clone();
        arrived.words[40] ^= 1;
        let passed = Passed {
            way: Way::Vcable,
            arrived: arrived.clone(),
            frames: 100,
            mismatches: 1,
            largest_difference: 1e-7,
            dropout: false,
            attempts: 1,
            remark: None,
        };
        let delivered = file.deliver(&[passed]).expect("written");
        assert_eq!(read_wav(&delivered.recording).expect("read"), arrived);
        let report = std::fs::read_to_string(delivered.report).expect("read");
        assert!(report.contains("mismatches         1\n") && report.contains("frame 20: sent"), "{report}");
        assert_eq!(read_wav(&dir.path().join("own.wav")).expect("read"), sent);
    }

    #[test]
    fn every_depth_is_sent_in_a_form_that_can_arrive() {
        let dir = tempfile::tempdir().expect("folder");
        for (format, sent) in [
            (SampleFormat::F32, SampleFormat::F32),
            (SampleFormat::S16, SampleFormat::S16),
            (SampleFormat::S24, SampleFormat::S24),
            (SampleFormat::S32, SampleFormat::F32),
        ] {
            let sound = noise(format, 1, 44_100, 50, 2);
            let file = UserFile::open(&written(dir.path(), &sound)).expect("opened");
            assert_eq!(file.sound().format, sent);
            assert_eq!(file.conversion.is_some(), format != sent);
            let pairs = sound.channel(0).into_iter().zip(file.sound().channel(0));
            assert!(pairs.into_iter().all(|(one, other)| (one - other).abs() < 1e-7));
        }
    }
}
