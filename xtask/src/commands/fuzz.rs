//! `cargo xtask fuzz`: arbitrary input to the core, for as long as one likes.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};

use super::driver_demo;
use crate::fuzzing::{self, Plan};
use crate::{needs, workspace};

/// Options of `fuzz`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Fuzz these targets alone; `driver` is the Windows driver in its host
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// Targets at a time
    #[arg(long, default_value_t = 1)]
    jobs: usize,
}

/// The target that is no target of libFuzzer's: the built driver.
const DRIVER: &str = "driver";

/// Fuzzes the core and prints a line on each target.
///
/// # Errors
/// When a target is named that is none, or something needed can't be installed or built.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if args.targets == [DRIVER] {
        let seed = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs().to_string();
        let words = ["fuzz", &args.seconds.to_string(), &seed].map(OsString::from);
        return driver_demo::run_host(&words.each_ref().map(OsString::as_os_str));
    }
    let all = fuzzing::targets()?;
    if let Some(unknown) = args.targets.iter().find(|name| !all.contains(name)) {
        bail!("there is no target {unknown}; the targets are {}, and {DRIVER} alone", all.join(", "));
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
