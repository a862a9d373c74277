//! Single soft pulses in place of numbers: what a resampler has passed can be found in time as well.

use std::f64::consts::TAU;
use std::sync::atomic::Ordering;

use rtrb::Producer;

use crate::ends::{Cycle, End, Latency, Shared};

/// Frames from one pulse to the next: longer than any latency.
const SPACING_FRAMES: u64 = 12_000;

/// Frames of a pulse, a raised cosine. Its spectrum ends far below what a resampler cuts off.
const PULSE_FRAMES: u64 = 48;

/// A pulse begins and ends where samples become this large.
const AUDIBLE: f64 = 1e-4;

/// So many quiet frames end a pulse.
const QUIET_FRAMES: u32 = 96;

/// Plays pulses.
pub(crate) struct Pulser {
    pub(crate) shared: std::sync::Arc<Shared>,
    pub(crate) next_frame: u64,
}

impl End for Pulser {
    fn process(&mut self, cycle: Cycle, samples: &mut [f32]) {
        for (at, sample) in samples.iter_mut().enumerate() {
            let place = self.next_frame % SPACING_FRAMES;
            self.next_frame += 1;
            if place == PULSE_FRAMES / 2 {
                let centre_ns = cycle.clock_ns + (at as f64 * cycle.frame_ns()) as u64;
                self.shared.pulse_ns.store(centre_ns, Ordering::Relaxed);
            }
            *sample = if place < PULSE_FRAMES {
                (0.25 - 0.25 * (TAU * place as f64 / PULSE_FRAMES as f64).cos()) as f32
            } else {
                0.0
            };
        }
        self.shared.writer.count(cycle, samples.len());
    }
}

/// Finds the centres of pulses.
pub(crate) struct Listener {
    shared: std::sync::Arc<Shared>,
    latencies: Producer<Latency>,
    /// Sum of the samples of the pulse that is being heard, and of these times their distance from its beginning.
    weight: f64,
    moment: f64,
    heard_frames: u32,
    quiet_frames: u32,
    began_ns: f64,
}

impl Listener {
    pub(crate) fn new(shared: std::sync::Arc<Shared>, latencies: Producer<Latency>) -> Self {
        Self { shared, latencies, weight: 0.0, moment: 0.0, heard_frames: 0, quiet_frames: 0, began_ns: 0.0 }
    }

    fn end_pulse(&mut self, cycle: Cycle) {
        let pulse_ns = self.shared.pulse_ns.load(Ordering::Relaxed);
        let centre_ns = self.began_ns + self.moment / self.weight * cycle.frame_ns();
        let frames = (centre_ns - pulse_ns as f64) / cycle.frame_ns();
        let wall_ns = cycle.now_ns.saturating_sub(pulse_ns);
        (self.weight, self.moment, self.heard_frames, self.quiet_frames) = (0.0, 0.0, 0, 0);
        // A full queue means that no one has asked for minutes: those values are not missed.
        let _ = self.latencies.push(Latency { frames, wall_ns });
    }
}

impl End for Listener {
    fn process(&mut self, cycle: Cycle, samples: &mut [f32]) {
        for (at, sample) in samples.iter().enumerate() {
            let sample = f64::from(*sample);
            let is_quiet = sample.abs() < AUDIBLE;
            if self.heard_frames == 0 {
                if is_quiet {
                    continue;
                }
                self.began_ns = cycle.clock_ns as f64 + at as f64 * cycle.frame_ns();
            }
            self.weight += sample;
            self.moment += sample * f64::from(self.heard_frames);
            self.heard_frames += 1;
            self.quiet_frames = if is_quiet { self.quiet_frames + 1 } else { 0 };
            if self.quiet_frames == QUIET_FRAMES {
                self.end_pulse(cycle);
            }
        }
        self.shared.reader.count(cycle, samples.len());
    }
}
