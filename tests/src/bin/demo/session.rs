//! The private PipeWire of the demo, with all ways of looping sound back in it.

use std::path::Path;

use anyhow::{Context as _, Result};
use vcable_tests::cable::{Cable, SPA_LIBS};
use vcable_tests::process::{Output, Process};
use vcable_tests::signal::Sound;
use vcable_tests::{Instance, Root, Scratch};

use crate::way::{self, Way};

/// The quantum at which sound is compared, in frames: PipeWire's own default (`default.clock.quantum`).
pub(crate) const QUANTUM: u32 = 1024;

/// What a client needs to know to reach the instance.
const CLIENT_VARIABLES: [&str; 5] =
    ["XDG_RUNTIME_DIR", "PIPEWIRE_RUNTIME_DIR", "PIPEWIRE_REMOTE", "PULSE_RUNTIME_PATH", "PULSE_SERVER"];

/// A running instance.
pub(crate) struct Session {
    pub(crate) instance: Instance,
    pub(crate) channels: u32,
    daemon: u32,
    loopback: Process,
}

impl Session {
    /// Starts it at the rate and with the channels of `sound`, so that nothing needs to be resampled.
    ///
    /// # Errors
    /// A program is missing or does not come up, or a node has no ports in time.
    pub(crate) fn start(
        root: &Root,
        plugin: &Path,
        sound: &Sound,
        keep: bool,
        scratch: &Scratch,
    ) -> Result<Self> {
        let channels = sound.channels;
        let mut builder = Instance::builder(root)
            .plugin(plugin)
            .drop_in("50-libs.conf", SPA_LIBS)
            .drop_in("51-cable.conf", &Cable::drop_in(&[way::cable(channels)]))
            .drop_in("52-null-sink.conf", &way::null_sink(channels))
            .drop_in("53-rate.conf", &clock(sound.rate))
            .pulse()
            .quantum(QUANTUM);
        if keep {
            builder = builder.keep();
        }
        let instance = builder.start(scratch)?;
        let daemon = instance.server("pipewire")?.id();
        let arguments = way::loopback(channels);
        let arguments = arguments.each_ref().map(String::as_str);
        let loopback = instance.spawn("pw-loopback", &arguments, Output::Log)?;
        for way in Way::ALL {
            for node in [way.sink(), way.source()] {
                instance.wait_ports(node).with_context(|| {
                    format!("{} did not come up; pw-loopback's {}", way.name(), loopback.log_tail())
                })?;
            }
        }
        Ok(Self { instance, channels, daemon, loopback })
    }

    /// The processes that carry the sound of a way: the daemon, and what it needs besides.
    pub(crate) fn carriers(&self, way: Way) -> Vec<u32> {
        let mut carriers = vec![self.daemon];
        if way == Way::Loopback {
            carriers.push(self.loopback.id());
        }
        carriers
    }

    /// Leaves everything running, and says on standard error how to reach it and how to stop it.
    ///
    /// # Errors
    /// The daemon does not answer any more.
    pub(crate) fn leave_running(self) -> Result<()> {
        self.instance.force_quantum(0)?;
        let folder = self.instance.dir().to_owned();
        let variables = self.instance.environment().to_vec();
        let mut processes = self.instance.release()?;
        processes.push(self.loopback.release());
        eprintln!("\nPipeWire keeps running. To talk to it:");
        for (key, value) in variables.iter().filter(|(key, _)| CLIENT_VARIABLES.contains(&key.as_str())) {
            eprintln!("  export {key}='{value}'");
        }
        let processes: Vec<_> = processes.iter().map(u32::to_string).collect();
        let scratch = folder.parent().unwrap_or(&folder);
        eprintln!("To stop it:\n  kill {}; rm -r '{}'", processes.join(" "), scratch.display());
        Ok(())
    }
}

/// A drop-in that lets the graph run at one rate.
fn clock(rate: u32) -> String {
    format!(
        "context.properties = {{ default.clock.rate = {rate} default.clock.allowed-rates = [ {rate} ] }}\n"
    )
}
