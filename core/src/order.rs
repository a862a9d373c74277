//! The memory orderings that the ring and the published clock stand on, each under a name.
//!
//! In a build for the model checker (`--cfg loom`) one of them can be weakened by its name, in the variable
//! `VCABLE_WEAKEN`: a model must then fail, which shows that the ordering is needed and that the model looks where it
//! should. In every other build they are constants.

#[cfg(not(loom))]
use core::sync::atomic::Ordering;
#[cfg(loom)]
use loom::sync::atomic::Ordering;

/// One ordering that a proof needs.
#[derive(Clone, Copy)]
pub(crate) struct Order {
    sound: Ordering,
    #[cfg(loom)]
    name: &'static str,
}

/// Defines the orderings once: constant, ordering, name, what it is for.
macro_rules! orders {
    ($($constant:ident $sound:ident $name:literal $what:literal;)*) => {
        $(
            #[doc = $what]
            pub(crate) const $constant: Order = Order {
                sound: Ordering::$sound,
                #[cfg(loom)]
                name: $name,
            };
        )*

        /// The names of all orderings that `VCABLE_WEAKEN` can weaken.
        #[cfg(loom)]
        pub const WEAKENINGS: &[&str] = &[$($name),*];
    };
}

orders! {
    PUBLISH Release "publish" "The store that hands written frames to the consumer, after every byte of them.";
    PUBLISH_SEEN Acquire "publish_seen" "The load that sees them written, before any byte is read.";
    CONSUME Release "consume" "The store that hands consumed frames back to the producer, after every read of them.";
    CONSUME_SEEN Acquire "consume_seen" "The load that sees them consumed, before any byte is overwritten.";
    CLOCK_STORE Release "clock_store" "The store of a word: whoever sees it also sees that the sequence is odd.";
    CLOCK_LOAD Acquire "clock_load" "The load of a word, before the second look at the sequence.";
    CLOCK_CLOSE Release "clock_close" "The store that makes the sequence even again, after the words.";
    CLOCK_LOOK Acquire "clock_look" "The first look at the sequence, before the words.";
}

impl Order {
    /// The ordering to use.
    #[cfg(not(loom))]
    #[inline]
    pub(crate) const fn get(self) -> Ordering {
        self.sound
    }

    /// The ordering to use: `Relaxed` when this one is to be weakened.
    #[cfg(loom)]
    pub(crate) fn get(self) -> Ordering {
        if weakened() == Some(self.name) { Ordering::Relaxed } else { self.sound }
    }
}

/// The name that `VCABLE_WEAKEN` holds. An unknown one ends the process at once: a panic would look as if a model had
/// noticed something.
#[cfg(loom)]
fn weakened() -> Option<&'static str> {
    static NAME: std::sync::LazyLock<Option<&'static str>> = std::sync::LazyLock::new(|| {
        let asked = std::env::var("VCABLE_WEAKEN").ok()?;
        let known = WEAKENINGS.iter().copied().find(|name| *name == asked);
        if known.is_none() {
            // Straight to the stream: a test runner keeps what is printed, and would lose it.
            let text = std::format!("VCABLE_WEAKEN={asked}: not among {WEAKENINGS:?}\n");
            let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
            std::process::abort();
        }
        known
    });
    *NAME
}
