//! A JACK client with a port each way, told on standard input what to do: `reset`, `report`, `freewheel on|off`; each is
//! answered with one line: `ok`, `error ...`, or the report as JSON. See `vcable_tests::jack`.

mod fence;

use std::io::{BufRead as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};
use vcable_tests::jack::Heard;

use fence::{Callbacks, Client};

/// As many numbers as a sample of 24 bits beside zero can carry.
const NUMBERS: u64 = (1 << 24) - 1;
const SCALE: f32 = 16_777_216.0;

fn main() -> Result<()> {
    let name = std::env::args().nth(1).context("usage: vcable-jack NAME")?;
    let client = Client::open(&name)?;
    let shared = Arc::new(Shared::default());
    let heard = Heard::default();
    client.run(Deck { played_frames: 0, expected: None, heard, shared: Arc::clone(&shared) })?;
    let mut output = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        match obey(&client, &shared, &line?) {
            Ok(answer) => writeln!(output, "{answer}")?,
            Err(error) => writeln!(output, "error {error:#}")?,
        }
        output.flush()?;
    }
    Ok(())
}

fn obey(client: &Client, shared: &Shared, line: &str) -> Result<String> {
    let report = || shared.report.lock().unwrap_or_else(PoisonError::into_inner);
    match line {
        "reset" => *report() = None,
        "report" => {
            let mut heard = report().clone().unwrap_or_default();
            heard.freewheels = shared.freewheels.load(Ordering::Relaxed);
            return Ok(serde_json::to_string(&heard)?);
        }
        "freewheel on" => client.set_freewheel(true)?,
        "freewheel off" => client.set_freewheel(false)?,
        _ => bail!("unknown command {line:?}"),
    }
    Ok("ok".to_owned())
}

/// What the callbacks and the main thread share.
#[derive(Default)]
struct Shared {
    /// What was heard since the last reset; `None` for one that the callback has yet to see.
    report: Mutex<Option<Heard>>,
    freewheels: AtomicBool,
}

/// Plays numbers and hears them.
struct Deck {
    played_frames: u64,
    /// The number to come next.
    expected: Option<u64>,
    heard: Heard,
    shared: Arc<Shared>,
}

impl Deck {
    fn hear(&mut self, input: &[f32]) {
        let mut is_first = true;
        for (at, sample) in (0_i64..).zip(input) {
            let Some(number) = number(*sample, self.played_frames) else {
                let is_silent = *sample == 0.0;
                let heard = &mut self.heard;
                *if is_silent { &mut heard.silent_frames } else { &mut heard.corrupt_frames } += 1;
                continue;
            };
            if std::mem::take(&mut is_first) {
                let latency = self.played_frames as i64 + at - number as i64;
                *self.heard.latencies.entry(latency).or_default() += 1;
            }
            let expected = self.expected.replace(number + 1).unwrap_or(number);
            self.heard.decoded_frames += 1;
            self.heard.lost_frames += number.saturating_sub(expected);
            self.heard.repeated_frames += expected.saturating_sub(number);
        }
    }
}

impl Callbacks for Deck {
    fn process(&mut self, input: &[f32], output: &mut [f32]) {
        self.heard.cycles += 1;
        self.heard.frames += input.len() as u64;
        self.heard.quantum = input.len() as u32;
        self.hear(input);
        for (sample, number) in output.iter_mut().zip(self.played_frames..) {
            *sample = (number % NUMBERS + 1) as f32 / SCALE;
        }
        self.played_frames += input.len() as u64;
        // Never waits: the main thread gets it a cycle later.
        if let Ok(mut report) = self.shared.report.try_lock() {
            if report.is_none() {
                (self.heard, self.expected) = (Heard::default(), None);
            }
            *report = Some(self.heard.clone());
        }
    }

    fn freewheel(&self, is_on: bool) {
        self.shared.freewheels.store(is_on, Ordering::Relaxed);
    }
}

/// The number that a sample carries: the last one that was played before `played_frames`.
fn number(sample: f32, played_frames: u64) -> Option<u64> {
    let code = sample * SCALE;
    let is_number = (1.0..=NUMBERS as f32).contains(&code) && code.fract() == 0.0;
    let residue = if is_number { code as u64 - 1 } else { return None };
    let last = played_frames.checked_sub(1)?;
    let back = (last % NUMBERS + NUMBERS - residue) % NUMBERS;
    last.checked_sub(back)
}
