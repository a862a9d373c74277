//! The way from the render stream to the capture stream: the core's cable for one pair of formats.

use vcable_core::{
    cable::{Cable, Crossing, CrossingSettings, Planes, PlanesMut, Reader, Report, Writer, connect},
    resample::{Polyphase, Settings},
};

use crate::{
    format::{Encoding, WaveFormat},
    held::Held,
    memory::Pooled,
};

type Ring = Cable<Pooled<[u64]>>;
type Resampler = Polyphase<Pooled<[f32]>>;

/// The core's cable and its ends. Both ends have one clock and are run by one tick: the chained way.
pub struct Way {
    writer: Writer<Held<Ring>>,
    reader: Reader<Held<Ring>>,
    crossing: Crossing<Resampler, Pooled<[f32]>>,
    /// The reader has 24 bits in 32, and what arrives may have more.
    narrow: bool,
}

impl Way {
    /// The way for these two formats, at rest, for steps of up to `step_frames` frames of either; `None` when the pool is
    /// exhausted. Takes milliseconds when the rates differ: PASSIVE.
    pub fn new(from: &WaveFormat, to: &WaveFormat, step_frames: usize) -> Option<Self> {
        let (writer_end, reader_end) = (from.end().ok()?, to.end().ok()?);
        // Beyond a step of each end, what the resampler wants to begin with.
        let capacity_frames = (4 * step_frames).next_power_of_two();
        let words = Ring::storage_words(&writer_end.stream, capacity_frames).ok()?;
        let ring = Ring::new(Pooled::zeroed(words)?, writer_end.stream, capacity_frames).ok()?;
        let resampler = if from.rate_hz == to.rate_hz {
            None
        } else {
            let step = Crossing::<Resampler, Pooled<[f32]>>::nominal_step(&writer_end, &reader_end)?;
            let settings = Settings::new(usize::from(to.channels), step);
            let samples = Resampler::storage_samples(&settings).ok()?;
            Some(Resampler::new(settings, Pooled::zeroed(samples)?).ok()?)
        };
        let settings = CrossingSettings::new(&writer_end, reader_end);
        let samples = Crossing::<Resampler, Pooled<[f32]>>::samples(&settings, usize::from(from.channels));
        let crossing = Crossing::new(&ring, settings, resampler, Pooled::zeroed(samples)?).ok()?;
        let (writer, reader) = connect(Held::new(ring)?)?;
        let narrow = to.encoding == Encoding::Pcm24In32 && from.encoding != Encoding::Pcm24In32;
        Some(Self { writer, reader, crossing, narrow })
    }

    /// The render stream begins or ends to run.
    pub(super) fn set_playing(&mut self, playing: bool) {
        if playing { self.writer.start() } else { self.writer.stop() }
    }

    /// The capture stream begins or ends to run.
    pub(super) fn set_recording(&mut self, recording: bool) {
        if recording { self.crossing.start(&mut self.reader) } else { self.reader.stop() }
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
        let heard = self.crossing.read(&mut self.reader, &mut Recorded(room), frames as usize, 0);
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
