//! WAV files, exact to the bit.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use hound::{SampleFormat as Kind, WavReader, WavSpec, WavWriter};

use super::{SampleFormat, Sound};

/// Writes a WAV file.
///
/// # Errors
/// The file cannot be written.
pub fn write_wav(path: &Path, sound: &Sound) -> Result<()> {
    let float = sound.format == SampleFormat::F32;
    let spec = WavSpec {
        channels: u16::try_from(sound.channels)?,
        sample_rate: sound.rate,
        bits_per_sample: sound.format.bits(),
        sample_format: if float { Kind::Float } else { Kind::Int },
    };
    let mut writer = WavWriter::create(path, spec).with_context(|| path.display().to_string())?;
    for &word in &sound.words {
        if float {
            writer.write_sample(f32::from_bits(word as u32))?;
        } else {
            writer.write_sample(word)?;
        }
    }
    Ok(writer.finalize()?)
}

/// Reads a WAV file.
///
/// # Errors
/// The file cannot be read, or its format is none of [`SampleFormat`].
pub fn read_wav(path: &Path) -> Result<Sound> {
    let reader = WavReader::open(path).with_context(|| path.display().to_string())?;
    let spec = reader.spec();
    let format = match (spec.sample_format, spec.bits_per_sample) {
        (Kind::Float, 32) => SampleFormat::F32,
        (Kind::Int, 16) => SampleFormat::S16,
        (Kind::Int, 24) => SampleFormat::S24,
        (Kind::Int, 32) => SampleFormat::S32,
        (kind, bits) => bail!("{}: {kind:?} with {bits} bits is not supported", path.display()),
    };
    let words = if format == SampleFormat::F32 {
        let samples = reader.into_samples::<f32>();
        samples.map(|sample| sample.map(|value| value.to_bits() as i32)).collect::<Result<_, _>>()
    } else {
        reader.into_samples::<i32>().collect::<Result<_, _>>()
    }?;
    Ok(Sound { format, channels: u32::from(spec.channels), rate: spec.sample_rate, words })
}

#[cfg(test)]
mod tests {
    use super::super::{noise, read_raw, write_raw};
    use super::*;

    #[test]
    fn files_give_back_every_bit() {
        let dir = tempfile::tempdir().expect("temporary folder");
        for format in SampleFormat::ALL {
            for channels in [1, 2, 8, 64] {
                let sound = noise(format, channels, 44_100, 500, 3);
                let wav = dir.path().join("a.wav");
                write_wav(&wav, &sound).expect("written");
                assert_eq!(read_wav(&wav).expect("read"), sound);
                let raw = dir.path().join("a.raw");
                write_raw(&raw, &sound).expect("written");
                assert_eq!(read_raw(&raw, format, channels, 44_100).expect("read"), sound);
            }
        }
    }
}
