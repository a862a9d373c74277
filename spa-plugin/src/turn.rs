//! One cycle at a time: whether the clients have finished the cycle that this node began.
//!
//! A driver that begins a cycle while a client is still busy with the last one loses that client's
//! sound, or tears it apart. A cable has no hardware that would not wait, so it does: the host calls
//! `process` of the driver when all of its group are done, and only then the next cycle begins. What
//! was missed is made up for as fast as the clients can.
//!
//! A client that hangs is waited for once, for [`PATIENCE_NSEC`] or [`PATIENCE_CYCLES`], and then
//! no more until it is back.

/// A stalled virtual machine keeps clients waiting for some tens of ms; a pause of that length is heard
/// by nobody, as the sound goes on where it was.
pub(crate) const PATIENCE_NSEC: u64 = 40_000_000;
/// A client may always take this many cycles.
pub(crate) const PATIENCE_CYCLES: u64 = 3;

/// The state of the cycle that this node began last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Turn {
    /// When the unfinished cycle really began.
    unfinished_since_nsec: Option<u64>,
    /// A client was waited for in vain.
    given_up: bool,
    /// The host is about to call `process` for a cycle that nobody finished.
    abandoning: bool,
    /// Cycles for which the patience is short: one was finished without a call of `process`.
    wary_cycles: u8,
}

/// An adapter whose clients delivered nothing ends a cycle without a call of `process`. So many regular ones must
/// come before more than a cycle is waited for again.
const WARY_CYCLES: u8 = 32;

impl Turn {
    /// Whether the next cycle may begin at `now_nsec`.
    pub(crate) fn is_free(&mut self, now_nsec: u64, period_nsec: u64) -> bool {
        let Some(since_nsec) = self.unfinished_since_nsec else { return true };
        let full_nsec = period_nsec.saturating_mul(PATIENCE_CYCLES).max(PATIENCE_NSEC);
        let patience_nsec = if self.wary_cycles > 0 { period_nsec } else { full_nsec };
        self.given_up |= now_nsec >= since_nsec.saturating_add(patience_nsec);
        self.given_up
    }

    /// A cycle begins: the host is told next.
    pub(crate) fn begin(&mut self, now_nsec: u64) {
        self.abandoning = self.unfinished_since_nsec.is_some();
        self.unfinished_since_nsec = Some(now_nsec);
    }

    /// The host was told, and has ended what it abandoned; unless `taken` it began nothing.
    pub(crate) fn begun(&mut self, taken: bool) {
        if !taken {
            *self = Self::default();
        } else if std::mem::take(&mut self.abandoning) {
            // There was nothing to abandon.
            self.wary_cycles = WARY_CYCLES;
        }
    }

    /// The host called `process`: all are done, unless it does so to end a cycle that it abandons.
    pub(crate) fn finish(&mut self) {
        if !std::mem::take(&mut self.abandoning) {
            *self = Self { wary_cycles: self.wary_cycles.saturating_sub(1), ..Self::default() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD_NSEC: u64 = 1_333_333;

    #[test]
    fn a_cycle_waits_for_the_last_one() {
        let mut turn = Turn::default();
        assert!(turn.is_free(0, PERIOD_NSEC));
        turn.begin(0);
        turn.begun(true);
        assert!(!turn.is_free(PATIENCE_NSEC - 1, PERIOD_NSEC));
        turn.finish();
        assert!(turn.is_free(PATIENCE_NSEC - 1, PERIOD_NSEC));
    }

    #[test]
    fn a_client_that_hangs_is_waited_for_once_until_it_is_back() {
        let mut turn = Turn::default();
        turn.begin(0);
        turn.begun(true);
        for cycle in 0..100 {
            let now_nsec = PATIENCE_NSEC + cycle * PERIOD_NSEC;
            assert!(turn.is_free(now_nsec, PERIOD_NSEC), "cycle {cycle}");
            turn.begin(now_nsec);
            // The host ends the cycle that it abandons before it begins the next.
            turn.finish();
            turn.begun(true);
        }
        turn.finish();
        assert_eq!(turn, Turn::default(), "the client is back, and has its patience again");
    }

    #[test]
    fn cycles_that_end_without_a_word_are_waited_for_no_longer_than_one() {
        let mut turn = Turn::default();
        turn.begin(0);
        turn.begun(true);
        assert!(!turn.is_free(PERIOD_NSEC, PERIOD_NSEC));
        assert!(turn.is_free(PATIENCE_NSEC, PERIOD_NSEC));
        // Begun without a call of `process`: the last cycle was over.
        turn.begin(PATIENCE_NSEC);
        turn.begun(true);
        turn.finish();
        turn.begin(PATIENCE_NSEC);
        turn.begun(true);
        assert!(turn.is_free(PATIENCE_NSEC + PERIOD_NSEC, PERIOD_NSEC));
        for _ in 0..WARY_CYCLES {
            turn.finish();
        }
        turn.begin(0);
        turn.begun(true);
        assert!(!turn.is_free(PERIOD_NSEC, PERIOD_NSEC), "trusted again");
    }

    #[test]
    fn a_cycle_that_the_host_refuses_leaves_nothing_to_wait_for() {
        let mut turn = Turn::default();
        turn.begin(0);
        turn.begun(false);
        assert!(turn.is_free(0, PERIOD_NSEC));
    }

    #[test]
    fn long_cycles_are_given_their_length() {
        let mut turn = Turn::default();
        turn.begin(1);
        let period_nsec = PATIENCE_NSEC;
        assert!(!turn.is_free(PATIENCE_CYCLES * period_nsec, period_nsec));
        assert!(turn.is_free(PATIENCE_CYCLES * period_nsec + 1, period_nsec));
    }
}
