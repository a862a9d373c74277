//! Loops to put under test: the real one, and the real one deprived of what makes it work.

use super::simulator::{Loop, Place, Scenario};
use vcable_core::clock::{ClockFilter, PublishedClock, Tick};
use vcable_core::drift::{Cycle, Drift, DriftSettings, Steering};

/// What the loop is allowed to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Everything: the loop as it is.
    Full,
    /// The ring's counters without interpolation between them.
    RawFill,
    /// Wake-ups as they come, unfiltered.
    RawTimes,
}

/// The loop as the cable runs it.
pub(crate) struct RealLoop {
    sight: Sight,
    /// The ends as they are now.
    scenario: Scenario,
    writer: ClockFilter,
    reader: ClockFilter,
    published: PublishedClock,
    settings: DriftSettings,
    pub(crate) drift: Drift,
}

impl RealLoop {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        Self::with_sight(scenario, Sight::Full)
    }

    pub(crate) fn with_sight(scenario: &Scenario, sight: Sight) -> Self {
        let settings = DriftSettings {
            writer_rate_hz: scenario.writer.rate_hz,
            reader_rate_hz: scenario.reader.rate_hz,
            target_frames: scenario.target_frames(),
            margin_frames: scenario.margin_frames,
            limit_ppm: 10_000,
        };
        Self {
            sight,
            scenario: scenario.clone(),
            writer: ClockFilter::new(scenario.writer.rate_hz, scenario.writer.quantum_frames),
            reader: ClockFilter::new(scenario.reader.rate_hz, scenario.reader.quantum_frames),
            published: PublishedClock::new(),
            settings,
            drift: Drift::new(settings),
        }
    }

    /// Tells the loop which quanta there are now.
    fn configure(&mut self) {
        self.settings.target_frames = self.scenario.target_frames();
        self.drift.configure(self.settings);
    }
}

impl Loop for RealLoop {
    fn writer(&mut self, now_ns: u64, frames: u32, written: u64) {
        if self.scenario.writer.quantum_frames != frames {
            self.scenario.writer.quantum_frames = frames;
            self.configure();
        }
        self.writer.configure(self.scenario.writer.rate_hz, frames);
        self.writer.update(now_ns, frames);
        if let Some(tick) = self.writer.tick(written) {
            let time_ns = if self.sight == Sight::RawTimes { now_ns } else { tick.time_ns };
            self.published.publish(Tick { time_ns, ..tick });
        }
    }

    fn reader(&mut self, now_ns: u64, frames: u32, place: Place) -> Steering {
        if self.scenario.reader.quantum_frames != frames {
            self.scenario.reader.quantum_frames = frames;
            self.configure();
        }
        self.reader.configure(self.scenario.reader.rate_hz, frames);
        self.reader.update(now_ns, frames);
        let mut reader = self.reader.tick(place.read);
        let mut writer = self.published.read();
        match (self.sight, &mut reader, &mut writer) {
            (Sight::RawTimes, Some(reader), _) => reader.time_ns = now_ns,
            (Sight::RawFill, Some(reader), Some(writer)) => writer.time_ns = reader.time_ns,
            _ => {}
        }
        self.drift.step(&Cycle {
            writer,
            reader,
            read_frames: place.read,
            read_offset_frames: place.offset,
            short_frames: place.short,
            quantum_frames: frames,
        })
    }

    fn events(&self) -> u64 {
        self.drift.stats().events
    }
}
