//! Measures the drift loop in the simulator: a table as Markdown on standard output, the same as CSV, and the
//! settling as a plot.
//!
//! `cargo run --release -p vcable-core --example drift_report -- [FOLDER]` writes `drift.csv` and `drift.svg`
//! into the folder, `target/drift` when none is named.

#[path = "../tests/drift/figures.rs"]
mod figures;
#[path = "../tests/drift/loops.rs"]
#[expect(dead_code, reason = "the deprived loops are for the tests")]
mod loops;
#[path = "../tests/drift/simulator.rs"]
#[expect(dead_code, reason = "not every fault is part of the report")]
mod simulator;

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use figures::Figures;
use loops::RealLoop;
use plotters::prelude::*;
use simulator::{Fault, Sample, Scenario, Side, run};

const SEEDS: u64 = 10;
const SECONDS: f64 = 60.0;
const HEADER: [&str; 11] = [
    "quantum",
    "offset ppm",
    "to 20 ppm s",
    "to 2 ppm s",
    "locked s",
    "residual ppm rms",
    "residual ppm peak",
    "fill rms frames",
    "excursion frames",
    "dry or full",
    "events",
];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).map_or_else(|| PathBuf::from("target/drift"), PathBuf::from);
    fs::create_dir_all(&folder)?;
    println!("48 kHz, 50 us rms jitter on either end, {SECONDS} s; the worst of {SEEDS} seeds each.\n");
    println!("| {} |", HEADER.join(" | "));
    println!("|{}", "---|".repeat(HEADER.len()));
    let mut csv = format!("{}\n", HEADER.join(","));
    for quantum_frames in [64, 256, 1024] {
        for ppm in [1000.0, -1000.0, 100.0, 5000.0, -5000.0] {
            let cells = cells(quantum_frames, ppm, &worst(quantum_frames, ppm));
            println!("| {} |", cells.join(" | "));
            writeln!(csv, "{}", cells.join(","))?;
        }
    }
    fs::write(folder.join("drift.csv"), csv)?;
    plot(&folder.join("drift.svg"))?;
    println!("\nWritten: drift.csv and drift.svg in {}", folder.display());
    Ok(())
}

/// The worst figures over all seeds.
fn worst(quantum_frames: u32, ppm: f64) -> Figures {
    let runs = (0..SEEDS).map(|seed| {
        let scenario = Scenario::new(seed, quantum_frames, ppm, SECONDS);
        Figures::of(&scenario, &mut RealLoop::new(&scenario))
    });
    runs.reduce(Figures::worst).unwrap_or_default()
}

/// A row of the table, in the order of [`HEADER`].
fn cells(quantum_frames: u32, ppm: f64, figures: &Figures) -> [String; 11] {
    [
        quantum_frames.to_string(),
        format!("{ppm:+.0}"),
        format!("{:.2}", figures.within_20_ppm_s),
        format!("{:.2}", figures.within_2_ppm_s),
        format!("{:.2}", figures.locked_s),
        format!("{:.2}", figures.residual_ppm),
        format!("{:.2}", figures.residual_peak_ppm),
        format!("{:.2}", figures.fill_rms_frames),
        format!("{:.1}", figures.excursion_frames),
        (figures.underruns + figures.overruns).to_string(),
        figures.events.to_string(),
    ]
}

/// One run per quantum, from +1000 ppm, with a stall of 100 ms after half a minute: seconds against the size of
/// the pitch error in ppm and against the fill error in frames.
fn plot(path: &Path) -> Result<(), Box<dyn Error>> {
    let root = SVGBackend::new(path, (1000, 800)).into_drawing_area();
    root.fill(&WHITE)?;
    let (pitch_area, fill_area) = root.split_vertically(400);
    let mut pitch = ChartBuilder::on(&pitch_area)
        .caption("Pitch error, ppm (from +1000 ppm; a stall of 100 ms at 30 s)", ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(30)
        .y_label_area_size(60)
        .build_cartesian_2d(0.0..SECONDS, (0.01..2000.0).log_scale())?;
    pitch.configure_mesh().x_desc("seconds").draw()?;
    let mut fill = ChartBuilder::on(&fill_area)
        .caption("Fill error, frames", ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(30)
        .y_label_area_size(60)
        .build_cartesian_2d(0.0..SECONDS, -8.0..8.0)?;
    fill.configure_mesh().x_desc("seconds").draw()?;
    for (quantum_frames, color) in [(1024, GREEN), (256, BLUE), (64, RED)] {
        let samples = samples(quantum_frames);
        let pitches = samples.iter().map(|sample| (sample.seconds, sample.pitch_ppm.abs().max(0.01)));
        pitch
            .draw_series(LineSeries::new(pitches, color))?
            .label(format!("{quantum_frames} frames"))
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], color));
        let fills = samples.iter().map(|sample| (sample.seconds, sample.fill_error.clamp(-8.0, 8.0)));
        fill.draw_series(LineSeries::new(fills, color))?;
    }
    pitch.configure_series_labels().border_style(BLACK).background_style(WHITE).draw()?;
    root.present()?;
    Ok(())
}

/// About a thousand cycles of one run, evenly spread.
fn samples(quantum_frames: u32) -> Vec<Sample> {
    let mut scenario = Scenario::new(1, quantum_frames, 1000.0, SECONDS);
    scenario.faults.push((30.0, Side::Writer, Fault::Lost(0.1)));
    let mut samples: Vec<Sample> = Vec::new();
    run(&scenario, &mut RealLoop::new(&scenario), &mut |sample| {
        let last_s = samples.last().map_or(f64::NEG_INFINITY, |last| last.seconds);
        if sample.seconds - last_s >= SECONDS / 1000.0 {
            samples.push(*sample);
        }
    });
    samples
}
