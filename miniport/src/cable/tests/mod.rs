//! The engine on a clock of the test's own.

mod rig;
mod rules;
mod sound;
