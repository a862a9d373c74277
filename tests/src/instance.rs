//! A private PipeWire: its own daemon, session manager and pulse server, apart from the user's.
//!
//! Nothing of it needs systemd. Everything it starts dies with the thread that started it, unless it was
//! built with [`Builder::keep`].

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use crate::process::{Output, Process};
use crate::root::{Lifetime, Root, Scheduling};
use crate::sanitizer;
use crate::scratch::Scratch;
use crate::settings;
use crate::wait::{DEADLINE, poll_until};

/// How long a helper such as `pw-link` may take.
const TOOL_LIMIT: Duration = Duration::from_secs(20);

/// How long a server may take to end when a sanitizer looks for leaks at its end.
const LEAK_SEARCH_LIMIT: Duration = Duration::from_secs(60);

/// What to start; see [`Instance::builder`].
#[derive(Clone, Debug)]
pub struct Builder {
    root: Root,
    plugins: Vec<(PathBuf, &'static str)>,
    drop_ins: Vec<(String, String)>,
    environment: Vec<(String, String)>,
    session_manager: bool,
    pulse: bool,
    quantum: Option<u32>,
    sanitizer: Option<PathBuf>,
    lifetime: Lifetime,
}

impl Builder {
    /// Installs this `libspa-vcable.so` (as a copy, so that a rebuild does not pull it from under a running
    /// daemon). It is not mapped to the factories by itself: see [`crate::cable::SPA_LIBS`].
    #[must_use]
    pub fn plugin(mut self, file: &Path) -> Self {
        self.plugins.push((file.to_owned(), "libspa-vcable.so"));
        self
    }

    /// Installs the test clock in the same way; see [`crate::clock::SPA_LIBS`].
    #[must_use]
    pub fn test_clock(mut self, file: &Path) -> Self {
        self.plugins.push((file.to_owned(), "libspa-vcable-test-clock.so"));
        self
    }

    /// Adds a file to `pipewire.conf.d`.
    #[must_use]
    pub fn drop_in(mut self, name: &str, text: &str) -> Self {
        self.drop_ins.push((name.to_owned(), text.to_owned()));
        self
    }

