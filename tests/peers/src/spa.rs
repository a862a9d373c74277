//! PipeWire's resampler, through its command line tool: one file in, another out.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use tempfile::NamedTempFile;

use crate::line::Rates;

/// MMX to AVX2 and FMA, by the bits of PipeWire's `spa/support/cpu.h`, without AMD's own (3DNow!, XOP, FMA4). The tool
/// asks no processor and takes none by default.
const CPU_FLAGS: u32 = 0x1_cfdb;

/// The resampler at one of its qualities, 0 to 14; PipeWire's own default is 4.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spa {
    pub(crate) quality: u32,
}

impl Spa {
    /// The tool knows whole rates only.
    pub(crate) fn nearest(rates: Rates) -> Rates {
        let output_hz = f64::from(rates.output_hz) / rates.factor;
        Rates { output_hz: output_hz.round() as u32, factor: 1.0, ..rates }
    }

    /// What becomes of a mono signal, in both channels; the left one of the output.
    ///
    /// # Errors
    /// When the tool fails.
    pub(crate) fn convert(self, rates: Rates, signal: &[f32]) -> Result<Vec<f32>> {
        let input = wav(rates.input_hz, signal)?;
        let output = NamedTempFile::with_suffix(".wav")?;
        self.run(rates, &input, &output)?;
        let mut reader = hound::WavReader::open(output.path())?;
        Ok(reader.samples::<f32>().step_by(2).collect::<Result<_, _>>()?)
    }

    /// Processor time that one conversion takes, the start of the program included.
    ///
    /// # Errors
    /// When the tool fails.
    pub(crate) fn run(self, rates: Rates, input: &NamedTempFile, output: &NamedTempFile) -> Result<Duration> {
        let mut command = Command::new("spa-resample");
        command.args(["-q", &self.quality.to_string(), "-c", &CPU_FLAGS.to_string(), "-f", "f32"]);
        command.args(["-r", &Self::nearest(rates).output_hz.to_string()]);
        command.args([input.path(), output.path()]);
        let before = children_time()?;
        let ended = command.output().context("spa-resample could not be started")?;
        if !ended.status.success() {
            bail!("spa-resample failed ({}): {}", ended.status, String::from_utf8_lossy(&ended.stderr));
        }
        Ok(children_time()?.saturating_sub(before))
    }
}

/// Processor time of all programs that were started here and have ended.
fn children_time() -> Result<Duration> {
    let used = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let time = used.user_time() + used.system_time();
    Ok(Duration::new(time.tv_sec().try_into()?, 1000 * u32::try_from(time.tv_usec())?))
}

/// A file with a mono signal in both channels.
///
/// # Errors
/// When it can't be written.
pub(crate) fn wav(rate_hz: u32, signal: &[f32]) -> Result<NamedTempFile> {
    let file = NamedTempFile::with_suffix(".wav")?;
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: rate_hz,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(file.path(), spec)?;
    for &sample in signal {
        writer.write_sample(sample)?;
        writer.write_sample(sample)?;
    }
    writer.finalize()?;
    Ok(file)
}
