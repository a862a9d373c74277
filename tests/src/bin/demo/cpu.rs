//! Processor time of processes, to the nanosecond.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use vcable_tests::usage;

/// Processor time used by some processes since a moment.
pub(crate) struct Stopwatch {
    processes: Vec<u32>,
    used: Duration,
    since: Instant,
}

impl Stopwatch {
    /// Starts now.
    ///
    /// # Errors
    /// A process has ended.
    pub(crate) fn start(processes: Vec<u32>) -> Result<Self> {
        let used = used_by_all(&processes)?;
        Ok(Self { processes, used, since: Instant::now() })
    }

    /// Processor time and wall time since the start.
    ///
    /// # Errors
    /// A process has ended.
    pub(crate) fn stop(self) -> Result<(Duration, Duration)> {
        let elapsed = self.since.elapsed();
        Ok((used_by_all(&self.processes)?.saturating_sub(self.used), elapsed))
    }
}

fn used_by_all(processes: &[u32]) -> Result<Duration> {
    processes.iter().map(|&process| used_by(process)).sum()
}

/// The scheduler's own account where the kernel keeps one (first field of `schedstat`, in ns), for the usual
/// one counts in ticks of 10 ms, longer than a cycle of the graph works in a second.
fn used_by(process: u32) -> Result<Duration> {
    let mut sum = Duration::ZERO;
    for thread in std::fs::read_dir(format!("/proc/{process}/task")).context("a process has ended")? {
        let Ok(account) = std::fs::read_to_string(thread?.path().join("schedstat")) else {
            return usage::processor_time(process);
        };
        let ns = account.split_whitespace().next().and_then(|field| field.parse().ok());
        sum += Duration::from_nanos(ns.context("schedstat has another form")?);
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_work_counts() {
        let process = std::process::id();
        let watch = Stopwatch::start(vec![process]).expect("own account");
        let mut sum = 0_u64;
        while watch.since.elapsed() < Duration::from_millis(50) {
            sum = std::hint::black_box(sum.wrapping_mul(3) + 1);
        }
        let (used, elapsed) = watch.stop().expect("own account");
        assert!(used > Duration::from_millis(1) && elapsed >= Duration::from_millis(50), "{used:?}");
        assert!(Stopwatch::start(vec![u32::MAX]).is_err());
    }
}
