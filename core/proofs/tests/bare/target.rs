//! Building for a target whose library no toolchain here brings.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A target, and what its processors all have.
pub(crate) struct Target {
    pub(crate) triple: &'static str,
    /// For every crate, `core` included.
    rustflags: &'static str,
    /// Of LLVM's linker.
    linker_flavor: &'static str,
    linker_args: &'static [&'static str],
    /// File name of a linked program.
    image: &'static str,
    /// Processor features beyond those of [`EVERY_PROCESSOR`].
    features: &'static [&'static str],
}

/// What is in every x86-64 processor, vectors apart.
const EVERY_PROCESSOR: [&str; 10] =
    ["INTEL8086", "INTEL186", "INTEL386", "INTEL486", "X64", "CMOV", "CX8", "FPU", "MULTIBYTENOP", "PAUSE"];

/// Kernels: soft floats, no vector registers.
pub(crate) const NONE: Target = Target {
    triple: "x86_64-unknown-none",
    rustflags: "",
    linker_flavor: "ld.lld",
    linker_args: &[],
    image: "program",
    features: &[],
};

/// Windows drivers. The compiler takes SSE3 for granted on this target, so it is told not to. Two symbols are what the
/// compiler leaves to a driver: the probe of large stack frames, and the mark of floating point.
pub(crate) const MSVC: Target = Target {
    triple: "x86_64-pc-windows-msvc",
    rustflags: "-Ctarget-feature=-sse3",
    linker_flavor: "lld-link",
    linker_args: &[
        "/NODEFAULTLIB",
        "/ENTRY:_start",
        "/SUBSYSTEM:NATIVE",
        "/ALTERNATENAME:__chkstk=_start",
        "/ALTERNATENAME:_fltused=_start",
    ],
    image: "program.exe",
    features: &["SSE", "SSE2"],
};

/// A compiler and the cargo beside it.
struct Toolchain {
    rustc: PathBuf,
    cargo: PathBuf,
}

impl Toolchain {
    /// The first with its library's source: the one that builds this test, or the distribution's.
    fn with_source() -> Self {
        let own = Self {
            rustc: std::env::var_os("RUSTC").map_or("rustc".into(), Into::into),
            cargo: env!("CARGO").into(),
        };
        let system = Self { rustc: "/usr/bin/rustc".into(), cargo: "/usr/bin/cargo".into() };
        let found = [own, system].into_iter().find(|toolchain| {
            sysroot(&toolchain.rustc)
                .is_some_and(|root| root.join("lib/rustlib/src/rust/library/core").is_dir())
        });
        found.expect(
            "no compiler with its library's source: install rust-src or run `cargo xtask test --only bare`",
        )
    }
}

fn sysroot(rustc: &Path) -> Option<PathBuf> {
    let output = Command::new(rustc).args(["--print", "sysroot"]).output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

/// LLVM's linker, which every toolchain of rustup's brings.
fn linker() -> PathBuf {
    let root =
        sysroot(Path::new(&std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))).expect("rustc runs");
    let hosts = std::fs::read_dir(root.join("lib/rustlib")).expect("a toolchain's folder");
    let mut linkers = hosts.flatten().map(|host| host.path().join("bin/rust-lld"));
    linkers.find(|path| path.is_file()).unwrap_or_else(|| "rust-lld".into())
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

impl Target {
    pub(crate) fn allows(&self, feature: &str) -> bool {
        EVERY_PROCESSOR.contains(&feature) || self.features.contains(&feature)
    }

    /// Builds the core without any feature, and `core` below it.
    pub(crate) fn build_core(&self) -> Core<'_> {
        let toolchain = Toolchain::with_source();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bare");
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
        let output = Command::new(&toolchain.cargo)
            .args(["rustc", "--release", "--lib", "--locked", "--crate-type", "rlib", "--manifest-path"])
            .arg(manifest)
            .args(["-Zbuild-std=core,compiler_builtins", "-Zbuild-std-features=compiler-builtins-mem"])
            .args(["--target", self.triple, "--target-dir"])
            .arg(&folder)
            .env("RUSTC", &toolchain.rustc)
            // Lets a stable compiler build the library.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", self.rustflags)
            .env("CARGO_PROFILE_RELEASE_PANIC", "abort")
            .env("CARGO_PROFILE_RELEASE_LTO", "fat")
            .env_remove("CARGO_TARGET_DIR")
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "{}", text(&output));
        Core { target: self, rustc: toolchain.rustc, libraries: folder.join(self.triple).join("release") }
    }
}

/// The core, built for a target.
pub(crate) struct Core<'a> {
    target: &'a Target,
    rustc: PathBuf,
    libraries: PathBuf,
}

/// What came of a program.
pub(crate) struct Built {
    /// The one object file of all its Rust code, optimised as a whole.
    pub(crate) object: PathBuf,
    /// What that was linked to, or what the linker said.
    pub(crate) image: Result<PathBuf, String>,
}

impl Core<'_> {
    /// Compiles the program `source` together with everything it uses, and links it with nothing else.
    pub(crate) fn build(&self, name: &str, source: &str) -> Built {
        let folder = self.libraries.join(name);
        std::fs::create_dir_all(&folder).expect("a scratch folder");
        let path = folder.join("program.rs");
        std::fs::write(&path, source).expect("room in the scratch folder");
        let output = self.rustc(&path, &folder);
        let image =
            if output.status.success() { Ok(folder.join(self.target.image)) } else { Err(text(&output)) };
        Built { object: folder.join("program.o"), image }
    }

    fn rustc(&self, source: &Path, folder: &Path) -> Output {
        let core = format!("vcable_core={}", self.libraries.join("libvcable_core.rlib").display());
        let linker = format!("linker={}", linker().display());
        let flavor = format!("linker-flavor={}", self.target.linker_flavor);
        Command::new(&self.rustc)
            .args(["--edition", "2024", "--target", self.target.triple, "--emit", "obj,link"])
            .args(["-C", "opt-level=3", "-C", "panic=abort", "-C", "codegen-units=1", "-C", "lto=fat"])
            .args(["-C", &linker, "-C", &flavor])
            .args(self.target.linker_args.iter().map(|arg| format!("-Clink-arg={arg}")))
            .args(self.target.rustflags.split_whitespace())
            .args(["--extern", &core, "-L"])
            .arg(self.libraries.join("deps"))
            .arg("--out-dir")
            .arg(folder)
            .arg(source)
            .output()
            .expect("rustc runs")
    }
}
