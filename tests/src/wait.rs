//! Waiting for a condition with a deadline, instead of sleeping and hoping.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How often a condition is looked at.
const INTERVAL: Duration = Duration::from_millis(20);

/// How long anything of a test may take to appear on a loaded machine.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Asks until there is an answer.
///
/// # Errors
/// The condition fails, or has no answer within `limit`; `what` names it.
pub fn poll_until<T>(what: &str, limit: Duration, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        if Instant::now() >= end {
            bail!("waited {:.1} s for {what}", limit.as_secs_f64());
        }
        std::thread::sleep(INTERVAL);
    }
}
