//! Frames that carry their own number through the cable, in every bit of every sample.
//!
//! Sample `c` of frame `f` is the number `f * channels + c`, scrambled by an odd factor so that it
//! uses the whole width, and never zero: zeros are silence. What comes out therefore tells which
//! frame it is, and a lost, doubled, late or garbled one shows. Numbers wrap at the sample's width.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// An odd number, so that multiplying by it can be undone in any width.
const FACTOR: u32 = 0x9E37_79B1;
const INVERSE: u32 = {
    let (mut inverse, mut step) = (1_u32, 0);
    while step < 5 {
        inverse = inverse.wrapping_mul(2_u32.wrapping_sub(FACTOR.wrapping_mul(inverse)));
        step += 1;
    }
    inverse
};
const _: () = assert!(FACTOR.wrapping_mul(INVERSE) == 1);

/// Runs that a tape has room for: it must not grow while the trap is armed.
const MAX_RUNS: usize = 1 << 14;

/// Cycles of the player that a frame may be behind, and its latency is still known.
const PLAYED_CYCLES: usize = 512;

/// Frames in a row that came out of the cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    Silence { frames: u64 },
    Sound { first: u64, frames: u64 },
}

/// What a player plays, and what a recorder hears of it.
pub(crate) struct Tape {
    sample_bytes: u32,
    channels: u64,
    sent_frames: Cell<u64>,
    runs: RefCell<Vec<Run>>,
    garbled_frames: Cell<u64>,
    rate_hz: i64,
    /// Where the player's last cycles began: frame and time.
    played: RefCell<VecDeque<(u64, u64)>>,
    /// The least and most that a cycle with sound was behind the player, since last asked.
    latency_frames: Cell<Option<(i64, i64)>>,
}

impl Tape {
    pub(crate) fn new(sample_bytes: usize, channels: usize, rate_hz: u32) -> Self {
        Self {
            sample_bytes: sample_bytes as u32,
            channels: channels as u64,
            sent_frames: Cell::new(0),
            runs: RefCell::new(Vec::with_capacity(MAX_RUNS)),
            garbled_frames: Cell::new(0),
            rate_hz: i64::from(rate_hz),
            played: RefCell::new(VecDeque::with_capacity(PLAYED_CYCLES)),
            latency_frames: Cell::new(None),
        }
    }

    fn modulus(&self) -> u64 {
        (1 << (8 * self.sample_bytes)) - 1
    }

    fn sample(&self, frame: u64, channel: u64) -> u32 {
        let number = (frame * self.channels + channel) % self.modulus() + 1;
        (number as u32).wrapping_mul(FACTOR) & self.modulus() as u32
    }

    /// Plays `frames` frames in a cycle that begins at `nsec`: gives `write` each sample's channel, frame in the buffer, and value.
    pub(crate) fn play(&self, nsec: u64, frames: u64, mut write: impl FnMut(usize, usize, u32)) {
        let first = self.sent_frames.replace(self.sent_frames.get() + frames);
        {
            let mut played = self.played.borrow_mut();
            if played.len() == PLAYED_CYCLES {
                played.pop_front();
            }
            played.push_back((first, nsec));
        }
        for frame in 0..frames {
            for channel in 0..self.channels {
                write(channel as usize, frame as usize, self.sample(first + frame, channel));
            }
        }
    }

    /// Hears `frames` frames in a cycle that begins at `nsec`, whose samples `read` tells by channel and frame in the buffer.
    pub(crate) fn record(&self, nsec: u64, frames: u64, read: impl Fn(usize, usize) -> u32) {
        let channels = 0..self.channels as usize;
        let mut first_sound = None;
        for index in 0..frames as usize {
            if channels.clone().all(|channel| read(channel, index) == 0) {
                self.append(Run::Silence { frames: 1 });
                continue;
            }
            let is_whole =
                |frame: &u64| channels.clone().all(|c| read(c, index) == self.sample(*frame, c as u64));
            match self.number(read(0, index)).filter(is_whole) {
                Some(frame) => {
                    self.append(Run::Sound { first: frame, frames: 1 });
                    first_sound = first_sound.or(Some((frame, index as i64)));
                }
                None => self.garbled_frames.set(self.garbled_frames.get() + 1),
            }
        }
        if let Some((frame, index)) = first_sound {
            self.note_latency(nsec, frame, index);
        }
    }

    /// Frame `frame` was heard `index` frames into a cycle. Its latency is the time
    /// since its own place in the player's cycle.
    fn note_latency(&self, nsec: u64, frame: u64, index: i64) {
        let played = self.played.borrow();
        let Some((first, played_nsec)) = played.iter().rev().find(|(first, _)| *first <= frame) else {
            return;
        };
        let time = |nsec: u64| (nsec as i64 * self.rate_hz + 500_000_000) / 1_000_000_000;
        // The daemon's clock may say that a player's cycle begins in a moment.
        let frames = time(nsec.wrapping_sub(*played_nsec)) + index - (frame - first) as i64;
        let (least, most) = self.latency_frames.get().unwrap_or((frames, frames));
        self.latency_frames.set(Some((least.min(frames), most.max(frames))));
    }

    /// The frame that begins with this sample: the last one that was sent and does.
    fn number(&self, sample: u32) -> Option<u64> {
        let modulus = self.modulus();
        let number = u64::from(sample.wrapping_mul(INVERSE)) & modulus;
        let sent = self.sent_frames.get() * self.channels;
        let back = (sent + modulus - number.checked_sub(1)? % modulus) % modulus;
        let position = sent.checked_sub(if back == 0 { modulus } else { back })?;
        (position % self.channels == 0).then_some(position / self.channels)
    }

    fn append(&self, run: Run) {
        let mut runs = self.runs.borrow_mut();
        match (runs.last_mut(), run) {
            (Some(Run::Silence { frames }), Run::Silence { .. }) => *frames += 1,
            (Some(Run::Sound { first, frames }), Run::Sound { first: next, .. })
                if *first + *frames == next =>
            {
                *frames += 1;
            }
            _ => {
                assert!(runs.len() < MAX_RUNS, "the sound is in more pieces than a test can want");
                runs.push(run);
            }
        }
    }

    pub(crate) fn sent_frames(&self) -> u64 {
        self.sent_frames.get()
    }

    /// What was heard since the last call.
    pub(crate) fn take_runs(&self) -> Vec<Run> {
        assert_eq!(self.garbled_frames.get(), 0, "frames that nobody played");
        self.runs.borrow_mut().drain(..).collect()
    }

    /// The least and the most latency of a cycle with sound since the last call, in frames; `None`
    /// when there was none.
    pub(crate) fn take_latency_frames(&self) -> Option<(i64, i64)> {
        self.latency_frames.take()
    }
}

/// All frames of sound and all of silence in `runs`.
pub(crate) fn totals(runs: &[Run]) -> (u64, u64) {
    runs.iter().fold((0, 0), |(sound, silence), run| match run {
        Run::Sound { frames, .. } => (sound + frames, silence),
        Run::Silence { frames } => (sound, silence + frames),
    })
}

/// The sound in `runs` without the silence, as (first, frames), where joined frames count as one.
pub(crate) fn sound(runs: &[Run]) -> Vec<(u64, u64)> {
    let mut joined: Vec<(u64, u64)> = Vec::new();
    for run in runs {
        let Run::Sound { first, frames } = *run else { continue };
        match joined.last_mut() {
            Some((start, length)) if *start + *length == first => *length += frames,
            _ => joined.push((first, frames)),
        }
    }
    joined
}
