//! Latency between a writer and a reader, measured with the client `vcable-measure`.
//!
//! The client holds two `pw_filter`s, each with a connection and a data thread of its own, as two programs
//! would. The writer numbers its frames; the reader decodes the numbers and so knows in which cycle of the
//! writer each frame was written. The clock of a cycle is its driver's (`spa_io_clock.nsec`), so a latency
//! in frames is exact; the wall time is read (`CLOCK_MONOTONIC`) at the start of both `process` callbacks.
//!
//! The position that a client reads is shared memory: a late one sees the next cycle's values. Medians are
//! immune; the histogram shows such outliers.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::instance::Instance;
use crate::process::{Output, Process};
use crate::wait::{DEADLINE, poll_until};

/// One of the client's two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Plays numbered frames.
    Writer,
    /// Decodes them.
    Reader,
}

impl Role {
    /// `writer` or `reader`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Writer => "writer",
            Self::Reader => "reader",
        }
    }
}

/// How one end ran since it was started or reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// Calls of `process`.
    pub cycles: u64,
    /// Frames asked for in all cycles.
    pub frames: u64,
    /// Frames of the last cycle.
    pub quantum: u32,
    /// The graph's rate in the last cycle, in Hz.
    pub rate: u32,
    /// The clock of the last cycle: its driver's node id.
    pub clock_id: u32,
    /// Frames per second of `CLOCK_MONOTONIC`, from the first cycle's start to the last one's.
    pub frames_per_second: f64,
    /// The longest time between two cycles, in ns.
    pub longest_pause_ns: u64,
    /// Frames of cycles that went by without this client: what the clock's position advanced by, less what was asked
    /// for. A client that is late by a cycle may see this one cycle too early, so it is exact to one cycle.
    pub missed_frames: u64,
}

/// Statistics over the cycles of the reader.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// How many values.
    pub count: u64,
    /// The middle one.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// Over these values, which get sorted.
    pub fn of(values: &mut [f64]) -> Self {
        values.sort_by(f64::total_cmp);
        let (Some(&min), Some(&max)) = (values.first(), values.last()) else { return Self::default() };
        let median = values.get(values.len() / 2).copied().unwrap_or(min);
        Self { count: values.len() as u64, median, min, max }
    }
}

/// What the client saw since the last reset.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The writer's cycles.
    pub writer: Pace,
    /// The reader's cycles.
    pub reader: Pace,
    /// Frames the reader decoded.
    pub decoded_frames: u64,
    /// Frames of exact zero.
    pub silent_frames: u64,
    /// Samples that are neither zero nor a number of the writer's.
    pub corrupt_frames: u64,
    /// Places where the numbers do not go on by one.
    pub discontinuities: u64,
    /// Frames of the writer's that never arrived, in one place or before and after silence.
    pub lost_frames: u64,
    /// Decoded frames whose cycle was not remembered any more: a latency of more than a thousand cycles.
    pub unknown_cycles: u64,
    /// Latency in frames, one value for each cycle of the reader.
    pub latency_frames: Spread,
    /// How often each latency occurred.
    pub histogram: BTreeMap<i64, u64>,
    /// From the writer's to the reader's `process` of the same frame, in us.
    pub wall_us: Spread,
}

impl Report {
    /// Frames and silence that no missed cycle of the client explains: lost ones, silent ones. Who misses a cycle as a
    /// reader does not hear its frames, and as a writer has none for it.
    pub fn unexplained(&self) -> [u64; 2] {
        [
            self.lost_frames.saturating_sub(self.reader.missed_frames),
            self.silent_frames.saturating_sub(self.writer.missed_frames),
        ]
    }

    /// Whether one of the ends missed cycles.
    pub fn missed_any(&self) -> bool {
        self.writer.missed_frames + self.reader.missed_frames > 0
    }
}

/// A running `vcable-measure`.
#[derive(Debug)]
pub struct Measure {
    process: Process,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    name: String,
}

