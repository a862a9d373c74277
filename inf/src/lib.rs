//! The INF of the Windows driver: made from `vcable.inx`, read back, and checked.
//!
//! [`stamp`] makes the INF of one architecture from the template. [`Inf`] is a reader for INF files, strict where Windows
//! is lax: what it can't make sense of is an error that names the line. [`Package`] is what an INF makes Windows do, for
//! tests to compare with what the driver does. [`check`] is what the packager runs over its own work.
//!
//! Not a general library: of the directives of INF files it knows those that a root-enumerated sound driver uses, and it
//! refuses the others.
//!
//! ```
//! use vcable_inf::{Architecture, Inf, Package, Stamp};
//!
//! let stamp = Stamp { architecture: Architecture::X64, date: (2026, 1, 31), version: "0.1.0" };
//! let inf = Inf::parse(&vcable_inf::stamp(&stamp)?)?;
//! let package = Package::read(&inf)?;
//! assert_eq!(package.hardware_ids, ["ROOT\\VCable"]);
//! # Ok::<(), vcable_inf::Error>(())
//! ```

mod package;
mod parse;
mod rules;
mod stamp;
mod strings;

pub use package::{Interface, Package, RegistryValue, Service};
pub use parse::{Inf, Line, Section};
pub use rules::check;
pub use stamp::{Architecture, CABLES, Stamp, stamp};

/// What is wrong with an INF, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Counted from 1; 0 where it is no single line's fault.
    pub line: usize,
    /// In one sentence.
    pub what: String,
}

impl Error {
    fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => f.write_str(&self.what),
            line => write!(f, "line {line}: {}", self.what),
        }
    }
}

impl std::error::Error for Error {}
