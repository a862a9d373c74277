//! A private PipeWire: its own daemon, session manager and pulse server, apart from the user's.
//!
//! Nothing of it needs systemd. Everything it starts dies with the thread that started it, unless it was
//! built with [`Builder::keep`].

mod builder;
mod servers;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

pub use builder::Builder;

use crate::process::{Output, Process};
use crate::root::{Root, Scheduling};
use crate::wait::{DEADLINE, poll_until};

/// How long a helper such as `pw-link` may take.
const TOOL_LIMIT: Duration = Duration::from_secs(20);

/// A running private PipeWire. Dropping it ends all of its servers.
#[derive(Debug)]
pub struct Instance {
    plan: Builder,
    dir: PathBuf,
    environment: Vec<(String, String)>,
    servers: Vec<Process>,
    log_number: std::cell::Cell<u32>,
}

impl Instance {
    /// What to start, from the programs of `root`.
    pub fn builder(root: &Root) -> Builder {
        Builder::new(root)
    }

    /// The root its programs come from.
    pub fn root(&self) -> &Root {
        &self.plan.root
    }

    /// Its folder: `config`, `log`, `run`, `sound`, `spa`.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A path for a sound file of this instance.
    pub fn sound(&self, name: &str) -> PathBuf {
        self.dir.join("sound").join(name)
    }

    /// The variables with which any client reaches it.
    pub fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    /// The process of a server: `pipewire`, `wireplumber`, `pipewire-pulse` or `dbus-daemon`.
    ///
    /// # Errors
    /// It is not part of this instance.
    pub fn server(&self, program: &str) -> Result<&Process> {
        let found = self.servers.iter().find(|server| server.name() == program);
        found.with_context(|| format!("no {program} in this instance"))
    }

    /// The daemon's process id.
    pub fn daemon_id(&self) -> u32 {
        // An instance exists only with its daemon.
        self.server("pipewire").map_or(0, Process::id)
    }

    /// All that the daemon has logged so far.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn daemon_log(&self) -> Result<String> {
        let log = self.server("pipewire")?.log();
        Ok(String::from_utf8_lossy(&std::fs::read(log)?).into_owned())
    }

    /// A command of its root, in its environment.
    pub fn command(&self, program: &str) -> Command {
        let mut command = self.plan.root.command(program, self.plan.lifetime);
        self.settle(&mut command);
        command
    }

    /// Starts a client with a log of its own.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn spawn(&self, program: &str, arguments: &[&str], output: Output) -> Result<Process> {
        self.spawn_scheduled(program, &[], arguments, output, Scheduling::Normal)
    }

    /// As [`Instance::spawn`], for a client whose lateness would be heard.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn spawn_real_time(&self, program: &str, arguments: &[&str], output: Output) -> Result<Process> {
        self.spawn_scheduled(program, &[], arguments, output, Scheduling::RealTime)
    }

    fn spawn_scheduled(
        &self,
        program: &str,
        wrapper: &[String],
        arguments: &[&str],
        output: Output,
        scheduling: Scheduling,
    ) -> Result<Process> {
        let words: Vec<_> = wrapper.iter().map(String::as_str).chain([program]).collect();
        let (first, rest) = words.split_first().context("a program")?;
        let mut command = self.plan.root.command_scheduled(first, self.plan.lifetime, scheduling);
        self.settle(&mut command);
        command.args(rest).args(arguments);
        let number = self.log_number.get();
        self.log_number.set(number + 1);
        let name = Path::new(program).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let log = self.dir.join("log").join(format!("{number:03}-{name}.log"));
        Process::spawn(command, &name, &log, output)
    }

    fn settle(&self, command: &mut Command) {
        command.envs(self.environment.iter().map(|(key, value)| (key, value)));
        command.current_dir(&self.dir);
    }

    /// Runs a short-lived tool to its end; gives its standard output.
    ///
    /// # Errors
    /// It fails (the message has its standard error) or does not end.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Result<String> {
        let out = self.dir.join("log").join(format!("tool-{:03}.out", self.log_number.get()));
        let mut process = self.spawn(program, arguments, Output::File(out.clone()))?;
        let status = process.wait(TOOL_LIMIT)?;
        let output = String::from_utf8_lossy(&std::fs::read(&out)?).into_owned();
        ensure!(
            status.success(),
            "{program} {}: {status} {output}{}",
            arguments.join(" "),
            process.log_tail()
        );
        // Only the logs of what went wrong are worth keeping.
        let _ = (std::fs::remove_file(out), std::fs::remove_file(process.log()));
        Ok(output)
    }

    /// Sets the quantum of all drivers, in frames (0 lets the clients choose again), and waits until the
    /// daemon holds it. Running drivers take it over with their next cycle.
    ///
    /// # Errors
    /// The daemon does not answer or does not take it.
    pub fn force_quantum(&self, frames: u32) -> Result<()> {
        self.set("clock.force-quantum", frames)
    }

    /// Sets the rate of all drivers, in Hz (0 lets the clients choose again), and waits until the daemon holds it.
    /// Drivers that run are stopped for it.
    ///
    /// # Errors
    /// The daemon does not answer or does not take it.
    pub fn force_rate(&self, rate: u32) -> Result<()> {
        self.set("clock.force-rate", rate)
    }

    fn set(&self, key: &str, value: u32) -> Result<()> {
        let wanted = format!("key:'{key}' value:'{value}'");
        poll_until(&format!("the setting {key}"), DEADLINE, || {
            self.run("pw-metadata", &["-n", "settings", "0", key, &value.to_string()])?;
            let settings = self.run("pw-metadata", &["-n", "settings"])?;
            Ok(settings.contains(&wanted).then_some(()))
        })
    }
}
