//! Calls into the driver.

use crate::nt::irql;
use crate::verifier;

/// An argument as it travels: eight bytes, of which the callee uses as many as its type has.
#[derive(Clone, Copy, Debug)]
pub struct Argument(u64);

/// What stands in the bytes that a callee must not look at.
const JUNK: u64 = 0xDEAD_BEEF_F00D_CAFE;

impl From<usize> for Argument {
    fn from(value: usize) -> Self {
        Self(value as u64)
    }
}

impl From<u64> for Argument {
    fn from(value: u64) -> Self {
        Self(value)
    }
}

impl From<u32> for Argument {
    fn from(value: u32) -> Self {
        Self(JUNK << 32 | u64::from(value))
    }
}

impl From<i32> for Argument {
    fn from(value: i32) -> Self {
        Self::from(value as u32)
    }
}

impl From<bool> for Argument {
    /// A `BOOLEAN`: one byte.
    fn from(value: bool) -> Self {
        Self(JUNK << 8 | u64::from(value))
    }
}

/// Any function of the driver. The convention leaves out of a call what the callee does not take, so one type serves all.
type Function = extern "win64" fn(u64, u64, u64, u64, u64, u64, u64, u64) -> u64;

/// Calls the function at `address` with up to eight arguments, none of them floats. `what` is for reports.
///
/// The driver must come back at the interrupt level at which it was called.
///
/// # Panics
/// With more than eight arguments.
#[inline]
pub fn call(what: &'static str, address: usize, arguments: &[Argument]) -> u64 {
    if address == 0 {
        verifier::violation(&format!("{what}: there is no function"));
    }
    let mut words = [JUNK; 8];
    for (word, argument) in words.iter_mut().zip(arguments) {
        *word = argument.0;
    }
    assert!(arguments.len() <= words.len(), "{what} has too many arguments");
    let entered = verifier::enter(what);
    let before = irql::current();
    // SAFETY: an address that the driver gave as one of a function. If it is none, the test fails with a fault.
    let function = unsafe { std::mem::transmute::<usize, Function>(address) };
    let [w0, w1, w2, w3, w4, w5, w6, w7] = words;
    let result = function(w0, w1, w2, w3, w4, w5, w6, w7);
    if irql::current() != before {
        verifier::violation(&format!("came back at IRQL {} and was called at {before}", irql::current()));
    }
    drop(entered);
    result
}

/// The same, of a function that returns a status.
pub fn status(what: &'static str, address: usize, arguments: &[Argument]) -> crate::abi::Status {
    crate::abi::Status(call(what, address, arguments) as u32)
}
