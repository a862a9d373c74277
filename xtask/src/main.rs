//! The developers' commands of vcable, run as `cargo xtask <command>`.
//!
//! This crate compiles without any system library, because it is what installs them. So it knows the
//! other crates of the workspace only through cargo: the demo and the end-to-end tests are programs of
//! `vcable-tests`, built and run here.

mod commands;
mod exports;
mod fuzzing;
mod header;
mod host;
mod needs;
mod process;
mod roots;
mod seal;
mod tally;
mod toolchain;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The developers' commands of vcable, a virtual audio cable for PipeWire.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build libspa-vcable.so and check what it exports
    Build(commands::build::Args),
    /// Build, then put the plugin and its drop-in where PipeWire looks for them
    Install(commands::install::Args),
    /// Remove what `install` put there
    Uninstall(commands::install::Args),
    /// Send sound through a cable in a private PipeWire and show what it measures
    Demo(commands::demo::Args),
    /// Play a WAV file through vcable.sys, loaded into a host that runs here, and compare the recording
    DriverDemo(commands::driver_demo::Args),
    /// Make include/vcable.h anew from core/src/ffi
    Header(commands::header::Args),
    /// Build the core as a static library for hosts in other languages
    Library(commands::library::Args),
    /// Build vcable.sys, the driver for Windows, for x64 and ARM64
    Driver(commands::driver::Args),
    /// Give arbitrary input to the core, ten minutes for each target unless told otherwise
    Fuzz(commands::fuzz::Args),
    /// Measure which lines of the core the tests run
    Coverage(commands::coverage::Args),
    /// Run every check and test of the project
    Test(commands::test::Args),
    /// Measure speed: our resamplers beside those that Debian packages, conversions and mixes beside memcpy
    Bench(commands::bench::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Build(args) => commands::build::run(&args),
        Command::Install(args) => commands::install::install(&args),
        Command::Uninstall(args) => commands::install::uninstall(&args),
        Command::Demo(args) => commands::demo::run(&args),
        Command::DriverDemo(args) => commands::driver_demo::run(&args),
        Command::Header(args) => commands::header::run(&args),
        Command::Library(args) => commands::library::run(&args),
        Command::Driver(args) => commands::driver::run(&args),
        Command::Fuzz(args) => commands::fuzz::run(&args),
        Command::Coverage(args) => commands::coverage::run(&args),
        Command::Test(args) => commands::test::run(&args),
        Command::Bench(args) => commands::bench::run(&args),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
