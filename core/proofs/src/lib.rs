//! What is shown of vcable's core from outside, by tests alone.
//!
//! | test | what it shows | runs in |
//! |---|---|---|
//! | `models` | the ring and the published clock are right under every interleaving and every reordering that the memory model allows, and each memory ordering they stand on is needed | `cargo xtask test --only loom` |
//! | `bare` | on bare x86-64 and as a Windows driver the core needs no allocator, no panic can be reached, and no instruction needs more than the target has | `cargo xtask test --only bare` |
//!
//! A crate of its own, so that these builds need none of the core's other test dependencies.
