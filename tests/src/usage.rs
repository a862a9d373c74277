//! What a process uses, read from `/proc`.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

/// Resident memory of a process, in bytes (`VmRSS` of `/proc/<pid>/status`, see proc(5)).
///
/// # Errors
/// There is no such process.
pub fn resident_bytes(process: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kibibytes * 1024)
}

/// How many descriptors a process holds.
///
/// # Errors
/// There is no such process.
pub fn open_files(process: u32) -> Result<usize> {
    Ok(std::fs::read_dir(format!("/proc/{process}/fd"))?.count())
}

/// Processor time a process has used so far, user and system (fields 14 and 15 of `/proc/<pid>/stat`).
///
/// # Errors
/// There is no such process.
pub fn processor_time(process: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The second field, the name, may hold spaces; it ends with the last parenthesis.
    let (_, fields) = stat.rsplit_once(')').context("no name in stat")?;
    let ticks: u64 =
        fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    let per_second = rustix::param::clock_ticks_per_second();
    Ok(Duration::from_nanos(ticks * 1_000_000_000 / per_second))
}

/// Processor time used by some processes since a moment.
#[derive(Debug)]
pub struct Stopwatch {
    processes: Vec<u32>,
    used: Duration,
    since: Instant,
}

impl Stopwatch {
    /// Starts now.
    ///
    /// # Errors
    /// A process has ended.
    pub fn start(processes: Vec<u32>) -> Result<Self> {
        let used = used_by_all(&processes)?;
        Ok(Self { processes, used, since: Instant::now() })
    }

    /// Processor time and wall time since the start.
    ///
    /// # Errors
    /// A process has ended.
    pub fn stop(self) -> Result<(Duration, Duration)> {
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
            return processor_time(process);
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
    fn this_process_uses_memory_and_time() {
        let me = std::process::id();
        assert!(resident_bytes(me).expect("own status") > 100_000);
        let before = processor_time(me).expect("own stat");
        let start = std::time::Instant::now();
        let mut sum = 0_u64;
        while start.elapsed() < Duration::from_millis(60) {
            sum = std::hint::black_box(sum.wrapping_mul(3) + 1);
        }
        assert!(processor_time(me).expect("own stat") > before);
    }

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
