//! The C ABI of the core: source of `include/vcable.h`.
//!
//! # Promise
//! * Nothing here allocates: a cable and a crossing live in memory that the host lends, of a size that a query tells.
//! * Every pointer is checked for null and alignment, every number for its range, before anything is done. A refused
//!   call has changed nothing and written nothing, and says why with a [`Status`].
//! * The same end called from two threads at once is refused with [`Status::Busy`]; so no order of calls by the host
//!   breaks Rust's rule of sole access.
//! * A handle that was destroyed is refused with [`Status::Gone`] for as long as its memory is not used anew.
//! * No panic crosses. With `std` a fence turns one into [`Status::Fault`] and mutes that end; without `std` the linker
//!   proves that there is none (`tests/tests/c_abi.rs`).
//!
//! # What it can't check
//! That a pointer which is neither null nor misaligned leads to memory of the size the call says; that memory lent is
//! not used for anything else meanwhile. Each function says what it relies on under *Safety*.
//!
//! # Map
//! | module | |
//! |---|---|
//! | `status` | what a call came to, with texts |
//! | `types`, `convert` | structures and numbers of the ABI, and what they are in the core |
//! | `positions` | the numbers of channel positions |
//! | `fence` | the only place that turns a handle into a reference |
//! | `memory`, `plan` | how lent memory is divided, and how much a crossing needs |
//! | `ports` | the host's buffers as planes |
//! | `library`, `cable`, `writer`, `reader`, `crossing` | the functions, by what they are called on |
//!
//! `cargo xtask header` generates the header from these files; a test compares.

mod cable;
mod convert;
mod crossing;
mod fence;
mod library;
mod memory;
mod plan;
mod ports;
mod positions;
mod reader;
mod status;
mod types;
mod writer;

pub use cable::{
    CableHandle, vcable_cable_connect, vcable_cable_create, vcable_cable_destroy, vcable_cable_memory,
    vcable_cable_report, vcable_cable_stats,
};
pub use crossing::{
    vcable_crossing_defaults, vcable_crossing_memory, vcable_reader_cross, vcable_reader_read_crossing,
    vcable_reader_set_clocks, vcable_reader_set_target, vcable_reader_uncross,
};
pub use library::{vcable_abi_version, vcable_status_text, vcable_version};
pub use positions::Position;
pub use reader::{
    ReaderHandle, vcable_reader_due, vcable_reader_due_resampled, vcable_reader_read,
    vcable_reader_read_follow, vcable_reader_start, vcable_reader_stop,
};
pub use status::Status;
pub use types::{
    Clocks, CrossingSettings, Due, Format, Interpolation, Layout, Lock, Memory, Path, Quality, Report,
    Sample, Stats, VCABLE_ABI_VERSION, VCABLE_MAX_CHANNELS, VCABLE_MAX_FRAMES,
};
pub use writer::{
    WriterHandle, vcable_writer_start, vcable_writer_stop, vcable_writer_write, vcable_writer_write_at,
};
