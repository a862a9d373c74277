//! Our resamplers beside the ones that Debian packages, measured and timed in one run, so that the ratios between
//! them mean something on a machine that others use too. Run by `cargo xtask bench resample`.

mod engine;
#[path = "../../../core/tests/resample/fit.rs"]
mod fit;
mod line;
mod peer;
mod quality;
mod spa;
#[path = "../../../core/tests/resample/spectrum.rs"]
#[expect(dead_code, reason = "shared with the core's own tests, which use all of it")]
mod spectrum;
mod speed;
mod table;

use anyhow::Result;

fn main() -> Result<()> {
    println!("{}", table::METHOD);
    let mut lines = line::all();
    for line in &mut lines {
        line.measure()?;
    }
    speed::time(&mut lines)?;
    table::print(&lines);
    Ok(())
}
