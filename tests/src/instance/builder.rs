//! What a private PipeWire is to be like.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::Instance;
use crate::root::{Lifetime, Root};
use crate::scratch::Scratch;
use crate::settings;

/// What to start; see [`Instance::builder`].
#[derive(Clone, Debug)]
pub struct Builder {
    pub(super) root: Root,
    plugins: Vec<(PathBuf, &'static str)>,
    drop_ins: Vec<(String, String)>,
    environment: Vec<(String, String)>,
    pub(super) session_manager: bool,
    pub(super) pulse: bool,
    pub(super) quantum: Option<u32>,
    pub(super) sanitizer: Option<PathBuf>,
    pub(super) lifetime: Lifetime,
}

impl Builder {
    pub(super) fn new(root: &Root) -> Self {
        Self {
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

    /// Starts the daemon under `AddressSanitizer`, whose runtime this is; see [`crate::sanitizer::findings`].
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
