//! The harness of vcable's end-to-end tests: everything that needs a whole, real PipeWire.
//!
//! - [`root`]: which programs: this machine's, or those in a root folder of another distribution.
//! - [`instance`]: a private PipeWire made of them; [`registry`], [`cli`], [`cable`]: what happens in it.
//! - [`clock`]: hardware with a wrong clock.
//! - [`clients`]: players and recorders that we did not write.
//! - [`signal`]: what they play, and the judgement over what they recorded.
//! - [`usage`]: what processes use of memory and processors; [`sanitizer`]: what they do with memory they must not.
//! - [`measure`]: the latency between writer and reader, with the client `vcable-measure`.
//!
//! ```no_run
//! use vcable_tests::{Instance, Root, Scratch, cable::{Cable, SPA_LIBS}};
//! # fn main() -> anyhow::Result<()> {
//! let root = Root::host()?;
//! let scratch = Scratch::new()?;
//! let instance = Instance::builder(&root)
//!     .plugin("target/release/spa/vcable/libspa-vcable.so".as_ref())
//!     .drop_in("50-libs.conf", SPA_LIBS)
//!     .drop_in("51-cable.conf", &Cable::drop_in(&[Cable::new("a", 2)]))
//!     .quantum(256)
//!     .start(&scratch)?;
//! instance.wait_ports("a.sink")?;
//! # Ok(())
//! # }
//! ```

pub mod cable;
pub mod cli;
pub mod clients;
pub mod clock;
pub mod instance;
pub mod jack;
pub mod latency;
pub mod measure;
pub mod process;
pub mod registry;
pub mod root;
pub mod sanitizer;
pub mod scratch;
mod settings;
pub mod signal;
pub mod state;
pub mod usage;
pub mod wait;

pub use instance::Instance;
pub use root::Root;
pub use scratch::Scratch;
pub use state::State;
