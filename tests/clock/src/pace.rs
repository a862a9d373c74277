//! When cycles begin.

use std::f64::consts::TAU;

/// After a stall of the whole machine that is longer than this, in ns, the clock starts anew.
const MAX_LATE_NSEC: u64 = 100_000_000;

/// What the clock is to be like.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) channels: u32,
    /// How much faster than nominal.
    ppm: f64,
    /// Amplitude of a slow sine around it.
    wander_ppm: f64,
    wander_seconds: f64,
    /// Lateness of wake-ups, root mean square.
    jitter_us: f64,
    /// Of the jitter, and of the sine's phase.
    seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { channels: 2, ppm: 0.0, wander_ppm: 0.0, wander_seconds: 20.0, jitter_us: 0.0, seed: 1 }
    }
}

impl Settings {
    /// Takes over a property if it is one of ours; `Err` when its value is no sensible number.
    pub(crate) fn set(&mut self, key: &str, value: &str) -> Result<(), ()> {
        let number = |most: f64| value.parse().ok().filter(|number: &f64| number.abs() <= most).ok_or(());
        match key {
            "audio.channels" => {
                self.channels = value.parse().ok().filter(|n| (1..=64).contains(n)).ok_or(())?;
            }
            "clock.ppm" => self.ppm = number(100_000.0)?,
            "clock.wander.ppm" => self.wander_ppm = number(100_000.0)?,
            "clock.wander.seconds" => self.wander_seconds = number(1e6)?.max(0.1),
            "clock.jitter.us" => self.jitter_us = number(1e5)?,
            "clock.seed" => self.seed = value.parse().map_err(drop)?,
            _ => {}
        }
        Ok(())
    }
}

/// A cycle: all times in ns of `CLOCK_MONOTONIC`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cycle {
    /// When it begins, whenever the processor came to it.
    pub(crate) nsec: u64,
    /// When the next one will begin,
    pub(crate) next_nsec: u64,
    /// and when it will be woken for that.
    pub(crate) wake_nsec: u64,
    /// Own rate over the nominal one.
    pub(crate) rate_diff: f64,
}

/// Where the clock stands.
#[derive(Debug)]
pub(crate) struct Pace {
    settings: Settings,
    random: fastrand::Rng,
    phase: f64,
    begin_nsec: u64,
    /// What whole ns leave of the last period; always in 0..1.
    fraction: f64,
    elapsed_seconds: f64,
}

impl Pace {
    pub(crate) fn new(settings: Settings) -> Self {
        let mut random = fastrand::Rng::with_seed(settings.seed);
        let phase = random.f64() * TAU;
        Self { settings, random, phase, begin_nsec: 0, fraction: 0.0, elapsed_seconds: 0.0 }
    }

    /// The next cycle begins at `nsec`.
    pub(crate) fn restart(&mut self, nsec: u64) {
        self.begin_nsec = nsec;
        self.fraction = 0.0;
    }

    /// A cycle of `frames` at `rate_hz`.
    pub(crate) fn advance(&mut self, frames: u64, rate_hz: u32, now_nsec: u64) -> Cycle {
        if now_nsec > self.begin_nsec.saturating_add(MAX_LATE_NSEC) {
            self.restart(now_nsec);
        }
        let set = &self.settings;
        let turn = TAU * self.elapsed_seconds / set.wander_seconds + self.phase;
        let rate_diff = 1.0 + (set.ppm + set.wander_ppm * turn.sin()) * 1e-6;
        let period = frames as f64 * 1e9 / f64::from(rate_hz.max(1)) / rate_diff;
        let exact = period + self.fraction;
        let nsec = self.begin_nsec;
        self.begin_nsec = nsec + exact as u64;
        self.fraction = exact.fract();
        self.elapsed_seconds += period * 1e-9;
        // No later than half a cycle: that would be a broken machine and no jitter.
        let late = (self.normal().abs() * self.settings.jitter_us * 1e3).min(period / 2.0);
        Cycle { nsec, next_nsec: self.begin_nsec, wake_nsec: self.begin_nsec + late as u64, rate_diff }
    }

