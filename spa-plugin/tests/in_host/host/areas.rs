//! The io areas that host and node share. `Cell`s: both sides may write at any time between calls.

use libspa_sys as sys;
use std::cell::Cell;
use std::ffi::{c_char, c_void};
use std::mem::{offset_of, size_of};

/// `struct spa_io_clock` of today; 0.3.65 has padding where the targets are.
#[repr(C)]
pub(crate) struct Clock {
    flags: u32,
    pub(crate) id: Cell<u32>,
    name: Cell<[c_char; 64]>,
    pub(crate) nsec: Cell<u64>,
    pub(crate) rate: Cell<sys::spa_fraction>,
    pub(crate) position: Cell<u64>,
    pub(crate) duration: Cell<u64>,
    delay: Cell<i64>,
    pub(crate) rate_diff: Cell<f64>,
    pub(crate) next_nsec: Cell<u64>,
    pub(crate) target_rate: Cell<sys::spa_fraction>,
    pub(crate) target_duration: Cell<u64>,
    pub(crate) target_seq: Cell<u32>,
    cycle: u32,
    xrun: u64,
}

/// `struct spa_io_position`: a clock, and what audio nodes do not read.
#[repr(C)]
pub(crate) struct Position {
    pub(crate) clock: Clock,
    rest: [u64; (size_of::<sys::spa_io_position>() - size_of::<sys::spa_io_clock>()) / 8],
}

const _: () = {
    assert!(size_of::<Clock>() == size_of::<sys::spa_io_clock>());
    assert!(size_of::<Position>() == size_of::<sys::spa_io_position>());
    assert!(offset_of!(Clock, next_nsec) == offset_of!(sys::spa_io_clock, next_nsec));
    assert!(offset_of!(Clock, duration) == offset_of!(sys::spa_io_clock, duration));
};

impl Position {
    /// A position at rest, whose clock has this id.
    pub(crate) fn new(id: u32) -> Self {
        let none = sys::spa_fraction { num: 0, denom: 0 };
        let clock = Clock {
            flags: 0,
            id: Cell::new(id),
            name: Cell::new([0; 64]),
            nsec: Cell::new(0),
            rate: Cell::new(none),
            position: Cell::new(0),
            duration: Cell::new(0),
            delay: Cell::new(0),
            rate_diff: Cell::new(1.0),
            next_nsec: Cell::new(0),
            target_rate: Cell::new(none),
            target_duration: Cell::new(0),
            target_seq: Cell::new(0),
            cycle: 0,
            xrun: 0,
        };
        let rest = [0; (size_of::<sys::spa_io_position>() - size_of::<sys::spa_io_clock>()) / 8];
        Self { clock, rest }
    }
}

/// `struct spa_io_buffers`.
#[repr(C)]
pub(crate) struct PortIo {
    pub(crate) status: Cell<i32>,
    pub(crate) buffer_id: Cell<u32>,
}

impl PortIo {
    pub(crate) fn new() -> Self {
        Self { status: Cell::new(0), buffer_id: Cell::new(sys::SPA_ID_INVALID) }
    }

    pub(crate) fn has_data(&self) -> bool {
        self.status.get() == sys::SPA_STATUS_HAVE_DATA as i32
    }
}

/// `struct spa_io_rate_match`.
#[repr(C)]
pub(crate) struct RateMatch {
    delay: u32,
    pub(crate) size: Cell<u32>,
    rate: Cell<f64>,
    flags: Cell<u32>,
    padding: [u32; 7],
}

impl RateMatch {
    pub(crate) fn new() -> Self {
        let (size, rate, flags) = (Cell::new(0), Cell::new(1.0), Cell::new(0));
        Self { delay: 0, size, rate, flags, padding: [0; 7] }
    }
}

const _: () = assert!(size_of::<RateMatch>() == size_of::<sys::spa_io_rate_match>());
const _: () = assert!(size_of::<PortIo>() == size_of::<sys::spa_io_buffers>());

/// An area as a node takes it: address and size.
pub(crate) fn raw<T>(area: &T) -> (*mut c_void, usize) {
    ((&raw const *area).cast_mut().cast(), size_of::<T>())
}
