//! The steps of the test run, in order: what is quick and what breaks most often comes first.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::step::{Bench, Step, Verdict};
use crate::commands::build;
use crate::fuzzing::{self, Plan};
use crate::tally::Tally;
use crate::{planted, roots, sanitizers, workspace};

/// All steps, in the order in which they run.
pub(super) const STEPS: &[Step] = &[
    Step { name: "fmt", title: "the form of the sources", run: fmt },
    Step { name: "clippy", title: "lints of all crates and targets", run: clippy },
    Step { name: "doc", title: "the documentation, its links included", run: doc },
    Step { name: "unit", title: "unit, property and documentation tests", run: unit },
    Step { name: "miniport", title: "tests of the Windows driver's crates, on this system", run: miniport },
    Step { name: "harness", title: "the tools that the end-to-end tests measure with", run: harness },
    Step { name: "loom", title: "ring and clock under every interleaving, each ordering needed", run: loom },
    Step { name: "bare", title: "the core on bare targets: no allocator, no panic, no AVX", run: bare },
    Step { name: "headers", title: "the driver's declarations against mingw-w64's headers", run: headers },
    Step { name: "driver", title: "vcable.sys for x64 and ARM64, and what is in it", run: driver },
    Step {
        name: "portcls-host",
        title: "vcable.sys in a host that plays Windows and Driver Verifier",
        run: portcls_host,
    },
    Step {
        name: "planted",
        title: "bugs planted in the Windows driver, which its tests must notice",
        run: planted_bugs,
    },
    Step { name: "fuzz", title: "arbitrary input to the core, for some seconds", run: fuzz },
    Step { name: "plugin", title: "the release build of the plugin, and what it exports", run: plugin },
    Step { name: "roots", title: "other Debian releases to test on", run: other_releases },
    Step { name: "rtsan", title: "the plugin's audio path under RealtimeSanitizer", run: rtsan },
    Step { name: "asan", title: "random operations on a daemon under AddressSanitizer", run: asan },
    Step { name: "e2e", title: "real clients through real PipeWire daemons", run: e2e },
];

fn cargo(args: &[&str]) -> Command {
    let mut cargo = workspace::cargo();
    cargo.args(args);
    cargo
}

fn fmt(bench: &Bench) -> Result<Verdict> {
    let own = bench.check(&mut cargo(&["fmt", "--all", "--check"]))?;
    let fuzz = bench.check(&mut cargo(&["fmt", "--manifest-path", FUZZ, "--check"]))?;
    let miniport = bench.check(&mut cargo(&["fmt", "--all", "--manifest-path", MINIPORT, "--check"]))?;
    Ok(own.and(fuzz).and(miniport))
}

fn clippy(bench: &Bench) -> Result<Verdict> {
    let lints = ["--all-targets", "--features", CORE_FULL, "--", "-D", "warnings"];
    let own = bench.check(cargo(&["clippy", "--workspace"]).args(lints))?;
    // Without the fuzzer itself, whose C++ takes longer than all the rest.
    let fuzz = ["clippy", "--manifest-path", FUZZ, "--locked", "--no-default-features", "--target-dir"];
    let fuzz = bench.check(cargo(&fuzz).arg(bench.target()).args(["--", "-D", "warnings"]))?;
    let miniport =
        ["clippy", "--workspace", "--manifest-path", MINIPORT, "--locked", "--all-targets", "--target-dir"];
    let miniport = bench.check(cargo(&miniport).arg(bench.target()).args(["--", "-D", "warnings"]))?;
    Ok(own.and(fuzz).and(miniport))
}

fn doc(bench: &Bench) -> Result<Verdict> {
    let own = ["doc", "--workspace", "--no-deps", "--features", CORE_FULL];
    let own = bench.check(cargo(&own).env("RUSTDOCFLAGS", "-Dwarnings"))?;
    let miniport =
        ["doc", "--workspace", "--no-deps", "--manifest-path", MINIPORT, "--locked", "--target-dir"];
    let mut miniport = cargo(&miniport);
    miniport.arg(bench.target()).env("RUSTDOCFLAGS", "-Dwarnings");
    Ok(own.and(bench.check(&mut miniport)?))
}

