//! `cargo xtask header`: the C header, made anew.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::header;

/// Options of `header`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail when the committed header is not what the sources make
    #[arg(long)]
    check: bool,
}

/// Writes `include/vcable.h`, or compares it.
///
/// # Errors
/// When the header can't be made, read or written.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let path = header::path();
    let current = path.is_file() && header::is_current()?;
    if args.check {
        if !current {
            eprintln!("{} is not what core/src/ffi makes: run `cargo xtask header`", path.display());
        }
        return Ok(if current { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if !current {
        let text = header::generate()?;
        fs::create_dir_all(path.parent().unwrap_or(&path))
            .and_then(|()| fs::write(&path, text))
            .with_context(|| format!("{} could not be written", path.display()))?;
    }
    println!("{}", path.display());
    Ok(ExitCode::SUCCESS)
}
