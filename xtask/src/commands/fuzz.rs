//! `cargo xtask fuzz`: arbitrary input to the core, for as long as one likes.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::fuzzing::{self, Plan};
use crate::{needs, workspace};

/// Options of `fuzz`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Fuzz these targets alone
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// Targets at a time
    #[arg(long, default_value_t = 1)]
    jobs: usize,
}

/// Fuzzes the core and prints a line on each target.
///
/// # Errors
/// When a target is named that is none, or something needed can't be installed or built.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let all = fuzzing::targets()?;
    if let Some(unknown) = args.targets.iter().find(|name| !all.contains(name)) {
        bail!("there is no target {unknown}; the targets are {}", all.join(", "));
    }
    // The fuzzer itself is C++.
    needs::ensure_program("c++")?;
    let chosen = if args.targets.is_empty() { &all } else { &args.targets };
    let log = workspace::target_dir()?.join("fuzz.log");
    // A log is of one run.
    let _ = std::fs::remove_file(&log);
    let plan = Plan { seconds: args.seconds, jobs: args.jobs, log };
    let outcomes = fuzzing::run(chosen, &plan)?;
    let found = outcomes.iter().any(|outcome| outcome.finding.is_some());
    Ok(if found { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
