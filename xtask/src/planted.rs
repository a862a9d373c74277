//! Planted bugs: the tests of the real driver are tested by drivers that are wrong on purpose.
//!
//! The table `tests/portcls-host/planted.toml` says which text of the driver's sources becomes which, and which test must
//! notice. The sources are copied, so that no trace of this is in the product; each bug is planted alone, the driver is
//! built from the copy, and the test must fail with it. Before that all these tests must pass with the copy as it is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::commands::driver;
use crate::{process, workspace};

/// The table, below the workspace's root.
const TABLE: &str = "tests/portcls-host/planted.toml";

/// The folder of a driver for x64.
const FOLDER: &str = "x64";

/// The crate of the tests, and the test program in it.
const TESTS: [&str; 4] = ["--package", "vcable-portcls-host", "--test", "driver"];
/// The same of those that look into the driver's file.
const GATE: [&str; 4] = ["--package", "vcable-driver-gate", "--test", "built"];

#[derive(Deserialize)]
struct Table {
    bug: Vec<Bug>,
}

/// A bug, and the test that must notice it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bug {
    /// What it is, in a few words.
    pub(crate) what: String,
    /// The source file, below `miniport`.
    file: String,
    /// Text that stands there exactly once.
    find: String,
    /// What stands there instead.
    replace: String,
    /// The test's full name.
    test: String,
    /// What the test must say, if it is one of those that look into the driver's file. They find faults in every driver that
    /// is built quickly, but not this one.
    gate: Option<String>,
}

/// What came of a planted bug.
pub(crate) struct Outcome {
    /// The bug.
    pub(crate) bug: Bug,
    /// Why it counts as not noticed, if it does.
    pub(crate) fault: Option<String>,
}

/// Plants all bugs, one after another. The test of one runs while the driver with the next one is built.
///
/// # Errors
/// When the table can't be read, the copy can't be made or built, or a test fails without a bug.
pub(crate) fn run() -> Result<Vec<Outcome>> {
    let bugs = table()?;
    let scratch = Scratch::new()?;
    let clean = scratch.build("clean")?;
    for gate in [false, true] {
        process::run(tests(gate)?.arg("--no-run"))?;
        let bugs: Vec<_> = bugs.iter().filter(|bug| bug.gate.is_some() == gate).collect();
        let names: BTreeSet<_> = bugs.iter().map(|bug| bug.test.as_str()).collect();
        let healthy = start(names, gate, &clean)?.wait_with_output()?;
        let text = String::from_utf8_lossy(&healthy.stdout).into_owned();
        ensure!(gate || healthy.status.success(), "tests fail without a planted bug:\n{text}");
        let said =
            bugs.iter().find_map(|bug| bug.gate.as_ref().filter(|words| text.contains(words.as_str())));
        ensure!(said.is_none(), "tests say {said:?} without a planted bug:\n{text}");
    }
    let mut outcomes = Vec::new();
    let mut running = None;
    for (number, bug) in bugs.into_iter().enumerate() {
        let built = scratch.with_bug(&bug, |scratch| scratch.build(&format!("bug{number}")));
        if let Some((bug, child)) = running.take() {
            outcomes.push(judge(bug, child)?);
        }
        match built {
            Ok(driver) => {
                let child = start([bug.test.as_str()], bug.gate.is_some(), &driver)?;
                running = Some((bug, child));
            }
            Err(error) => outcomes.push(Outcome { bug, fault: Some(format!("{error:#}")) }),
        }
    }
    if let Some((bug, child)) = running {
        outcomes.push(judge(bug, child)?);
    }
    Ok(outcomes)
}

fn table() -> Result<Vec<Bug>> {
    let path = workspace::root().join(TABLE);
    let text = fs::read_to_string(&path).with_context(|| format!("{} can't be read", path.display()))?;
    let table: Table = toml::from_str(&text).with_context(|| format!("{TABLE} is malformed"))?;
    Ok(table.bug)
}

/// What runs the tests with a driver, or those that look into its file.
fn tests(gate: bool) -> Result<Command> {
    let mut cargo = workspace::cargo();
    cargo.args(["test", "--quiet"]);
    if gate {
        let manifest = workspace::root().join(driver::MINIPORT).join("Cargo.toml");
        cargo.arg("--manifest-path").arg(manifest).arg("--locked");
        cargo.arg("--target-dir").arg(workspace::target_dir()?).args(GATE);
    } else {
        cargo.args(TESTS);
    }
    Ok(cargo)
}

/// Starts tests by their full names on the driver that is in a folder.
fn start<'a>(names: impl IntoIterator<Item = &'a str>, gate: bool, folder: &Path) -> Result<Child> {
    let mut cargo = tests(gate)?;
    cargo.args(["--", "--exact", "--test-threads=2", "--include-ignored"]).args(names);
    cargo.env("VCABLE_DRIVER", folder.join(FOLDER).join("vcable.sys")).env("VCABLE_DRIVERS", folder);
    cargo.stdout(Stdio::piped()).stderr(Stdio::null());
    cargo.spawn().context("the tests could not be started")
}

