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
//! is finished would be lost. A writer whose cycles are shorter than that spacing is the timer itself: its writes
//! count the time.
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
    /// Nothing to do until the writer's next cycle: the ring does not cover a cycle of the reader, or one ran
    /// only just before.
    Wait,
    /// Run one cycle now.
    Now {
        /// Frames of time until the next cycle, when one comes before the writer's next; then ask again.
        next_after_frames: Option<usize>,
    },
}

/// Remembers how far apart the reader's cycles are until the writer's next.
#[derive(Clone, Copy, Debug)]
pub struct Chain {
    /// Time between the reader's cycles until the writer's next.
    spacing_frames: usize,
    /// Time since a write last ran the reader, counted in what was written.
    since_run_frames: usize,
}

impl Default for Chain {
    fn default() -> Self {
        Self::new()
    }
}

impl Chain {
    /// A chain in step, with no cycle lately.
    pub const fn new() -> Self {
        Self { spacing_frames: 0, since_run_frames: usize::MAX }
    }

    /// To be asked when a writer cycle of `wrote` frames left `fill` frames in the ring, for a reader cycle of
    /// `need` frames. With `need` 0 nothing is ever due.
    pub fn after_write(&mut self, fill: usize, need: usize, wrote: usize) -> Due {
        let closest = need.div_ceil(MAX_PACE);
        self.since_run_frames = self.since_run_frames.saturating_add(wrote);
        self.spacing_frames = need;
        if fill >= need.saturating_add(wrote) {
            let cycles = fill.checked_div(need).unwrap_or(0);
            let even = wrote.checked_div(cycles).unwrap_or(0);
            // Not `clamp`: it panics when its bounds cross, and the compiler cannot see that these never do.
            self.spacing_frames = even.max(closest).min(need);
        }
        if wrote < closest && self.since_run_frames < closest {
            return Due::Wait;
        }
        let due = self.after_tick(fill, need);
        if due == Due::Wait {
            return due;
        }
        self.since_run_frames = 0;
        // A later cycle than the writer's next would be that one's to run.
        if wrote < closest { Due::Now { next_after_frames: None } } else { due }
    }

    /// To be asked when the time that was told is over, with the fill of then.
    pub fn after_tick(&self, fill: usize, need: usize) -> Due {
        match fill.checked_sub(need) {
            Some(rest) if need > 0 => {
                Due::Now { next_after_frames: (rest >= need).then_some(self.spacing_frames.max(1).min(need)) }
            }
            _ => Due::Wait,
        }
    }
}
