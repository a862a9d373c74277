//! The folder of one test: sockets, settings, sounds and logs.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Result;
use tempfile::TempDir;

/// A folder below `/tmp`, deleted on drop unless kept. `/tmp` is shared with the root folders, and short
/// enough for socket paths, which hold 107 bytes.
#[derive(Debug)]
pub struct Scratch {
    dir: TempDir,
    next: AtomicU32,
}

impl Scratch {
    /// Makes the folder.
    ///
    /// # Errors
    /// `/tmp` is not writable.
    pub fn new() -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("vcable-").tempdir_in("/tmp")?;
        Ok(Self { dir, next: AtomicU32::new(0) })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A path in it that no one else gets, ending in `name`.
    pub fn file(&self, name: &str) -> PathBuf {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.path().join(format!("{number:02}-{name}"))
    }

    /// A new folder in it.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let path = self.file(name);
        std::fs::create_dir(&path)?;
        Ok(path)
    }

    /// Keeps the folder for a look at the logs, and gives its path.
    pub fn keep(self) -> PathBuf {
        self.dir.keep()
    }
}
