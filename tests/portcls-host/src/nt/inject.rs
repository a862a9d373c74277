//! Failures on purpose: the k-th call that may fail, does.

use std::sync::atomic::{AtomicU64, Ordering};

/// What of the kernel and of PortCls may fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Kind {
    /// Any call that can fail at all, memory included.
    Any,
    /// Allocation of memory and of timers.
    Memory,
}

struct Plan {
    calls: AtomicU64,
    fails: AtomicU64,
}

impl Plan {
    const fn new() -> Self {
        Self { calls: AtomicU64::new(0), fails: AtomicU64::new(u64::MAX) }
    }

    fn count(&self) -> bool {
        self.calls.fetch_add(1, Ordering::Relaxed) == self.fails.load(Ordering::Relaxed)
    }
}

static PLANS: [Plan; 2] = [Plan::new(), Plan::new()];

/// From now on the call number `index` of that kind fails, counted from 0; none if `None`.
pub fn fail(kind: Kind, index: Option<u64>) {
    let plan = &PLANS[kind as usize];
    plan.calls.store(0, Ordering::Relaxed);
    plan.fails.store(index.unwrap_or(u64::MAX), Ordering::Relaxed);
}

/// How many calls of that kind there were since [`fail`].
pub fn calls(kind: Kind) -> u64 {
    PLANS[kind as usize].calls.load(Ordering::Relaxed)
}

/// Whether this call, which may fail, fails.
pub(crate) fn fails() -> bool {
    PLANS[Kind::Any as usize].count()
}

/// Whether this call for memory fails.
pub(crate) fn memory_fails() -> bool {
    let memory = PLANS[Kind::Memory as usize].count();
    fails() || memory
}
