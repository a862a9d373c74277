//! The demonstration that `cargo xtask demo` builds and runs: real clients send sound through a cable in a
//! private PipeWire, and through the two usual ways to loop sound back, and what arrives is measured.
//!
//! `demo --plugin LIBSPA_VCABLE_SO --measure VCABLE_MEASURE [--json] [--keep] [FILE.wav]`

mod figures;
mod file;
mod passing;
mod screen;
mod session;
mod timing;
mod way;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use vcable_tests::{Root, Scratch};

use figures::Figures;
use file::UserFile;
use session::Session;

/// What the command line asks for.
#[derive(Default)]
struct Wishes {
    plugin: PathBuf,
    measure: PathBuf,
    json: bool,
    keep: bool,
    file: Option<PathBuf>,
}

impl Wishes {
    fn read(mut arguments: impl Iterator<Item = std::ffi::OsString>) -> Result<Self> {
        let mut wishes = Self::default();
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--plugin") => wishes.plugin = arguments.next().context("--plugin needs a path")?.into(),
                Some("--measure") => {
                    wishes.measure = arguments.next().context("--measure needs a path")?.into();
                }
                Some("--json") => wishes.json = true,
                Some("--keep") => wishes.keep = true,
                Some(option) if option.starts_with("--") => bail!("unknown option {option}"),
                _ if wishes.file.is_some() => bail!("more than one file was named"),
                _ => wishes.file = Some(argument.into()),
            }
        }
        Ok(wishes)
    }
}

fn main() -> ExitCode {
    let outcome = Wishes::read(std::env::args_os().skip(1)).and_then(|wishes| run(&wishes));
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(wishes: &Wishes) -> Result<ExitCode> {
    let file = wishes.file.as_deref().map(UserFile::open).transpose()?;
    let scratch = Scratch::new()?;
    match demonstrate(wishes, file, &scratch) {
        Ok(figures) => {
            if wishes.json {
                println!("{}", serde_json::to_string_pretty(&figures)?);
            } else {
                print!("{}", screen::draw(&figures));
            }
            if wishes.keep {
                scratch.keep();
            } else if !figures.is_good() {
                eprintln!("The logs are kept in {}", scratch.keep().display());
            }
            Ok(if figures.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Err(error) => {
            let kept = scratch.keep();
            Err(error
                .context(format!("the demo did not come to its end; its logs are in {}", kept.display())))
        }
    }
}

fn demonstrate(wishes: &Wishes, file: Option<UserFile>, scratch: &Scratch) -> Result<Figures> {
    let sound = file.as_ref().map_or_else(passing::noise_to_send, |file| file.sound().clone());
    eprintln!("Starting a private PipeWire ...");
    let session = Session::start(&Root::host()?, &wishes.plugin, &sound, wishes.keep, scratch)?;
    let passed = passing::through_all(&session, &sound)?;
    let timed = timing::in_turns(&session, &wishes.measure)?;
    let mut figures = Figures::of(&session, &sound, &passed, &timed)?;
    if let Some(file) = file {
        figures.file = Some(file.deliver(&passed)?);
    }
    if wishes.keep {
        session.leave_running()?;
    }
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(words: &[&str]) -> Result<Wishes> {
        Wishes::read(words.iter().map(Into::into))
    }

    #[test]
    fn the_command_line_is_understood() {
        let read = wishes(&["--plugin", "p.so", "--measure", "m", "--json", "a.wav"]).expect("valid");
        assert_eq!((read.plugin, read.measure), ("p.so".into(), "m".into()));
        assert_eq!((read.json, read.keep, read.file), (true, false, Some("a.wav".into())));
        assert!(wishes(&["--jsno"]).is_err());
        assert!(wishes(&["a.wav", "b.wav"]).is_err());
        assert!(wishes(&["--plugin"]).is_err());
    }
}
