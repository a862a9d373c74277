//! How the plugin presents itself: to `spa-inspect`, in the log, and with the drop-in that we ship.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use vcable_tests::Instance;
use vcable_tests::cable::Cable;
use vcable_tests::measure::{Measure, Role};
use vcable_tests::wait::{DEADLINE, poll_until};

use crate::trial::{Context, Trials};

pub(crate) fn add(trials: &mut Trials) {
    trials.add("looks/spa-inspect", spa_inspect);
    trials.add("looks/log-topic", log_topic);
    trials.add("looks/shipped-drop-in", shipped_drop_in);
}

fn spa_inspect(context: &Context) -> Result<()> {
    let instance = context.builder().without_session_manager().start(&context.scratch)?;
    let plugin = instance.dir().join("spa/vcable/libspa-vcable.so").display().to_string();
    let errors = instance.sound("inspect-errors");
    let script = format!("spa-inspect {plugin} 2>{}", errors.display());
    let listed = instance.run("sh", &["-c", &script])?;
    for factory in ["api.vcable.sink", "api.vcable.source"] {
        ensure!(listed.contains(&format!("'{factory}'")), "{factory} is not listed:\n{listed}");
    }
    for parameter in ["EnumFormat", "Buffers", "IO", "Latency", "PropInfo", "Props"] {
        ensure!(listed.contains(parameter), "{parameter} is not listed:\n{listed}");
    }
    let errors = std::fs::read_to_string(errors)?;
    let ours = |text: &str| text.lines().any(|line| line.contains("vcable") && line.contains("rror"));
    ensure!(!ours(&errors) && !ours(&listed), "{errors}\n{listed}");
    Ok(())
}

/// Quiet by default, and talking when its topic is turned up.
fn log_topic(context: &Context) -> Result<()> {
    let cables = [Cable::new("cable", 2)];
    for (levels, talks) in [("2", false), ("2,spa.vcable*:5", true)] {
        let builder = context.with_cables(&cables).environment("PIPEWIRE_DEBUG", levels);
        let instance = builder.start(&context.scratch)?;
        instance.wait_ports("cable.sink")?;
        instance.wait_ports("cable.source")?;
        let log = instance.daemon_log()?;
        ensure!(log.contains("spa.vcable") == talks, "PIPEWIRE_DEBUG={levels}:\n{log}");
    }
    Ok(())
}

pub(crate) fn shipped() -> Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pipewire-conf/50-vcable.conf");
    std::fs::read_to_string(path).context("the shipped drop-in")
}

/// A key of the session manager's metadata `default`.
pub(crate) fn default_node(instance: &Instance, key: &str, expected: &str) -> Result<()> {
    let mut last = String::new();
    poll_until(&format!("{key} to be {expected}"), DEADLINE, || {
        last = instance.run("pw-metadata", &["0", key])?;
        Ok(last.contains(&format!("\"{expected}\"")).then_some(()))
    })
    .with_context(|| last.clone())
}

/// It sounds as it is, and is the default microphone where there is no other: not the sink's monitor.
fn shipped_drop_in(context: &Context) -> Result<()> {
    let builder = Instance::builder(&context.root).plugin(&context.plugin);
    let instance = builder.drop_in("50-vcable.conf", &shipped()?).quantum(256).start(&context.scratch)?;
    instance.wait_ports("vcable.sink")?;
    instance.wait_ports("vcable.source")?;
    default_node(&instance, "default.audio.source", "vcable.source")?;
    let mut measure = Measure::start(&instance, Context::measure_program(), "client")?;
    measure.enable(Role::Writer, None)?;
    measure.enable(Role::Reader, None)?;
    instance.link(&measure.port(Role::Writer), "vcable.sink:playback_FR")?;
    instance.link("vcable.source:capture_FR", &measure.port(Role::Reader))?;
    let report = measure.measure(50)?;
    ensure!(report.latency_frames.median == 0.0 && report.corrupt_frames == 0, "{report:?}");
    Ok(())
}
