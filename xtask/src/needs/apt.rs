//! Installing packages with apt.

use anyhow::{Context, Result};

use super::{Need, packages};
use crate::host::Family;
use crate::process;

/// Installs the packages of `missing`, saying which and why before it does.
///
/// # Errors
/// When we may not become root, or apt fails.
pub(super) fn install(missing: &[&Need]) -> Result<()> {
    eprintln!("Installing with apt what is missing on this machine:");
    for need in missing {
        eprintln!("  {:<24} {}", need.package(Family::Debian), need.why);
    }
    let names = packages(missing, Family::Debian);
    let mut update = apt_get().with_context(|| format!("{} can't be installed", names.join(" ")))?;
    if let Err(error) = process::run(update.arg("update")) {
        // One broken list among many need not concern our packages; the next step will tell.
        eprintln!("warning: {error:#}; going on with the package lists that are here");
    }
    process::run(apt_get()?.args(["install", "--yes", "--no-install-recommends"]).args(&names))
        .with_context(|| format!("apt could not install {}", names.join(" ")))
}

fn apt_get() -> Result<std::process::Command> {
    // Through `env`, because sudo drops variables that its policy does not name.
    let mut command = process::as_root("env")?;
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=300"]);
    Ok(command)
}
