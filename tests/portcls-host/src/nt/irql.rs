//! Interrupt levels, of each thread.

use std::cell::Cell;

use crate::verifier;

/// Threads run here.
pub const PASSIVE: u8 = 0;
/// Page faults end here.
pub const APC: u8 = 1;
/// Timers run here, and holders of spin locks.
pub const DISPATCH: u8 = 2;

thread_local! {
    static LEVEL: Cell<u8> = const { Cell::new(PASSIVE) };
}

/// The level of this thread.
#[inline]
pub fn current() -> u8 {
    LEVEL.get()
}

/// Changes it and returns the one before.
#[inline]
pub(crate) fn set(level: u8) -> u8 {
    LEVEL.replace(level)
}

/// What every double begins with: `function` may be called up to `highest`, and the stack has room.
#[inline]
pub(crate) fn require(function: &str, highest: u8) {
    if current() > highest {
        verifier::violation(&format!(
            "{function} is called at IRQL {}; up to {highest} it may be",
            current()
        ));
    }
    verifier::check_stack();
}

/// Runs something of the driver's at `level`.
pub fn at<T>(level: u8, work: impl FnOnce() -> T) -> T {
    let before = set(level);
    let result = work();
    set(before);
    result
}
