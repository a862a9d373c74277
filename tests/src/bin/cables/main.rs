//! What cables cost beside as many `pw-loopback`s, in turns: `cargo xtask bench cables` builds and runs it.
//!
//! `cables --plugin LIBSPA_VCABLE_SO --measure VCABLE_MEASURE`
//!
//! Each cable has a player and a recorder of its own. Counted is the processor time of the daemon and of the
//! `pw-loopback`s, per second of sound that one recorder heard: where the machine cannot keep up, less is heard, and
//! what is heard costs the same.

mod bench;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};

fn main() -> ExitCode {
    let outcome =
        paths(std::env::args_os().skip(1)).and_then(|[plugin, measure]| bench::run(&plugin, &measure));
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn paths(mut arguments: impl Iterator<Item = std::ffi::OsString>) -> Result<[PathBuf; 2]> {
    let mut path = |option: &str| {
        ensure!(arguments.next().is_some_and(|word| word == option), "{option} comes here");
        arguments.next().map(PathBuf::from).with_context(|| format!("{option} needs a path"))
    };
    Ok([path("--plugin")?, path("--measure")?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_paths_are_needed() {
        let paths = |words: &[&str]| paths(words.iter().map(Into::into));
        assert_eq!(
            paths(&["--plugin", "p", "--measure", "m"]).expect("paths"),
            ["p", "m"].map(PathBuf::from)
        );
        assert!(paths(&["--plugin", "p"]).is_err());
        assert!(paths(&["--plugin", "p", "--measure"]).is_err());
    }
}
