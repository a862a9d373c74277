//! The lock-free parts of the core under the model checker: every interleaving of the threads, and every value that
//! the memory model lets a load return, within the bounds that each model tells.
//!
//! ```sh
//! RUSTFLAGS="--cfg loom" cargo test --release -p vcable-proofs --test models
//! ```
#![cfg(loom)]

mod clock;
mod ring;
mod weakened;
