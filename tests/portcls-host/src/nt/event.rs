//! Events that clients wait for.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::{irql, locked, timer};
use crate::region::Guarded;
use crate::verifier;

/// Bytes of a `KEVENT`.
const EVENT_BYTES: usize = 24;

static SET_NS: Mutex<BTreeMap<usize, Vec<i64>>> = Mutex::new(BTreeMap::new());

/// An event. While it exists the driver may set it, and not after.
#[derive(Debug)]
pub struct Event {
    memory: Guarded,
}

impl Default for Event {
    fn default() -> Self {
        Self::new()
    }
}

impl Event {
    /// A new event that is not set.
    pub fn new() -> Self {
        let memory = Guarded::filled(EVENT_BYTES, 0);
        locked(&SET_NS).insert(memory.address(), Vec::new());
        Self { memory }
    }

    /// The address by which the driver knows it.
    pub fn address(&self) -> usize {
        self.memory.address()
    }

    /// When it was set since the last time this was asked, in nanoseconds.
    pub fn take(&self) -> Vec<i64> {
        locked(&SET_NS).get_mut(&self.address()).map(std::mem::take).unwrap_or_default()
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        locked(&SET_NS).remove(&self.address());
    }
}

/// `KeSetEvent`.
pub(super) extern "win64" fn set(event: usize, _increment: i32, wait: u8) -> i32 {
    irql::require("KeSetEvent", irql::DISPATCH);
    if wait != 0 {
        verifier::violation("KeSetEvent with Wait");
    }
    let mut events = locked(&SET_NS);
    let Some(times) = events.get_mut(&event) else {
        drop(events);
        verifier::violation(&format!("KeSetEvent on {event:#x}, which is no event (any more)"));
    };
    times.push(timer::now_ns());
    0
}