    /// Sets a variable for the daemon, the servers and all clients.
    #[must_use]
    pub fn environment(mut self, key: &str, value: &str) -> Self {
        self.environment.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Leaves out `WirePlumber`: nodes then get no ports, but the daemon is up sooner.
    #[must_use]
    pub fn without_session_manager(mut self) -> Self {
        self.session_manager = false;
        self
    }

    /// Starts `pipewire-pulse` as well.
    #[must_use]
    pub fn pulse(mut self) -> Self {
        self.pulse = true;
        self
    }

    /// Forces a quantum for all drivers, in frames.
    #[must_use]
    pub fn quantum(mut self, frames: u32) -> Self {
        self.quantum = Some(frames);
        self
    }

    /// Starts the daemon under `AddressSanitizer`, whose runtime this is; see [`sanitizer::findings`].
    #[must_use]
    pub fn sanitizer(mut self, runtime: &Path) -> Self {
        self.sanitizer = Some(runtime.to_owned());
        self
    }

    /// Lets the instance outlive the program that started it.
    #[must_use]
    pub fn keep(mut self) -> Self {
        self.lifetime = Lifetime::Free;
        self
    }

    /// Starts it, in a new folder of `scratch`, and waits until it answers.
    ///
    /// # Errors
    /// A program is missing, ends early or does not come up in time.
    pub fn start(self, scratch: &Scratch) -> Result<Instance> {
        let dir = scratch.folder(self.root.name())?;
        for folder in ["run", "state", "home", "log", "spa/vcable", "sound"] {
            std::fs::create_dir_all(dir.join(folder))?;
        }
        settings::write(&self.root, &dir.join("config"), &self.drop_ins)?;
        for (file, name) in &self.plugins {
            let target = dir.join("spa/vcable").join(name);
            std::fs::copy(file, target).with_context(|| format!("plugin {}", file.display()))?;
        }
        let environment = variables(&self, &dir);
        let mut instance = Instance {
            plan: self,
            dir,
            environment,
            servers: Vec::new(),
            log_number: std::cell::Cell::new(0),
        };
        instance.start_servers()?;
        Ok(instance)
    }
}

fn variables(builder: &Builder, dir: &Path) -> Vec<(String, String)> {
    let at = |path: &str| dir.join(path).display().to_string();
    let plugins = format!("{}:{}", at("spa"), builder.root.plugin_dir().display());
    let mut variables: Vec<_> = [
        ("XDG_RUNTIME_DIR", at("run")),
        ("PIPEWIRE_RUNTIME_DIR", at("run")),
        ("PULSE_RUNTIME_PATH", at("run/pulse")),
        ("PULSE_SERVER", format!("unix:{}", at("run/pulse/native"))),
        ("PIPEWIRE_REMOTE", "pipewire-0".to_owned()),
        ("PIPEWIRE_CONFIG_DIR", at("config/pipewire")),
        ("XDG_CONFIG_HOME", at("config")),
        ("XDG_STATE_HOME", at("state")),
        ("HOME", at("home")),
        ("SPA_PLUGIN_DIR", plugins),
        ("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", at("run/bus"))),
        ("LC_ALL", "C".to_owned()),
        ("NO_COLOR", "1".to_owned()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    variables.extend(builder.environment.iter().cloned());
    variables
}

/// What comes before the daemon's name on its command line: `env` with the sanitizer's variables.
fn under_sanitizer(runtime: &Path, dir: &Path) -> Result<Vec<String>> {
    let copy = dir.join("spa/vcable/sanitizer.so");
    std::fs::copy(runtime, &copy).with_context(|| format!("runtime {}", runtime.display()))?;
    let mut words = vec!["env".to_owned()];
    words.extend(sanitizer::variables(&copy, &dir.join("log")));
    Ok(words)
}

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
        Builder {
            root: root.clone(),
            plugins: Vec::new(),
            drop_ins: Vec::new(),
            environment: Vec::new(),
            session_manager: true,
            pulse: false,
            quantum: None,
            sanitizer: None,
            lifetime: Lifetime::Bound,
        }
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

    /// Ends all servers and starts them again: the daemon's memory is gone, what the session manager has
    /// saved is not.
    ///
    /// # Errors
    /// A server does not come up in time.
    pub fn restart(&mut self) -> Result<()> {
        self.stop_servers();
        self.start_servers()
    }

    fn start_servers(&mut self) -> Result<()> {
        self.start_bus()?;
        self.start_daemon()?;
        if let Some(frames) = self.plan.quantum {
            self.force_quantum(frames)?;
        }
        if self.plan.session_manager {
            self.start_session_manager()?;
        }
        if self.plan.pulse {
            self.start_pulse()?;
        }
        Ok(())
    }

    fn stop_servers(&mut self) {
        // Clients of a server go before it, so that its log ends quietly.
        while let Some(mut server) = self.servers.pop() {
            match self.plan.sanitizer {
                Some(_) => server.stop_within(LEAK_SEARCH_LIMIT),
                None => server.stop(),
            }
        }
    }

    /// A session bus, where there is a program for it. Up to 0.4 `WirePlumber` ends without one, and the
    /// daemon complains.
    fn start_bus(&mut self) -> Result<()> {
        if self.plan.root.has("dbus-daemon") {
            let address = format!("--address=unix:path={}", self.dir.join("run/bus").display());
            self.start_server("dbus-daemon", &["--session", "--nofork", "--nopidfile", &address])?;
            self.wait_socket("dbus-daemon", "run/bus")?;
        }
        Ok(())
    }

    fn start_daemon(&mut self) -> Result<()> {
        let sanitizer = self.plan.sanitizer.as_deref();
        let wrapper = sanitizer.map(|runtime| under_sanitizer(runtime, &self.dir)).transpose()?;
        let wrapper = wrapper.unwrap_or_default();
        let daemon = self.spawn_scheduled("pipewire", &wrapper, &[], Output::Log, Scheduling::Normal)?;
        self.servers.push(daemon);
        self.wait_socket("pipewire", "run/pipewire-0")
    }

    fn start_session_manager(&mut self) -> Result<()> {
        self.start_server("wireplumber", &[])?;
        poll_until("the session manager", DEADLINE, || {
            self.ensure_running()?;
            // The tool may trip over what comes and goes while it lists.
            let listed = self.run("pw-cli", &["ls", "Client"]).unwrap_or_default();
            Ok(listed.contains("WirePlumber").then_some(()))
        })
    }

    fn start_pulse(&mut self) -> Result<()> {
        let server = self.spawn_real_time("pipewire-pulse", &[], Output::Log)?;
        self.servers.push(server);
        self.wait_socket("pipewire-pulse", "run/pulse/native")
    }

    fn start_server(&mut self, program: &str, arguments: &[&str]) -> Result<()> {
        let server = self.spawn(program, arguments, Output::Log)?;
        self.servers.push(server);
        Ok(())
    }

    fn wait_socket(&mut self, server: &str, path: &str) -> Result<()> {
        let socket = self.dir.join(path);
        poll_until(&format!("the socket of {server}"), DEADLINE, || {
            self.ensure_running()?;
            // The file may be there before anyone listens.
            Ok(std::os::unix::net::UnixStream::connect(&socket).ok().map(drop))
        })
    }

    /// Fails when a server has ended, with the end of its log.
    ///
    /// # Errors
    /// See above.
    pub fn ensure_running(&mut self) -> Result<()> {
        self.servers.iter_mut().try_for_each(Process::ensure_running)
    }

    /// Fails when the daemon has ended; starts the session manager and the pulse server again when these have, and says
    /// which. They are clients, with faults of their own, and what is tested may be harsher to them than to the daemon.
    ///
    /// # Errors
    /// The daemon has ended, or a server cannot be started.
    pub fn revive_servers(&mut self) -> Result<Vec<String>> {
        let mut ended = Vec::new();
        for server in &mut self.servers {
            if server.name() == "pipewire" {
                server.ensure_running()?;
            } else if !server.is_running() {
                ended.push(server.name().to_owned());
            }
        }
        self.servers.retain(|server| !ended.iter().any(|name| name == server.name()));
        ended.iter().try_for_each(|name| self.start_server(name, &[]))?;
        Ok(ended)
    }

    /// Kills the session manager and starts it anew. One that hangs makes clients hang that ask it for something.
    ///
    /// # Errors
    /// It does not come up.
    pub fn restart_session_manager(&mut self) -> Result<()> {
        self.servers
            .iter_mut()
            .filter(|server| server.name() == "wireplumber")
            .try_for_each(Process::kill)?;
        self.servers.retain(|server| server.name() != "wireplumber");
        self.start_session_manager()
    }

    /// Leaves the servers running and gives their process ids, for an instance built with
    /// [`Builder::keep`].
    ///
    /// # Errors
    /// The instance was not built to be kept.
    pub fn release(mut self) -> Result<Vec<u32>> {
        if self.plan.lifetime == Lifetime::Bound {
            bail!("this instance ends with its starter");
        }
        Ok(std::mem::take(&mut self.servers).into_iter().map(Process::release).collect())
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.stop_servers();
    }
}
