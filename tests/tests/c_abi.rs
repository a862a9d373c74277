//! The C ABI from the other side: `tests/c` is compiled with the machine's C and C++ compilers, linked with the
//! static library, with and without Rust's standard library in it, and run.
#![cfg(target_os = "linux")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use cargo_metadata::MetadataCommand;

/// All warnings there are, each of them fatal.
const STRICT: [&str; 4] = ["-Wall", "-Wextra", "-Werror", "-pedantic"];
/// What Rust's standard library asks the linker for, and the C program.
const SYSTEM: [&str; 3] = ["-pthread", "-lm", "-ldl"];
/// Memory functions that Rust takes for granted on every target.
const ASSUMED: [&str; 4] = ["memcpy", "memmove", "memset", "memcmp"];

static WITH_STD: LazyLock<PathBuf> = LazyLock::new(|| library("debug", &[]));
static BARE: LazyLock<PathBuf> =
    LazyLock::new(|| library("bare", &["--profile", "bare", "--no-default-features"]));

fn root() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}

/// Runs a program that must end well; returns what it wrote.
fn run(command: &mut Command) -> String {
    let output = output(command);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{command:?} ended with {}:\n{text}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

fn output(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"))
}

/// Builds the static library; `folder` is its profile's.
fn library(folder: &str, options: &[&str]) -> PathBuf {
    let build = ["build", "--package", "vcable-core-c", "--locked"];
    run(Command::new(env!("CARGO")).args(build).args(options).current_dir(root()));
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata");
    metadata.target_directory.into_std_path_buf().join(folder).join("libvcable_core.a")
}

/// A compiler of C (`CC`, or cc) or C++ (`CXX`, or c++) that finds the header.
fn compiler(variable: &str, usual: &str, standard: &str) -> Command {
    let mut compiler = Command::new(std::env::var_os(variable).unwrap_or_else(|| usual.into()));
    compiler.arg(format!("-std={standard}")).args(STRICT).arg("-I").arg(root().join("include"));
    compiler
}

fn c(standard: &str) -> Command {
    let mut c = compiler("CC", "cc", standard);
    // For threads; plain C has none.
    c.arg("-D_POSIX_C_SOURCE=200809L");
    c
}

fn cpp(standard: &str) -> Command {
    compiler("CXX", "c++", standard)
}

/// The files of `tests/c` with this extension.
fn sources(extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("tests/c")).expect("the folder of the C program");
    let mut sources: Vec<_> = entries.map(|entry| entry.expect("its entries").path()).collect();
    sources.retain(|path| path.extension() == Some(OsStr::new(extension)));
    sources.sort();
    sources
}

/// Compiles and links into `folder`; returns what the program wrote.
fn built_and_run(compiler: &mut Command, extension: &str, library: &Path, folder: &Path) -> String {
    let program = folder.join("program");
    run(compiler.arg("-O1").args(sources(extension)).arg(library).args(SYSTEM).arg("-o").arg(&program));
    run(&mut Command::new(program))
}

/// What the C program must have shown: every refusal that bad input alone can bring about.
fn judge(text: &str) {
    println!("{text}");
    for status in (-16..0).map(|status| format!("\n{status:4}  ")) {
        assert!(text.contains(&status), "no call was refused with{status}");
    }
    assert!(text.lines().last().is_some_and(|line| line.ends_with("checks hold")));
}

#[test]
fn a_c_program_passes_sound_through_the_library() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    judge(&built_and_run(&mut c("c11"), "c", &WITH_STD, folder.path()));
}

#[test]
fn a_c_program_passes_sound_through_the_bare_library() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    judge(&built_and_run(&mut c("c99"), "c", &BARE, folder.path()));
}

#[test]
fn a_cpp_program_links_with_the_library() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let text = built_and_run(&mut cpp("c++11"), "cpp", &WITH_STD, folder.path());
    assert!(text.starts_with("done: "), "{text}");
}

/// Without anything included before it, in every standard that hosts are written in.
#[test]
fn the_header_stands_for_itself() {
    let header = root().join("include/vcable.h");
    for standard in ["c99", "c11", "c17"] {
        run(c(standard).args(["-fsyntax-only", "-x", "c"]).arg(&header));
    }
    for standard in ["c++11", "c++17", "c++20"] {
        run(cpp(standard).args(["-fsyntax-only", "-x", "c++"]).arg(&header));
    }
}

/// Every function of the ABI linked with nothing else: neither a C library nor an allocator is asked for, and what is
/// called in a panic is not reached from any of them.
#[test]
fn the_bare_library_needs_nothing_and_cannot_panic() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let symbols = |more: &[&str]| {
        let program = folder.path().join("alone");
        let mut link = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
        link.args(["-nostdlib", "-nostartfiles", "-static", "-Wl,--gc-sections", "-Wl,-e,vcable_version"]);
        link.args(functions().iter().map(|name| format!("-Wl,-u,{name}"))).args(more);
        link.args(ASSUMED.map(|name| format!("-Wl,--defsym={name}=vcable_version")));
        run(link.arg(&*BARE).arg("-o").arg(&program));
        run(Command::new("nm").arg(&program))
    };
    let text = symbols(&[]);
    for name in functions() {
        assert!(text.contains(&format!(" T {name}\n")), "{name} is not linked");
    }
    assert!(!text.contains("vcable_core_panicked"), "a panic can be reached");
    // It would be seen.
    assert!(symbols(&["-Wl,-u,vcable_core_panicked"]).contains("vcable_core_panicked"));
}

/// The functions that the header declares.
fn functions() -> Vec<String> {
    let header = std::fs::read_to_string(root().join("include/vcable.h")).expect("the header");
    let declared = header.lines().filter(|line| !line.starts_with("//")).filter_map(|line| {
        let (before, _) = line.split_once('(')?;
        let name = before.rsplit([' ', '*']).next()?;
        name.starts_with("vcable_").then(|| name.to_owned())
    });
    let functions: Vec<_> = declared.collect();
    assert!(functions.len() > 20, "{functions:?}");
    functions
}
