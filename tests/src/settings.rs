//! The settings files of a private instance: the root's own, and our drop-ins over them.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::root::Root;

/// Warnings are wanted in the log.
const BASE: &str = "context.properties = { log.level = 2 default.clock.min-quantum = 16 }\n";

/// In a virtual machine `PipeWire` raises the least quantum to 1024 frames. Until 1.2 this undoes it,
const SMALL_QUANTA_OLD: &str = "context.properties = { vm.overrides = { default.clock.min-quantum = 16 } }\n";

/// and since then this.
const SMALL_QUANTA: &str = "context.properties.rules = [ { matches = [ { cpu.vm.name = !null } ]
    actions = { update-props = { default.clock.min-quantum = 16 } } } ]\n";

/// No hardware in the tests: `WirePlumber` 0.5.
const SESSION_CONF: &str = r"wireplumber.profiles = {
  main = {
    hardware.audio = disabled
    hardware.bluetooth = disabled
    hardware.video-capture = disabled
    support.reserve-device = disabled
    support.logind = disabled
  }
}
";

/// No hardware in the tests: `WirePlumber` 0.4.
const SESSION_LUA: &str =
    "alsa_monitor.enabled = false\nv4l2_monitor.enabled = false\nlibcamera_monitor.enabled = false\n";
const SESSION_LUA_BLUETOOTH: &str = "bluez_monitor.enabled = false\n";

/// Writes the settings folders `pipewire` and `wireplumber` below `dir`. The drop-ins sort after the base.
pub(crate) fn write(root: &Root, dir: &Path, drop_ins: &[(String, String)]) -> Result<()> {
    let pipewire = dir.join("pipewire");
    let shipped = root.outside(Path::new("/usr/share/pipewire"));
    copy_files(&shipped, &pipewire).with_context(|| format!("settings of {}", root.name()))?;
    let parts = pipewire.join("pipewire.conf.d");
    let small_quanta = if root.at_least(1, 2, 0) { SMALL_QUANTA } else { SMALL_QUANTA_OLD };
    put(&parts.join("00-base.conf"), BASE)?;
    put(&parts.join("01-small-quanta.conf"), small_quanta)?;
    for (name, text) in drop_ins {
        put(&parts.join(name), text)?;
    }
    let session = dir.join("wireplumber");
    put(&session.join("wireplumber.conf.d/50-no-hardware.conf"), SESSION_CONF)?;
    put(&session.join("main.lua.d/51-no-hardware.lua"), SESSION_LUA)?;
    put(&session.join("bluetooth.lua.d/51-no-hardware.lua"), SESSION_LUA_BLUETOOTH)
}

fn put(path: &Path, text: &str) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, text).with_context(|| path.display().to_string())
}

/// Copies the distribution's settings; its opt-in examples stay behind.
fn copy_files(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            if entry.file_name().to_string_lossy().ends_with(".conf.d") {
                copy_files(&entry.path(), &target)?;
            }
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
