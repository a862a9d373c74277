//! Installing packages with apt.

use anyhow::{Context, Result};

use crate::process;

/// Installs packages, saying which and why before it does. Each stands with its reason.
///
/// # Errors
/// When we may not become root, or apt fails.
pub(super) fn install(packages: &[(&str, &str)]) -> Result<()> {
    eprintln!("Installing with apt what is missing on this machine:");
    let mut names = Vec::new();
    for (name, why) in packages {
        eprintln!("  {name:<24} {why}");
        if !names.contains(name) {
            names.push(name);
        }
    }
    let mut update = apt_get().with_context(|| format!("{names:?} can't be installed"))?;
    if let Err(error) = process::run(update.arg("update")) {
        // One broken list among many need not concern our packages; the next step will tell.
        eprintln!("warning: {error:#}; going on with the package lists that are here");
    }
    process::run(apt_get()?.args(["install", "--yes", "--no-install-recommends"]).args(&names))
        .with_context(|| format!("apt could not install {names:?}"))
}

fn apt_get() -> Result<std::process::Command> {
    // Through `env`, because sudo drops variables that its policy does not name.
    let mut command = process::as_root("env")?;
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300"]);
    Ok(command)
}
