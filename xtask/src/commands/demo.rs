//! `cargo xtask demo`: builds the plugin and the demonstration program, and runs it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use super::build;
use crate::{needs, workspace};

/// Options of `demo`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Send this WAV file through the cable and leave the recording and a difference report beside it
    #[arg(value_name = "FILE.wav")]
    file: Option<PathBuf>,
    /// Print the measurements as JSON on standard output
    #[arg(long)]
    json: bool,
    /// Leave PipeWire running afterwards and print how to talk to it and how to stop it
    #[arg(long)]
    keep: bool,
}

/// Runs the demonstration and passes on how it ended.
///
/// # Errors
/// When the file is no WAV file, something needed is missing, or the build fails.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let file = args.file.as_deref().map(wav_file).transpose()?;
    needs::ensure(needs::Purpose::Run)?;
    let plugin = build::plugin_and_programs().context("the demo could not be built")?;
    let programs = workspace::target_dir()?.join("release");
    let mut demo = Command::new(programs.join("demo"));
    demo.arg("--plugin").arg(&plugin.path).arg("--measure").arg(programs.join("vcable-measure"));
    demo.args(args.json.then_some("--json")).args(args.keep.then_some("--keep")).args(file);
    let status = demo.status().context("the demonstration program could not be started")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Looks at a file before anything long begins, and gives back its full path.
fn wav_file(path: &Path) -> Result<PathBuf> {
    let shown = path.display();
    let mut magic = [0; 12];
    let mut file = File::open(path).with_context(|| format!("{shown} can't be opened"))?;
    if file.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        bail!("{shown} is not a file");
    }
    // RIFF, four bytes of length, WAVE: Microsoft's and IBM's Multimedia Programming Interface 1.0.
    if file.read_exact(&mut magic).is_err() || !magic.starts_with(b"RIFF") || !magic.ends_with(b"WAVE") {
        bail!("{shown} is not a WAV file");
    }
    path.canonicalize().with_context(|| format!("{shown} can't be found"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wav_files_pass() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.wav");
        let refused = || wav_file(&path).unwrap_err().to_string();
        assert!(refused().contains("can't be opened"));
        std::fs::write(&path, "").unwrap();
        assert!(refused().contains("not a WAV file"));
        std::fs::write(&path, "OggS, not at all what the name says").unwrap();
        assert!(refused().contains("not a WAV file"));
        assert!(wav_file(dir.path()).unwrap_err().to_string().contains("not a file"));
        std::fs::write(&path, b"RIFF\x24\0\0\0WAVEfmt ").unwrap();
        assert_eq!(wav_file(&path).unwrap(), path.canonicalize().unwrap());
    }
}
