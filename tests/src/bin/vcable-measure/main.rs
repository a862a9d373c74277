//! A measuring client: a writer and a reader in one process, told on standard input what to do.
//!
//! `pulses`, `stall MICROSECONDS`, `start writer|reader [LATENCY]`, `stop writer|reader`, `group [NAME]`, `reset`,
//! `report`; each is answered with one line: `ok`, `error ...`, or the report as JSON. See `vcable_tests::measure`.

mod ends;
mod filter;
mod pulse;

use std::io::{BufRead as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, Result, bail};
use rtrb::{Consumer, RingBuffer};
use vcable_tests::measure::{Pace, Report, Spread};

use ends::{End, Latency, PaceCounters, Reader, Shared, Writer};
use filter::{Direction, Filter, Loop};
use pulse::{Listener, Pulser};

/// A minute and a half of the shortest usual cycles (64 frames at 48 kHz).
const LATENCIES: usize = 1 << 16;

fn main() -> Result<()> {
    let name = std::env::args().nth(1).context("usage: vcable-measure NAME")?;
    let thread = Loop::start()?;
    let mut client = Client {
        name,
        thread: &thread,
        shared: Arc::new(Shared::new()),
        pulses: false,
        writer: None,
        reader: None,
        queue: None,
        seen: Vec::new(),
    };
    let mut output = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        match client.obey(&line?) {
            Ok(answer) => writeln!(output, "{answer}")?,
            Err(error) => writeln!(output, "error {error:#}")?,
        }
        output.flush()?;
    }
    Ok(())
}

struct Client<'a> {
    name: String,
    thread: &'a Loop,
    shared: Arc<Shared>,
    /// The ends that are started play and hear pulses, not numbers.
    pulses: bool,
    writer: Option<Filter<'a>>,
    reader: Option<Filter<'a>>,
    queue: Option<Consumer<Latency>>,
    seen: Vec<Latency>,
}

impl Client<'_> {
    fn obey(&mut self, line: &str) -> Result<String> {
        let words: Vec<_> = line.split_whitespace().collect();
        match *words.as_slice() {
            ["stall", us] => self.shared.stall_ns.store(us.parse::<u64>()? * 1000, Ordering::Relaxed),
            ["pulses"] => self.pulses = true,
            ["start", role] => self.start(role, None)?,
            ["start", role, frames] => self.start(role, Some(frames.parse()?))?,
            ["stop", "writer"] => self.writer = None,
            ["stop", "reader"] => self.reader = None,
            ["group"] => self.set_group("")?,
            ["group", name] => self.set_group(name)?,
            ["reset"] => self.reset(),
            ["report"] => return Ok(serde_json::to_string(&self.report())?),
            _ => bail!("unknown command {line:?}"),
        }
        Ok("ok".to_owned())
    }

    fn start(&mut self, role: &str, latency_frames: Option<u32>) -> Result<()> {
        let name = format!("{}-{role}", self.name);
        let shared = Arc::clone(&self.shared);
        match role {
            "writer" => {
                self.writer = None;
                self.shared.writer.reset.store(true, Ordering::Relaxed);
                let end: Box<dyn End> = if self.pulses {
                    Box::new(Pulser { shared, next_frame: 0 })
                } else {
                    Box::new(Writer { shared })
                };
                self.writer =
                    Some(Filter::connect(self.thread, &name, Direction::Output, latency_frames, end)?);
            }
            "reader" => {
                self.reader = None;
                self.shared.reader.reset.store(true, Ordering::Relaxed);
                self.drain();
                let (latencies, queue) = RingBuffer::new(LATENCIES);
                let end: Box<dyn End> = if self.pulses {
                    Box::new(Listener::new(shared, latencies))
                } else {
                    Box::new(Reader { shared, latencies, expected: None, next: None })
                };
                self.reader =
                    Some(Filter::connect(self.thread, &name, Direction::Input, latency_frames, end)?);
                self.queue = Some(queue);
            }
            _ => bail!("unknown role {role:?}"),
        }
        Ok(())
    }

    fn set_group(&self, name: &str) -> Result<()> {
        self.writer.iter().chain(&self.reader).try_for_each(|filter| filter.set_group(name))
    }

    fn drain(&mut self) {
        if let Some(queue) = &mut self.queue {
            while let Ok(latency) = queue.pop() {
                self.seen.push(latency);
            }
        }
    }

    fn reset(&mut self) {
        self.drain();
        self.seen.clear();
        let shared = &self.shared;
        for pace in [&shared.writer, &shared.reader] {
            pace.reset.store(true, Ordering::Relaxed);
        }
        for counter in
            [&shared.decoded, &shared.silent, &shared.corrupt, &shared.jumps, &shared.lost, &shared.unknown]
        {
            counter.store(0, Ordering::Relaxed);
        }
    }

    fn report(&mut self) -> Report {
        self.drain();
        let mut report = Report {
            writer: pace(&self.shared.writer),
            reader: pace(&self.shared.reader),
            decoded_frames: self.shared.decoded.load(Ordering::Relaxed),
            silent_frames: self.shared.silent.load(Ordering::Relaxed),
            corrupt_frames: self.shared.corrupt.load(Ordering::Relaxed),
            discontinuities: self.shared.jumps.load(Ordering::Relaxed),
            lost_frames: self.shared.lost.load(Ordering::Relaxed),
            unknown_cycles: self.shared.unknown.load(Ordering::Relaxed),
            ..Report::default()
        };
        for latency in &self.seen {
            *report.histogram.entry(latency.frames.round() as i64).or_default() += 1;
        }
        let mut frames: Vec<_> = self.seen.iter().map(|latency| latency.frames).collect();
        let mut wall: Vec<_> = self.seen.iter().map(|latency| latency.wall_ns as f64 / 1e3).collect();
        report.latency_frames = Spread::of(&mut frames);
        report.wall_us = Spread::of(&mut wall);
        report
    }
}

fn pace(counters: &PaceCounters) -> Pace {
    if counters.reset.load(Ordering::Relaxed) {
        return Pace::default();
    }
    let load = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    let elapsed_ns = load(&counters.last_ns).saturating_sub(load(&counters.first_ns));
    let frames = load(&counters.frames_before_last) as f64;
    Pace {
        cycles: load(&counters.cycles),
        frames: load(&counters.frames),
        quantum: counters.quantum.load(Ordering::Relaxed),
        rate: counters.rate.load(Ordering::Relaxed),
        clock_id: counters.clock_id.load(Ordering::Relaxed),
        frames_per_second: if elapsed_ns == 0 { 0.0 } else { frames * 1e9 / elapsed_ns as f64 },
        longest_pause_ns: load(&counters.longest_ns),
        missed_frames: counters.missed.load(Ordering::Relaxed).max(0) as u64,
    }
}
