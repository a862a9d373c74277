//! The arithmetic of driver chaining: when a reader that is run by the writer's cycle is due.
//!
//! The two ends run in cycles of their own size: the writer puts in `wrote` frames at a time, the reader takes
//! out `need`. The reader runs in the same wake-up as the writer as soon as the ring covers one of its cycles;
//! if more whole cycles are there, a timer runs them `need` frames of time apart.
//!
//! In step, the fill never reaches `need + wrote`: the reader leaves less than `need` behind, and one write is
//! added. A fill of that size or more says that the reader missed a cycle. It then catches up without losing a
//! frame: the `k` whole cycles in the ring are spread evenly over the writer's cycle, `wrote / k` frames apart,
//! but at most [`MAX_PACE`] times as fast as the reader's own pace, because a cycle fired before its predecessor
//! is finished would be lost.
//!
//! Pure arithmetic; the one user is [`Reader::due`](crate::cable::Reader::due).
//!
//! ```
//! use vcable_core::chain::{Chain, Due};
//!
//! let mut chain = Chain::new();
//! // The writer brought 1024 frames, the reader takes 256 at a time: now, and then every 256 frames.
//! assert_eq!(chain.after_write(1024, 256, 1024), Due::Now { next_after_frames: Some(256) });
//! // 512 in the ring, 256 at a time both ways: one cycle was missed, so two fit into the writer's next.
//! assert_eq!(chain.after_write(512, 256, 256), Due::Now { next_after_frames: Some(128) });
//! assert_eq!(chain.after_tick(256, 256), Due::Now { next_after_frames: None });
//! assert_eq!(chain.after_tick(0, 256), Due::Wait);
//! ```

/// How many times faster than its own pace a reader that is behind is run.
pub const MAX_PACE: usize = 4;

/// Whether a reader cycle is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// The ring does not cover a cycle; the writer's next one may.
    Wait,
    /// Run one cycle now.
    Now {
        /// Frames of time until the next cycle, when the ring already covers it; then ask again.
        next_after_frames: Option<usize>,
    },
}

/// Remembers how far apart the reader's cycles are until the writer's next.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chain {
    spacing_frames: usize,
}

impl Chain {
    /// A chain in step.
    pub const fn new() -> Self {
        Self { spacing_frames: 0 }
    }

    /// To be asked when a writer cycle of `wrote` frames left `fill` frames in the ring, for a reader cycle of
    /// `need` frames. With `need` 0 nothing is ever due.
    pub fn after_write(&mut self, fill: usize, need: usize, wrote: usize) -> Due {
        self.spacing_frames = need;
        if fill >= need.saturating_add(wrote) {
            let cycles = fill.checked_div(need).unwrap_or(0);
            let even = wrote.checked_div(cycles).unwrap_or(0);
            self.spacing_frames = even.max(need.div_ceil(MAX_PACE)).min(need);
        }
        self.after_tick(fill, need)
    }

    /// To be asked when the time that was told is over, with the fill of then.
    pub fn after_tick(&self, fill: usize, need: usize) -> Due {
        match fill.checked_sub(need) {
            Some(rest) if need > 0 => {
                Due::Now { next_after_frames: (rest >= need).then_some(self.spacing_frames.clamp(1, need)) }
            }
            _ => Due::Wait,
        }
    }
}