fn unit(bench: &Bench) -> Result<Verdict> {
    let workspace = ["test", "--workspace", "--no-fail-fast", "--exclude", END_TO_END, "--exclude", HOST];
    bench.tests(cargo(&workspace).args(["--features", CORE_FULL]))
}

/// After the step that builds the driver.
fn portcls_host(bench: &Bench) -> Result<Verdict> {
    let mut host = cargo(&["test", "--no-fail-fast", "--package", HOST]);
    host.env("VCABLE_DRIVER", bench.target().join("driver/x64/vcable.sys"));
    bench.tests(&mut host)
}

fn miniport(bench: &Bench) -> Result<Verdict> {
    let tests =
        ["test", "--workspace", "--no-fail-fast", "--manifest-path", MINIPORT, "--locked", "--target-dir"];
    bench.tests(cargo(&tests).arg(bench.target()))
}

/// Builds through a process of its own, so that what the build prints reaches the step's log.
fn driver(bench: &Bench) -> Result<Verdict> {
    let own = std::env::current_exe().context("this program does not know its own path")?;
    let built = bench.check(Command::new(own).arg("driver"))?;
    if built.fault.is_some() {
        return Ok(built);
    }
    let gate = ["test", "--package", GATE, "--manifest-path", MINIPORT, "--locked", "--target-dir"];
    let mut gate = cargo(&gate);
    gate.arg(bench.target()).args(["--", "--ignored"]).env("VCABLE_DRIVERS", bench.target().join("driver"));
    Ok(built.and(bench.tests(&mut gate)?))
}

/// Everything of that crate but the end-to-end tests, which are a step of their own.
fn harness(bench: &Bench) -> Result<Verdict> {
    let mut harness = cargo(&["test", "--no-fail-fast", "--package", END_TO_END, "--lib", "--bins"]);
    for target in workspace::test_targets(END_TO_END)?.iter().filter(|name| *name != "e2e") {
        harness.args(["--test", target]);
    }
    bench.tests(&mut harness)
}

/// The fuzz targets, which are a workspace of their own.
const FUZZ: &str = "core/fuzz/Cargo.toml";

/// The Windows driver, another one.
const MINIPORT: &str = "miniport/Cargo.toml";

/// The crate that looks into a built driver.
const GATE: &str = "vcable-driver-gate";

/// The crate of the host that loads the Windows driver.
const HOST: &str = "vcable-portcls-host";

/// The crate of the end-to-end tests.
const END_TO_END: &str = "vcable-tests";

/// The crate that proves things about the core from outside.
const PROOFS: &str = "vcable-proofs";

/// The features without which half of the core's resamplers and vector loops, and its C ABI, are not there to be tested.
const CORE_FULL: &str = "vcable-core/std,vcable-core/ffi";

/// The models of the core's lock-free parts, in a target folder of their own: their flags rebuild every dependency.
/// They weaken each memory ordering by themselves and print a line on each.
fn loom(bench: &Bench) -> Result<Verdict> {
    let mut cargo = cargo(&["test", "--release", "--no-fail-fast", "--package", PROOFS, "--test", "models"]);
    cargo.env("RUSTFLAGS", "--cfg loom").env("CARGO_PROFILE_RELEASE_LTO", "off");
    cargo.env("CARGO_TARGET_DIR", bench.target().join("loom"));
    bench.tests(&mut cargo)
}

/// Left out of the plain test run, as they need a compiler that not every machine has.
fn bare(bench: &Bench) -> Result<Verdict> {
    let test = ["test", "--package", PROOFS, "--test", "bare", "--", "--ignored", "--nocapture"];
    bench.tests(&mut cargo(&test))
}

