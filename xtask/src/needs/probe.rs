//! Looking whether a thing is on this machine, whoever put it there.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{process, toolchain};

/// A thing that may be on the machine.
pub(super) enum Probe {
    /// A program in `PATH`.
    Program(&'static str),
    /// A library with headers that pkg-config knows.
    Library(&'static str),
    /// libclang as a shared library, where bindgen looks for it.
    Libclang,
    /// One of PipeWire's own plugins, by its path in the plugin folder.
    SpaPlugin(&'static str),
    /// A file by its full path.
    File(&'static str),
    /// A Rust compiler, cargo beside it, and the source of its library.
    LibrarySource,
    /// A linker of Windows programs.
    WindowsLinker,
}

impl Probe {
    /// Whether it is there.
    pub(super) fn is_there(&self) -> bool {
        match self {
            Self::Program(name) => process::in_path(name),
            Self::Library(name) => {
                process::stdout_of(Command::new("pkg-config").args(["--exists", name])).is_some()
            }
            Self::Libclang => libclang_folders().iter().any(|dir| holds_libclang(dir)),
            Self::SpaPlugin(path) => plugin_dir().is_some_and(|dir| dir.join(path).is_file()),
            Self::File(path) => Path::new(path).is_file(),
            Self::LibrarySource => toolchain::with_library_source().is_some(),
            Self::WindowsLinker => toolchain::windows_linker().is_some(),
        }
    }
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(name) => f.write_str(name),
            Self::Library(name) => write!(f, "{name} (headers)"),
            Self::Libclang => f.write_str("libclang"),
            Self::SpaPlugin(path) => write!(f, "PipeWire's plugin {path}"),
            Self::File(path) => f.write_str(path),
            Self::LibrarySource => f.write_str("a Rust compiler with the source of its library"),
            Self::WindowsLinker => f.write_str("lld-link"),
        }
    }
}

/// PipeWire's plugin folder, if pkg-config knows it.
pub(super) fn plugin_dir() -> Option<PathBuf> {
    let dir = process::stdout_of(Command::new("pkg-config").args(["--variable=plugindir", "libspa-0.2"]))?;
    let dir = dir.trim();
    (!dir.is_empty()).then(|| PathBuf::from(dir))
}

/// The folders in which bindgen looks for libclang: the variable's, or those of the system and of LLVM.
fn libclang_folders() -> Vec<PathBuf> {
    if let Some(path) = std::env::var_os("LIBCLANG_PATH") {
        return vec![path.into()];
    }
    let mut folders: Vec<PathBuf> = ["/usr/lib", "/usr/lib64", "/usr/local/lib"].map(Into::into).into();
    if let Some(dir) = process::stdout_of(Command::new("llvm-config").arg("--libdir")) {
        folders.push(dir.trim().into());
    }
    let below = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    for dir in below.filter(|path| path.is_dir()) {
        folders.push(dir.join("lib"));
        folders.push(dir);
    }
    folders
}

fn holds_libclang(path: &Path) -> bool {
    if path.is_file() {
        return path.file_name().is_some_and(is_libclang);
    }
    std::fs::read_dir(path)
        .is_ok_and(|entries| entries.flatten().any(|entry| is_libclang(&entry.file_name())))
}

fn is_libclang(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let Some(rest) = name.strip_prefix("libclang") else { return false };
    // libclang.so, libclang.so.18, libclang-18.so.1; but not libclang-cpp.so, another library.
    rest.starts_with(".so") || (rest.starts_with('-') && !rest.starts_with("-cpp") && rest.contains(".so"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libclang_is_told_from_its_neighbours() {
        for name in ["libclang.so", "libclang.so.18", "libclang-14.so.1", "libclang-19.so"] {
            assert!(is_libclang(OsStr::new(name)), "{name}");
        }
        for name in ["libclang-cpp.so.14", "libclangBasic.a", "libclang_rt.so", "libc.so", "libclang"] {
            assert!(!is_libclang(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn probes_look() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!holds_libclang(dir.path()));
        std::fs::write(dir.path().join("libclang.so.1"), "").unwrap();
        assert!(holds_libclang(dir.path()));
        assert!(Probe::File("/proc/self/status").is_there());
        assert!(!Probe::File("/proc/self/no-such-file").is_there());
        assert!(Probe::Program("sh").is_there());
    }
}
