//! `cargo xtask bench`: the speed of what works on samples, beside that of others, each comparison in one run.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::ValueEnum;

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
    /// Ticks of the Windows driver against memcpy (about 1 min)
    Driver,
}

impl What {
    /// The arguments for cargo.
    const fn cargo(self) -> &'static [&'static str] {
        match self {
            Self::Resample => &["run", "--release", "--package", "vcable-peers", "--features", "peers"],
            Self::Driver => &["run", "--release", "--package", "vcable-portcls-host", "--", "bench"],
            Self::Convert => {
                &["bench", "--package", "vcable-core", "--features", "std", "--bench", "convert"]
            }
        }
    }
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
    if wanted.contains(&What::Driver) {
        driver::build(Arch::X64)?;
    }
    for what in all.iter().filter(|what| wanted.contains(what)) {
        let status = workspace::cargo().args(what.cargo()).status().context("cargo could not be started")?;
        if !status.success() {
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}
