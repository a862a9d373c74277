//! What the driver reports through its ports: events to clients, and traces.

use std::sync::Mutex;

use super::object::find;
use crate::abi::Guid;
use crate::memory;
use crate::nt::{irql, locked};

/// An event that the driver raised.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Raised {
    /// Of which set; any if null.
    pub set: Guid,
    /// Which of the set.
    pub id: u32,
    /// Of which pin.
    pub pin: Option<u32>,
    /// Of which node.
    pub node: Option<u32>,
}

static RAISED: Mutex<Vec<Raised>> = Mutex::new(Vec::new());
static TRACES: Mutex<Vec<[u64; 5]>> = Mutex::new(Vec::new());

/// The events raised since the last time this was asked.
pub fn take_raised() -> Vec<Raised> {
    std::mem::take(&mut *locked(&RAISED))
}

/// The traces since the last time this was asked: kind, four parameters.
pub fn take_traces() -> Vec<[u64; 5]> {
    std::mem::take(&mut *locked(&TRACES))
}

pub(super) fn methods() -> Vec<usize> {
    vec![add as *const () as usize, generate as *const () as usize]
}

extern "win64" fn add(this: usize, _entry: usize) {
    irql::require("IPortEvents::AddEventToEventList", irql::DISPATCH);
    find("IPortEvents", this);
}

extern "win64" fn generate(this: usize, set: usize, id: u32, of_pin: u32, pin: u32, of_node: u32, node: u32) {
    irql::require("IPortEvents::GenerateEventList", irql::DISPATCH);
    find("IPortEvents", this);
    let set = if set == 0 { Guid::NULL } else { memory::read(set) };
    let (pin, node) = ((of_pin != 0).then_some(pin), (of_node != 0).then_some(node));
    locked(&RAISED).push(Raised { set, id, pin, node });
}

pub(super) extern "win64" fn write_etw(this: usize, kind: u32, a: u64, b: u64, c: u64, d: u64) -> u32 {
    irql::require("IPortClsEtwHelper::MiniportWriteEtwEvent", irql::DISPATCH);
    find("IPortClsEtwHelper", this);
    locked(&TRACES).push([u64::from(kind), a, b, c, d]);
    0
}
