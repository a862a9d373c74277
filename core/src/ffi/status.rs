//! What a call came to.

use core::ffi::CStr;

/// What a call came to. 0 is success; below 0 the call was refused, has changed nothing and written nothing.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done.
    Ok = 0,
    /// A pointer is null.
    Null = -1,
    /// A pointer is not aligned to what it should point to.
    Misaligned = -2,
    /// The memory is smaller than the query says, or reaches beyond the address space.
    Memory = -3,
    /// The format has an unknown sample or layout, or channels or a rate out of range.
    Format = -4,
    /// The capacity is not a power of two within 1 to `VCABLE_MAX_FRAMES`.
    Capacity = -5,
    /// A setting is none of its values, or out of range.
    Setting = -6,
    /// A channel position is not known.
    Position = -7,
    /// More frames than `VCABLE_MAX_FRAMES`, or planes that reach beyond the address space.
    Frames = -8,
    /// Not as many planes as the format has.
    Planes = -9,
    /// The ends of this cable were handed out before.
    Connected = -10,
    /// The end must be started first.
    Stopped = -11,
    /// The end must be stopped first.
    Running = -12,
    /// The reader has a crossing, and this call is for one without; or the other way round.
    Way = -13,
    /// Two clocks or two rates, and the crossing was made without a resampler.
    Resampler = -14,
    /// Another call of the same end has not returned yet.
    Busy = -15,
    /// Nothing that lives is behind this pointer: it was destroyed, or is of another kind.
    Gone = -16,
    /// An earlier call found an error of this library; the end stays silent until its cable is destroyed.
    Fault = -17,
}

/// Each status with its text.
const TEXTS: [(Status, &CStr); 18] = [
    (Status::Ok, c"done"),
    (Status::Null, c"a pointer is null"),
    (Status::Misaligned, c"a pointer is not aligned to what it should point to"),
    (Status::Memory, c"the memory is smaller than the query says, or reaches beyond the address space"),
    (Status::Format, c"unknown sample or layout, or not 1 to 64 channels, or not 8000 to 384000 Hz"),
    (Status::Capacity, c"the capacity is not a power of two within 1 to 1048576 frames"),
    (Status::Setting, c"a setting is none of its values, or out of range"),
    (Status::Position, c"a channel position is not known"),
    (Status::Frames, c"more than 1048576 frames, or planes that reach beyond the address space"),
    (Status::Planes, c"not as many planes as the format has"),
    (Status::Connected, c"the ends of this cable were handed out before"),
    (Status::Stopped, c"the end must be started first"),
    (Status::Running, c"the end must be stopped first"),
    (Status::Way, c"the reader has a crossing and the call is for one without, or the other way round"),
    (Status::Resampler, c"two clocks or two rates need a resampler, and the crossing was made without"),
    (Status::Busy, c"another call of the same end has not returned yet"),
    (Status::Gone, c"nothing that lives is behind this pointer"),
    (Status::Fault, c"an earlier call found an error of this library; the end stays silent"),
];

impl Status {
    /// Every status.
    pub const ALL: [Self; TEXTS.len()] = {
        let mut all = [Self::Ok; TEXTS.len()];
        let mut at = 0;
        while at < all.len() {
            all[at] = TEXTS[at].0;
            at += 1;
        }
        all
    };

    /// What `status` says; one text for every number that is none.
    pub(super) fn text(status: i32) -> &'static CStr {
        TEXTS.iter().find(|known| known.0 as i32 == status).map_or(c"not a status of vcable", |known| known.1)
    }
}

/// The end of a call that may have been refused.
pub(super) fn of(result: Result<(), Status>) -> Status {
    result.err().unwrap_or(Status::Ok)
}
