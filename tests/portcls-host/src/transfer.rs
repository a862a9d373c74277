//! Sound through a cable: one program plays, another records, both as Windows' shared engine does.

use crate::abi::Status;
use crate::endpoint::Endpoint;
use crate::engine::{State, Stream};
use crate::format::Format;
use crate::nt::timer;

/// How often the two programs work, in nanoseconds of virtual time.
const PERIOD_NS: i64 = 10_000_000;

/// Both ends of a cable, each with a buffer of two periods.
#[derive(Debug)]
pub struct Transfer {
    /// The player's.
    pub render: Stream,
    /// The recorder's.
    pub capture: Stream,
    periods: usize,
}

fn period_frames(format: Format) -> usize {
    format.rate_hz as usize / 100
}

fn period_bytes(format: Format) -> usize {
    period_frames(format) * format.frame_bytes()
}

impl Transfer {
    /// Opens both ends, each with its format.
    ///
    /// # Errors
    /// The driver's status.
    pub fn open(ends: &(Endpoint, Endpoint), played: Format, recorded: Format) -> Result<Self, Status> {
        Ok(Self {
            render: Stream::ready(&ends.0, played, 2 * period_frames(played), 2)?,
            capture: Stream::ready(&ends.1, recorded, 2 * period_frames(recorded), 2)?,
            periods: 0,
        })
    }

    /// Plays `sound` and as much silence as `periods` periods in all need, and returns what was recorded meanwhile.
    ///
    /// # Panics
    /// When the driver refuses something.
    pub fn run(&mut self, sound: &[u8], periods: usize) -> Vec<u8> {
        let (played, recorded) = (period_bytes(self.render.format), period_bytes(self.capture.format));
        let part = |index: usize| {
            let from = (index * played).min(sound.len());
            let mut part = sound[from..(from + played).min(sound.len())].to_vec();
            part.resize(played, 0);
            part
        };
        self.render.write(0, &part(0));
        self.render.write(played, &part(1));
        self.capture.go(State::Run);
        self.render.go(State::Run);
        // Both programs come in the middle of a period: the one before is done, and the next is there.
        timer::advance(PERIOD_NS / 2);
        let mut all = Vec::with_capacity(periods * recorded);
        let mut heard = vec![0; recorded];
        for index in 0..periods {
            timer::advance(PERIOD_NS);
            self.capture.read(index * recorded, &mut heard);
            all.extend_from_slice(&heard);
            self.render.write(index * played, &part(index + 2));
        }
        self.periods += periods;
        all
    }

    /// Closes both ends.
    pub fn close(self) {
        self.render.close();
        self.capture.close();
    }
}

/// Where in `recorded` the frame `first` of the played sound is: frames before it. Sound may come at once.
pub fn delay_frames(recorded: &[u8], first: &[u8]) -> Option<usize> {
    recorded.chunks_exact(first.len()).position(|frame| frame == first)
}
