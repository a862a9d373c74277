//! A SPA host in one thread and in virtual time: supports, a scheduler, and what the daemon does
//! with a node that stands under an adapter.
//!
//! | module | |
//! |---|---|
//! | `world` | virtual time: descriptors, loops, and who is woken next |
//! | `system`, `data_loop`, `log` | the supports that a plugin is lent |
//! | `node` | a plugin's node, called through its method table |
//! | `listener` | what a node answers and tells |
//! | `areas`, `buffers`, `pods` | memory shared with the node, parameters sent to it |
//! | `tape` | frames that carry their own number: what was lost, late or mixed up shows |
//! | `graph`, `control` | the adapter and the daemon around one node |
//! | `client` | the player or recorder that is linked to it |
//! | `foreign` | a driver that no node of the plugin is |
//! | `cable` | both ends of a cable, ready to run |
//! | `trap` | notices allocations where none may be |

pub(crate) mod areas;
pub(crate) mod buffers;
pub(crate) mod cable;
mod client;
pub(crate) mod control;
pub(crate) mod data_loop;
pub(crate) mod foreign;
pub(crate) mod graph;
pub(crate) mod listener;
pub(crate) mod log;
pub(crate) mod node;
pub(crate) mod pods;
pub(crate) mod system;
pub(crate) mod tape;
pub(crate) mod trap;
pub(crate) mod world;

pub(crate) use cable::{Cable, Setup};
pub(crate) use graph::{Graph, Style};
pub(crate) use node::Node;
pub(crate) use tape::Tape;
pub(crate) use world::{Supports, Tie, World};
