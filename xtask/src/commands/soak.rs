//! `cargo xtask soak`: the end-to-end tests that gain from going on, for as long as they deserve.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};
use clap::ValueEnum;

use super::build;
use super::test::step::{Bench, Verdict};
use super::test::{print_table, row, steps};
use crate::{needs, workspace};

/// Options of `soak`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run this part alone; may be given several times
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,
    /// Minutes for each trial of every part, instead of the part's own
    #[arg(long)]
    minutes: Option<f64>,
}

/// Trials of one kind.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Two clocks, at every offset and pair of rates: ten minutes each
    Clocks,
    /// A cable at the pace of a sound card: a minute for each quantum
    Pulled,
    /// Another quantum every second, for a minute
    Quanta,
    /// Random operations on the graph, for ten minutes
    Chaos,
    /// The same in a daemon under `AddressSanitizer`
    Asan,
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::Clocks => "clocks",
            Self::Pulled => "pulled",
            Self::Quanta => "quanta",
            Self::Chaos => "chaos",
            Self::Asan => "asan",
        }
    }

    /// How long each of its trials is.
    const fn seconds(self) -> u64 {
        match self {
            Self::Clocks | Self::Chaos | Self::Asan => 600,
            Self::Pulled | Self::Quanta => 60,
        }
    }

    /// What the names of its trials hold.
    const fn filter(self) -> &'static str {
        match self {
            Self::Clocks => "clocks/sound",
            Self::Pulled => "pulled/",
            Self::Quanta => "quanta/",
            Self::Chaos | Self::Asan => "chaos/",
        }
    }

    fn run(self, bench: &Bench, seconds: u64, seed: &str) -> Result<Verdict> {
        let mut trials = if self == Self::Asan {
            steps::under_asan(bench, self.filter())?
        } else {
            let plugin = build::plugin(false)?;
            steps::trials(&plugin.path, &build::test_clock()?, &steps::ensure_roots()?, &[self.filter()])
        };
        trials.env("VCABLE_TEST_SECONDS", seconds.to_string()).env("VCABLE_CHAOS_SEED", seed);
        bench.tests(&mut trials)
    }
}

/// Runs the parts one after another, and prints a table and the totals.
///
/// # Errors
/// When something needed can't be installed.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let all = Part::value_variants();
    let wanted = |part: &&Part| args.only.is_empty() || args.only.contains(part);
    needs::ensure(needs::Purpose::Test)?;
    let seed = seed()?;
    eprintln!("VCABLE_CHAOS_SEED={seed}");
    let bench = Bench::new(workspace::target_dir()?.join("soak")).context("no place for the logs")?;
    let mut rows = Vec::new();
    for part in all.iter().filter(wanted) {
        let seconds = args.minutes.map_or(part.seconds(), |minutes| (minutes * 60.0) as u64);
        eprintln!("\n=== {}: trials of {seconds} s", part.name());
        let started = Instant::now();
        let verdict = with_progress(part.name(), || part.run(&bench.of_step(part.name()), seconds, &seed));
        rows.push(row(part.name(), started, verdict));
    }
    let sum = print_table(&rows);
    println!(
        "\n{} passed, {} failed; what each trial measured: {}",
        sum.passed,
        sum.failed,
        bench.logs().display()
    );
    Ok(if sum.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is random shall be something new each time, unless a seed is to be repeated.
fn seed() -> Result<String> {
    let now = SystemTime::UNIX_EPOCH.elapsed().context("the clock stands before 1970")?;
    Ok(std::env::var("VCABLE_CHAOS_SEED").unwrap_or_else(|_| now.as_secs().to_string()))
}

/// Says every minute that something still goes on.
fn with_progress<T>(name: &str, body: impl FnOnce() -> T) -> T {
    const LOOK: Duration = Duration::from_millis(200);
    let (is_done, started) = (AtomicBool::new(false), Instant::now());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut told = 0;
            while !is_done.load(Ordering::Relaxed) {
                std::thread::sleep(LOOK);
                let minutes = started.elapsed().as_secs() / 60;
                if minutes > told {
                    told = minutes;
                    eprintln!("... {name}: {minutes} min");
                }
            }
        });
        let result = body();
        is_done.store(true, Ordering::Relaxed);
        result
    })
}
