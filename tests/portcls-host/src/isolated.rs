//! Tests in processes of their own.

use std::any::type_name;
use std::process::Command;

/// Set in the process that runs the test itself.
const INSIDE: &str = "VCABLE_HOST_INSIDE";

/// The stack of a test: the driver's part of it is limited apart from this.
const STACK_BYTES: usize = 8 << 20;

/// Runs `test`, a function of libtest's or a closure in one, in a process of its own.
///
/// # Panics
/// When it fails there, or does what a driver must not.
pub fn isolated<F: FnOnce() + Send + 'static>(test: F) {
    if std::env::var_os(INSIDE).is_some() {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(test).expect("a thread");
        thread.join().expect("the test passes");
        return;
    }
    let path = type_name::<F>().trim_end_matches("::{{closure}}");
    let name = path.split_once("::").map_or(path, |(_, name)| name);
    let program = std::env::current_exe().expect("this program has a path");
    let arguments = [name, "--exact", "--nocapture", "--include-ignored", "--test-threads=1"];
    let output = Command::new(program).args(arguments).env(INSIDE, "1").output().expect("the test starts");
    let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name} ended with {}:\n{error}", output.status);
    assert!(out.contains("1 passed"), "{name} was not found:\n{out}");
    // The first of them stands behind the test's name.
    for (_, what) in out.lines().filter_map(|line| line.split_once(MEASURED)) {
        println!("{MEASURED}{what}");
    }
}

/// Begins a line that a test wants to be seen when it passes.
const MEASURED: &str = "measured: ";

/// Prints a figure, through to the log of the run.
pub fn measured(what: &str) {
    println!("{MEASURED}{what}");
}
