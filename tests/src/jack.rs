//! A JACK client that plays into a cable and records from it in one callback, as a DAW does: `vcable-jack`.
//!
//! Its frames carry their number, so what it records tells how many frames before it was played, and what is missing.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command};

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::instance::Instance;
use crate::process::{Output, Process};
use crate::wait::{DEADLINE, poll_until};

/// What the client saw since the last reset.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// Calls of the callback, and their frames.
    pub cycles: u64,
    /// Frames of all cycles.
    pub frames: u64,
    /// Frames of the last cycle.
    pub quantum: u32,
    /// Whether JACK has told the client that it freewheels.
    pub freewheels: bool,
    /// Frames that carried a number.
    pub decoded_frames: u64,
    /// Frames of exact zero.
    pub silent_frames: u64,
    /// Samples that are neither zero nor a number.
    pub corrupt_frames: u64,
    /// Frames that never came.
    pub lost_frames: u64,
    /// Frames that came again.
    pub repeated_frames: u64,
    /// How many frames before a cycle's first numbered frame was played, and in how many cycles.
    pub latencies: BTreeMap<i64, u64>,
}

impl Heard {
    /// The latency of nearly all cycles, and how many had another one.
    pub fn latency(&self) -> Option<(i64, u64)> {
        let (&frames, &cycles) = self.latencies.iter().max_by_key(|(_, cycles)| **cycles)?;
        Some((frames, self.latencies.values().sum::<u64>() - cycles))
    }
}

/// The client, running.
#[derive(Debug)]
pub struct Jack {
    process: Process,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    name: String,
}

impl Jack {
    /// Starts the client under `pw-jack`. `program` is a path that exists inside the instance's root: a copy is made in the
    /// instance's folder.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(instance: &Instance, program: &Path, name: &str) -> Result<Self> {
        let copy = instance.dir().join("vcable-jack");
        if !copy.exists() {
            // See `Measure::start`.
            let copied = Command::new("cp").arg(program).arg(&copy).status().context("cp")?;
            ensure!(copied.success(), "cannot copy {}", program.display());
        }
        let copy = copy.display().to_string();
        let mut process = instance.spawn_real_time("pw-jack", &[&copy, name], Output::Pipe)?;
        let stdin = process.take_stdin().context("stdin of vcable-jack")?;
        let stdout = BufReader::new(process.take_stdout().context("stdout of vcable-jack")?);
        Ok(Self { process, stdin, stdout, name: name.to_owned() })
    }

    /// The port that plays, as `pw-link` takes it.
    pub fn output(&self) -> String {
        format!("{}:out", self.name)
    }

    /// The port that records, as `pw-link` takes it.
    pub fn input(&self) -> String {
        format!("{}:in", self.name)
    }

    /// Lets the whole graph run as fast as it can, or at its own pace again.
    ///
    /// # Errors
    /// The client has ended, or JACK refuses.
    pub fn set_freewheel(&mut self, is_on: bool) -> Result<()> {
        self.ask(if is_on { "freewheel on" } else { "freewheel off" }).map(drop)
    }

    /// Forgets everything seen so far, and what number is to come next.
    ///
    /// # Errors
    /// The client has ended.
    pub fn reset(&mut self) -> Result<()> {
        self.ask("reset").map(drop)
    }

    /// What was seen since the last reset.
    ///
    /// # Errors
    /// The client has ended.
    pub fn report(&mut self) -> Result<Heard> {
        let answer = self.ask("report")?;
        serde_json::from_str(&answer).with_context(|| answer.clone())
    }

    /// Waits for a report that satisfies the condition.
    ///
    /// # Errors
    /// There is none in time; the message has the last one.
    pub fn wait(&mut self, condition: impl Fn(&Heard) -> bool) -> Result<Heard> {
        let mut last = Heard::default();
        poll_until("the JACK client", DEADLINE, || {
            last = self.report()?;
            Ok(condition(&last).then(|| last.clone()))
        })
        .with_context(|| format!("last report: {last:?}"))
    }

    fn ask(&mut self, line: &str) -> Result<String> {
        self.process.ensure_running()?;
        writeln!(self.stdin, "{line}")?;
        self.stdin.flush()?;
        let mut answer = String::new();
        ensure!(self.stdout.read_line(&mut answer)? > 0, "vcable-jack ended: {}", self.process.log_tail());
        if let Some(reason) = answer.strip_prefix("error ") {
            bail!("vcable-jack: {reason}");
        }
        Ok(answer)
    }
}
