//! A host that does everything wrong: the plugin answers with errors, and lives.

mod null;
mod random;
mod rounds;
mod states;