    /// A normal deviate (Box and Muller).
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.random.f64()).ln()).sqrt();
        radius * (TAU * self.random.f64()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs for that many cycles of 256 frames at 48 kHz: the time, and all cycles.
    fn run(properties: &[(&str, &str)], count: u32) -> (f64, Vec<Cycle>) {
        let mut settings = Settings::default();
        for (key, value) in properties {
            settings.set(key, value).expect(key);
        }
        let mut pace = Pace::new(settings);
        pace.restart(1_000);
        let mut now = 1_000;
        let cycles: Vec<_> = (0..count)
            .map(|_| {
                let cycle = pace.advance(256, 48_000, now);
                now = cycle.wake_nsec;
                cycle
            })
            .collect();
        let seconds = (cycles.last().map_or(0, |cycle| cycle.next_nsec) - 1_000) as f64 * 1e-9;
        (seconds, cycles)
    }

    #[test]
    fn an_hour_is_exact_to_a_nanosecond() {
        for ppm in [0.0, 500.0, -1_000.0] {
            let (seconds, cycles) = run(&[("clock.ppm", &ppm.to_string())], 675_000);
            let exact = 3_600.0 / (1.0 + ppm * 1e-6);
            assert!((seconds - exact).abs() < 2e-9, "{ppm}: {seconds} instead of {exact}");
            assert!(cycles.windows(2).all(|pair| pair[0].next_nsec == pair[1].nsec));
            assert!(cycles.iter().all(|cycle| cycle.wake_nsec == cycle.next_nsec));
        }
    }

    #[test]
    fn jitter_delays_the_wake_up_and_not_the_clock() {
        let (seconds, cycles) = run(&[("clock.jitter.us", "100")], 10_000);
        let (quiet, _) = run(&[], 10_000);
        assert!((seconds - quiet).abs() < 1e-12);
        let square = |cycle: &Cycle| ((cycle.wake_nsec - cycle.next_nsec) as f64 * 1e-3).powi(2);
        let rms = (cycles.iter().map(square).sum::<f64>() / cycles.len() as f64).sqrt();
        assert!((rms - 100.0).abs() < 3.0, "{rms}");
    }

    #[test]
    fn wander_swings_around_the_offset_and_is_told() {
        let set = [("clock.ppm", "100"), ("clock.wander.ppm", "20"), ("clock.wander.seconds", "4")];
        let (_, cycles) = run(&set, 750);
        let offsets: Vec<_> = cycles.iter().map(|cycle| (cycle.rate_diff - 1.0) * 1e6).collect();
        let mean = offsets.iter().sum::<f64>() / offsets.len() as f64;
        let (least, most) = offsets.iter().fold((f64::MAX, f64::MIN), |(a, b), x| (a.min(*x), b.max(*x)));
        assert!((mean - 100.0).abs() < 0.1, "{mean}");
        assert!((least - 80.0).abs() < 0.1 && (most - 120.0).abs() < 0.1, "{least} {most}");
    }

    #[test]
    fn a_long_stall_starts_anew_and_a_short_one_is_caught_up_with() {
        let mut pace = Pace::new(Settings::default());
        pace.restart(0);
        let begun = pace.advance(480, 48_000, 50_000_000);
        assert_eq!((begun.nsec, begun.next_nsec), (0, 10_000_000));
        assert_eq!(pace.advance(480, 48_000, 200_000_000).nsec, 200_000_000);
    }

    #[test]
    fn nonsense_is_refused() {
        let mut settings = Settings::default();
        for (key, value) in [("clock.ppm", "fast"), ("clock.ppm", "NaN"), ("audio.channels", "0")] {
            assert!(settings.set(key, value).is_err(), "{key} = {value}");
        }
        assert!(settings.set("node.name", "fast").is_ok());
    }
}
