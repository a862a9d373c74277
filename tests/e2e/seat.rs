//! The processor a trial runs on.
//!
//! A virtual machine may stop one of its processors for milliseconds while another goes on: a client on the one is
//! then late in its cycle, whatever carries its sound. A trial that judges sound therefore runs on one processor
//! with everything it starts: what stops, stops together.

use std::sync::{Condvar, Mutex, OnceLock, PoisonError};

use anyhow::{Context as _, Result};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The processors of this program, as it was started.
static ALL: OnceLock<CpuSet> = OnceLock::new();

/// Those that no trial has now.
static FREE: Mutex<Vec<usize>> = Mutex::new(Vec::new());
static RETURNED: Condvar = Condvar::new();

/// To be called once, before the first trial.
pub(crate) fn prepare() -> Result<()> {
    let all = sched_getaffinity(None).context("the processors of this program")?;
    let numbers = (0..CpuSet::MAX_CPU).filter(|&number| all.is_set(number));
    FREE.lock().unwrap_or_else(PoisonError::into_inner).extend(numbers);
    ALL.get_or_init(|| all);
    Ok(())
}

/// One processor, held until dropped.
pub(crate) struct Seat(usize);

impl Seat {
    /// Binds this thread, and what it starts from now on, to a processor that no other trial has.
    pub(crate) fn take() -> Result<Self> {
        let free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free =
            RETURNED.wait_while(free, |free| free.is_empty()).unwrap_or_else(PoisonError::into_inner);
        // The wait ended with one there.
        let seat = Self(free.pop().context("no processor")?);
        drop(free);
        let mut one = CpuSet::new();
        one.set(seat.0);
        sched_setaffinity(None, &one).with_context(|| format!("processor {}", seat.0))?;
        Ok(seat)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(all) = ALL.get() {
            // A thread that stays bound is only slower.
            let _ = sched_setaffinity(None, all);
        }
        FREE.lock().unwrap_or_else(PoisonError::into_inner).push(self.0);
        RETURNED.notify_one();
    }
}
