//! Proof by linker that the core needs nothing but `core`, and that the audio path cannot panic.
//!
//! `bare/program.rs` calls everything an audio callback calls. It is built with the plain toolchain and linked
//! without `std`, without the C library and without an allocator. Its panic handler calls a function that does
//! not exist, so the link fails when the optimised code can still reach a panic. A second build with a panic put
//! in on purpose shows that it would.
#![cfg(all(not(loom), target_os = "linux"))]

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn rustc(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Output {
    Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition", "2024", "-C", "opt-level=3", "-C", "panic=abort", "-C", "codegen-units=1"])
        .args(args)
        .output()
        .expect("rustc runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Builds the core and what it depends on as libraries into `folder`, without any feature; returns where they lie.
fn build_core(folder: &Path) -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--release", "--lib", "--locked", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .arg("--target-dir")
        .arg(folder)
        .env("CARGO_PROFILE_RELEASE_PANIC", "abort")
        .env("CARGO_PROFILE_RELEASE_LTO", "fat")
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", stderr(&output));
    folder.join("release")
}

/// The memory functions that `core` itself takes for granted on every target. A bare target has them in its
/// compiler's library, a hosted one in the C library; as the program never runs, their names are enough. The
/// personality is named by the unwind tables of `core`'s own precompiled functions, panicking or not.
fn assumed_by_core() -> String {
    ["memcpy", "memmove", "memset", "memcmp", "bcmp", "rust_eh_personality"]
        .map(|name| format!("-Wl,--defsym={name}=_start"))
        .join(" ")
}

/// Links the program `source` against the core in `libraries` and nothing else, into `folder`.
fn link(source: &Path, libraries: &Path, folder: &Path) -> Output {
    let nothing_else = format!("link-args=-nostdlib -nostartfiles -static {}", assumed_by_core());
    let core = format!("vcable_core={}", libraries.join("libvcable_core.rlib").display());
    let dependencies = format!("dependency={}", libraries.join("deps").display());
    let options = ["-C", "lto=fat", "-C", &nothing_else, "--extern", &core, "-L", &dependencies, "--out-dir"];
    rustc(options.map(OsStr::new).into_iter().chain([folder.as_os_str(), source.as_os_str()]))
}

#[test]
fn links_with_core_alone_and_cannot_panic() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let libraries = build_core(folder.path());
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bare/program.rs");
    let sound = link(&source, &libraries, folder.path());
    assert!(sound.status.success(), "{}", stderr(&sound));

    let text = std::fs::read_to_string(&source).expect("the program's source");
    let panicking = text.replace("reader.stop();", "assert!(reader.fill_frames() < 7); reader.stop();");
    assert_ne!(panicking, text);
    let source = folder.path().join("panicking.rs");
    std::fs::write(&source, panicking).expect("room in the scratch folder");
    let broken = link(&source, &libraries, folder.path());
    assert!(!broken.status.success());
    assert!(stderr(&broken).contains("a_panic_can_be_reached"), "{}", stderr(&broken));
}
