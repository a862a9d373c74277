//! `cargo xtask driver`: `vcable.sys`, built on any system for the processors that Windows runs on.

mod package;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use vcable_inf::Architecture;

use crate::needs::{self, Purpose};
use crate::{process, toolchain, workspace};

/// Options of `driver`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// For this processor alone
    #[arg(long, value_enum)]
    arch: Option<Arch>,
    /// Lay out `<target>/driver/package` too, the folders that `pnputil /add-driver` takes once they are signed on Windows
    #[arg(long)]
    package: bool,
}

/// A processor.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Arch {
    X64,
    Arm64,
}

impl Arch {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::X64, Self::Arm64];

    /// What the compiler calls it.
    fn triple(self) -> &'static str {
        match self {
            Self::X64 => "x86_64-pc-windows-msvc",
            Self::Arm64 => "aarch64-pc-windows-msvc",
        }
    }

    /// As the INF knows it.
    fn of_inf(self) -> Architecture {
        match self {
            Self::X64 => Architecture::X64,
            Self::Arm64 => Architecture::Arm64,
        }
    }

    /// Flags for all code, the library's included. The compiler takes SSE3 for granted on Windows; Windows does not.
    fn rustflags(self) -> &'static str {
        match self {
            Self::X64 => "-Ctarget-feature=+crt-static,-sse3",
            Self::Arm64 => "-Ctarget-feature=+crt-static",
        }
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::X64 => "x64",
            Self::Arm64 => "arm64",
        })
    }
}

/// Where the crate of the driver lies, below the workspace's root.
pub(crate) const MINIPORT: &str = "miniport";

/// What makes the linker's output a driver: no library, no entry but ours, memory that HVCI accepts, a checksum, and
/// the same bytes from the same sources.
const LINK_ARGS: [&str; 14] = [
    "/DRIVER",
    "/KERNEL",
    "/SUBSYSTEM:NATIVE,10.0",
    "/OSVERSION:10.0",
    "/ENTRY:DriverEntry",
    "/NODEFAULTLIB",
    "/NXCOMPAT",
    "/DYNAMICBASE",
    "/INTEGRITYCHECK",
    "/RELEASE",
    "/Brepro",
    "/MANIFEST:NO",
    "/OPT:REF,ICF",
    "/PDBALTPATH:vcable.pdb",
];

/// Builds the driver and says where it lies.
///
/// # Errors
/// When the tools are missing and can't be installed, or it does not build.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    needs::ensure(Purpose::Driver)?;
    let mut drivers = Vec::new();
    for arch in args.arch.map_or(Arch::ALL.to_vec(), |arch| vec![arch]) {
        let driver = build(arch)?;
        println!("{}", driver.display());
        drivers.push((arch.of_inf(), driver));
    }
    if args.package {
        let folder = workspace::target_dir()?.join("driver/package");
        package::lay_out(&drivers, &folder).context("the package could not be laid out")?;
        println!("{}", package::next_steps(&folder));
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds the driver and its symbols as `<target>/driver/<processor>/vcable.sys` and `vcable.pdb`.
///
/// # Errors
/// As for [`run`].
pub(crate) fn build(arch: Arch) -> Result<PathBuf> {
    let out = workspace::target_dir()?.join("driver");
    let folder = out.join(arch.to_string());
    build_crate(&workspace::root().join(MINIPORT), arch, &out.join("build"), &folder, loudly)
}

/// Lets cargo say what it does. Its command line is long, and nobody types it: an error does without.
fn loudly(cargo: &mut std::process::Command) -> Result<()> {
    let status = cargo.stdout(std::io::stderr()).status().context("cargo could not be started")?;
    if !status.success() {
        bail!("cargo says above why");
    }
    Ok(())
}

/// Builds another copy of the crate for x64, without optimisation across crates, and of it only what changed since the last
/// time: in seconds, and says nothing.
///
/// # Errors
/// When it does not build.
pub(crate) fn build_quickly(crate_dir: &Path, scratch: &Path, folder: &Path) -> Result<PathBuf> {
    build_crate(crate_dir, Arch::X64, scratch, folder, |cargo| {
        cargo.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        cargo.env("CARGO_PROFILE_RELEASE_INCREMENTAL", "true");
        process::stdout_of(cargo).map(|_| ()).context("it does not build")
    })
}

/// The same for the crate in another folder, with cargo's files in `scratch` and the driver in `folder`.
fn build_crate(
    crate_dir: &Path,
    arch: Arch,
    scratch: &Path,
    folder: &Path,
    run: fn(&mut std::process::Command) -> Result<()>,
) -> Result<PathBuf> {
    let tools = toolchain::with_library_source()
        .context("no Rust compiler with the source of its library: `rustup component add rust-src`")?;
    let linker = toolchain::windows_linker().context("no lld-link: install LLVM's linker lld")?;
    let target = arch.triple();
    let linker_variable = format!("CARGO_TARGET_{}_LINKER", target.to_uppercase().replace('-', "_"));
    let mut flags = format!("{} -Clinker-flavor=lld-link", arch.rustflags());
    flags.extend(LINK_ARGS.map(|arg| format!(" -Clink-arg={arg}")));
    let mut cargo = std::process::Command::new(tools.cargo);
    cargo
        .current_dir(crate_dir)
        .args(["rustc", "--lib", "--crate-type", "cdylib", "--release", "--locked"])
        // Without its memory functions: the driver has its own.
        .args(["-Zbuild-std=core,alloc,compiler_builtins", "-Zbuild-std-features="])
        .args(["--target", target, "--target-dir"])
        .arg(scratch)
        .env("RUSTC", tools.rustc)
        // Lets a stable compiler build the library.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", flags)
        .env(linker_variable, linker)
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    run(&mut cargo).with_context(|| format!("the driver for {arch} could not be built"))?;
    let built = scratch.join(target).join("release");
    let copy = |from: &str, to: &str| {
        let to = folder.join(to);
        fs::copy(built.join(from), &to).with_context(|| format!("{} could not be written", to.display()))?;
        Ok::<_, anyhow::Error>(to)
    };
    fs::create_dir_all(folder).with_context(|| format!("{} could not be made", folder.display()))?;
    copy("vcable_miniport.pdb", "vcable.pdb")?;
    copy("vcable_miniport.dll", "vcable.sys")
}
