//! Processor time, in rounds: in each, every engine has its turn, so that whatever else the machine does hits all alike.

use std::time::Duration;

use anyhow::Result;
use nix::time::{ClockId, clock_gettime};
use tempfile::NamedTempFile;

use crate::engine::{MAX_CHUNK_FRAMES, Puller};
use crate::line::{Kind, Line, Rates, TWO_CLOCKS, UP};
use crate::spa::{Spa, wav};

/// Chunks, in output frames.
pub(crate) const CHUNK_FRAMES: [usize; 3] = [64, 256, MAX_CHUNK_FRAMES];
/// Rounds of which the median counts.
const ROUNDS: usize = 60;
/// What a turn takes, about.
const TURN_SECONDS: f64 = 0.002;
/// Starting a program takes longer than that, so programs have their turns in every so many rounds.
const PROGRAM_EVERY: usize = 4;
/// Seconds of sound in the files for PipeWire's tool: the time of the short one is taken off that of the long one.
const FILE_SECONDS: [usize; 2] = [20, 1];

/// The conversions timed: the step another one in each chunk, or fixed.
const MODES: [(Rates, bool); 2] = [(TWO_CLOCKS, true), (UP, false)];

/// Something that takes its turn: seconds per output frame.
enum Racer {
    Here { puller: Puller, rates: Rates, varying: bool, chunk: usize, chunks: usize, cycle: u32 },
    Program { spa: Spa, rates: Rates, files: [NamedTempFile; 2], output: NamedTempFile },
}

impl Racer {
    /// None when it is not its turn.
    fn turn(&mut self, round: usize) -> Result<Option<f64>> {
        match self {
            Self::Here { puller, rates, varying, chunk, chunks, cycle } => {
                let started = cpu_time()?;
                for _ in 0..*chunks {
                    // A clock-drift loop never stands still: a tenth of a ppm from one chunk to the next.
                    *cycle = cycle.wrapping_add(1);
                    let wander = if *varying { 1e-7 * f64::from(*cycle % 64) } else { 0.0 };
                    puller.pull(rates.step() * (1.0 + wander), *chunk);
                }
                let taken = cpu_time()?.saturating_sub(started);
                Ok(Some(taken.as_secs_f64() / (*chunks * *chunk) as f64))
            }
            Self::Program { .. } if round % PROGRAM_EVERY != 0 => Ok(None),
            Self::Program { spa, rates, files: [long, short], output } => {
                let beyond = spa.run(*rates, long, output)?.as_secs_f64()
                    - spa.run(*rates, short, output)?.as_secs_f64();
                let seconds = (FILE_SECONDS[0] - FILE_SECONDS[1]) as f64;
                Ok(Some(beyond / (seconds * f64::from(rates.output_hz))))
            }
        }
    }
}

/// Processor time of this thread: what others run in between does not count.
fn cpu_time() -> Result<Duration> {
    Ok(Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?))
}

/// A signal of all frequencies up to a third of the rate, which leaves no samples zero.
fn signal(frames: usize) -> Vec<f32> {
    (0..frames).map(|n| (n as f32 * 0.002 * (1 + n % 7) as f32).sin() * 0.5).collect()
}

fn racer(line: &Line, (rates, varying): (Rates, bool), chunk: usize) -> Result<Option<Racer>> {
    if let Kind::Spa(spa) = line.kind {
        // It has no chunks to choose: the files are read in blocks of its own.
        if chunk != MAX_CHUNK_FRAMES {
            return Ok(None);
        }
        let file = |seconds: usize| wav(rates.input_hz, &signal(seconds * rates.input_hz as usize));
        let files = [file(FILE_SECONDS[0])?, file(FILE_SECONDS[1])?];
        return Ok(Some(Racer::Program { spa, rates, files, output: NamedTempFile::with_suffix(".wav")? }));
    }
    let varying = varying && line.kind.varies();
    let puller = line.kind.puller(rates, &signal(32_768))?;
    let Some(puller) = puller else { return Ok(None) };
    let mut racer = Racer::Here { puller, rates, varying, chunk, chunks: 8, cycle: 0 };
    // The fastest of a few short turns tells how long a turn should be.
    let mut best = f64::MAX;
    for _ in 0..4 {
        best = best.min(racer.turn(0)?.unwrap_or(f64::MAX));
    }
    if let Racer::Here { chunks, .. } = &mut racer {
        *chunks = (TURN_SECONDS / (best * chunk as f64)).ceil() as usize;
    }
    Ok(Some(racer))
}

/// Times every line in every mode.
///
/// # Errors
/// When a peer fails.
pub(crate) fn time(lines: &mut [Line]) -> Result<()> {
    for (mode, rates) in MODES.into_iter().enumerate() {
        for (size, chunk) in CHUNK_FRAMES.into_iter().enumerate() {
            let mut racers = Vec::new();
            for line in lines.iter() {
                racers.push(racer(line, rates, chunk)?);
            }
            let mut times = vec![[None; ROUNDS]; racers.len()];
            for round in 0..ROUNDS {
                for (racer, times) in racers.iter_mut().zip(&mut times) {
                    times[round] = racer.as_mut().map_or(Ok(None), |racer| racer.turn(round))?;
                }
            }
            let output_hz = f64::from(rates.0.output_hz);
            for (line, own) in lines.iter_mut().zip(&times) {
                let speed = median(own.iter().flatten().map(|seconds| 1.0 / (seconds * output_hz)));
                let slower = median(own.iter().zip(&times[0]).filter_map(|(a, b)| Some((*a)? / (*b)?)));
                let speeds = if mode == 0 { &mut line.figures.varying } else { &mut line.figures.fixed };
                speeds[size] = speed;
                line.figures.slower[mode][size] = slower;
            }
        }
    }
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
