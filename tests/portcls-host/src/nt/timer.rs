//! Time, which passes only when a test says so: the performance counter and timers.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use super::{inject, irql, locked};
use crate::call::call;
use crate::region::{Access, Region};
use crate::{memory, verifier};

/// Nanoseconds since the machine came up: a week already, so that 32 bits do not hold it in any unit.
static NOW_NS: AtomicI64 = AtomicI64::new(604_800_000_000_000);
/// Of the counter.
static FREQUENCY_HZ: AtomicI64 = AtomicI64::new(10_000_000);
/// What calls of the counter so far were.
static READS: AtomicU64 = AtomicU64::new(0);

/// Now, in nanoseconds since the machine came up.
#[inline]
pub fn now_ns() -> i64 {
    NOW_NS.load(Ordering::Relaxed)
}

/// The performance counter's value now.
#[inline]
pub fn counter() -> i64 {
    let (now, frequency) = (now_ns(), frequency_hz());
    if frequency == 10_000_000 {
        return now / 100;
    }
    (i128::from(now) * i128::from(frequency) / 1_000_000_000) as i64
}

/// Ticks of the counter in a second.
pub fn frequency_hz() -> i64 {
    FREQUENCY_HZ.load(Ordering::Relaxed)
}

/// Another machine: other ticks in a second. Before the driver is loaded.
pub fn set_frequency_hz(hz: i64) {
    FREQUENCY_HZ.store(hz, Ordering::Relaxed);
}

/// How often the driver read the counter.
pub fn reads() -> u64 {
    READS.load(Ordering::Relaxed)
}

/// `KeQueryPerformanceCounter`.
pub(super) extern "win64" fn query(frequency: usize) -> i64 {
    verifier::check_stack();
    READS.fetch_add(1, Ordering::Relaxed);
    if frequency != 0 {
        memory::write(frequency, frequency_hz());
    }
    counter()
}

/// A timer of the driver's.
#[derive(Debug)]
struct Timer {
    /// A page that faults: the driver has no business in it, and no other thing gets its address.
    _handle: Region,
    callback: usize,
    context: usize,
    /// When it fires next; `None` when it is not set.
    due_ns: Option<i64>,
    period_ns: i64,
    deleted: bool,
}

static TIMERS: Mutex<BTreeMap<usize, Timer>> = Mutex::new(BTreeMap::new());
/// How often a timer fired.
static FIRED: AtomicU64 = AtomicU64::new(0);

/// Only high resolution, which must not come with "no wake" nor with notification.
const HIGH_RESOLUTION: u32 = 4;

/// `ExAllocateTimer`.
pub(super) extern "win64" fn allocate(callback: usize, context: usize, attributes: u32) -> usize {
    irql::require("ExAllocateTimer", irql::DISPATCH);
    if attributes != HIGH_RESOLUTION {
        verifier::violation(&format!("ExAllocateTimer with attributes {attributes:#x}"));
    }
    if inject::memory_fails() {
        return 0;
    }
    let handle = Region::new(8);
    handle.protect(0, 8, Access::None);
    let address = handle.start();
    let timer = Timer { _handle: handle, callback, context, due_ns: None, period_ns: 0, deleted: false };
    locked(&TIMERS).insert(address, timer);
    address
}

/// Does `work` with a timer, which must not be deleted.
fn with<T>(function: &str, timer: usize, work: impl FnOnce(&mut Timer) -> T) -> T {
    let mut timers = locked(&TIMERS);
    let Some(timer) = timers.get_mut(&timer).filter(|timer| !timer.deleted) else {
        drop(timers);
        verifier::violation(&format!("{function} on {timer:#x}, which is no timer (any more)"));
    };
    work(timer)
}

/// `ExSetTimer`.
pub(super) extern "win64" fn set(timer: usize, due_hns: i64, period_hns: i64, _parameters: usize) -> u8 {
    irql::require("ExSetTimer", irql::DISPATCH);
    if due_hns > 0 || period_hns < 0 {
        verifier::violation(&format!("ExSetTimer at {due_hns} every {period_hns}: an absolute time"));
    }
    with("ExSetTimer", timer, |timer| {
        timer.period_ns = period_hns * 100;
        u8::from(timer.due_ns.replace(now_ns() - due_hns * 100).is_some())
    })
}

