//! Headerless little-endian files, as `paplay --raw` and `parec --raw` use them.

use std::path::Path;

use anyhow::{Context as _, Result};

use super::{SampleFormat, Sound};

/// Writes the samples.
///
/// # Errors
/// The file cannot be written.
pub fn write_raw(path: &Path, sound: &Sound) -> Result<()> {
    let size = sound.format.bytes();
    let mut bytes = Vec::with_capacity(sound.words.len() * size);
    for word in &sound.words {
        bytes.extend(word.to_le_bytes().iter().take(size));
    }
    std::fs::write(path, bytes).with_context(|| path.display().to_string())
}

/// Reads the samples; a frame that a killed recorder left unfinished is dropped.
///
/// # Errors
/// The file cannot be read.
pub fn read_raw(path: &Path, format: SampleFormat, channels: u32, rate: u32) -> Result<Sound> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let unused_bits = 32 - u32::from(format.bits());
    let mut words: Vec<_> = bytes
        .chunks_exact(format.bytes())
        .map(|chunk| {
            let word = chunk.iter().rev().fold(0_u32, |word, &byte| word << 8 | u32::from(byte));
            ((word << unused_bits) as i32) >> unused_bits
        })
        .collect();
    words.truncate(words.len() / channels as usize * channels as usize);
    Ok(Sound { format, channels, rate, words })
}
