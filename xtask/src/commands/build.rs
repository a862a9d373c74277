//! `cargo xtask build`: the plugin, under the name and in the folder the daemon expects.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::{exports, process, seal, workspace};

/// Options of `build`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Build without optimisation
    #[arg(long)]
    debug: bool,
}

/// A built and checked plugin.
pub(crate) struct Plugin {
    /// The shared object.
    pub(crate) path: PathBuf,
    /// What was found in it.
    pub(crate) surface: exports::Surface,
}

/// Builds the plugin and says where it lies.
///
/// # Errors
/// When it does not build, or is not fit to be loaded.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let plugin = plugin(args.debug).context("the plugin could not be built")?;
    println!("{}", plugin.path.display());
    eprintln!("{}", plugin.surface);
    Ok(ExitCode::SUCCESS)
}

/// Builds the plugin, lays it out as `<target>/<profile>/spa/vcable/libspa-vcable.so` and checks it.
///
/// # Errors
/// As for [`run`].
pub(crate) fn plugin(debug: bool) -> Result<Plugin> {
    build(debug, &[])
}

/// The same in release, together with the programs that measure it. In one go, for cargo builds what both
/// depend on twice otherwise, with the features that each of them asks for.
///
/// # Errors
/// As for [`run`].
pub(crate) fn plugin_and_programs() -> Result<Plugin> {
    build(false, &["--package", "vcable-tests", "--lib", "--bins"])
}

/// Builds the test clock, a plugin for the end-to-end tests only, and says where it lies.
///
/// # Errors
/// When it does not build.
pub(crate) fn test_clock() -> Result<PathBuf> {
    process::run(workspace::cargo().args(["build", "--release", "--package", "vcable-test-clock"]))?;
    Ok(workspace::target_dir()?.join("release/libspa_vcable_test_clock.so"))
}

fn build(debug: bool, more: &[&str]) -> Result<Plugin> {
    let mut cargo = workspace::cargo();
    cargo.args(["build", "--package", "vcable-spa"]).args(more);
    if !debug {
        cargo.arg("--release");
    }
    process::run(&mut cargo)?;
    let built_dir = workspace::target_dir()?.join(if debug { "debug" } else { "release" });
    let folder = built_dir.join("spa/vcable");
    let path = folder.join(exports::FILE_NAME);
    // Copied beside and renamed: a daemon that has the old file mapped keeps it whole.
    let fresh = path.with_extension("so.new");
    let built = built_dir.join("libspa_vcable.so");
    let mut file = fs::read(&built).with_context(|| format!("{} could not be read", built.display()))?;
    seal::seal(&mut file)?;
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&fresh, &file))
        .and_then(|()| fs::rename(&fresh, &path))
        .with_context(|| format!("the plugin could not be copied to {}", path.display()))?;
    let surface = exports::check(&path)?;
    Ok(Plugin { path, surface })
}