/// `ExCancelTimer`.
pub(super) extern "win64" fn cancel(timer: usize, _parameters: usize) -> u8 {
    irql::require("ExCancelTimer", irql::DISPATCH);
    with("ExCancelTimer", timer, |timer| u8::from(timer.due_ns.take().is_some()))
}

/// `ExDeleteTimer`.
pub(super) extern "win64" fn delete(timer: usize, cancel: u8, wait: u8, _parameters: usize) -> u8 {
    irql::require("ExDeleteTimer", if wait == 0 { irql::DISPATCH } else { irql::APC });
    if cancel == 0 && wait != 0 {
        verifier::violation("ExDeleteTimer waits without cancelling");
    }
    if wait == 0 {
        verifier::violation("ExDeleteTimer does not wait: the callback may still run");
    }
    let was_set = with("ExDeleteTimer", timer, |timer| {
        timer.deleted = true;
        timer.due_ns.take().is_some()
    });
    forget_old();
    u8::from(was_set)
}

/// Forgets deleted timers when there are many: each costs the process some mappings.
fn forget_old() {
    const KEPT: usize = 256;
    let mut timers = locked(&TIMERS);
    let deleted: Vec<_> =
        timers.iter().filter(|(_, timer)| timer.deleted).map(|(&handle, _)| handle).collect();
    if deleted.len() > KEPT {
        timers.retain(|_, timer| !timer.deleted);
    }
}

/// How many timers there are that were not deleted.
pub fn live() -> usize {
    locked(&TIMERS).values().filter(|timer| !timer.deleted).count()
}

/// How many timers are set.
pub fn armed() -> usize {
    locked(&TIMERS).values().filter(|timer| timer.due_ns.is_some()).count()
}

/// How often a timer fired so far.
pub fn fired() -> u64 {
    FIRED.load(Ordering::Relaxed)
}

/// The next timer that is due until `end_ns`: when, and what it calls. It is set anew if it is periodic.
fn next(end_ns: i64) -> Option<(i64, usize, usize, usize)> {
    let mut timers = locked(&TIMERS);
    let due = |timer: &Timer| timer.due_ns.filter(|&due| due <= end_ns);
    let (&handle, timer) =
        timers.iter_mut().filter(|(_, timer)| due(timer).is_some()).min_by_key(|(_, timer)| timer.due_ns)?;
    let at = timer.due_ns.unwrap_or(end_ns).max(now_ns());
    // Expirations that were missed are not made up for.
    let period = timer.period_ns;
    timer.due_ns = timer.due_ns.filter(|_| period > 0).map(|due| due + period * ((at - due) / period + 1));
    Some((at, handle, timer.callback, timer.context))
}

/// Lets time pass up to `end_ns`; timers fire when they are due.
pub fn advance_to(end_ns: i64) {
    while let Some((at, handle, callback, context)) = next(end_ns) {
        NOW_NS.store(at, Ordering::Relaxed);
        FIRED.fetch_add(1, Ordering::Relaxed);
        irql::at(irql::DISPATCH, || call("the timer's callback", callback, &[handle.into(), context.into()]));
    }
    NOW_NS.fetch_max(end_ns, Ordering::Relaxed);
}

/// Lets `ns` nanoseconds pass.
pub fn advance(ns: i64) {
    advance_to(now_ns() + ns);
}

/// Lets `ns` nanoseconds pass in which the processor is busy elsewhere: timers fire after it, once.
pub fn stall(ns: i64) {
    NOW_NS.fetch_add(ns, Ordering::Relaxed);
    advance(0);
}

/// Moves the clock on without running anything, as for a reading between two ticks.
pub fn skip(ns: i64) {
    NOW_NS.fetch_add(ns, Ordering::Relaxed);
}
