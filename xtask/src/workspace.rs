//! Where the workspace lies and where cargo puts what it builds.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The root of this workspace.
///
/// Taken at compile time: `cargo xtask` always rebuilds this program from the tree it runs on.
pub(crate) fn root() -> &'static Path {
    let manifest_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest_dir.parent().unwrap_or(manifest_dir)
}

/// The cargo that started this program, or else the one in PATH, set to run in the workspace's root.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Cargo's target folder, as `CARGO_TARGET_DIR` and cargo's own configuration have it.
///
/// # Errors
/// When cargo does not run or does not answer with its metadata.
pub(crate) fn target_dir() -> Result<PathBuf> {
    let metadata = metadata()?;
    let dir = metadata["target_directory"].as_str().context("`cargo metadata` names no target folder")?;
    Ok(PathBuf::from(dir))
}

/// The names of a crate's integration tests.
///
/// # Errors
/// As for [`target_dir`].
pub(crate) fn test_targets(package: &str) -> Result<Vec<String>> {
    Ok(test_targets_in(&metadata()?, package))
}

/// The programs of a package outside this workspace.
///
/// # Errors
/// As for [`target_dir`].
pub(crate) fn programs_of(manifest: &Path) -> Result<Vec<String>> {
    let metadata = metadata_of(&["--manifest-path".as_ref(), manifest.as_os_str()])?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let targets = packages.flat_map(|entry| entry["targets"].as_array().into_iter().flatten());
    let programs = targets.filter(|target| target["kind"][0] == "bin");
    Ok(programs.filter_map(|target| target["name"].as_str().map(str::to_owned)).collect())
}

fn test_targets_in(metadata: &Value, package: &str) -> Vec<String> {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let targets = packages
        .filter(|entry| entry["name"] == package)
        .flat_map(|entry| entry["targets"].as_array().into_iter().flatten());
    let tests = targets.filter(|target| target["kind"][0] == "test");
    tests.filter_map(|target| target["name"].as_str().map(str::to_owned)).collect()
}

fn metadata() -> Result<Value> {
    metadata_of(&[])
}

fn metadata_of(options: &[&OsStr]) -> Result<Value> {
    let output = cargo()
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .args(options)
        .output()
        .context("cargo could not be started to ask for its metadata")?;
    if !output.status.success() {
        bail!("`cargo metadata` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    serde_json::from_slice(&output.stdout).context("`cargo metadata` did not answer with JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_workspace_is_found() {
        assert!(root().join("xtask/src/workspace.rs").is_file());
        assert!(target_dir().unwrap().is_absolute());
    }

    #[test]
    fn test_targets_are_a_crates_own() {
        let metadata = serde_json::json!({ "packages": [
            { "name": "a", "targets": [{ "name": "a", "kind": ["lib"] }, { "name": "t", "kind": ["test"] }] },
            { "name": "b", "targets": [{ "name": "u", "kind": ["test"] }] },
        ] });
        assert_eq!(test_targets_in(&metadata, "a"), ["t"]);
        assert!(test_targets_in(&metadata, "c").is_empty());
    }
}
