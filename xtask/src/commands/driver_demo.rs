//! `cargo xtask driver-demo`: a WAV file through the real driver for Windows, in a host that runs here.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use super::driver::{self, Arch};
use crate::workspace;

/// Options of `driver-demo`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to play; the recording is left beside it
    #[arg(value_name = "FILE.wav")]
    file: PathBuf,
}

/// The driver for this processor, and the host's program as a command that will load it.
///
/// # Errors
/// When one of both can't be built.
pub(crate) fn host() -> Result<Command> {
    let built = driver::build(Arch::X64)?;
    let mut cargo = workspace::cargo();
    cargo.args(["build", "--release", "--package", "vcable-portcls-host"]);
    if !cargo.status().context("cargo could not be started")?.success() {
        bail!("the host of the driver could not be built");
    }
    let mut host = Command::new(workspace::target_dir()?.join("release/vcable-driver-host"));
    host.env("VCABLE_DRIVER", built);
    Ok(host)
}

/// Runs the host's program and passes on how it ended.
///
/// # Errors
/// When something does not build or start.
pub(crate) fn run_host(args: &[&std::ffi::OsStr]) -> Result<ExitCode> {
    let status = host()?.args(args).status().context("the host could not be started")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Plays and records, and prints how both differ.
///
/// # Errors
/// As for [`run_host`].
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    run_host(&["demo".as_ref(), args.file.as_os_str()])
}
