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

/// Builds the core as a library into `folder`.
fn build_core(folder: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let args = [source.as_os_str(), "--crate-type=rlib".as_ref(), "--crate-name=vcable_core".as_ref()];
    let output = rustc(args.into_iter().chain(["--out-dir".as_ref(), folder.as_os_str()]));
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
    let options = ["-C", "lto=fat", "-C", &nothing_else, "-L"].map(OsStr::new);
    let output = ["--extern".as_ref(), "vcable_core".as_ref(), "--out-dir".as_ref(), folder.as_os_str()];
    rustc(options.into_iter().chain([folder.as_os_str()]).chain(output).chain([source.as_os_str()]))
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
