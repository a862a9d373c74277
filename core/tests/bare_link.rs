//! Proof by linker that the core needs nothing but `core`, and that the audio path cannot panic.
//!
//! `bare/program.rs` calls everything an audio callback calls. It is built with the plain toolchain and linked
//! without `std`, without the C library and without an allocator. Its panic handler calls a function that does
//! not exist, so the link fails when the optimised code can still reach a panic. A second build with a panic put
//! in on purpose shows that it would.
#![cfg(all(not(loom), target_os = "linux"))]

use std::{
    ffi::OsStr,
    path::Path,
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

/// Builds the core as a library, without its features, into `folder`; cargo finds what it depends on.
fn build_core(folder: &Path) {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--release", "--package", "vcable-core", "--target-dir"])
        .arg(folder)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        // The linker optimises across crates, and needs their bitcode for that.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("RUSTFLAGS", "-C embed-bitcode=yes")
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", stderr(&output));
}

/// The memory functions that `core` itself takes for granted on every target. A bare target has them in its
/// compiler's library, a hosted one in the C library; as the program never runs, their names are enough.
fn assumed_by_core() -> String {
    ["memcpy", "memmove", "memset", "memcmp", "bcmp"]
        .map(|name| format!("-Wl,--defsym={name}=_start"))
        .join(" ")
}

/// Links the program `source` against the core in `folder` and nothing else.
fn link(source: &Path, folder: &Path) -> Output {
    let nothing_else = format!("link-args=-nostdlib -nostartfiles -static {}", assumed_by_core());
    let built = folder.join("release");
    let core = format!("vcable_core={}", built.join("libvcable_core.rlib").display());
    let dependencies = format!("dependency={}", built.join("deps").display());
    let options = ["-C", "lto=fat", "-C", &nothing_else, "-L", &dependencies, "--extern", &core, "--out-dir"];
    rustc(options.map(OsStr::new).into_iter().chain([folder.as_os_str(), source.as_os_str()]))
}

#[test]
fn links_with_core_alone_and_cannot_panic() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    build_core(folder.path());
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bare/program.rs");
    let sound = link(&source, folder.path());
    assert!(sound.status.success(), "{}", stderr(&sound));

    let text = std::fs::read_to_string(&source).expect("the program's source");
    let panicking = text.replace("reader.stop();", "assert!(reader.fill_frames() < 7); reader.stop();");
    assert_ne!(panicking, text);
    let source = folder.path().join("panicking.rs");
    std::fs::write(&source, panicking).expect("room in the scratch folder");
    let broken = link(&source, folder.path());
    assert!(!broken.status.success());
    assert!(stderr(&broken).contains("a_panic_can_be_reached"), "{}", stderr(&broken));
}
