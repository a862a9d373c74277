//! From the ring to a reader that differs from the writer: format, channels, rate, clock.

use core::borrow::BorrowMut;
use core::fmt;

use super::{
    Cable, Clocks, EndFormat, Path, PlanesMut, Reader, Report,
    adaptive::{Adaptive, Ends, Stand},
    bridge::Bridge,
    buffers::{Area, Areas, BLOCK_FRAMES, Buffers, Measures},
    fade::{FADE_FRAMES, Rise, Tail, fall},
    port,
    resampled::{Engine, Intake},
};
use crate::{
    chain::Due,
    drift::{LockState, Steering},
    remix::ChannelMap,
    resample::{Resampler, Step},
    ring::{Shared, Storage, View},
};

/// Least and most frames of the output ring.
const OUTPUT_FRAMES: core::ops::RangeInclusive<usize> = 256..=4096;
/// Input frames that a reader sharing the writer's clock begins with beyond its need, as resampled cycles differ by one.
const SLACK_FRAMES: usize = 2;

/// What a [`Crossing`] is made for.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossingSettings {
    /// Positions of the writer's channels; its format is the cable's.
    pub writer_map: ChannelMap,
    /// What the reader's ports speak.
    pub reader: EndFormat,
    /// How the clocks stand to each other at first.
    pub clocks: Clocks,
    /// Frames of the output ring behind the resampler, 256 to 4096. Blocks are shorter by two fades; it is not latency.
    pub output_frames: usize,
    /// Two clocks: sound to hold in the ring, in frames of the writer. The least that both ends' cycles and the
    /// margin allow when that is more.
    pub target_frames: u32,
    /// Two clocks: frames of the writer by which an end may be late.
    pub margin_frames: u32,
    /// Two clocks: most that the ratio may leave its nominal value, in parts per million, up to 20 000.
    pub limit_ppm: u32,
}

impl CrossingSettings {
    /// From the cable's format to `reader`, chained, with usual channel positions, the least latency, a margin of 1 ms
    /// and a range of 10 000 ppm.
    pub fn new(writer: &EndFormat, reader: EndFormat) -> Self {
        Self {
            margin_frames: writer.stream.rate.hz() / 1000,
            writer_map: writer.map.clone(),
            reader,
            clocks: Clocks::Chained,
            output_frames: 512,
            target_frames: 0,
            limit_ppm: 10_000,
        }
    }
}

/// Why a crossing was not made or not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CrossingError {
    /// A channel map with more or fewer positions than the stream has channels.
    Map,
    /// An output ring of so many frames; 256 to 4096 are possible.
    Output(usize),
    /// The lent buffers are too small, in samples.
    Samples {
        /// Samples needed.
        needed: usize,
        /// Samples given.
        given: usize,
    },
    /// The way needs a resampler, and none was given.
    Resampler,
    /// The resampler was made for other channels or another nominal ratio.
    Unfit,
}

impl fmt::Display for CrossingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Map => f.write_str("not one channel position per channel"),
            Self::Output(frames) => write!(f, "an output ring of {frames} frames; 256 to 4096 are possible"),
            Self::Samples { needed, given } => write!(f, "{given} samples lent; {needed} are needed"),
            Self::Resampler => f.write_str("unequal rates or clocks need a resampler"),
            Self::Unfit => f.write_str("the resampler is for other channels or rates"),
        }
    }
}

impl core::error::Error for CrossingError {}