fn judge(bug: Bug, child: Child) -> Result<Outcome> {
    let output = child.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let fault = if text.contains("1 failed") {
        let unsaid = bug.gate.as_ref().filter(|words| !text.contains(words.as_str()));
        unsaid.map(|words| format!("{} fails, and does not say {words:?}: {text}", bug.test))
    } else if text.contains("1 passed") {
        Some(format!("{} does not notice: {}", bug.test, bug.what))
    } else {
        Some(format!("{} did not run with: {}", bug.test, bug.what))
    };
    Ok(Outcome { bug, fault })
}

/// A copy of the driver's sources, and room for what is built of it.
struct Scratch {
    source: PathBuf,
    built: PathBuf,
}

impl Scratch {
    fn new() -> Result<Self> {
        let folder = workspace::target_dir()?.join("driver/planted");
        let scratch = Self { source: folder.join("source"), built: folder.join("built") };
        if scratch.source.exists() {
            fs::remove_dir_all(&scratch.source)?;
        }
        copy_folder(&workspace::root().join(driver::MINIPORT), &scratch.source)?;
        Ok(scratch)
    }

    /// Builds the driver; the folder in which it is, as the other ones are, in one of its processor.
    fn build(&self, name: &str) -> Result<PathBuf> {
        let folder = self.built.join(name);
        driver::build_quickly(&self.source, &self.built.join("build"), &folder.join(FOLDER))?;
        Ok(folder)
    }

    /// Does something with a bug in the sources, and takes it out again.
    fn with_bug<T>(&self, bug: &Bug, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        let path = self.source.join(&bug.file);
        let text = fs::read_to_string(&path).with_context(|| format!("{} is gone", bug.file))?;
        fs::write(&path, planted(&text, bug)?)?;
        let done = work(self);
        fs::write(&path, text)?;
        done
    }
}

fn planted(text: &str, bug: &Bug) -> Result<String> {
    match text.matches(&bug.find).count() {
        1 => Ok(text.replacen(&bug.find, &bug.replace, 1)),
        0 => bail!("{} has no `{}` any more: mend {TABLE}", bug.file, bug.find),
        count => bail!("{} has `{}` {count} times: mend {TABLE}", bug.file, bug.find),
    }
}

/// Copies sources; in manifests, what lies beside the crate is named by its full path.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("no folder {}", from.display()))? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        if path.is_dir() && name != "target" {
            copy_folder(&path, &to.join(&name))?;
        } else if name == "Cargo.toml" {
            let text = fs::read_to_string(&path)?;
            let beside = format!("path = \"{}/", workspace::root().display());
            fs::write(
                to.join(&name),
                text.replace("path = \"../../", &beside).replace("path = \"../", &beside),
            )?;
        } else if path.is_file() {
            fs::copy(&path, to.join(&name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bug(find: &str) -> Bug {
        let [what, file, find, replace, test] = ["w", "f", find, "new", "t"].map(str::to_owned);
        Bug { what, file, find, replace, test, gate: None }
    }

    #[test]
    fn a_bug_is_planted_where_its_text_stands_once() {
        assert_eq!(planted("an old text", &bug("old")).unwrap(), "an new text");
        assert!(planted("a text", &bug("old")).unwrap_err().to_string().contains("no `old`"));
        assert!(planted("old, old", &bug("old")).unwrap_err().to_string().contains("2 times"));
    }

    /// So that a changed source is noticed by every test run, and not first by the slow one.
    #[test]
    fn every_bug_of_the_table_can_be_planted() {
        let bugs = table().unwrap();
        for bug in &bugs {
            let path = workspace::root().join(driver::MINIPORT).join(&bug.file);
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", bug.file));
            let text = planted(&text, bug).unwrap();
            assert!(!bug.replace.is_empty() && text.contains(&bug.replace), "{}", bug.what);
        }
        let groups = |bug: &Bug| bug.what.split(':').next().unwrap_or_default().to_owned();
        let found: BTreeSet<_> = bugs.iter().map(groups).collect();
        for group in [
            "identity",
            "descriptors",
            "endpoints",
            "formats",
            "properties",
            "packets",
            "streaming",
            "glitches",
            "loopback",
            "lifetime",
            "inf",
            "verifier",
            "gate",
        ] {
            assert!(found.contains(group), "no bug of the group {group}");
        }
    }

    #[test]
    fn a_test_must_have_run_and_failed() {
        let judged = |script: &str| {
            let mut shell = Command::new("sh");
            let child = shell.args(["-c", script]).stdout(Stdio::piped()).spawn().unwrap();
            judge(bug("x"), child).unwrap().fault
        };
        assert_eq!(judged("echo 'test result: FAILED. 0 passed; 1 failed'; exit 101"), None);
        assert!(judged("echo 'test result: ok. 1 passed; 0 failed'").unwrap().contains("does not notice"));
        let gate = Bug { gate: Some("needs AVX".to_owned()), ..bug("x") };
        let mut shell = Command::new("sh");
        let child = shell.args(["-c", "echo '1 failed'"]).stdout(Stdio::piped()).spawn().unwrap();
        assert!(judge(gate, child).unwrap().fault.unwrap().contains("does not say"));
        assert!(judged("echo 'test result: ok. 0 passed; 0 failed'").unwrap().contains("did not run"));
    }
}
