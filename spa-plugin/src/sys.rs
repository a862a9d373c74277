//! The C side as we see it: `libspa-sys` re-exported, and own views of what the oldest supported
//! headers (0.3.65) do not declare yet but newer daemons pass.

pub(crate) use libspa_sys::*;
use std::ffi::{c_char, c_void};
use std::mem::{offset_of, size_of};

/// A newtype that lets constant tables of C pointers stand in a `static`.
#[repr(transparent)]
pub(crate) struct Table<T>(pub(crate) T);

// SAFETY: every table is written by the compiler and never changed afterwards (the log topic, which
// the host does write, is only ever written from the host's main thread, see `LogTopicEnum`).
unsafe impl<T> Sync for Table<T> {}

/// `struct spa_io_clock` as PipeWire has laid it out since about 0.3.68.
///
/// The size never changed: what 0.3.65 calls `padding` holds the targets here. A zero target means
/// an older daemon.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct IoClock {
    pub(crate) flags: u32,
    pub(crate) id: u32,
    pub(crate) name: [c_char; 64],
    pub(crate) nsec: u64,
    pub(crate) rate: spa_fraction,
    pub(crate) position: u64,
    pub(crate) duration: u64,
    pub(crate) delay: i64,
    pub(crate) rate_diff: f64,
    pub(crate) next_nsec: u64,
    pub(crate) target_rate: spa_fraction,
    pub(crate) target_duration: u64,
    pub(crate) target_seq: u32,
    pub(crate) cycle: u32,
    pub(crate) xrun: u64,
}

const _: () = {
    assert!(size_of::<IoClock>() == size_of::<spa_io_clock>());
    assert!(offset_of!(IoClock, nsec) == offset_of!(spa_io_clock, nsec));
    assert!(offset_of!(IoClock, next_nsec) == offset_of!(spa_io_clock, next_nsec));
    assert!(offset_of!(IoClock, target_rate) == 128);
    assert!(offset_of!(IoClock, target_duration) == 136);
    assert!(offset_of!(spa_io_position, clock) == 0);
};

/// `struct spa_log_topic_enum` (since 1.1): lets the host set the levels of our topics.
#[repr(C)]
pub(crate) struct LogTopicEnum {
    pub(crate) version: u32,
    pub(crate) topics: *const *const spa_log_topic,
    pub(crate) topics_end: *const *const spa_log_topic,
}

/// `struct spa_handle`'s first member is enough for the host; ours follows it with what we need.
#[repr(C)]
pub(crate) struct Handle {
    pub(crate) base: spa_handle,
    pub(crate) node: spa_node,
    /// `Arc<Node>` as a raw pointer, null before `init` succeeded and after `clear`.
    pub(crate) inner: *const c_void,
}

const _: () = assert!(offset_of!(Handle, base) == 0);
