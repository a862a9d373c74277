//! A plugin that cannot be loaded: the daemon starts, without the cable.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use vcable_tests::Instance;

use crate::trial::{Context, Trials};

/// `e_machine` of an ELF header, two bytes (System V ABI, figure 4-3).
const ELF_MACHINE: std::ops::Range<usize> = 18..20;

/// An ELF header for 64 bits.
const ELF_HEADER_BYTES: usize = 64;

/// A machine that no PipeWire runs on: `EM_M32`, the AT&T WE 32100.
const OTHER_MACHINE: [u8; 2] = [1, 0];

pub(crate) fn add(trials: &mut Trials) {
    trials.add("broken/missing", |context| daemon_starts(context, None));
    trials.add("broken/empty", |context| daemon_starts(context, Some(&|_| Vec::new())));
    for (name, part) in [("header", 0.0), ("tenth", 0.1), ("half", 0.5), ("all-but-the-end", 1.0)] {
        trials.add(&format!("broken/truncated-to-{name}"), move |context| {
            daemon_starts(context, Some(&|bytes| cut(bytes, part)))
        });
    }
    trials.add("broken/other-architecture", |context| {
        daemon_starts(
            context,
            Some(&|mut bytes| {
                bytes.splice(ELF_MACHINE, OTHER_MACHINE);
                bytes
            }),
        )
    });
    trials.add("broken/whole-plugin-is-taken", whole);
}

/// This part of the file, but at least its header and never its last byte.
fn cut(mut bytes: Vec<u8>, part: f64) -> Vec<u8> {
    let length = (bytes.len() as f64 * part) as usize;
    bytes.truncate(length.clamp(ELF_HEADER_BYTES, bytes.len() - 1));
    bytes
}

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../pipewire-conf/50-vcable.conf")
}

fn daemon_starts(context: &Context, damage: Option<&dyn Fn(Vec<u8>) -> Vec<u8>>) -> Result<()> {
    let names = names_with(context, damage)?;
    ensure!(!names.iter().any(|name| name.starts_with("vcable.")), "{names:?}");
    Ok(())
}

/// The proof that the trials above can fail.
fn whole(context: &Context) -> Result<()> {
    let names = names_with(context, Some(&|bytes| bytes))?;
    for name in ["vcable.sink", "vcable.source"] {
        ensure!(names.iter().any(|known| known == name), "{names:?}");
    }
    Ok(())
}

fn names_with(context: &Context, damage: Option<&dyn Fn(Vec<u8>) -> Vec<u8>>) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(shipped()).context("the shipped drop-in")?;
    let mut builder =
        Instance::builder(&context.root).drop_in("50-vcable.conf", &text).without_session_manager();
    if let Some(damage) = damage {
        let file = context.scratch.file("damaged.so");
        std::fs::write(&file, damage(std::fs::read(&context.plugin)?))?;
        builder = builder.plugin(&file);
    }
    let mut instance = builder.start(&context.scratch)?;
    let names = instance.node_names()?;
    instance.ensure_running()?;
    Ok(names)
}
