//! Starting other programs: as root where that is needed, with their output shown and kept.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// What a program that ran to its end left behind.
pub(crate) struct Finished {
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// Both of its output streams, in the order their lines came.
    pub(crate) output: String,
    /// How long it ran.
    pub(crate) elapsed: Duration,
}

/// Whether this program runs as root.
fn is_root() -> bool {
    stdout_of(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0")
}

/// A command that runs `program` as root: directly when we are root, else through sudo.
///
/// # Errors
/// When we are not root and there is no sudo.
pub(crate) fn as_root(program: &str) -> Result<Command> {
    if is_root() {
        return Ok(Command::new(program));
    }
    if !in_path("sudo") {
        bail!("`{program}` must run as root, and sudo is not installed: run this command as root");
    }
    let mut command = Command::new("sudo");
    if !std::io::stdin().is_terminal() {
        // Nobody is there to type a password; fail at once instead of waiting for one.
        command.arg("-n");
    }
    command.arg(program);
    Ok(command)
}

/// Whether a program of that name lies in `PATH` or in the folders of administrators' programs.
pub(crate) fn in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin", "/usr/local/sbin"].map(Into::into))
        .any(|dir| dir.join(program).is_file())
}

/// What a program writes to its standard output, if it starts and ends well.
pub(crate) fn stdout_of(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a program with its output on our standard error, so that standard output stays free for results.
///
/// # Errors
/// When it does not start or does not end well; the text names the command line.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .stdout(std::io::stderr())
        .status()
        .with_context(|| format!("`{}` could not be started", line_of(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", line_of(command));
    }
    Ok(())
}

/// Runs a program, passing its output on line by line while also keeping it in memory and in a log file.
///
/// # Errors
/// When the program does not start or the log file can't be written. A program that ends badly is no
/// error here: see [`Finished::status`].
pub(crate) fn run_logged(command: &mut Command, log: &Path) -> Result<Finished> {
    run_kept(command, log, true)
}

/// The same without passing anything on.
///
/// # Errors
/// As for [`run_logged`].
pub(crate) fn run_quietly(command: &mut Command, log: &Path) -> Result<Finished> {
    run_kept(command, log, false)
}

fn run_kept(command: &mut Command, log: &Path, pass: bool) -> Result<Finished> {
    let started = Instant::now();
    let mut file = File::options().create(true).append(true).open(log).with_context(|| cannot_write(log))?;
    writeln!(file, "$ {}", line_of(command)).with_context(|| cannot_write(log))?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{}` could not be started", line_of(command)))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let kept = Mutex::new((String::new(), file));
    let copied = std::thread::scope(|scope| {
        let errors = scope.spawn(|| stderr.map_or(Ok(()), |pipe| keep(pipe, &kept, pass)));
        let own = stdout.map_or(Ok(()), |pipe| keep(pipe, &kept, pass));
        own.and(errors.join().unwrap_or_else(|_| Err(std::io::Error::other("the copying thread panicked"))))
    });
    let status = child.wait().with_context(|| format!("`{}` was lost", line_of(command)))?;
    copied.with_context(|| cannot_write(log))?;
    let (output, _) = kept.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(Finished { status, output, elapsed: started.elapsed() })
}

fn cannot_write(log: &Path) -> String {
    format!("the log {} can't be written", log.display())
}

/// Copies lines from a pipe to memory and to the log, and with `pass` to our standard error.
fn keep(pipe: impl Read, kept: &Mutex<(String, File)>, pass: bool) -> std::io::Result<()> {
    let mut reader = BufReader::new(pipe);
    let mut bytes = Vec::new();
    while reader.read_until(b'\n', &mut bytes)? > 0 {
        let line = String::from_utf8_lossy(&bytes);
        let mut kept = kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if pass {
            eprint!("{line}");
        }
        kept.0.push_str(&line);
        kept.1.write_all(line.as_bytes())?;
        drop(kept);
        bytes.clear();
    }
    Ok(())
}

/// The command line as one would type it, for messages.
pub(crate) fn line_of(command: &Command) -> String {
    let assignments = command
        .get_envs()
        .filter_map(|(key, value)| Some(format!("{}={:?}", key.to_string_lossy(), value?.to_string_lossy())));
    let program = Path::new(command.get_program());
    let words = std::iter::once(program.file_name().unwrap_or(program.as_os_str()))
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned());
    assignments.chain(words).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_streams_are_kept_and_logged() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        let mut shell = Command::new("sh");
        shell.args(["-c", "echo out; echo err >&2; exit 3"]);
        let finished = run_logged(&mut shell, &log).unwrap();
        assert_eq!(finished.status.code(), Some(3));
        let mut lines: Vec<_> = finished.output.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines, ["err", "out"]);
        let logged = std::fs::read_to_string(log).unwrap();
        assert!(logged.starts_with("$ sh -c") && logged.contains("out\n") && logged.contains("err\n"));
    }

    #[test]
    fn a_command_line_reads_as_typed() {
        let mut command = Command::new("cargo");
        command.args(["test", "-p", "x"]).env("RUSTFLAGS", "--cfg loom");
        assert_eq!(line_of(&command), "RUSTFLAGS=\"--cfg loom\" cargo test -p x");
    }

    #[test]
    fn programs_are_found_by_name() {
        assert!(in_path("sh"));
        assert!(!in_path("no-program-has-this-name"));
    }
}
