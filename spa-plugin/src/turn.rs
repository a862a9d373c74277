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
    /// A cycle could not begin, and is to when the clients are done.
    owed: bool,
    /// Cycles for which the patience is short: one was finished without a call of `process`.
    wary_cycles: u8,
}

/// An adapter whose clients delivered nothing ends a cycle without a call of `process`. So many regular ones must
/// come before more than a cycle is waited for again.
const WARY_CYCLES: u8 = 32;

impl Turn {
    /// Until when the clients are waited for before the next cycle begins; `None` when it may begin at `now_nsec`.
    pub(crate) fn wait_until(&mut self, now_nsec: u64, period_nsec: u64) -> Option<u64> {
        let since_nsec = self.unfinished_since_nsec?;
        let full_nsec = period_nsec.saturating_mul(PATIENCE_CYCLES).max(PATIENCE_NSEC);
        let patience_nsec = if self.wary_cycles > 0 { period_nsec } else { full_nsec };
        let until_nsec = since_nsec.saturating_add(patience_nsec);
        self.given_up |= now_nsec >= until_nsec;
        (!self.given_up).then_some(until_nsec)
    }

    /// A cycle that could not begin is to when the clients are done: [`Turn::finish`] tells.
    pub(crate) fn owe(&mut self) {
        self.owed = true;
    }

    /// A cycle begins: the host is told next.
    pub(crate) fn begin(&mut self, now_nsec: u64) {
        self.abandoning = self.unfinished_since_nsec.is_some();
        self.owed = false;
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

    /// The host called `process`: all are done, unless it does so to end a cycle that it abandons. Returns whether a
    /// cycle was waiting for that.
    pub(crate) fn finish(&mut self) -> bool {
        if std::mem::take(&mut self.abandoning) {
            return false;
        }
        let owed = self.owed;
        *self = Self { wary_cycles: self.wary_cycles.saturating_sub(1), ..Self::default() };
        owed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD_NSEC: u64 = 1_333_333;

    #[test]
    fn a_cycle_waits_for_the_last_one() {
        let mut turn = Turn::default();
        assert!(turn.wait_until(0, PERIOD_NSEC).is_none());
        turn.begin(0);
        turn.begun(true);
        assert!(turn.wait_until(PATIENCE_NSEC - 1, PERIOD_NSEC).is_some());
        turn.finish();
        assert!(turn.wait_until(PATIENCE_NSEC - 1, PERIOD_NSEC).is_none());
    }

    #[test]
    fn a_cycle_that_is_owed_is_told_of_once_and_not_when_one_is_abandoned() {
        let mut turn = Turn::default();
        turn.begin(0);
        turn.begun(true);
        turn.owe();
        assert!(turn.finish());
        assert!(!turn.finish());
        turn.begin(0);
        turn.begun(true);
        turn.owe();
        turn.begin(PATIENCE_NSEC);
        assert!(!turn.finish(), "the host ends what it abandons");
        turn.begun(true);
        assert!(!turn.finish(), "the owed cycle has begun");
    }

    #[test]
    fn a_client_that_hangs_is_waited_for_once_until_it_is_back() {
        let mut turn = Turn::default();
        turn.begin(0);
        turn.begun(true);
        for cycle in 0..100 {
            let now_nsec = PATIENCE_NSEC + cycle * PERIOD_NSEC;
            assert!(turn.wait_until(now_nsec, PERIOD_NSEC).is_none(), "cycle {cycle}");
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
        assert!(turn.wait_until(PERIOD_NSEC, PERIOD_NSEC).is_some());
        assert!(turn.wait_until(PATIENCE_NSEC, PERIOD_NSEC).is_none());
        // Begun without a call of `process`: the last cycle was over.
        turn.begin(PATIENCE_NSEC);
        turn.begun(true);
        turn.finish();
        turn.begin(PATIENCE_NSEC);
        turn.begun(true);
        assert!(turn.wait_until(PATIENCE_NSEC + PERIOD_NSEC, PERIOD_NSEC).is_none());
        for _ in 0..WARY_CYCLES {
            turn.finish();
        }
        turn.begin(0);
        turn.begun(true);
        assert!(turn.wait_until(PERIOD_NSEC, PERIOD_NSEC).is_some(), "trusted again");
    }

    #[test]
    fn a_cycle_that_the_host_refuses_leaves_nothing_to_wait_for() {
        let mut turn = Turn::default();
        turn.begin(0);
        turn.begun(false);
        assert!(turn.wait_until(0, PERIOD_NSEC).is_none());
    }

    #[test]
    fn long_cycles_are_given_their_length() {
        let mut turn = Turn::default();
        turn.begin(1);
        let period_nsec = PATIENCE_NSEC;
        assert!(turn.wait_until(PATIENCE_CYCLES * period_nsec, period_nsec).is_some());
        assert!(turn.wait_until(PATIENCE_CYCLES * period_nsec + 1, period_nsec).is_none());
    }
}