/// The reader's way across: takes from a [`Reader`]'s ring what the writer wrote and delivers what the reader's ports
/// speak, on the cheapest [`Path`].
///
/// It stands beside the reader, so that a host can make another one when formats are negotiated anew. All calls but
/// [`new`](Self::new) belong to the reader's thread; none allocates, blocks or panics.
///
/// * *straight* and *converted*: every frame that arrives is delivered, as [`Reader::read`] and
///   [`Reader::read_follow`] do; equal formats cross bit by bit, also after a change of the way, once its
///   [`FADE_FRAMES`] are over.
/// * *resampled* and *adaptive*: sound that ends for want of input fades out, and what follows fades in.
///
/// `R` is the resampler ([`Polyphase`](crate::resample::Polyphase) or `Rubato` with chunks of at least 256 frames),
/// `B` lent samples: `&mut [f32]`, `Box<[f32]>`.
pub struct Crossing<R, B> {
    writer: EndFormat,
    reader: EndFormat,
    clocks: Clocks,
    path: Path,
    bridge: Bridge,
    engine: Option<Engine<R>>,
    adaptive: Adaptive,
    buffers: Buffers<B>,
    /// The sound of the way left behind, and how that of an unresampled way rises over it.
    tail: Tail,
    rise: Rise,
    /// Latency of the way left behind is still to be dropped.
    shed: bool,
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
            capacity_frames: capacity_frames.saturating_sub(settings.margin_frames),
        });
        Ok(Self {
            bridge: Bridge::new(&writer, &reader),
            engine: resampler.map(|resampler| Engine::new(resampler, measures)),
            writer,
            reader,
            clocks,
            path,
            adaptive,
            buffers,
            tail: Tail::default(),
            rise: Rise::OVER,
            shed: false,
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

    /// Tells how the clocks stand to each other now. If another way is better for that, the sound goes over to it
    /// under a crossfade: the old way's next frames fall while the new way's rise, and nothing older is heard.
    ///
    /// # Errors
    /// [`CrossingError::Resampler`]; nothing changes then.
    pub fn set_clocks<C, S>(&mut self, reader: &mut Reader<C>, clocks: Clocks) -> Result<(), CrossingError>
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        let path = Path::choose(&self.writer, &self.reader, clocks);
        if self.engine.is_none() && path.resamples() {
            return Err(CrossingError::Resampler);
        }
        self.clocks = clocks;
        let old = core::mem::replace(&mut self.path, path);
        if old == path {
            return Ok(());
        }
        self.adaptive.rephase();
        self.short_frames = 0;
        let mut areas = self.buffers.areas();
        let Some(engine) = &mut self.engine else { return Ok(()) };
        let mut intake = Intake { reader, bridge: &mut self.bridge };
        match (old.resamples(), path.resamples()) {
            (true, true) => {
                engine.steer_exactly();
                self.shed = path == Path::Resampled;
            }
            (true, false) => {
                self.tail = engine.stop(&mut intake, &mut areas);
                self.rise = Rise::after(0);
                intake.reader.rejoin();
            }
            (false, true) => {
                self.tail = peek_tail(&mut intake, &mut areas);
                self.rise = Rise::OVER;
                engine.clear();
                engine.steer_exactly();
            }
            (false, false) => {}
        }
        Ok(())
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
            Some(engine) if self.path.resamples() => reader.due_resampled(engine.need_frames(frames).max(1)),
            _ => reader.due(frames),
        }
    }

    /// Delivers one cycle of `frames` frames, woken at `now_ns` (of the clock that [`Writer::write_at`] is told; only two
    /// clocks need it). Returns the frames of real sound; the rest are silent.
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
        let read = if self.path.resamples() {
            self.read_resampled(reader, sink, frames, now_ns)
        } else {
            self.read_converted(reader, sink, frames)
        };
        let report = self.report(reader);
        reader.cable().board.write(&report);
        read
    }

    fn read_converted<C, S>(&mut self, reader: &mut Reader<C>, sink: &mut impl PlanesMut, frames: usize) -> usize
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        let follow = self.clocks == Clocks::Shared;
        let fading = !(self.tail.is_over() && self.rise.is_over());
        if self.path == Path::Straight && !fading {
            return if follow { reader.read_follow(sink, frames) } else { reader.read(sink, frames) };
        }
        let deliver = |view: &View<'_, S>| {
            let faded = if fading { self.deliver_faded(view, sink, frames.min(FADE_FRAMES)) } else { 0 };
            let Areas { mut wide, mut narrow, .. } = self.buffers.areas();
            self.bridge.cross(view, faded, sink, (&mut wide, &mut narrow));
            let heard = view.frames().max(faded);
            port::silence(sink, &self.reader.stream, heard, frames.saturating_sub(heard));
        };
        if follow { reader.follow_by(frames, deliver) } else { reader.read_by(frames, deliver) }
    }

    /// Delivers the first `frames` frames in view, at most a fade's, under the running fade.
    fn deliver_faded<S: Storage>(
        &mut self,
        view: &View<'_, S>,
        sink: &mut impl PlanesMut,
        frames: usize,
    ) -> usize {
        let Areas { mut wide, mut narrow, tail, .. } = self.buffers.areas();
        let got = self.bridge.take(view, frames, (&mut wide, &mut narrow));
        for plane in narrow.planes_mut(0, frames) {
            if let Some((sound, silent)) = plane.split_at_mut_checked(got) {
                self.rise.apply(sound);
                silent.fill(0.0);
            }
        }
        self.rise.advance(got);
        mix_tail(&mut self.tail, &tail, &mut narrow, frames);
        self.bridge.deliver(&narrow, 0, sink, 0, frames);
        frames
    }

    fn read_resampled<C, S>(
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
        let may_start = if self.path == Path::Adaptive {
            self.follow_clocks(reader, frames, now_ns)
        } else {
            self.keep_close(reader, frames)
        };
        let mut at = 0;
        let mut heard = 0;
        let mut dry = false;
        // Each round delivers at least a frame.
        while at < frames {
            let mut areas = self.buffers.areas();
            let Some(engine) = &mut self.engine else { break };
            let mut intake = Intake { reader: &mut *reader, bridge: &mut self.bridge };
            if may_start {
                engine.start(&mut intake, frames - at);
            }
            let (part, sound) = engine.render(&mut intake, &mut areas, frames - at);
            dry |= engine.is_dry();
            let Areas { mut ready, tail, .. } = self.buffers.areas();
            mix_tail(&mut self.tail, &tail, &mut ready, part);
            self.bridge.deliver(&ready, 0, sink, at, part);
            if let Some(engine) = &mut self.engine {
                engine.consume(&mut self.buffers.areas(), sound);
            }
            at += part.max(1);
            heard += sound;
        }
        reader.book(frames.saturating_sub(heard), dry);
        heard
    }

    /// The ratio and the place that the two clocks ask for; whether sound may begin.
    fn follow_clocks<C, S>(&mut self, reader: &mut Reader<C>, frames: usize, now_ns: u64) -> bool
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        let target = self.adaptive.target_frames() as usize;
        reader.settle(target);
        let Some(engine) = &mut self.engine else { return false };
        let delivering = reader.cable().state.delivering().is_some();
        let writer = if delivering { reader.cable().clock.read() } else { None };
        let stand = Stand {
            read_frames: reader.read_frames(),
            behind_frames: engine.behind_frames(),
            delay_frames: engine.delay_frames(),
            short_frames: core::mem::take(&mut self.short_frames),
        };
        let Steering { ratio, skip_frames, state } = self.adaptive.steer(writer, now_ns, frames, &stand);
        let mut areas = self.buffers.areas();
        let mut intake = Intake { reader, bridge: &mut self.bridge };
        engine.steer(ratio);
        if skip_frames > 0 {
            let tail = engine.skip(&mut intake, &mut areas, skip_frames.unsigned_abs());
            self.tail = if tail.is_over() { self.tail } else { tail };
        } else if skip_frames < 0 {
            engine.wait(&mut areas, skip_frames.unsigned_abs());
        }
        let known = matches!(state, LockState::Acquiring | LockState::Locked);
        let fill = intake.reader.fill_frames();
        if !known && !engine.is_playing() {
            // Nobody knows where to begin: keep the newest, lest the ring run over.
            intake.reader.skip(fill.saturating_sub(target));
        }
        if engine.is_playing() {
            let lacking = engine.need_frames(frames).saturating_sub(fill);
            self.short_frames = u32::try_from(lacking).unwrap_or(u32::MAX);
        }
        known
    }

    /// At one clock: no more waits in the ring than a cycle; whether sound may begin.
    fn keep_close<C, S>(&mut self, reader: &mut Reader<C>, frames: usize) -> bool
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        let Some(engine) = &mut self.engine else { return false };
        let shared = self.clocks == Clocks::Shared;
        let need = engine.need_frames(frames) + if shared { SLACK_FRAMES } else { 0 };
        reader.settle(need);
        let fill = reader.fill_frames();
        if core::mem::take(&mut self.shed) && engine.is_playing() && fill > need {
            let mut intake = Intake { reader, bridge: &mut self.bridge };
            self.tail = engine.skip(&mut intake, &mut self.buffers.areas(), (fill - need) as u64);
        }
        fill >= need
    }

    fn report<C, S>(&mut self, reader: &mut Reader<C>) -> Report
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        let fill = reader.fill_frames() as f64;
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

/// Adds the next `frames` frames of the tail to the first of `to`.
fn mix_tail(tail: &mut Tail, from: &Area<'_>, to: &mut Area<'_>, frames: usize) {
    for (to, from) in to.planes_mut(0, frames).into_iter().zip(from.planes(0, FADE_FRAMES)) {
        tail.mix(from, to);
    }
    tail.advance(frames);
}

/// The ring's next frames as a tail; they stay in the ring.
fn peek_tail<C, S>(intake: &mut Intake<'_, C>, areas: &mut Areas<'_>) -> Tail
where
    C: Shared<Target = Cable<S>>,
    S: Storage,
{
    let Areas { wide, narrow, tail, .. } = areas;
    let bridge = &mut *intake.bridge;
    let mut frames = 0;
    intake.reader.take(FADE_FRAMES, |view| {
        frames = bridge.take(view, FADE_FRAMES, (wide, narrow));
        0
    });
    for (to, from) in tail.whole().zip(narrow.planes(0, frames)) {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        fall(to.get_mut(..frames).unwrap_or_default());
    }
    Tail::of(frames)
}

const _: () = assert!(FADE_FRAMES <= BLOCK_FRAMES && 2 * FADE_FRAMES < *OUTPUT_FRAMES.start());
