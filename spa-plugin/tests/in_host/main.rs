//! The plugin in a host that plays the daemon, in virtual time and through the C ABI alone.
//!
//! `host` is that host; the other modules are tests, each of them about one thing that holds. One
//! program for all of them: they share the host, and an allocator that notices what the audio path
//! must not do. Every test has a world of its own and names its cables after itself, because
//! cables are known to the whole process.

mod host;

mod chain;
mod circle;
mod clock;
mod follow;
mod formats;
mod hostile;
mod late;
mod live;
mod loops;
mod realtime;
mod refusal;
mod shared;
mod starts;
mod state;
