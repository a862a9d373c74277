//! The way from the render stream to the capture stream: the core's cable for one pair of formats.

use alloc::boxed::Box;

use vcable_core::{
    cable::{
        Cable, Crossing, CrossingSettings, EndFormat, Planes, PlanesMut, Reader, Report, Writer, connect,
    },
    resample::{Polyphase, Settings},
};

use super::engine::step_frames;
use crate::{
    format::{Encoding, WaveFormat},
    held::Held,
    pool,
    sys::{NTSTATUS, status::STATUS_INSUFFICIENT_RESOURCES},
};

type Ring = Cable<Box<[u64]>>;
type Resampler = Polyphase<Box<[f32]>>;
type Bridge = Crossing<Resampler, Box<[f32]>>;

/// Why no way can be made: offered formats always have one, and so only memory is lacking.
const NONE: NTSTATUS = STATUS_INSUFFICIENT_RESOURCES;

/// The core's cable and its ends. Both ends have one clock and are run by one tick: the chained way.
pub struct Way {
    writer: Writer<Held<Ring>>,
    reader: Reader<Held<Ring>>,
    crossing: Box<[Bridge; 1]>,
    /// The reader has 24 bits in 32, and what arrives may have more.
    narrow: bool,
}

impl Way {
    /// The way for these two formats, at rest. Takes milliseconds when the rates differ: PASSIVE.
    ///
    /// # Errors
    /// `STATUS_INSUFFICIENT_RESOURCES`.
    pub fn new(from: &WaveFormat, to: &WaveFormat) -> Result<Self, NTSTATUS> {
        let (writer_end, reader_end) = (from.end().map_err(|_| NONE)?, to.end().map_err(|_| NONE)?);
        // Beyond a step of each end, what the resampler wants to begin with.
        let capacity_frames = (4 * step_frames(from.rate_hz.max(to.rate_hz))).next_power_of_two();
        let ring = ring(&writer_end, capacity_frames)?;
        let crossing = crossing(&ring, &writer_end, reader_end)?;
        let (writer, reader) = connect(ring).ok_or(NONE)?;
        let narrow = to.encoding == Encoding::Pcm24In32 && from.encoding != Encoding::Pcm24In32;
        Ok(Self { writer, reader, crossing, narrow })
    }

    /// The render stream begins or ends to run.
    pub(super) fn set_playing(&mut self, playing: bool) {
        if playing { self.writer.start() } else { self.writer.stop() }
    }

    /// The capture stream begins or ends to run.
    pub(super) fn set_recording(&mut self, recording: bool) {
        let [crossing] = &mut *self.crossing;
        if recording { crossing.start(&mut self.reader) } else { self.reader.stop() }
    }

    /// Sends `frames` frames.
    pub(super) fn write(&mut self, sound: &[u8], frames: u64) {
        if frames > 0 {
            self.writer.write(&Played(sound), frames as usize);
        }
    }

    /// Fills `room` with `frames` frames; returns how many of them are sound.
    pub(super) fn read(&mut self, room: &mut [u8], frames: u64) -> u64 {
        if frames == 0 {
            return 0;
        }
        // The time is of no use to ends with one clock.
        let [crossing] = &mut *self.crossing;
        let heard = crossing.read(&mut self.reader, &mut Recorded(room), frames as usize, 0);
        if self.narrow {
            for sample in room.chunks_exact_mut(4) {
                let value = i32::from_le_bytes(sample.try_into().unwrap_or_default());
                sample.copy_from_slice(&(value.saturating_add(0x80) & !0xFF).to_le_bytes());
            }
        }
        heard as u64
    }

    /// How the sound crosses.
    pub fn report(&self) -> Report {
        self.reader.cable().report()
    }
}

// Each part is made in a function of its own and moved to the pool there: together they need more than a page of stack.

#[inline(never)]
fn ring(writer: &EndFormat, capacity_frames: usize) -> Result<Held<Ring>, NTSTATUS> {
    let words = Ring::storage_words(&writer.stream, capacity_frames).map_err(|_| NONE)?;
    let ring = Ring::new(pool::boxed_slice(words, 0)?, writer.stream, capacity_frames);
    Held::new(ring.map_err(|_| NONE)?)
}

#[inline(never)]
fn crossing(ring: &Ring, writer: &EndFormat, reader: EndFormat) -> Result<Box<[Bridge; 1]>, NTSTATUS> {
    pool::boxed(bridge(ring, writer, reader)?)
}

#[inline(never)]
fn bridge(ring: &Ring, writer: &EndFormat, reader: EndFormat) -> Result<Bridge, NTSTATUS> {
    let resampler = resampler(writer, &reader)?;
    let settings = CrossingSettings::new(writer, reader);
    let samples = pool::boxed_slice(Bridge::samples(&settings, writer.stream.channels.get()), 0.0)?;
    Bridge::new(ring, settings, resampler, samples).map_err(|_| NONE)
}

/// What changes the rate, when there are two.
#[inline(never)]
fn resampler(from: &EndFormat, to: &EndFormat) -> Result<Option<Resampler>, NTSTATUS> {
    if from.stream.rate == to.stream.rate {
        return Ok(None);
    }
    let step = Bridge::nominal_step(from, to).ok_or(NONE)?;
    let settings = Settings::new(to.stream.channels.get(), step);
    let samples = Resampler::storage_samples(&settings).map_err(|_| NONE)?;
    Resampler::new(settings, pool::boxed_slice(samples, 0.0)?).map(Some).map_err(|_| NONE)
}

/// Interleaved frames that were played.
struct Played<'a>(&'a [u8]);

impl Planes for Played<'_> {
    fn plane(&self, index: usize) -> &[u8] {
        if index == 0 { self.0 } else { &[] }
    }
}

/// Room for interleaved frames that are recorded.
struct Recorded<'a>(&'a mut [u8]);

impl PlanesMut for Recorded<'_> {
    fn plane_mut(&mut self, index: usize) -> &mut [u8] {
        if index == 0 { self.0 } else { &mut [] }
    }
}
