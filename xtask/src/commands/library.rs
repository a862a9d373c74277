//! `cargo xtask library`: the core as a static library for hosts in other languages.

use std::process::ExitCode;

use anyhow::Result;

use crate::{header, process, workspace};

/// Options of `library`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Without the standard library: for a kernel or a bare target. It asks for nothing but memcpy and its kin
    #[arg(long)]
    bare: bool,
    /// For this target instead of the machine's own
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
}

/// Builds the library and says where it and its header lie.
///
/// # Errors
/// When it does not build.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let mut cargo = workspace::cargo();
    cargo.args(["rustc", "--package", "vcable-core-c", "--lib"]);
    let mut folder = workspace::target_dir()?;
    if let Some(target) = &args.target {
        cargo.args(["--target", target]);
        folder.push(target);
    }
    if args.bare {
        cargo.args(["--profile", "bare", "--no-default-features"]);
        folder.push("bare");
    } else {
        cargo.arg("--release");
        folder.push("release");
        // The compiler then says with what to link.
        cargo.args(["--", "--print", "native-static-libs"]);
    }
    process::run(&mut cargo)?;
    let msvc = match &args.target {
        Some(target) => target.ends_with("-msvc"),
        None => cfg!(target_env = "msvc"),
    };
    println!("{}", folder.join(if msvc { "vcable_core.lib" } else { "libvcable_core.a" }).display());
    println!("{}", header::path().display());
    Ok(ExitCode::SUCCESS)
}
