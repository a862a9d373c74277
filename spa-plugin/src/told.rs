//! What a node's data loop tells the main thread: how the cable's ends stand to each other, and what cycles cost.

use crate::relation::Relation;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// Written by the node's data loop alone, and read by the main thread.
#[derive(Debug, Default)]
pub(crate) struct Told {
    relation: AtomicU8,
    worst_nsec: AtomicU64,
    latest_nsec: AtomicU64,
    missed_cycles: AtomicU64,
}

impl Told {
    /// Data loop. Whether that is news.
    pub(crate) fn set_relation(&self, relation: Relation) -> bool {
        let is_news = self.relation() != relation;
        if is_news {
            self.relation.store(relation as u8, Ordering::Relaxed);
        }
        is_news
    }

    /// Any thread. A sink does not know.
    pub(crate) fn relation(&self) -> Relation {
        Relation::from_code(self.relation.load(Ordering::Relaxed))
    }

    /// A callback took so long. Data loop.
    pub(crate) fn took(&self, nsec: u64) {
        raise(&self.worst_nsec, nsec);
    }

    /// A player's sound came so long after its cycle began. Data loop.
    pub(crate) fn came(&self, nsec: u64) {
        raise(&self.latest_nsec, nsec);
    }

    /// So many cycles of another's clock went by without this node. Data loop.
    pub(crate) fn missed(&self, cycles: u64) {
        let before = self.missed_cycles();
        self.missed_cycles.store(before.saturating_add(cycles), Ordering::Relaxed);
    }

    /// Cycles of another's clock without this node. Any thread.
    pub(crate) fn missed_cycles(&self) -> u64 {
        self.missed_cycles.load(Ordering::Relaxed)
    }

    /// The longest callback since the node's start. Any thread.
    pub(crate) fn worst_nsec(&self) -> u64 {
        self.worst_nsec.load(Ordering::Relaxed)
    }

    /// The latest sound since the node's start. Any thread.
    pub(crate) fn latest_nsec(&self) -> u64 {
        self.latest_nsec.load(Ordering::Relaxed)
    }

    /// The node starts. Data loop.
    pub(crate) fn forget_times(&self) {
        self.worst_nsec.store(0, Ordering::Relaxed);
        self.latest_nsec.store(0, Ordering::Relaxed);
    }
}

/// A plain load and store: there is one writer.
fn raise(most: &AtomicU64, nsec: u64) {
    if nsec > most.load(Ordering::Relaxed) {
        most.store(nsec, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relation_is_news_once_and_survives_its_code() {
        use Relation::{Chained, Idle, Pulled, Resampled, Shared, TwoClocks};
        let told = Told::default();
        assert!(!told.set_relation(Idle));
        for relation in [Chained, Pulled, Shared, Resampled, TwoClocks, Idle] {
            assert!(told.set_relation(relation) && !told.set_relation(relation));
            assert_eq!(told.relation(), relation);
        }
    }

    #[test]
    fn times_are_the_worst_until_they_are_forgotten() {
        let told = Told::default();
        for nsec in [3, 9, 5] {
            told.took(nsec);
            told.came(2 * nsec);
        }
        assert_eq!((told.worst_nsec(), told.latest_nsec()), (9, 18));
        told.forget_times();
        assert_eq!((told.worst_nsec(), told.latest_nsec()), (0, 0));
    }
}
