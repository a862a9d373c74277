//! The cable: what joins a writing end, fed by the players, and a reading end, which feeds the recorders.
//!
//! # Ways across
//! | relation of the two ends | calls | added latency |
//! |---|---|---|
//! | **chained**: the writer's cycle runs the reader | [`Writer::write`], then [`Reader::due`] and [`Reader::read`] | 0 frames |
//! | **pulled**: the reader's cycle runs the writer for its next one | [`Writer::write`]; [`Reader::read_follow`] | 1 quantum |
//! | **same clock**, neither runs the other | [`Writer::write_at`]; [`Reader::read_shared`] | 1 quantum |
//! | no writer | [`Reader::read`] by the reader's own clock: silence | - |
//! | no reader | [`Writer::write`]: discarded, counted as unheard | - |
//!
//! | **the ends differ** in format, rate or clock | [`Writer::write_at`]; [`Crossing::read`] around the reader | see [`Path`] |
//!
//! Every way but the last is a straight copy, bit by bit. Sound only ever waits in the ring, and never longer than the way
//! needs: the reader joins at the writer's position in whatever order the two start, a reader that fell behind
//! catches up (chained: without losing a frame), and one that was frozen until the ring ran over takes up the
//! thread at the present.
//!
//! # Threads
//! Each end belongs to one thread at a time (`&mut self`); the two threads may be the same. `start` and `stop`
//! are calls of the end like the others: make them where no other call of the same end can run. Nothing here
//! allocates, blocks or panics.
//!
//! # Example
//! ```
//! use vcable_core::cable::{Cable, Planes, PlanesMut, connect};
//! use vcable_core::chain::Due;
//! use vcable_core::format::{ChannelCount, Layout, SampleFormat, SampleRate, StreamFormat};
//!
//! /// A port buffer with a single plane.
//! struct Port([u8; 256]);
//! impl Planes for Port {
//!     fn plane(&self, index: usize) -> &[u8] {
//!         if index == 0 { &self.0 } else { &[] }
//!     }
//! }
//! impl PlanesMut for Port {
//!     fn plane_mut(&mut self, index: usize) -> &mut [u8] {
//!         if index == 0 { &mut self.0 } else { &mut [] }
//!     }
//! }
//!
//! let format = StreamFormat {
//!     sample: SampleFormat::S16,
//!     layout: Layout::Interleaved,
//!     channels: ChannelCount::new(2)?,
//!     rate: SampleRate::new(48_000)?,
//! };
//! let mut storage = [0_u64; 512]; // 1024 frames of 4 bytes
//! let cable = Cable::new(&mut storage[..], format, 1024)?;
//! let (mut writer, mut reader) = connect(&cable).expect("a new cable has not been connected");
//! writer.start();
//! reader.start();
//!
//! // One cycle of 64 frames, chained: the reader is due at once and nothing stays behind.
//! writer.write(&Port([7; 256]), 64);
//! assert_eq!(reader.due(64), Due::Now { next_after_frames: None });
//! let mut heard = Port([0; 256]);
//! assert_eq!(reader.read(&mut heard, 64), 64);
//! assert_eq!(heard.0, [7; 256]);
//! assert_eq!(reader.fill_frames(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod adaptive;
mod bridge;
mod buffers;
mod crossing;
mod fade;
mod join;
mod path;
mod port;
mod reader;
mod report;
mod resampled;
mod shared;
mod uneven;
mod writer;

use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

pub use bridge::EndFormat;
pub use crossing::{Crossing, CrossingError, CrossingSettings};
pub use fade::FADE_FRAMES;
pub use path::{Clocks, Path};
pub use reader::Reader;
pub use report::Report;
pub use writer::Writer;

use crate::{
    clock::PublishedClock,
    format::StreamFormat,
    ring::{self, HasRing, Ring, RingShape, ShapeError, Shared, Storage, sealed},
    stats::Stats,
};

/// A buffer the writer copies from: the caller's port, seen as planes.
pub trait Planes {
    /// The bytes of plane `index`; empty when there is none. A plane that ends early counts as silent from there.
    fn plane(&self, index: usize) -> &[u8];
}

/// A buffer the reader copies into: the caller's port, seen as planes.
pub trait PlanesMut {
    /// The bytes of plane `index`; empty when there is none. What has no room is left out.
    fn plane_mut(&mut self, index: usize) -> &mut [u8];
}

/// What the two ends share. The ends come from [`connect`].
pub struct Cable<S: Storage> {
    ring: Ring<S>,
    format: StreamFormat,
    stats: Stats,
    state: State,
    /// Published by the writer.
    clock: PublishedClock,
    /// Stored by the reader.
    board: report::Board,
}

