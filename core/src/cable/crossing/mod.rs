//! From the ring to a reader that differs from the writer: format, channels, rate, clock.

mod change;
mod settings;
mod ways;

use core::borrow::BorrowMut;

pub use settings::{CrossingError, CrossingSettings};

use super::{
    Cable, Clocks, EndFormat, Path, PlanesMut, Reader, Report,
    adaptive::{Adaptive, Ends},
    bridge::Bridge,
    buffers::{BLOCK_FRAMES, Buffers, Measures},
    fade::{FADE_FRAMES, Rise, Tail},
    resampled::Engine,
};
use crate::{
    chain::Due,
    drift::LockState,
    resample::{Resampler, Step},
    ring::{Shared, Storage},
};

/// Least and most frames of the output ring.
const OUTPUT_FRAMES: core::ops::RangeInclusive<usize> = 256..=4096;

/// The reader's way across: takes from a [`Reader`]'s ring what the writer wrote and delivers what the reader's ports
/// speak, on the cheapest [`Path`].
///
/// It stands beside the reader, so that a host can make another one when formats are negotiated anew. All calls but
/// [`new`](Self::new) belong to the reader's thread; none allocates, blocks or panics.
///
/// * *straight* and *converted*: as [`Reader::read`], [`Reader::read_follow`] and [`Reader::read_shared`] do; equal formats cross bit by bit, also after a change of the way, once its
///   [`FADE_FRAMES`] are over.
/// * *resampled* and *adaptive*: sound that ends for want of input fades out, and what follows fades in.
///
/// `R` is the resampler ([`Polyphase`](crate::resample::Polyphase) or `Rubato` with chunks of at least 256 frames),
/// `B` lent samples: `&mut [f32]`, `Box<[f32]>`.
pub struct Crossing<R, B> {
    writer: EndFormat,
    reader: EndFormat,
    clocks: Clocks,
    /// What they are to be from the next cycle on.
    clocks_next: Clocks,
    path: Path,
    bridge: Bridge,
    engine: Option<Engine<R>>,
    /// The resampler that the engine is to have, while `exchange` is set; else the one that it had before.
    spare: Option<R>,
    exchange: bool,
    adaptive: Adaptive,
    buffers: Buffers<B>,
    /// The sound of the way left behind, and how that of an unresampled way rises over it.
    tail: Tail,
    rise: Rise,
    /// Latency of the way left behind is still to be dropped.
    shed: bool,
    /// Cycles in a row of the one rate and the other that last equally long.
    alike_cycles: u8,
    /// Input frames missing in the last cycle.
    short_frames: u32,
}

impl<R: Resampler, B: BorrowMut<[f32]>> Crossing<R, B> {
    /// Samples to lend for `settings`, when the cable's format has `writer_channels`.
    pub fn samples(settings: &CrossingSettings, writer_channels: usize) -> usize {
        Self::measures(settings, writer_channels).samples()
    }

    /// The ratio that the resampler of this crossing is made for; `None` beyond 48 to 1 either way.
    pub fn nominal_step(writer: &EndFormat, reader: &EndFormat) -> Option<Step> {
        Step::from_rates(writer.stream.rate.hz(), reader.stream.rate.hz())
    }

    /// Makes the way from `cable` to the reader that `settings` describe. Not on an audio thread.
    ///
    /// Without a resampler only ways at one rate and clock are possible.
    ///
    /// # Errors
    /// [`CrossingError`].
    pub fn new<S: Storage>(
        cable: &Cable<S>,
        settings: CrossingSettings,
        resampler: Option<R>,
        samples: B,
    ) -> Result<Self, CrossingError> {
        let writer = EndFormat { stream: *cable.format(), map: settings.writer_map.clone() };
        let measures = Self::measures(&settings, writer.stream.channels.get());
        let CrossingSettings { reader, clocks, output_frames, .. } = settings;
        if !writer.is_whole() || !reader.is_whole() {
            return Err(CrossingError::Map);
        }
        if !OUTPUT_FRAMES.contains(&output_frames) {
            return Err(CrossingError::Output(output_frames));
        }
        let path = Path::choose(&writer, &reader, clocks);
        if resampler.is_none() && path.resamples() {
            return Err(CrossingError::Resampler);
        }
        let nominal = Self::nominal_step(&writer, &reader);
        let fits = |made: &R| made.channels() == measures.reader_channels && Some(made.step()) == nominal;
        if !resampler.as_ref().is_none_or(fits) {
            return Err(CrossingError::Unfit);
        }
        let given = samples.borrow().len();
        let buffers = Buffers::new(samples, measures)
            .ok_or(CrossingError::Samples { needed: measures.samples(), given })?;
        let capacity_frames = u32::try_from(cable.capacity_frames()).unwrap_or(u32::MAX);
        let adaptive = Adaptive::new(Ends {
            writer_rate_hz: writer.stream.rate.hz(),
            reader_rate_hz: reader.stream.rate.hz(),
            target_frames: settings.target_frames,
            margin_frames: settings.margin_frames,
            limit_ppm: settings.limit_ppm,
            capacity_frames,
        });
        Ok(Self {
            bridge: Bridge::new(&writer, &reader),
            engine: resampler.map(|resampler| Engine::new(resampler, measures)),
            spare: None,
            exchange: false,
            writer,
            reader,
            clocks,
            clocks_next: clocks,
            path,
            adaptive,
            buffers,
            tail: Tail::default(),
            rise: Rise::OVER,
            shed: false,
            alike_cycles: 0,
            short_frames: 0,
        })
    }

