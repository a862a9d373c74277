//! The plugin under LLVM's sanitizers, which rustup's nightly toolchain brings along.
//!
//! Both builds share a target folder, for what builds them (bindgen above all) is the same and is not instrumented.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{process, toolchain, workspace};

/// Part of the runtime that only a program may have: `.preinit_array` is no section of a shared object.
const NOT_SHARED: &str = "asan_preinit.cpp.o";

/// The plugins with `AddressSanitizer` in them, and the runtime to be preloaded by the daemon that loads them.
pub(crate) struct Instrumented {
    /// The plugin.
    pub(crate) plugin: PathBuf,
    /// The test clock.
    pub(crate) clock: PathBuf,
    /// A shared object made of the compiler's static runtime.
    pub(crate) runtime: PathBuf,
}

fn folder() -> Result<PathBuf> {
    Ok(workspace::target_dir()?.join("sanitizers"))
}

/// Cargo with `arguments`, whose target's code gets these flags. A little optimised: tests are long otherwise.
fn cargo(arguments: &[&str], flags: &str) -> Result<Command> {
    let mut cargo = toolchain::nightly_cargo()?;
    cargo.args(arguments).args(["--target", &toolchain::host()?]);
    cargo.env("CARGO_TARGET_DIR", folder()?).env("CARGO_PROFILE_DEV_OPT_LEVEL", "1");
    cargo.env("RUSTFLAGS", flags);
    Ok(cargo)
}

/// The tests of the plugin in its virtual host, under `RealtimeSanitizer`.
///
/// # Errors
/// When the nightly toolchain is missing and can't be installed.
pub(crate) fn realtime_tests() -> Result<Command> {
    let arguments = ["test", "--no-fail-fast", "--package", "vcable-spa", "--test", "in_host"];
    cargo(&arguments, "-Zsanitizer=realtime --cfg rtsan")
}

/// Builds plugins and runtime for `AddressSanitizer`.
///
/// # Errors
/// When the nightly toolchain is missing and can't be installed, or something does not build.
pub(crate) fn address(log: &Path) -> Result<Instrumented> {
    let arguments = ["build", "--package", "vcable-spa", "--package", "vcable-test-clock"];
    // With frame pointers the sanitizer can tell who allocated what it found.
    let finished =
        process::run_logged(&mut cargo(&arguments, "-Zsanitizer=address -Cforce-frame-pointers=yes")?, log)?;
    anyhow::ensure!(finished.status.success(), "the plugin does not build ({})", finished.status);
    let built = folder()?.join(toolchain::host()?).join("debug");
    Ok(Instrumented {
        plugin: built.join("libspa_vcable.so"),
        clock: built.join("libspa_vcable_test_clock.so"),
        runtime: runtime()?,
    })
}

/// Makes the runtime. Rust brings it as an archive to be linked into programs; the daemon is no program of ours.
fn runtime() -> Result<PathBuf> {
    let archive = toolchain::nightly_runtime("asan")?;
    let (copy, shared) = (folder()?.join("asan.a"), folder()?.join("asan.so"));
    std::fs::copy(&archive, &copy).with_context(|| format!("{} can't be copied", archive.display()))?;
    process::run(Command::new("ar").arg("d").arg(&copy).arg(NOT_SHARED))?;
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-Wl,--whole-archive"]).arg(&copy).arg("-Wl,--no-whole-archive");
    process::run(cc.args(["-lpthread", "-lm", "-ldl", "-o"]).arg(&shared))?;
    Ok(shared)
}
