//! `pw-cli` kept open: objects it creates live until it destroys them or ends.

use std::io::Write as _;
use std::process::ChildStdin;

use anyhow::{Context as _, Result};

use crate::cable::{Cable, End};
use crate::instance::Instance;
use crate::process::{Output, Process};

/// An interactive `pw-cli`.
#[derive(Debug)]
pub struct Cli {
    stdin: ChildStdin,
    process: Process,
}

impl Cli {
    /// Starts it.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(instance: &Instance) -> Result<Self> {
        let mut process = instance.spawn("pw-cli", &[], Output::Log)?;
        let stdin = process.take_stdin().context("stdin of pw-cli")?;
        Ok(Self { stdin, process })
    }

    /// Sends a line.
    ///
    /// # Errors
    /// It has ended.
    pub fn send(&mut self, line: &str) -> Result<()> {
        self.process.ensure_running()?;
        writeln!(self.stdin, "{line}")?;
        self.stdin.flush()?;
        Ok(())
    }

    /// Asks the daemon for one end of a cable. Whether it was made shows in the registry or the log.
    ///
    /// # Errors
    /// It has ended.
    pub fn create(&mut self, cable: &Cable, end: End) -> Result<()> {
        self.send(&format!("create-node adapter {}", cable.arguments(end)))
    }

    /// Destroys a global object.
    ///
    /// # Errors
    /// It has ended.
    pub fn destroy(&mut self, id: u32) -> Result<()> {
        self.send(&format!("destroy {id}"))
    }

    /// SIGKILL; all that it created goes with it.
    ///
    /// # Errors
    /// It had ended before.
    pub fn kill(&mut self) -> Result<()> {
        self.process.kill()
    }
}