    /// The resampler and the samples back.
    pub fn into_parts(self) -> (Option<R>, B) {
        (self.engine.map(Engine::into_resampler), self.buffers.into_samples())
    }

    /// The way the sound takes.
    pub const fn path(&self) -> Path {
        self.path
    }

    /// Starts the reader and forgets all sound of before.
    pub fn start<C, S>(&mut self, reader: &mut Reader<C>)
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        reader.start();
        if let Some(engine) = &mut self.engine {
            engine.clear();
        }
        self.adaptive.rephase();
        (self.tail, self.rise, self.shed, self.short_frames) = (Tail::default(), Rise::OVER, false, 0);
    }

    /// On the chained way: whether a reader cycle of `frames` frames is due; see [`Reader::due`]. The answer's
    /// frames are the writer's.
    pub fn due<C, S>(&mut self, reader: &mut Reader<C>, frames: usize) -> Due
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        match &self.engine {
            // Nothing is ever due for a reader that needs nothing: one that makes many frames of one needs some later.
            Some(engine) if self.path.resamples() => reader.due_resampled(engine.due_frames(frames).max(1)),
            _ => reader.due(frames),
        }
    }

    /// Delivers one cycle of `frames` frames, woken at `now_ns` (of the clock that [`Writer::write_at`] is told; only
    /// [`Clocks::Shared`] and [`Clocks::Apart`] need it). Returns the frames of real sound; the rest are silent.
    ///
    /// [`Writer::write_at`]: super::Writer::write_at
    pub fn read<C, S>(
        &mut self,
        reader: &mut Reader<C>,
        sink: &mut impl PlanesMut,
        frames: usize,
        now_ns: u64,
    ) -> usize
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        self.change(reader);
        if self.clocks == Clocks::Shared {
            reader.hold_back(now_ns);
        }
        let read = if self.path.resamples() {
            self.read_resampled(reader, sink, frames, now_ns)
        } else {
            self.read_converted(reader, sink, frames)
        };
        let report = self.report(reader);
        reader.release();
        reader.cable().board.write(&report);
        read
    }

    fn report<C, S>(&mut self, reader: &mut Reader<C>) -> Report
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        let fill = reader.ready_frames() as f64;
        let drift = self.adaptive.stats();
        let step = self.engine.as_ref().map_or(1.0, |engine| engine.nominal().to_f64());
        let behind = self.engine.as_ref().map_or(0.0, Engine::behind_frames);
        let target = f64::from(self.adaptive.target_frames());
        let (latency, target, adaptive) = match self.path {
            Path::Straight | Path::Converted => (fill, 0.0, false),
            Path::Resampled => ((fill + behind) / step, 0.0, false),
            Path::Adaptive => ((target + drift.error_frames) / step, target / step, true),
        };
        Report {
            path: self.path,
            lock: if adaptive { drift.state } else { LockState::Starting },
            latency_frames: latency as f32,
            target_frames: target as f32,
            ratio_ppm: if adaptive { drift.ratio_ppm as f32 } else { 0.0 },
            events: drift.events,
            skips: drift.skips,
            starvations: self.engine.as_ref().map_or(0, Engine::starvations),
        }
    }

    const fn measures(settings: &CrossingSettings, writer_channels: usize) -> Measures {
        Measures {
            writer_channels,
            reader_channels: settings.reader.stream.channels.get(),
            output_frames: settings.output_frames,
        }
    }
}

const _: () = assert!(FADE_FRAMES <= BLOCK_FRAMES && 2 * FADE_FRAMES < *OUTPUT_FRAMES.start());
