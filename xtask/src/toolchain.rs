//! Compilers and cargo's own plugins.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{process, workspace};

/// What `rustc -vV` says under `key`.
fn rustc_says(key: &str) -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let text =
        process::stdout_of(Command::new(rustc).arg("-vV")).context("rustc does not tell its version")?;
    value(&text, key).with_context(|| format!("rustc does not tell its {key}"))
}

fn value(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": ")).map(str::to_owned)
}

/// The target that this machine's compiler builds for, like `x86_64-unknown-linux-gnu`.
///
/// # Errors
/// When rustc does not tell.
pub(crate) fn host() -> Result<String> {
    rustc_says("host")
}

/// The first number of the compiler's LLVM version.
///
/// # Errors
/// When rustc does not tell.
pub(crate) fn llvm_major() -> Result<String> {
    let version = rustc_says("LLVM version")?;
    Ok(version.split('.').next().unwrap_or(&version).to_owned())
}

/// The folder of the compiler's own tools, where rustup's component `llvm-tools` puts LLVM's.
pub(crate) fn tools_dir() -> Option<PathBuf> {
    Some(sysroot()?.join("lib/rustlib").join(host().ok()?).join("bin"))
}

fn sysroot() -> Option<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let root = process::stdout_of(Command::new(rustc).args(["--print", "sysroot"]))?;
    Some(PathBuf::from(root.trim()))
}

/// A compiler, and the cargo beside it.
pub(crate) struct Toolchain {
    pub(crate) rustc: PathBuf,
    pub(crate) cargo: PathBuf,
}

/// The first compiler with the source of its library: the one in use, or the distribution's own.
pub(crate) fn with_library_source() -> Option<Toolchain> {
    let source = |root: &Path| root.join("lib/rustlib/src/rust/library/core").is_dir();
    if sysroot().is_some_and(|root| source(&root)) {
        let tool = |name: &str, default: &str| std::env::var_os(name).map_or(default.into(), Into::into);
        return Some(Toolchain { rustc: tool("RUSTC", "rustc"), cargo: tool("CARGO", "cargo") });
    }
    let system = Toolchain { rustc: "/usr/bin/rustc".into(), cargo: "/usr/bin/cargo".into() };
    (system.rustc.is_file() && system.cargo.is_file() && source(Path::new("/usr"))).then_some(system)
}

/// LLVM's linker as it links for Windows: rustup's, or one in `PATH`.
pub(crate) fn windows_linker() -> Option<PathBuf> {
    let own = tools_dir().map(|dir| dir.join(if cfg!(windows) { "rust-lld.exe" } else { "rust-lld" }));
    let own = own.filter(|path| path.is_file());
    own.or_else(|| process::in_path("lld-link").then(|| "lld-link".into()))
}

/// Cargo of rustup's nightly toolchain, set to run in the workspace's root. Installs the toolchain if it is missing.
///
/// # Errors
/// When there is none and none can be installed.
pub(crate) fn nightly_cargo() -> Result<Command> {
    let is_there = || {
        process::stdout_of(Command::new("rustup").args(["run", "nightly", "cargo", "--version"])).is_some()
    };
    if !is_there() {
        println!("Installing rustup's nightly toolchain: the fuzzer's instrumentation needs it ...");
        let install = ["toolchain", "install", "nightly", "--profile", "minimal", "--no-self-update"];
        let installed = process::run(Command::new("rustup").args(install));
        if installed.is_err() || !is_there() {
            bail!(
                "fuzzing needs rustup's nightly toolchain: install it with `rustup toolchain install nightly`"
            );
        }
    }
    let mut command = Command::new("rustup");
    // Cargo sets it for what it runs, and another cargo would take it for its own.
    command.args(["run", "nightly", "cargo"]).current_dir(workspace::root()).env_remove("CARGO");
    Ok(command)
}

/// Installs a plugin of cargo's from crates.io, unless it is there. Its program is called like it.
///
/// # Errors
/// When it can't be installed.
pub(crate) fn ensure_plugin(name: &str, version: &str) -> Result<()> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let installed = home.is_some_and(|home| home.join("bin").join(name).is_file());
    if installed || process::in_path(name) {
        return Ok(());
    }
    eprintln!("Installing {name} from crates.io:");
    process::run(workspace::cargo().args(["install", "--locked", "--version", version, name]))
        .with_context(|| format!("{name} could not be installed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiler_tells_what_it_is() {
        let text = "binary: rustc\nhost: x86_64-unknown-linux-gnu\nLLVM version: 22.1.2\n";
        assert_eq!(value(text, "host").as_deref(), Some("x86_64-unknown-linux-gnu"));
        assert_eq!(value(text, "LLVM version").as_deref(), Some("22.1.2"));
        assert_eq!(value(text, "LLVM"), None);
        assert!(llvm_major().unwrap().parse::<u32>().is_ok());
    }
}