impl Measure {
    /// Starts the client; its nodes will be `<name>-writer` and `<name>-reader`. `program` is a path that
    /// exists inside the instance's root: a copy is made in the instance's folder.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(instance: &Instance, program: &Path, name: &str) -> Result<Self> {
        let copy = instance.dir().join("vcable-measure");
        if !copy.exists() {
            // Not copied by this process: a child forked meanwhile by another thread would hold the file open
            // for writing, and it could not be started.
            let copied = Command::new("cp").arg(program).arg(&copy).status().context("cp")?;
            ensure!(copied.success(), "cannot copy {}", program.display());
        }
        let mut process = instance.spawn_real_time(&copy.display().to_string(), &[name], Output::Pipe)?;
        let stdin = process.take_stdin().context("stdin of vcable-measure")?;
        let stdout = BufReader::new(process.take_stdout().context("stdout of vcable-measure")?);
        Ok(Self { process, stdin, stdout, name: name.to_owned() })
    }

    /// The process, to stop or kill it.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// The node's name of a role.
    pub fn node(&self, role: Role) -> String {
        format!("{}-{}", self.name, role.word())
    }

    /// The node's only port, as `pw-link` takes it.
    pub fn port(&self, role: Role) -> String {
        format!("{}:port", self.node(role))
    }

    /// Lets the ends that are enabled from now on play and hear single pulses: these are found in time, to a fraction of
    /// a frame, through a resampler too. Nothing but the latency, one value for each pulse, and the paces are reported
    /// then.
    ///
    /// # Errors
    /// The client has ended.
    pub fn use_pulses(&mut self) -> Result<()> {
        self.ask("pulses").map(drop)
    }

    /// Lets the writer's next cycle last that long: a player that stalls.
    ///
    /// # Errors
    /// The client has ended.
    pub fn stall(&mut self, microseconds: u64) -> Result<()> {
        self.ask(&format!("stall {microseconds}")).map(drop)
    }

    /// Creates the node. `latency_frames` is what it asks its driver for (`node.latency`).
    ///
    /// # Errors
    /// The client has ended or refuses.
    pub fn enable(&mut self, role: Role, latency_frames: Option<u32>) -> Result<()> {
        let latency = latency_frames.map(|frames| frames.to_string()).unwrap_or_default();
        self.ask(&format!("start {} {latency}", role.word())).map(drop)
    }

    /// Puts both nodes into a group that has one driver (`node.group`), or with an empty name out of it.
    ///
    /// # Errors
    /// The client has ended or refuses.
    pub fn set_group(&mut self, name: &str) -> Result<()> {
        self.ask(&format!("group {name}")).map(drop)
    }

    /// Destroys the node, and its links with it.
    ///
    /// # Errors
    /// The client has ended or refuses.
    pub fn disable(&mut self, role: Role) -> Result<()> {
        self.ask(&format!("stop {}", role.word())).map(drop)
    }

    /// Forgets everything seen so far.
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
    pub fn report(&mut self) -> Result<Report> {
        let answer = self.ask("report")?;
        serde_json::from_str(&answer).with_context(|| answer.clone())
    }

    /// Resets, and reports once the reader has decoded frames in `cycles` cycles.
    ///
    /// # Errors
    /// Nothing arrives in time.
    pub fn measure(&mut self, cycles: u64) -> Result<Report> {
        self.wait(|report| report.latency_frames.count >= 1)?;
        self.reset()?;
        self.wait(|report| report.latency_frames.count >= cycles)
    }

    /// Waits for a report that satisfies the condition.
    ///
    /// # Errors
    /// There is none in time; the message has the last one.
    pub fn wait(&mut self, condition: impl Fn(&Report) -> bool) -> Result<Report> {
        self.wait_long(0, condition)
    }

    /// As [`Measure::wait`], when as many frames at 48 kHz are to pass first.
    ///
    /// # Errors
    /// As [`Measure::wait`].
    pub fn wait_long(&mut self, frames: u64, condition: impl Fn(&Report) -> bool) -> Result<Report> {
        let mut last = Report::default();
        let deadline = DEADLINE + Duration::from_secs(frames / 48_000);
        poll_until("the measuring client", deadline, || {
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
        ensure!(self.stdout.read_line(&mut answer)? > 0, "vcable-measure ended: {}", self.process.log_tail());
        if let Some(reason) = answer.strip_prefix("error ") {
            bail!("vcable-measure: {reason}");
        }
        Ok(answer)
    }
}
