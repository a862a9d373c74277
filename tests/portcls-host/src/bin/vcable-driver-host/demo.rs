//! A WAV file through the real driver.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use vcable_portcls_host::format::Format;
use vcable_portcls_host::machine::{Machine, driver_path};
use vcable_portcls_host::transfer::{Transfer, delay_frames};
use vcable_tests::signal::{SampleFormat, Sound, read_wav, write_wav};

fn format_of(sound: &Sound) -> Format {
    let bits = u32::from(sound.format.bits());
    let float = sound.format == SampleFormat::F32;
    Format { rate_hz: sound.rate, channels: sound.channels, container: bits, valid: bits, float }
}

fn bytes_of(sound: &Sound) -> Vec<u8> {
    let bytes = sound.format.bytes();
    sound.words.iter().flat_map(|word| word.to_le_bytes().into_iter().take(bytes)).collect()
}

fn words_of(bytes: &[u8], format: SampleFormat) -> Vec<i32> {
    let unused = 4 - format.bytes();
    bytes
        .chunks_exact(format.bytes())
        .map(|sample| {
            let mut word = [0; 4];
            word[unused..].copy_from_slice(sample);
            i32::from_le_bytes(word) >> (8 * unused)
        })
        .collect()
}

/// Plays `file` to "Cable Input", records "Cable Output" beside it, and says how the two differ.
pub(crate) fn run(file: &Path) -> Result<()> {
    let sound = read_wav(file)?;
    let (format, bytes) = (format_of(&sound), bytes_of(&sound));
    ensure!(sound.frames() > 0, "{} is empty", file.display());
    let machine = Machine::start();
    let ends = machine.cable(1);
    for end in [&ends.0, &ends.1] {
        println!(
            "endpoint \"{}\" on {} and {}",
            end.text().unwrap_or_default(),
            end.topology.name,
            end.wave.name
        );
    }
    let opened = Transfer::open(&ends, format, format);
    let mut transfer = opened.with_context(|| format!("the driver refuses {format:?}"))?;
    let periods = bytes.len().div_ceil(format.frame_bytes() * format.rate_hz as usize / 100) + 2;
    let heard = transfer.run(&bytes, periods);
    transfer.close();
    drop(ends);
    machine.finish();
    let recording = file.with_extension("recorded.wav");
    write_wav(&recording, &Sound { words: words_of(&heard, sound.format), ..sound.clone() })?;
    report(&sound, format, &bytes, &heard)?;
    println!("recording: {}", recording.display());
    Ok(())
}

fn report(sound: &Sound, format: Format, bytes: &[u8], heard: &[u8]) -> Result<()> {
    let frame = format.frame_bytes();
    // Silence at the beginning of the file can't be told from what precedes it.
    let silent = bytes.chunks_exact(frame).take_while(|one| one.iter().all(|&byte| byte == 0)).count();
    let Some(first) = bytes.chunks_exact(frame).nth(silent) else {
        bail!("there is nothing but silence in it")
    };
    let at = delay_frames(heard, first).context("nothing of it was recorded")?;
    let delay = at.checked_sub(silent).context("it was recorded before it was played")?;
    let recorded = &heard[delay * frame..];
    let differ = bytes
        .chunks_exact(frame)
        .zip(recorded.chunks_exact(frame))
        .filter(|(one, other)| one != other)
        .count();
    println!("driver: {}", driver_path().display());
    println!(
        "{} frames of {} channels at {} Hz, {:?}",
        sound.frames(),
        sound.channels,
        sound.rate,
        sound.format
    );
    println!(
        "delay: {delay} frames, {:.3} ms of virtual time",
        delay as f64 * 1000.0 / f64::from(sound.rate)
    );
    println!("{differ} frames differ: {}", if differ == 0 { "bit-exact" } else { "not exact" });
    ensure!(differ == 0, "the recording is not what was played");
    Ok(())
}
