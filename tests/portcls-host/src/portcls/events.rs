//! What the driver reports through its ports: events to clients, and traces.

use std::sync::Mutex;

use super::adapter;
use super::object::find;
use crate::abi::Guid;
use crate::nt::{irql, locked};
use crate::{memory, verifier};

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
/// A line of the system's trace of audio.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Traced {
    /// The subdevice whose port wrote it.
    pub subdevice: String,
    /// What kind of event.
    pub kind: u32,
    /// Its numbers.
    pub data: [u64; 4],
    /// The interrupt level at which it was written.
    pub irql: u8,
}

static TRACES: Mutex<Vec<Traced>> = Mutex::new(Vec::new());

/// Kinds of events there are, and the one for glitches (`EPcMiniportEngineEvent`).
const KINDS: u32 = 11;
/// A glitch: its third number is 1 for a buffer that was not there in time, 2 for a decoder, 3 for one given twice.
pub const GLITCH: u32 = 7;

/// The events raised since the last time this was asked.
pub fn take_raised() -> Vec<Raised> {
    std::mem::take(&mut *locked(&RAISED))
}

/// The traces since the last time this was asked.
pub fn take_traces() -> Vec<Traced> {
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
    let subdevice = adapter::name_of_port(&find("IPortClsEtwHelper", this));
    if kind >= KINDS || (kind == GLITCH && !(1..=3).contains(&c)) {
        verifier::violation(&format!("a trace of kind {kind} with {a} {b} {c} {d}"));
    }
    locked(&TRACES).push(Traced { subdevice, kind, data: [a, b, c, d], irql: irql::current() });
    0
}