/// What each end tells the other.
#[derive(Default)]
struct State {
    /// Stored by the writer.
    writer_running: AtomicBool,
    /// Stored by the reader. While false the writer keeps nothing.
    reader_running: AtomicBool,
    /// Frames of the writer's last cycle; 0 from its start until its first. Stored by the writer.
    writer_cycle_frames: AtomicUsize,
    /// When that cycle was woken; 0 when nobody said. Stored by the writer, after where it began.
    cycle_ns: AtomicU64,
    /// Position in the ring where that cycle began. Stored by the writer.
    cycle_start_frames: AtomicU64,
    /// Position in the ring at the writer's last start. Stored by the writer.
    session_start_frames: AtomicU64,
    /// Frames that the reader's last cycle wanted in the ring. Stored by the reader.
    reader_wants_frames: AtomicUsize,
    /// Most frames to be kept in the ring; 0 for as many as it holds. Stored by anyone.
    limit_frames: AtomicUsize,
}

impl State {
    /// Frames of the writer's last cycle; `None` unless a writer is running and has delivered.
    fn delivering(&self) -> Option<usize> {
        if !self.writer_running.load(Ordering::Acquire) {
            return None;
        }
        Some(self.writer_cycle_frames.load(Ordering::Relaxed)).filter(|&frames| frames > 0)
    }
}

impl<S: Storage> Cable<S> {
    /// Makes a cable at rest for `format`, with room for `capacity_frames` frames (a power of two), in lent
    /// storage of at least [`storage_words`](Self::storage_words) cells.
    ///
    /// The capacity must exceed the sum of the two ends' largest cycles, or one of them is cut short.
    ///
    /// # Errors
    /// A [`ShapeError`] when the capacity is not acceptable or the storage too small.
    pub fn new(storage: S, format: StreamFormat, capacity_frames: usize) -> Result<Self, ShapeError> {
        let shape = RingShape::of(&format, capacity_frames)?;
        Ok(Self {
            ring: Ring::new(storage, shape)?,
            format,
            stats: Stats::default(),
            state: State::default(),
            clock: PublishedClock::new(),
            board: report::Board::default(),
        })
    }

    /// `u64` cells of storage that [`new`](Self::new) needs.
    ///
    /// # Errors
    /// [`ShapeError::Capacity`] when the capacity is not a power of two or too large.
    pub fn storage_words(format: &StreamFormat, capacity_frames: usize) -> Result<usize, ShapeError> {
        Ok(RingShape::of(format, capacity_frames)?.storage_words())
    }

    /// The format of both ends.
    pub const fn format(&self) -> &StreamFormat {
        &self.format
    }

    /// The counters. Any thread may read them.
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }

    /// How the sound crosses now: path, latency, lock. Any thread may ask.
    pub fn report(&self) -> Report {
        self.board.read()
    }

    /// Frames in the ring: the latency it holds. Any thread may ask.
    pub fn fill_frames(&self) -> usize {
        // The writer may go on between the two looks, but not the reader before the first: never below 0.
        let read = self.ring.read_frames();
        let fill = self.ring.written_frames().saturating_sub(read);
        usize::try_from(fill).unwrap_or(usize::MAX).min(self.capacity_frames())
    }

    /// Keeps no more than `frames` frames in the ring, or as many as two cycles of each end need when that is more;
    /// with 0 as many as it holds, as at first. So much sound is there for a reader that was late: what a writer has
    /// beyond it is lost, and the reader goes on at the present. Any thread may call it, at any time.
    pub fn set_limit(&self, frames: usize) {
        self.state.limit_frames.store(frames, Ordering::Relaxed);
    }

    /// Frames the ring holds when full.
    pub const fn capacity_frames(&self) -> usize {
        self.ring.shape().capacity_frames()
    }

    /// Whether the writer is between start and stop. Any thread may ask.
    pub fn writer_running(&self) -> bool {
        self.state.writer_running.load(Ordering::Acquire)
    }

    /// Whether the reader is between start and stop. Any thread may ask.
    pub fn reader_running(&self) -> bool {
        self.state.reader_running.load(Ordering::Acquire)
    }

    /// Frames of the writer's last cycle; 0 from its start until its first. Any thread may ask.
    pub fn writer_cycle_frames(&self) -> usize {
        self.state.writer_cycle_frames.load(Ordering::Relaxed)
    }
}

impl<S: Storage> sealed::Sealed for Cable<S> {}

impl<S: Storage> HasRing for Cable<S> {
    type Storage = S;

    fn ring(&self) -> &Ring<S> {
        &self.ring
    }
}

/// Hands out the two ends of a cable, at rest; `None` when that was done before. Any thread may call it.
///
/// `cable` is anything whose clones share one cable: `&Cable`, or `Arc<Cable>` with the feature `alloc`.
pub fn connect<C, S>(cable: C) -> Option<(Writer<C>, Reader<C>)>
where
    C: Shared<Target = Cable<S>>,
    S: Storage,
{
    let (producer, consumer) = ring::split(cable.clone())?;
    Some((Writer::new(cable.clone(), producer), Reader::new(cable, consumer)))
}

/// Copies as much of `from` as `to` has room for; returns what is left of each.
fn copy<'f, 't>(from: &'f [u8], to: &'t mut [u8]) -> (&'f [u8], &'t mut [u8]) {
    let both_bytes = from.len().min(to.len());
    let (sound, from_rest) = from.split_at(both_bytes);
    let (filled, to_rest) = to.split_at_mut(both_bytes);
    filled.copy_from_slice(sound);
    (from_rest, to_rest)
}
