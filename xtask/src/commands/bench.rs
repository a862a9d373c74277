//! `cargo xtask bench`: the cost of what works on samples, and of whole cables, beside that of others, each comparison
//! in one run.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use clap::ValueEnum;

use super::build;
use super::driver::{self, Arch};
use crate::{needs, workspace};

/// Options of `bench`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to measure; everything if not given
    what: Vec<What>,
}

/// A comparison.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Quality, delay and speed of our resamplers and the peers' (about 40 s)
    Resample,
    /// Format conversions and channel mixes against memcpy (about 3 min)
    Convert,
    /// Processor time of 1, 8 and 32 cables beside as many pw-loopbacks (about 4 min)
    Cables,
    /// Ticks of the Windows driver against memcpy (about 1 min)
    Driver,
}

impl What {
    /// What runs it, built as far as it does not build itself.
    fn command(self) -> Result<Command> {
        let arguments: &[_] = match self {
            Self::Resample => &["run", "--release", "--package", "vcable-peers", "--features", "peers"],
            Self::Driver => &["run", "--release", "--package", "vcable-portcls-host", "--", "bench"],
            Self::Convert => {
                &["bench", "--package", "vcable-core", "--features", "std", "--bench", "convert"]
            }
            Self::Cables => return cables(),
        };
        let mut cargo = workspace::cargo();
        cargo.args(arguments);
        Ok(cargo)
    }
}

fn cables() -> Result<Command> {
    let plugin = build::plugin_and_programs()?;
    let programs = workspace::target_dir()?.join("release");
    let mut bench = Command::new(programs.join("cables"));
    bench.arg("--plugin").arg(plugin.path).arg("--measure").arg(programs.join("vcable-measure"));
    Ok(bench)
}

/// Runs the comparisons, one after the other.
///
/// # Errors
/// When something needed is missing, or cargo can't be started.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let all = What::value_variants();
    let wanted = if args.what.is_empty() { all } else { &args.what };
    if wanted.contains(&What::Resample) {
        needs::ensure(needs::Purpose::Bench)?;
    }
    if wanted.contains(&What::Cables) {
        needs::ensure(needs::Purpose::Run)?;
    }
    if wanted.contains(&What::Driver) {
        driver::build(Arch::X64)?;
    }
    for what in all.iter().filter(|what| wanted.contains(what)) {
        let status = what.command()?.status().context("it could not be started")?;
        if !status.success() {
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}
