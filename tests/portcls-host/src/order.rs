//! What came before what.

use std::sync::atomic::{AtomicU64, Ordering};

static NEXT: AtomicU64 = AtomicU64::new(0);

/// A number above all that were given before.
pub fn next() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}
