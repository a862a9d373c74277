//! A child process with a log file, ended with everything it started.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::wait::poll_until;

/// How long a process may take to end after SIGTERM before it gets SIGKILL.
const GRACE: Duration = Duration::from_secs(3);

/// Where a process's standard output goes.
#[derive(Debug)]
pub enum Output {
    /// To the log, together with standard error.
    Log,
    /// To this file (created or emptied).
    File(PathBuf),
    /// To a pipe, taken with [`Process::take_stdout`].
    Pipe,
}

/// A running child. Dropping it ends its whole process group.
#[derive(Debug)]
pub struct Process {
    child: Child,
    name: String,
    log: PathBuf,
    ended: bool,
}

impl Process {
    /// Starts the command, which must be set to lead a process group (as [`crate::Root::command`] does).
    ///
    /// # Errors
    /// The log cannot be written or the program not started.
    pub fn spawn(mut command: Command, name: &str, log: &Path, output: Output) -> Result<Self> {
        let log_file = File::options().create(true).append(true).open(log)?;
        command.stderr(log_file.try_clone()?).stdin(Stdio::piped());
        match output {
            Output::Log => command.stdout(log_file),
            Output::File(path) => command.stdout(File::create(path)?),
            Output::Pipe => command.stdout(Stdio::piped()),
        };
        let child = command.spawn().with_context(|| format!("starting {name}"))?;
        Ok(Self { child, name: name.to_owned(), log: log.to_owned(), ended: false })
    }

    /// The process id; also the group's.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The name it was started under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file with its standard error.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Its standard input, once.
    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// Its standard output, once, when started with [`Output::Pipe`].
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Fails with the end of its log when it does not run any more.
    ///
    /// # Errors
    /// The process has ended.
    pub fn ensure_running(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("{} ended ({status}): {}", self.name, self.log_tail()),
        }
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// It still runs after `limit`.
    pub fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let what = format!("{} to end", self.name);
        let status = poll_until(&what, limit, || Ok(self.child.try_wait()?))?;
        self.ended = true;
        Ok(status)
    }

    /// Sends a signal to the whole group.
    ///
    /// # Errors
    /// The group does not exist any more.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill_process_group(Pid::from_child(&self.child), signal)
            .with_context(|| format!("{signal:?} to {}", self.name))
    }

    /// SIGKILL to the group, and waits for the end.
    ///
    /// # Errors
    /// It had ended before.
    pub fn kill(&mut self) -> Result<()> {
        self.signal(Signal::KILL)?;
        self.child.wait()?;
        self.ended = true;
        Ok(())
    }

    /// SIGTERM, and SIGKILL for what is left after a grace period.
    pub fn stop(&mut self) {
        self.stop_within(GRACE);
    }

    /// The same with another grace period.
    pub fn stop_within(&mut self, grace: Duration) {
        if self.ended {
            return;
        }
        let group = Pid::from_child(&self.child);
        // An error means that the group has gone by itself.
        if self.is_running() && kill_process_group(group, Signal::TERM).is_ok() {
            let end = Instant::now() + grace;
            while self.is_running() && Instant::now() < end {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.child.wait();
        self.ended = true;
    }

    /// Lets it run on after the drop.
    pub fn release(mut self) -> u32 {
        self.ended = true;
        self.child.id()
    }

    /// The last lines of its log, for messages.
    pub fn log_tail(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().collect();
        let from = lines.len().saturating_sub(8);
        format!("log {}:\n{}", self.log.display(), lines.get(from..).unwrap_or_default().join("\n"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}