fn planted_bugs(bench: &Bench) -> Result<Verdict> {
    let mut verdict = Verdict { tally: Tally::default(), fault: None };
    let mut lines = Vec::new();
    for planted::Outcome { bug, fault } in planted::run()? {
        verdict.tally += Tally::check(fault.is_none());
        lines.push(format!("{}: {}\n", bug.what, fault.as_deref().unwrap_or("noticed")));
        verdict.fault = verdict.fault.or(fault);
    }
    std::fs::write(bench.log(), lines.concat()).context("the log can't be written")?;
    Ok(verdict)
}

/// Left out of the plain test run as well, for the headers that not every machine has.
fn headers(bench: &Bench) -> Result<Verdict> {
    let test = ["test", "--package", "vcable-headers", "--test", "agree", "--", "--ignored", "--nocapture"];
    bench.tests(&mut cargo(&test))
}

fn fuzz(bench: &Bench) -> Result<Verdict> {
    const SECONDS: u64 = 12;
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let plan = Plan { seconds: SECONDS, jobs, log: bench.log().to_owned() };
    let mut verdict = Verdict { tally: Tally::default(), fault: None };
    for outcome in fuzzing::run(&fuzzing::targets()?, &plan)? {
        verdict.tally += Tally::check(outcome.finding.is_none());
        verdict.fault = verdict.fault.or(outcome.finding.map(|what| format!("{}: {what}", outcome.target)));
    }
    Ok(verdict)
}

/// Through a process of its own, so that what the build prints reaches the step's log.
fn plugin(bench: &Bench) -> Result<Verdict> {
    let own = std::env::current_exe().context("this program does not know its own path")?;
    bench.check(Command::new(own).arg("build"))
}

fn other_releases(_: &Bench) -> Result<Verdict> {
    ensure_roots()?;
    Ok(Verdict { tally: Tally::check(true), fault: None })
}

/// Makes the roots that are missing, and names them all as the end-to-end tests want them named.
pub(in crate::commands) fn ensure_roots() -> Result<String> {
    let mut listed = Vec::new();
    for release in roots::RELEASES {
        listed.push(format!("{}={}", release.name, roots::ensure(release)?.display()));
    }
    Ok(listed.join(":"))
}

/// In the virtual host, whose tests take the audio path every way there is.
fn rtsan(bench: &Bench) -> Result<Verdict> {
    bench.tests(&mut sanitizers::realtime_tests()?)
}

fn asan(bench: &Bench) -> Result<Verdict> {
    const SECONDS: &str = "30";
    bench.tests(under_asan(bench, "chaos/")?.env("VCABLE_TEST_SECONDS", SECONDS))
}

/// Trials in a daemon under `AddressSanitizer`: the machine's own, for which the runtime is made.
pub(in crate::commands) fn under_asan(bench: &Bench, filter: &str) -> Result<Command> {
    let built = sanitizers::address(bench.log())?;
    let mut trials = trials(&built.plugin, &built.clock, "", &[filter]);
    trials.env("VCABLE_SANITIZER", built.runtime);
    Ok(trials)
}

/// The end-to-end tests whose names hold one of `filters`, or all. Optimised: the measuring client shares the
/// processors with the daemon.
pub(in crate::commands) fn trials(plugin: &Path, clock: &Path, roots: &str, filters: &[&str]) -> Command {
    let mut cargo = cargo(&["test", "--release", "--package", END_TO_END, "--test", "e2e", "--"]);
    cargo.args(filters).env("VCABLE_TEST_ROOTS", roots).env("VCABLE_PLUGIN", plugin);
    cargo.env("VCABLE_TEST_CLOCK", clock);
    cargo
}

fn e2e(bench: &Bench) -> Result<Verdict> {
    let plugin = build::plugin(false)?;
    let mut verdict = bench.tests(&mut trials(&plugin.path, &build::test_clock()?, &ensure_roots()?, &[]))?;
    // A root that can't be entered leaves its trials out; that must not look like a pass.
    let ignored = verdict.tally.ignored;
    if verdict.fault.is_none() && ignored > 0 {
        verdict.fault = Some(format!("{ignored} trials were left out; the log says why"));
    }
    Ok(verdict)
}
