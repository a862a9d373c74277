//! The real-time core of vcable: what a virtual audio cable is, without naming a platform.
//!
//! # Promise
//! * `no_std`; no allocator is needed, memory is lent by the caller.
//! * After construction nothing here allocates, blocks, makes a system call, logs, panics or loops without a
//!   bound: every call of an end is fit for an audio callback.
//! * Between equal ends sound crosses bit by bit; on every way it waits no longer than the way needs; see [`cable`].
//! * Ends may differ in sample format, layout, channels, rate and clock; see [`cable::Crossing`].
//! * Statistics can be read at any time, from any thread, without disturbing the sound; see [`stats`].
//!
//! # What it does not do
//! * No end is woken by the other: the host's cycles call them. [`chain`] tells the host when.
//! * One writer and one reader per cable; mixing several players is the host's.
//!
//! # Map
//! | module | |
//! |---|---|
//! | [`format`](mod@format) | sample formats, layouts, channels, rates: pure data |
//! | [`ring`] | the lock-free ring between two threads; with the vector loops and the C ABI all of the crate's unsafe code |
//! | [`convert`], [`remix`] | from one sample format, layout and set of channels to another |
//! | [`resample`] | from one rate to another, at an exact or a changing ratio |
//! | [`clock`], [`drift`] | smooth clocks from wake-ups, and the ratio that holds two of them together |
//! | [`chain`] | when a chained reader is due: pure arithmetic |
//! | [`stats`] | the counters |
//! | [`cable`] | the two ends, and the ways across: start reading here |
//! | [`convert`] | every sample format and layout to every other |
//! | [`remix`] | channel maps: from these channels to those |
//! | [`resample`] | any rate to any other, at a ratio that may move: two backends |
//! | [`clock`] | wake-up times to a smooth clock, published to the other end |
//! | [`drift`] | two clocks: the ratio that keeps the fill where it belongs |
//! | `ffi` | the C ABI, with the feature of that name: source of `include/vcable.h` |
//!
//! # Features
//! * `std`: the `rubato` resampler, and AVX2 chosen at run time.
//! * `alloc`: rings that own their storage (`Box<[u64]>`), ends held together by an `Arc`.
//! * `compact`: at most 8 channels instead of 64, for the small stacks of kernels.
//! * `ffi`: the C ABI for hosts in other languages. `core/c` makes the static library of it.
//!
//! # Example
//! ```
//! use vcable_core::format::{ChannelCount, Layout, SampleFormat, SampleRate, StreamFormat};
//! use vcable_core::cable::{Cable, connect};
//!
//! let format = StreamFormat {
//!     sample: SampleFormat::F32,
//!     layout: Layout::Planar,
//!     channels: ChannelCount::new(2)?,
//!     rate: SampleRate::new(48_000)?,
//! };
//! let mut storage = vec![0_u64; Cable::<&mut [u64]>::storage_words(&format, 4096)?];
//! let cable = Cable::new(&mut storage[..], format, 4096)?;
//! let (writer, reader) = connect(&cable).expect("a new cable has not been connected");
//! assert!(connect(&cable).is_none());
//! # drop((writer, reader));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(loom, feature = "std"))]
extern crate std;

pub mod cable;
pub mod chain;
pub mod clock;
pub mod convert;
pub mod drift;
#[cfg(feature = "ffi")]
pub mod ffi;
pub mod format;
mod order;
pub mod remix;
pub mod resample;
pub mod ring;
pub mod stats;

#[cfg(loom)]
pub use order::WEAKENINGS;
