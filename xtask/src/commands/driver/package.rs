//! `cargo xtask driver --package`: the folders that `pnputil /add-driver` takes, but for what only Windows can make.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use time::{OffsetDateTime, UtcDateTime};
use vcable_inf::{Architecture, Inf, Stamp};

use crate::{process, workspace};

/// Files of the repository that go beside the drivers.
const BESIDE: [&str; 8] = [
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "docs/windows.md",
    "docs/windows.es.md",
    "scripts/windows/sign.ps1",
    "scripts/windows/install.ps1",
    "scripts/windows/uninstall.ps1",
    "scripts/windows/state.ps1",
];

/// Lays out `folder` anew: for each driver a folder with its INF, and beside those the scripts, the guide and the licences.
///
/// # Errors
/// When a driver is missing, the INF breaks one of Windows' rules, or a file can't be written.
pub(super) fn lay_out(drivers: &[(Architecture, PathBuf)], folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{} can't be removed", folder.display()))?;
    }
    let date = date()?;
    for (architecture, driver) in drivers {
        let stamp = Stamp { architecture: *architecture, date, version: env!("CARGO_PKG_VERSION") };
        let text = vcable_inf::stamp(&stamp).context("inf/vcable.inx can't be stamped")?;
        let inf = Inf::parse(&text).and_then(|inf| vcable_inf::check(&inf).map(|_| ()));
        inf.context("the INF made of inf/vcable.inx breaks a rule")?;
        let own = folder.join(architecture.name());
        fs::create_dir_all(&own).with_context(|| format!("{} can't be made", own.display()))?;
        write(&own.join("vcable.inf"), text.as_bytes())?;
        copy(driver, &own.join("vcable.sys"))?;
    }
    for file in BESIDE {
        let from = workspace::root().join(file);
        let name = from.file_name().with_context(|| format!("{file} is no file"))?;
        copy(&from, &folder.join(name))?;
    }
    Ok(())
}

/// What is left to do, on Windows.
pub(super) fn next_steps(folder: &Path) -> String {
    format!(
        "{}\n\
         Not signed: vcable.cat is made on Windows. There, in an elevated PowerShell in a copy of this folder:\n  \
         .\\sign.ps1       makes a test certificate and the catalogue, and signs (needs the WDK)\n  \
         .\\install.ps1    adds the driver and creates the device (after: bcdedit /set testsigning on, and a restart)\n  \
         .\\uninstall.ps1  removes both\n\
         windows.md says what these do, and how a driver is signed for others.",
        folder.display()
    )
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("{} can't be written", path.display()))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).with_context(|| format!("{} can't be read", from.display()))?;
    ensure!(!bytes.is_empty(), "{} is empty", from.display());
    write(to, &bytes)
}

/// The date of the last commit, so that the same commit gives the same package; or `SOURCE_DATE_EPOCH`, by which
/// distributions set it; or, without either, today.
fn date() -> Result<(u16, u8, u8)> {
    let variable = std::env::var("SOURCE_DATE_EPOCH").ok();
    let commit = || {
        let mut git = Command::new("git");
        process::stdout_of(git.args(["log", "-1", "--format=%ct"]).current_dir(workspace::root()))
    };
    let seconds = match variable.or_else(commit) {
        Some(text) => {
            text.trim().parse().with_context(|| format!("`{}` is no time in seconds", text.trim()))?
        }
        None => UtcDateTime::now().unix_timestamp(),
    };
    date_of(seconds)
}

fn date_of(seconds: i64) -> Result<(u16, u8, u8)> {
    let date = OffsetDateTime::from_unix_timestamp(seconds).context("a time that no calendar knows")?.date();
    Ok((date.year().try_into()?, date.month().into(), date.day()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_out(driver: &[u8]) -> Result<tempfile::TempDir> {
        let dir = tempfile::tempdir().unwrap();
        let driver_path = dir.path().join("built.sys");
        fs::write(&driver_path, driver).unwrap();
        fs::create_dir(dir.path().join("package")).unwrap();
        fs::write(dir.path().join("package/stale.txt"), "left over").unwrap();
        let drivers = Architecture::ALL.map(|architecture| (architecture, driver_path.clone()));
        lay_out(&drivers, &dir.path().join("package")).map(|()| dir)
    }

    #[test]
    fn the_package_holds_what_pnputil_and_users_need() {
        let dir = laid_out(b"MZ").unwrap();
        let package = dir.path().join("package");
        for architecture in ["x64", "arm64"] {
            let files: Vec<_> = fs::read_dir(package.join(architecture)).unwrap().collect();
            assert_eq!(files.len(), 2, "{files:?}");
            assert_eq!(fs::read(package.join(architecture).join("vcable.sys")).unwrap(), b"MZ");
        }
        let inf =
            |architecture: &str| fs::read_to_string(package.join(architecture).join("vcable.inf")).unwrap();
        assert!(inf("x64").contains("NTamd64.10.0...19041") && inf("arm64").contains("NTarm64.10.0...19041"));
        let version = format!(",{}.0\r\n", env!("CARGO_PKG_VERSION"));
        assert!(inf("x64").contains(&version), "{version}");
        for file in ["LICENSE-MIT", "windows.md", "install.ps1"] {
            assert!(package.join(file).is_file(), "{file}");
        }
        assert!(!package.join("stale.txt").exists());
    }

    #[test]
    fn a_driver_that_is_not_there_is_named() {
        let text = format!("{:#}", laid_out(b"").unwrap_err());
        assert!(text.contains("built.sys is empty"), "{text}");
    }

    #[test]
    fn the_next_steps_name_files_that_are_in_the_package() {
        let text = next_steps(Path::new("package"));
        for word in text.split_whitespace() {
            if let Some(script) = word.strip_prefix(".\\") {
                assert!(BESIDE.contains(&format!("scripts/windows/{script}").as_str()), "{script}");
            }
        }
        assert!(text.contains(".\\sign.ps1") && text.contains("windows.md"), "{text}");
    }

    #[test]
    fn a_commits_date_is_that_of_the_driver() {
        assert_eq!(date_of(1_000_000_000).unwrap(), (2001, 9, 9));
        assert_eq!(date_of(1_709_164_800).unwrap(), (2024, 2, 29));
        assert!(date_of(i64::MAX).is_err());
        assert!(date().unwrap().0 >= 2024);
    }
}
