//! Where the writer's clock stands against the reader's, and whether to believe it.

use crate::clock::Tick;

/// Cycles with a fresh but impossible writer time after which the two time bases are taken to differ.
const REBASE_CYCLES: u32 = 8;
/// Shortages, each within [`SHORTAGE_MEMORY_NS`] of the one before, from which something is learnt.
const SHORTAGES: u32 = 3;
const SHORTAGE_MEMORY_NS: f64 = 2.0e9;

/// What one cycle knows of the two clocks.
pub(super) struct View<'a> {
    pub(super) writer: &'a Tick,
    pub(super) reader: &'a Tick,
    /// Whether the writer was heard since the cycle before.
    pub(super) fresh: bool,
    /// Length of the reader's cycle.
    pub(super) cycle_ns: f64,
    /// By how much an end may be late.
    pub(super) margin_ns: f64,
    /// The distance at which the fill would be what it was before, if it was ever known.
    pub(super) likely_ns: Option<f64>,
}

/// Places the writer's clock against the reader's.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Placement {
    /// To be added to the reader's time to meet the writer's time base; 0 while both share one.
    base_ns: i64,
    /// Fresh but impossible writer times in a row.
    impossible_cycles: u32,
    /// Shortages in a row, and the time since the last one.
    shortages: u32,
    since_short_ns: f64,
}

impl Placement {
    /// Nanoseconds from the writer's wake-up to the reader's; `None` when the writer is overdue, or the clocks
    /// contradict what the ring shows.
    pub(super) fn distance_ns(&mut self, view: &View<'_>) -> Option<f64> {
        let apart_ns =
            view.reader.time_ns.wrapping_sub(view.writer.time_ns).wrapping_add_signed(self.base_ns) as i64;
        let distance_ns = apart_ns as f64;
        // A writer not heard in the reader's last cycle, but now, woke since; else it is due once its own
        // cycle is over.
        let due_ns = f64::from(view.writer.quantum_frames) * view.writer.ns_per_frame;
        let most_ns = if view.fresh { view.cycle_ns } else { due_ns };
        let possible = (-view.margin_ns..=most_ns + view.margin_ns).contains(&distance_ns);
        if possible {
            if view.fresh {
                self.impossible_cycles = 0;
            }
            return Some(distance_ns);
        }
        if !view.fresh {
            return None;
        }
        self.impossible_cycles += 1;
        if self.impossible_cycles < REBASE_CYCLES {
            return None;
        }
        // The time bases differ. Go on as if nothing had happened to the sound. When that is not known, place
        // the wake-ups together: the true fill is then at least the one computed, and nothing runs dry.
        self.impossible_cycles = 0;
        let distance_ns = view.likely_ns.unwrap_or(0.0).max(0.0).min(view.cycle_ns);
        self.base_ns = self.base_ns.wrapping_add(distance_ns as i64).wrapping_sub(apart_ns);
        Some(distance_ns)
    }

    /// Takes note of how much was missing from the ring in the cycle before, `short_ns` long, 0 if nothing.
    ///
    /// When the ring runs dry again and again, the clocks promise more than is there: they are off by less than
    /// shows, or the target is too low for these threads. One late writer teaches nothing.
    pub(super) fn learn_shortage(&mut self, short_ns: f64, cycle_ns: f64) {
        self.since_short_ns += cycle_ns;
        if self.since_short_ns > SHORTAGE_MEMORY_NS {
            self.shortages = 0;
        }
        if short_ns > 0.0 {
            self.shortages += 1;
            self.since_short_ns = 0.0;
        }
        if self.shortages >= SHORTAGES {
            self.shortages = 0;
            self.base_ns = self.base_ns.wrapping_sub(short_ns as i64);
        }
    }
}
