//! What `cargo xtask` runs of the host: a demonstration, measurements, and arbitrary input for as long as one likes.

mod bench;
mod demo;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use vcable_portcls_host::fuzz::Fuzzer;
use vcable_portcls_host::machine::Machine;
use vcable_portcls_host::nt::registry;

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["demo", file] => demo::run(Path::new(file)),
        ["bench"] => bench::run(),
        ["fuzz", seconds, seed] => {
            fuzz(seconds.parse().context("seconds")?, seed.parse().context("a seed")?);
            Ok(())
        }
        _ => bail!("usage: vcable-driver-host demo FILE.wav | bench | fuzz SECONDS SEED"),
    }
}

/// Fuzzes with one seed. A finding ends the process.
fn fuzz(seconds: u64, seed: u64) {
    println!("seed {seed}");
    // So that the property of the name is there too.
    registry::set("Cable1", "Name", registry::Value::Text("Music".to_owned()));
    let machine = Machine::start();
    let ends = machine.cable(1).into();
    let done = Fuzzer::new(&ends, seed).run(Duration::from_secs(seconds));
    println!("{done} calls without a finding");
    drop(ends);
    machine.finish();
}
