//! Which crate may know which: the arrows of the workspace run one way.

use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Crates of this workspace and those of them that each may use; the crates of `tests` and `xtask` may use all.
const ALLOWED: [(&str, &[&str]); 6] = [
    ("vcable-core", &[]),
    ("vcable-core-c", &["vcable-core"]),
    ("vcable-spa", &["vcable-core"]),
    ("vcable-miniport", &["vcable-core"]),
    ("vcablectl", &[]),
    ("vcable-test-clock", &[]),
];

const FREE: [&str; 5] = ["vcable-peers", "vcable-portcls-host", "vcable-proofs", "vcable-tests", "xtask"];

/// Crates that name a platform, by the start of their names.
const PLATFORM: [&str; 10] =
    ["libc", "libspa", "pipewire", "windows", "winapi", "wdk", "nix", "rustix", "linux-raw", "mach"];

fn metadata() -> Metadata {
    MetadataCommand::new().no_deps().exec().expect("cargo metadata")
}

/// `(from, to)` for every dependency between crates of the workspace but those for tests.
fn arrows(metadata: &Metadata) -> BTreeSet<(String, String)> {
    let ours: BTreeSet<_> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
    let mut arrows = BTreeSet::new();
    for package in &metadata.packages {
        for dependency in &package.dependencies {
            if dependency.kind != DependencyKind::Development && ours.contains(&dependency.name) {
                arrows.insert((package.name.to_string(), dependency.name.clone()));
            }
        }
    }
    arrows
}

fn is_allowed(from: &str, to: &str) -> bool {
    FREE.contains(&from) || ALLOWED.iter().any(|(name, uses)| *name == from && uses.contains(&to))
}

#[test]
fn every_arrow_is_an_allowed_one() {
    let arrows = arrows(&metadata());
    assert!(arrows.contains(&("vcable-spa".to_owned(), "vcable-core".to_owned())), "{arrows:?}");
    for (from, to) in &arrows {
        assert!(is_allowed(from, to), "{from} must not use {to}");
    }
}

#[test]
fn an_arrow_that_turns_round_is_seen() {
    assert!(is_allowed("vcable-spa", "vcable-core"));
    assert!(!is_allowed("vcable-core", "vcable-spa"));
    assert!(!is_allowed("vcable-spa", "vcable-tests"));
    assert!(!is_allowed("vcablectl", "vcable-core"));
}

#[test]
fn every_crate_is_known_here() {
    for package in metadata().packages {
        let name = package.name.to_string();
        let known = FREE.contains(&name.as_str()) || ALLOWED.iter().any(|(known, _)| *known == name);
        assert!(known, "say in this test what {name} may use");
    }
}

/// Whatever `core` pulls in outside of its own tests, directly or not.
#[test]
fn core_names_no_platform() {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["tree", "--package", "vcable-core", "--edges", "normal,build", "--prefix", "none", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo tree");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8_lossy(&output.stdout);
    assert!(tree.contains("vcable-core"), "{tree}");
    for name in tree.lines().filter_map(|line| line.split_whitespace().next()) {
        assert!(!PLATFORM.iter().any(|platform| name.starts_with(platform)), "core depends on {name}");
    }
}
