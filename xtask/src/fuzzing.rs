//! The fuzz targets of the core: building them, running them, and reading what libFuzzer says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use anyhow::{Context, Result, bail};

use crate::process::{self, Finished};
use crate::{toolchain, workspace};

/// Longest input, in bytes: some hundred calls.
const MOST_BYTES: &str = "-max_len=1024";
/// A case takes milliseconds; one of this many seconds hangs.
const TIMEOUT: &str = "-timeout=20";

/// How long to fuzz, and where.
pub(crate) struct Plan {
    /// Seconds for each target.
    pub(crate) seconds: u64,
    /// Targets at a time.
    pub(crate) jobs: usize,
    /// Where everything the fuzzers say goes.
    pub(crate) log: PathBuf,
}

/// What came of one target.
pub(crate) struct Outcome {
    /// Its name.
    pub(crate) target: String,
    /// What was done, in figures.
    pub(crate) figures: String,
    /// What was found, if anything was.
    pub(crate) finding: Option<String>,
}

fn crate_dir() -> PathBuf {
    workspace::root().join("core/fuzz")
}

/// All targets there are.
///
/// # Errors
/// When cargo does not tell.
pub(crate) fn targets() -> Result<Vec<String>> {
    workspace::programs_of(&crate_dir().join("Cargo.toml"))
}

/// Builds all targets, fuzzes those named, and prints a line on each when it is done.
///
/// # Errors
/// When the nightly compiler is missing, or something does not build or run. A finding is none.
pub(crate) fn run(targets: &[String], plan: &Plan) -> Result<Vec<Outcome>> {
    let mut cargo = toolchain::nightly_cargo()?;
    toolchain::ensure_plugin("cargo-fuzz", "0.13.2")?;
    let folder = workspace::target_dir()?.join("fuzz");
    cargo.args(["fuzz", "build", "--fuzz-dir"]).arg(crate_dir()).arg("--target-dir").arg(&folder);
    let built = process::run_logged(&mut cargo, &plan.log)?;
    if !built.status.success() {
        bail!("the fuzz targets do not build ({})", built.status);
    }
    let programs = folder.join(toolchain::host()?).join("release");
    let waiting = Mutex::new(targets.iter());
    let outcomes = Mutex::new(Vec::new());
    let work = || -> Result<()> {
        // Each lock is held for one statement.
        while let Some(target) = next(&waiting) {
            let outcome = fuzz(target, &programs, &folder, plan)?;
            println!("{}", line(&outcome));
            outcomes.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(outcome);
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..plan.jobs.max(1)).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| bail!("a worker panicked")))
    })?;
    Ok(outcomes.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
}

fn next<'a>(waiting: &Mutex<std::slice::Iter<'a, String>>) -> Option<&'a String> {
    waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next()
}

/// One line for people.
fn line(outcome: &Outcome) -> String {
    let Outcome { target, figures, finding } = outcome;
    format!("fuzzed {target:<9} {figures}: {}", finding.as_deref().unwrap_or("no finding"))
}

/// Fuzzes one target from what was found before, here and in the repository.
fn fuzz(target: &str, programs: &Path, folder: &Path, plan: &Plan) -> Result<Outcome> {
    let (corpus, artifacts) = (folder.join("corpus").join(target), folder.join("artifacts").join(target));
    for dir in [&corpus, &artifacts] {
        fs::create_dir_all(dir).with_context(|| format!("{} can't be made", dir.display()))?;
    }
    let mut fuzzer = Command::new(programs.join(target));
    fuzzer.args([MOST_BYTES, "-len_control=0", TIMEOUT, "-print_final_stats=1"]);
    fuzzer.arg(format!("-max_total_time={}", plan.seconds));
    fuzzer.arg(format!("-artifact_prefix={}/", artifacts.display()));
    fuzzer.arg(&corpus);
    let seeds = crate_dir().join("seeds").join(target);
    if seeds.is_dir() {
        fuzzer.arg(seeds);
    }
    let finished = process::run_quietly(&mut fuzzer, &plan.log)?;
    Ok(judge(target, &finished))
}

fn judge(target: &str, finished: &Finished) -> Outcome {
    let output = &finished.output;
    let after = |mark: &str| output.lines().rev().find_map(|line| Some(line.split_once(mark)?.1.trim()));
    let word = |mark: &str| after(mark).and_then(|rest| rest.split_whitespace().next()).unwrap_or("?");
    let runs = word("stat::number_of_executed_units:");
    let corpus = word("corp: ").split('/').next().unwrap_or("?");
    let (coverage, seed) = (word("cov: "), word("INFO: Seed: "));
    let figures = format!(
        "{runs} runs, coverage {coverage}, corpus {corpus}, seed {seed}, {:.0} s",
        finished.elapsed.as_secs_f64()
    );
    let finding = if !finished.status.success() {
        let what = after("panicked at ").or_else(|| after("SUMMARY: ")).unwrap_or("it ended badly");
        let input = after("Test unit written to ").unwrap_or("none was kept");
        Some(format!("{what} ({}); input: {input}", finished.status))
    } else if runs.parse().unwrap_or(0_u64) == 0 || !output.contains("DONE ") {
        Some("it ended without having run".to_owned())
    } else {
        None
    };
    Outcome { target: target.to_owned(), figures, finding }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(script: &str) -> Outcome {
        let dir = tempfile::tempdir().unwrap();
        let finished =
            process::run_quietly(Command::new("sh").args(["-c", script]), &dir.path().join("log")).unwrap();
        judge("x", &finished)
    }

    #[test]
    fn a_quiet_end_is_no_finding() {
        let outcome = after(
            "echo 'INFO: Seed: 77'; echo '#9 DONE   cov: 12 ft: 30 corp: 4/2Kb lim: 8'; \
             echo 'stat::number_of_executed_units: 9'",
        );
        assert_eq!(outcome.finding, None);
        assert!(
            outcome.figures.starts_with("9 runs, coverage 12, corpus 4, seed 77, "),
            "{}",
            outcome.figures
        );
    }

    #[test]
    fn what_was_found_is_told() {
        let outcome = after(
            "echo \"thread 'x' panicked at src/a.rs:1:2:\"; echo 'Test unit written to /a/crash-1'; exit 77",
        );
        let finding = outcome.finding.unwrap();
        assert!(finding.contains("src/a.rs:1:2") && finding.contains("/a/crash-1"), "{finding}");
    }

    #[test]
    fn a_fuzzer_that_ran_nothing_has_not_passed() {
        assert!(after("exit 0").finding.is_some());
        assert!(after("echo '#0 DONE cov: 1'; echo 'stat::number_of_executed_units: 0'").finding.is_some());
    }

    #[test]
    fn the_targets_are_found() {
        let targets = targets().unwrap();
        assert!(
            targets.contains(&"convert".to_owned()) && targets.contains(&"ffi".to_owned()),
            "{targets:?}"
        );
    }
}
