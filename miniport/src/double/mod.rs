//! Doubles of the kernel and of PortCls, for tests on other systems.
//!
//! What happens is noted for each thread, as each test has one of its own. The host that loads the real driver has
//! stricter ones; these are for what is inside.

mod kernel;
pub(crate) mod portcls;
pub(crate) mod registry;

use core::cell::{Cell, RefCell};
use std::string::String;
use std::vec::Vec;

use crate::sys::NTSTATUS;
use crate::sys::status::{STATUS_SUCCESS, STATUS_UNSUCCESSFUL};

std::thread_local! {
    static CALLS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static FALLIBLE: Cell<u32> = const { Cell::new(0) };
    static FAILING: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Notes a call.
fn note(call: String) {
    CALLS.with_borrow_mut(|calls| calls.push(call));
}

/// Notes a call that can fail, and whether it does.
fn attempt(call: String) -> Result<(), NTSTATUS> {
    let number = FALLIBLE.replace(FALLIBLE.get() + 1);
    if FAILING.get() == Some(number) {
        note(std::format!("{call} fails"));
        return Err(STATUS_UNSUCCESSFUL);
    }
    note(call);
    Ok(())
}

/// The status of that.
fn status(outcome: Result<(), NTSTATUS>) -> NTSTATUS {
    outcome.err().unwrap_or(STATUS_SUCCESS)
}

/// What happened on this thread since this was last asked.
pub(crate) fn calls() -> Vec<String> {
    CALLS.take()
}

/// Lets the call with that number fail, counted from now and from 0.
pub(crate) fn fail_at(number: Option<u32>) {
    FALLIBLE.set(0);
    FAILING.set(number);
}

/// How many calls could have failed since then.
pub(crate) fn fallible() -> u32 {
    FALLIBLE.get()
}

/// Text of units up to the first zero.
fn text(units: &[u16]) -> String {
    String::from_utf16_lossy(units.split(|&unit| unit == 0).next().unwrap_or_default())
}
