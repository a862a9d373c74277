//! What a process uses, read from `/proc`.

use std::time::Duration;

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
}
