//! `cargo xtask test`: every check of the project, on one machine, with one verdict.

pub(super) mod step;
pub(super) mod steps;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::tally::Tally;
use crate::{needs, workspace};
use step::{Bench, Step, Verdict};
use steps::STEPS;

/// Options of `test`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run this step alone; may be given several times
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// List the steps and run nothing
    #[arg(long)]
    list: bool,
}

/// How one step ended.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) tally: Tally,
    pub(super) elapsed: Duration,
    /// What went wrong, in one sentence.
    pub(super) fault: Option<String>,
}

/// Runs the steps one after another, whatever becomes of each, and prints a table and the totals.
///
/// # Errors
/// When a step is named that is none, or something needed can't be installed.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if args.list {
        for step in STEPS {
            println!("{:<20} {}", step.name, step.title);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = chosen(&args.only)?;
    needs::ensure(needs::Purpose::Test)?;
    let bench = Bench::new(workspace::target_dir()?).context("no place for the logs")?;
    let count = chosen.len();
    let mut rows = Vec::new();
    for (index, step) in chosen.into_iter().enumerate() {
        eprintln!("\n=== [{}/{count}] {}: {}", index + 1, step.name, step.title);
        let row = run_step(step, &bench);
        if let Some(fault) = &row.fault {
            eprintln!(
                "--- {} failed: {fault}\n--- the end of its log:\n{}",
                row.name,
                bench.log_end(row.name)
            );
        }
        rows.push(row);
    }
    let sum = print_table(&rows);
    println!("\n{} passed, {} failed", sum.passed, sum.failed);
    Ok(if sum.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn chosen(only: &[String]) -> Result<Vec<&'static Step>> {
    if let Some(unknown) = only.iter().find(|name| !STEPS.iter().any(|step| step.name == **name)) {
        let names = STEPS.iter().map(|step| step.name).collect::<Vec<_>>().join(", ");
        bail!("there is no step {unknown}; the steps are {names}");
    }
    Ok(STEPS.iter().filter(|step| only.is_empty() || only.iter().any(|name| name == step.name)).collect())
}

fn run_step(step: &Step, bench: &Bench) -> Row {
    let started = Instant::now();
    row(step.name, started, (step.run)(&bench.of_step(step.name)))
}

/// How something ended that was started then.
pub(super) fn row(name: &'static str, started: Instant, verdict: Result<Verdict>) -> Row {
    let (mut tally, fault) = match verdict {
        Ok(verdict) => (verdict.tally, verdict.fault),
        Err(error) => (Tally::default(), Some(format!("{error:#}"))),
    };
    // A step can fail without a failed test: it did not compile, a linter spoke up, a program was missing.
    if fault.is_some() && tally.failed == 0 {
        tally += Tally::check(false);
    }
    Row { name, tally, elapsed: started.elapsed(), fault }
}

/// Prints a line on each, and adds them up.
pub(super) fn print_table(rows: &[Row]) -> Tally {
    let mut sum = Tally::default();
    println!("\n{:<20} {:>7} {:>7} {:>7} {:>9}", "step", "passed", "failed", "ignored", "time");
    for Row { name, tally, elapsed, fault } in rows {
        let Tally { passed, failed, ignored } = tally;
        let seconds = elapsed.as_secs_f64();
        let verdict = fault.as_deref().unwrap_or("ok");
        println!("{name:<20} {passed:>7} {failed:>7} {ignored:>7} {seconds:>7.1} s  {verdict}");
        sum += *tally;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row_of(run: fn(&Bench) -> Result<Verdict>) -> Row {
        let dir = tempfile::tempdir().unwrap();
        run_step(&Step { name: "x", title: "", run }, &Bench::new(dir.path().to_owned()).unwrap())
    }

    #[test]
    fn unknown_steps_are_refused_by_name() {
        let text = chosen(&["fmt".into(), "nonsense".into()]).err().unwrap().to_string();
        assert!(text.contains("nonsense") && text.contains("clippy"), "{text}");
        assert_eq!(chosen(&["fmt".into()]).unwrap().len(), 1);
        assert_eq!(chosen(&[]).unwrap().len(), STEPS.len());
    }

    #[test]
    fn step_names_are_unique() {
        let mut names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STEPS.len());
    }

    #[test]
    fn a_fault_without_a_failed_test_counts_as_one() {
        let row = row_of(|_| bail!("not started"));
        assert_eq!((row.tally.failed, row.fault.as_deref()), (1, Some("not started")));
        let tally = Tally { passed: 5, failed: 2, ignored: 0 };
        let row = row_of(move |_| {
            Ok(Verdict { tally: Tally { passed: 5, failed: 2, ignored: 0 }, fault: Some(String::new()) })
        });
        assert_eq!(row.tally, tally);
    }
}
