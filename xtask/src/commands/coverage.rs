//! `cargo xtask coverage`: which lines of the core its tests run.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{needs, process, toolchain, workspace};

/// Least share of lines in percent.
const LEAST_PERCENT: f64 = 90.0;
/// These tests start a cargo of their own, which must not build what they are about with counters in it.
const LEFT_OUT: &str = "links_with_core_alone_and_cannot_panic";

/// Options of `coverage`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Also write the lines that no test runs, as HTML, to the folder `coverage` of the target folder
    #[arg(long)]
    html: bool,
}

/// Lines of one source file.
#[derive(Debug, PartialEq)]
struct Row {
    file: String,
    lines: u64,
    run: u64,
}

impl Row {
    fn percent(&self) -> f64 {
        if self.lines == 0 { 100.0 } else { 100.0 * self.run as f64 / self.lines as f64 }
    }
}

/// Runs the core's tests with counters in every line, and prints a table and the total.
///
/// Code for another processor is not compiled here and not counted. Tests that stand in the same file as what they test
/// are counted with it.
///
/// # Errors
/// When the tests fail, or something needed can't be installed.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    toolchain::ensure_plugin("cargo-llvm-cov", "0.9.1")?;
    let tools = needs::ensure_llvm_tools(&toolchain::llvm_major()?)?;
    let target = workspace::target_dir()?;
    let json = target.join("coverage.json");
    let llvm_cov = |what: &[&str]| {
        let mut cargo = workspace::cargo();
        cargo.arg("llvm-cov").args(what);
        cargo.env("LLVM_COV", &tools.cov).env("LLVM_PROFDATA", &tools.profdata);
        cargo
    };
    let package = ["--package", "vcable-core", "--features", "std,alloc,ffi", "--no-fail-fast", "--json"];
    let mut tests = llvm_cov(&package);
    process::run(tests.arg("--output-path").arg(&json).args(["--", "--skip", LEFT_OUT]))
        .context("the core's tests could not be measured")?;
    if args.html {
        process::run(llvm_cov(&["report", "--html", "--output-dir"]).arg(target.join("coverage")))?;
    }
    let text = std::fs::read_to_string(&json).with_context(|| format!("{} can't be read", json.display()))?;
    let measured = serde_json::from_str(&text).context("cargo-llvm-cov did not write JSON")?;
    let rows = rows(&measured, &workspace::root().join("core/src"));
    let total = print_table(&rows);
    Ok(if enough(&total) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn enough(total: &Row) -> bool {
    total.lines > 0 && total.percent() >= LEAST_PERCENT
}

/// The files in `folder`, but tests.
fn rows(measured: &Value, folder: &Path) -> Vec<Row> {
    let files = measured["data"][0]["files"].as_array().into_iter().flatten();
    let rows = files.filter_map(|file| {
        let path = Path::new(file["filename"].as_str()?).strip_prefix(folder).ok()?;
        let lines = &file["summary"]["lines"];
        let is_test = path.components().any(|part| part.as_os_str() == "tests");
        (!is_test).then_some(Row {
            file: path.display().to_string(),
            lines: lines["count"].as_u64()?,
            run: lines["covered"].as_u64()?,
        })
    });
    rows.collect()
}

fn print_table(rows: &[Row]) -> Row {
    let mut total = Row { file: "core/src in all".to_owned(), lines: 0, run: 0 };
    println!("{:<36} {:>7} {:>7} {:>8}", "file", "lines", "run", "");
    for row in rows {
        print_row(row);
        total.lines += row.lines;
        total.run += row.run;
    }
    print_row(&total);
    if !enough(&total) {
        println!("less than {LEAST_PERCENT} %");
    }
    total
}

fn print_row(row: &Row) {
    println!("{:<36} {:>7} {:>7} {:>6.1} %", row.file, row.lines, row.run, row.percent());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sources_themselves_count() {
        let file = |name: &str, count: u64, covered: u64| serde_json::json!({ "filename": name, "summary": { "lines": { "count": count, "covered": covered } } });
        let measured = serde_json::json!({ "data": [{ "files": [
            file("/w/core/src/ring/mod.rs", 10, 9),
            file("/w/core/src/resample/tests/twin.rs", 50, 50),
            file("/w/core/tests/ring.rs", 50, 50),
        ] }] });
        let rows = rows(&measured, Path::new("/w/core/src"));
        assert_eq!(rows, [Row { file: "ring/mod.rs".into(), lines: 10, run: 9 }]);
        assert!(enough(&rows[0]));
        assert!(!enough(&Row { run: 8, ..print_table(&rows) }));
        assert!(!enough(&print_table(&[])));
    }
}
