//! The kernel's services that the audio path needs, as safe types.

pub mod counter;
pub mod lock;
pub mod timer;

pub use lock::SpinLock;
pub use timer::Timer;
