//! One step of the test run: how it runs a program, and how it judges what came of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{self, Finished};
use crate::tally::Tally;

/// A named part of the test run.
pub(in crate::commands) struct Step {
    /// What `--only` calls it.
    pub(in crate::commands) name: &'static str,
    /// What it does.
    pub(in crate::commands) title: &'static str,
    /// Does it. An error is a step that could not run.
    pub(in crate::commands) run: fn(&Bench) -> Result<Verdict>,
}

/// What came of a step.
#[derive(Debug)]
pub(in crate::commands) struct Verdict {
    /// What counts in the totals.
    pub(in crate::commands) tally: Tally,
    /// What went wrong, if anything did.
    pub(in crate::commands) fault: Option<String>,
}

impl Verdict {
    /// Both together: what counts is added, and the first fault is told.
    pub(in crate::commands) fn and(mut self, other: Self) -> Self {
        self.tally += other.tally;
        self.fault = self.fault.or(other.fault);
        self
    }
}

/// Where a step works.
#[derive(Clone)]
pub(in crate::commands) struct Bench {
    target: PathBuf,
    logs: PathBuf,
    log: PathBuf,
}

impl Bench {
    /// A bench in cargo's target folder, with fresh logs.
    ///
    /// # Errors
    /// When the folder of the logs can't be made anew.
    pub(in crate::commands) fn new(target: PathBuf) -> Result<Self> {
        let logs = target.join("test-logs");
        if logs.exists() {
            std::fs::remove_dir_all(&logs).with_context(|| format!("{} can't be removed", logs.display()))?;
        }
        std::fs::create_dir_all(&logs).with_context(|| format!("{} can't be made", logs.display()))?;
        Ok(Self { target, log: logs.join("steps.log"), logs })
    }

    /// The same bench with the log of one step.
    pub(in crate::commands) fn of_step(&self, name: &str) -> Self {
        Self { log: self.logs.join(format!("{name}.log")), ..self.clone() }
    }

    /// Cargo's target folder.
    pub(in crate::commands) fn target(&self) -> &Path {
        &self.target
    }

    /// The folder of the logs.
    pub(in crate::commands) fn logs(&self) -> &Path {
        &self.logs
    }

    /// Where what a step runs is logged.
    pub(in crate::commands) fn log(&self) -> &Path {
        &self.log
    }

    /// The failed tests that a step's log names, its last lines, and where the rest is.
    pub(in crate::commands) fn log_end(&self, name: &str) -> String {
        const LINES: usize = 30;
        let log = self.of_step(name).log;
        let Ok(text) = std::fs::read_to_string(&log) else { return "(it wrote none)".to_owned() };
        let lines: Vec<_> = text.lines().collect();
        let failed = lines.iter().filter(|line| line.starts_with("test ") && line.ends_with("FAILED"));
        let end = lines.get(lines.len().saturating_sub(LINES)..).unwrap_or_default();
        let shown: Vec<_> = failed.chain(&["..."]).chain(end).copied().collect();
        format!("{}\n--- all of it: {}", shown.join("\n"), log.display())
    }

    /// Runs a program that must end well, and counts as one check.
    ///
    /// # Errors
    /// When it can't be started.
    pub(in crate::commands) fn check(&self, command: &mut Command) -> Result<Verdict> {
        Ok(judge_check(&process::run_logged(command, &self.log)?))
    }

    /// Runs test runners, which must pass and must have run something.
    ///
    /// # Errors
    /// When they can't be started.
    pub(in crate::commands) fn tests(&self, command: &mut Command) -> Result<Verdict> {
        Ok(judge_tests(&process::run_logged(command, &self.log)?))
    }
}

fn judge_check(finished: &Finished) -> Verdict {
    let well = finished.status.success();
    Verdict { tally: Tally::check(well), fault: (!well).then(|| ended(finished)) }
}

fn judge_tests(finished: &Finished) -> Verdict {
    let tally = Tally::of_output(&finished.output);
    let fault = if tally.failed > 0 {
        Some(format!("{} of {} tests failed", tally.failed, tally.ran()))
    } else if !finished.status.success() {
        Some(ended(finished))
    } else if tally.ran() == 0 {
        Some("no test ran".to_owned())
    } else {
        None
    };
    Verdict { tally, fault }
}

fn ended(finished: &Finished) -> String {
    format!("it ended with {} after {:.1} s", finished.status, finished.elapsed.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(judge: fn(&Finished) -> Verdict, script: &str) -> Verdict {
        let dir = tempfile::tempdir().unwrap();
        let finished =
            process::run_logged(Command::new("sh").args(["-c", script]), &dir.path().join("log")).unwrap();
        judge(&finished)
    }

    const PASSED: &str = "echo 'test result: ok. 4 passed; 0 failed; 0 ignored'";
    const FAILED: &str = "echo 'test result: FAILED. 3 passed; 1 failed; 0 ignored'; exit 101";

    #[test]
    fn a_check_counts_once() {
        let verdict = after(judge_check, "exit 0");
        assert_eq!((verdict.tally, verdict.fault), (Tally::check(true), None));
        let verdict = after(judge_check, "exit 1");
        assert_eq!(verdict.tally, Tally::check(false));
        assert!(verdict.fault.is_some());
    }

    #[test]
    fn tests_must_run_and_pass() {
        assert!(after(judge_tests, PASSED).fault.is_none());
        assert!(after(judge_tests, FAILED).fault.unwrap().contains("1 of 4"));
        assert!(after(judge_tests, "exit 0").fault.unwrap().contains("no test ran"));
        let crashed = after(judge_tests, &format!("{PASSED}; exit 101"));
        assert!(crashed.fault.unwrap().contains("101"));
    }

    #[test]
    fn failed_tests_are_named_even_far_from_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let bench = Bench::new(dir.path().to_owned()).unwrap();
        let script = "echo 'test a::b ... FAILED'; echo 'test a::c ... ok'; seq 100";
        bench.of_step("x").check(Command::new("sh").args(["-c", script])).unwrap();
        let end = bench.log_end("x");
        assert!(end.starts_with("test a::b ... FAILED\n") && !end.contains("a::c ... ok"), "{end}");
    }

    #[test]
    fn the_end_of_a_log_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let bench = Bench::new(dir.path().to_owned()).unwrap();
        assert!(bench.log_end("x").contains("none"));
        bench.of_step("x").check(Command::new("seq").arg("100")).unwrap();
        let end = bench.log_end("x");
        assert!(end.contains("\n100\n") && !end.contains("\n50\n") && end.contains("x.log"), "{end}");
    }
}
