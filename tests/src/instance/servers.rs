//! The servers of a private PipeWire: how they are started, watched and ended.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::Instance;
use crate::process::{Output, Process};
use crate::root::{Lifetime, Scheduling};
use crate::sanitizer;
use crate::wait::{DEADLINE, poll_until};

/// How long a server may take to end when a sanitizer looks for leaks at its end.
const LEAK_SEARCH_LIMIT: Duration = Duration::from_secs(60);

impl Instance {
    /// Ends all servers and starts them again: the daemon's memory is gone, what the session manager has
    /// saved is not.
    ///
    /// # Errors
    /// A server does not come up in time.
    pub fn restart(&mut self) -> Result<()> {
        self.stop_servers();
        self.start_servers()
    }

    pub(super) fn start_servers(&mut self) -> Result<()> {
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
    /// [`super::Builder::keep`].
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

/// What comes before the daemon's name on its command line: `env` with the sanitizer's variables.
fn under_sanitizer(runtime: &Path, dir: &Path) -> Result<Vec<String>> {
    let copy = dir.join("spa/vcable/sanitizer.so");
    std::fs::copy(runtime, &copy).with_context(|| format!("runtime {}", runtime.display()))?;
    let mut words = vec!["env".to_owned()];
    words.extend(sanitizer::variables(&copy, &dir.join("log")));
    Ok(words)
}
