//! The cable inside the daemon: what its two nodes share, and who is plugged to whom.

use crate::fence::Event;
use crate::node::Node;
use crate::props::{Config, End, Refusal};
use crate::relation::{Passage, SharedPassage};
use crate::state;
use crate::tuning::{MAX_LATENCY_FRAMES, Tuning};
use libspa::pod::Value;
use std::collections::HashMap;
use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use vcable_core::cable::{Cable, Crossing, CrossingSettings, EndFormat, Reader, Writer, connect};
use vcable_core::format::{FormatError, SampleRate, StreamFormat};
use vcable_core::resample::{Polyphase, Settings};

/// Core's cable with storage and handles of this process.
pub(crate) type Shared = Arc<Cable<Box<[u64]>>>;
/// Core's way from the ring to a source that differs from the sink in format, rate or clock.
pub(crate) type Way = Crossing<Resampler, Box<[f32]>>;
/// Core's resampler with memory of this process.
pub(crate) type Resampler = Polyphase<Box<[f32]>>;

/// What the ends tell each other beside the sound.
#[derive(Default)]
pub(crate) struct Link {
    /// The source runs the sink; written by the source's data loop.
    pub(crate) pull: Pull,
    /// Nobody but the sink itself runs its group. This and the rest are written by the sink's data loop.
    pub(crate) sink_drives: AtomicBool,
    /// When the sink's last cycle began, `CLOCK_MONOTONIC`.
    pub(crate) sink_nsec: AtomicU64,
    /// The clock of a cable, this one's source or another's end, runs the sink's group.
    pub(crate) sink_follows_cable: AtomicBool,
    /// The clock that runs the sink's group.
    pub(crate) sink_clock_id: AtomicU32,
    /// How much faster than nominal the sink's driver runs.
    pub(crate) rate_diff: Ratio,
    /// The sink's adapter resamples.
    pub(crate) sink_is_resampled: AtomicBool,
    /// What the resampler of the sink's adapter takes.
    pub(crate) sink_resampler_nsec: AtomicU64,
    /// How long the sound of the source's last cycle was on its way, in frames of the source, as the bits of an `f32`;
    /// written by the source's data loop.
    pub(crate) latency_frames: AtomicU32,
    /// How the ends stand to each other; written by the source's data loop, which then wakes the main thread.
    pub(crate) told: SharedPassage,
}

/// How a source whose group a foreign clock runs has a free sink's cycles run at that clock's pace.
#[derive(Default)]
pub(crate) struct Pull {
    /// Until when the sink leaves its cycles to the source; 0 when it does not.
    pub(crate) until_nsec: AtomicU64,
    /// When the source's last cycle began, by its clock.
    pub(crate) nsec: AtomicU64,
    /// Positions in the ring from which on and up to which the source's next cycle needs frames.
    pub(crate) from_frames: AtomicU64,
    pub(crate) wanted_frames: AtomicU64,
    /// How much faster than nominal the foreign clock runs.
    pub(crate) rate_diff: Ratio,
}

/// An `f64` above 0 that threads share; 1 until it is set.
#[derive(Default)]
pub(crate) struct Ratio(AtomicU64);

impl Ratio {
    pub(crate) fn set(&self, ratio: f64) {
        self.0.store(ratio.to_bits(), Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> f64 {
        let ratio = f64::from_bits(self.0.load(Ordering::Relaxed));
        if ratio > 0.0 { ratio } else { 1.0 }
    }
}

/// What changes in a way while sound runs.
pub(crate) struct Retune {
    pub(crate) latency_frames: u32,
    /// Another one, when the quality or the interpolation is another.
    pub(crate) resampler: Option<Resampler>,
}

/// What plugging gives the sink.
pub(crate) struct SinkPlug {
    pub(crate) writer: Writer<Shared>,
    pub(crate) link: Arc<Link>,
    pub(crate) source: Arc<Node>,
    /// Set when the source lives on another data loop: wakes it there.
    pub(crate) wake: Option<Arc<Event>>,
}

/// What plugging gives the source.
pub(crate) struct SourcePlug {
    pub(crate) reader: Reader<Shared>,
    pub(crate) way: Box<Way>,
    pub(crate) link: Arc<Link>,
    /// The sink, when it lives on this data loop and can be run from here.
    pub(crate) sink: Option<Arc<Node>>,
}

/// The ends that exist, by cable name.
#[derive(Default)]
struct Slot {
    sink: Weak<Node>,
    source: Weak<Node>,
    /// The rates in Hz, sink's and source's, that the two were plugged for.
    rates_hz: (u32, u32),
    /// What they were plugged to.
    shared: Option<(Shared, Arc<Link>)>,
}

impl Slot {
    fn end(&mut self, end: End) -> &mut Weak<Node> {
        match end {
            End::Sink => &mut self.sink,
            End::Source => &mut self.source,
        }
    }
}

/// Main thread only; the lock is for processes with several hosts.
static CABLES: Mutex<Option<HashMap<String, Slot>>> = Mutex::new(None);

fn cables() -> MutexGuard<'static, Option<HashMap<String, Slot>>> {
    CABLES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Registers a new end, and plugs the two together when the other is there. Main thread.
pub(crate) fn insert(node: &Arc<Node>) -> Result<(), Refusal> {
    let (end, config) = (node.end(), node.config());
    let mut cables = cables();
    let slot = cables.get_or_insert_default().entry(config.cable.clone()).or_default();
    if slot.end(end).strong_count() > 0 {
        let accepted = format!("a name that no other {end} has");
        return Err(Refusal::new("vcable.name", &config.cable, accepted));
    }
    let other = match end {
        End::Sink => slot.source.upgrade(),
        End::Source => slot.sink.upgrade(),
    };
    *slot.end(end) = Arc::downgrade(node);
    drop(cables);
    if other.is_some() {
        fit(node);
    }
    Ok(())
}

/// Plugs the two ends of a node's cable together, anew when the rates of their ports have changed. Main thread.
pub(crate) fn fit(node: &Node) {
    let mut cables = cables();
    let slot = cables.as_mut().and_then(|slots| slots.get_mut(&node.config().cable));
    let Some(slot) = slot else { return };
    let (Some(sink), Some(source)) = (slot.sink.upgrade(), slot.source.upgrade()) else { return };
    // Without a format an end runs nothing; the rate it had, or the other end's, is as good as any until it has one.
    let had = Some(slot.rates_hz).filter(|(sink_hz, source_hz)| *sink_hz > 0 && *source_hz > 0);
    let sink_hz = sink.rate_hz().or(had.map(|had| had.0)).or(source.rate_hz()).unwrap_or(DEFAULT_RATE_HZ);
    let source_hz = source.rate_hz().or(had.map(|had| had.1)).unwrap_or(sink_hz);
    if slot.rates_hz == (sink_hz, source_hz) {
        return;
    }
    slot.rates_hz = (sink_hz, source_hz);
    drop(cables);
    // The sink first: it holds the source, and must not run it any more.
    let old = (sink.take_sink_plug(), source.take_source_plug());
    drop(old);
    let shared = plug(&sink, &source, (sink_hz, source_hz));
    if let Some(slot) = self::cables().as_mut().and_then(|slots| slots.get_mut(&node.config().cable)) {
        if shared.is_none() {
            // To be tried again.
            slot.rates_hz = (0, 0);
        }
        slot.shared = shared;
    }
}

/// How a node's cable does, for its `Props`; nothing without the other end. Main thread.
pub(crate) fn state(node: &Node) -> Vec<(&'static str, Value)> {
    let mut cables = cables();
    let slot = cables.as_mut().and_then(|slots| slots.get_mut(&node.config().cable));
    let Some(slot) = slot else { return Vec::new() };
    let ends = (slot.shared.clone(), slot.sink.upgrade(), slot.source.upgrade());
    drop(cables);
    let (Some(cable), Some(sink), Some(source)) = ends else { return Vec::new() };
    state::values(&cable, sink.told(), source.told())
}

/// What was said of a node's cable: on its source and, where that says nothing, on its sink. Main thread.
pub(crate) fn tuning(node: &Node) -> Tuning {
    let (own, other) = (node.tuning(), other_end(node).map(|other| other.tuning()).unwrap_or_default());
    match node.end() {
        End::Sink => other.or(own),
        End::Source => own.or(other),
    }
}

/// Sets what is said of a node's cable, on both of its ends, and changes the cable at once; 0, or -ENOMEM and
/// nothing has changed. Main thread.
pub(crate) fn tune(node: &Node, given: Tuning) -> c_int {
    let (before, after) = (tuning(node), given.or(tuning(node)));
    if after == before {
        return 0;
    }
    let mut cables = cables();
    let slot = cables.as_mut().and_then(|slots| slots.get_mut(&node.config().cable));
    let plugged = slot.and_then(|slot| {
        Some((slot.sink.upgrade()?, slot.source.upgrade()?, slot.rates_hz, slot.shared.clone()?))
    });
    drop(cables);
    if let Some((sink, source, rates_hz, shared)) = &plugged {
        let mut resampler = None;
        if after.resampling() != before.resampling() {
            resampler = make_resampler(sink.config(), source.config(), *rates_hz, after);
            if resampler.is_none() {
                sink.log_error("there is no memory for another resampler: it keeps the one it has");
                return -libc::ENOMEM;
            }
        }
        shared.0.set_limit(after.buffer_frames() as usize);
        drop(source.retune(Retune { latency_frames: after.latency_frames(), resampler }));
    }
    node.set_tuning(given);
    if let Some(other) = other_end(node) {
        other.set_tuning(given);
    }
    0
}

/// How the ends of a node's cable stand to each other, as was last told. Main thread.
pub(crate) fn passage(node: &Node) -> Passage {
    let mut cables = cables();
    let slot = cables.as_mut().and_then(|slots| slots.get_mut(&node.config().cable));
    slot.and_then(|slot| slot.shared.as_ref()).map_or(Passage::default(), |(_, link)| link.told.get())
}

/// The source's data loop has told something new: listeners of both ends hear of it. Main thread.
pub(crate) fn on_notice(source: &Node) {
    source.log_relation();
    source.tell_latency();
}

/// Takes an end out and leaves the other alone. Main thread.
pub(crate) fn remove(node: &Node) {
    let mut cables = cables();
    let Some(slots) = cables.as_mut() else { return };
    let Some(slot) = slots.get_mut(&node.config().cable) else { return };
    let entry = slot.end(node.end());
    if !std::ptr::eq(entry.as_ptr(), node) {
        // An end that was refused: the name belongs to another, whose cable goes on.
        return;
    }
    *entry = Weak::new();
    (slot.rates_hz, slot.shared) = ((0, 0), None);
    let (sink, source) = (slot.sink.upgrade(), slot.source.upgrade());
    if sink.is_none() && source.is_none() {
        slots.remove(&node.config().cable);
    }
    drop(cables);
    // The sink first: it holds the source, and must not run it any more.
    let (from_sink, from_source) = match node.end() {
        End::Sink => (node.take_sink_plug(), source.and_then(|source| source.take_source_plug())),
        End::Source => (sink.and_then(|sink| sink.take_sink_plug()), node.take_source_plug()),
    };
    drop(from_sink);
    drop(from_source);
}

/// The other end of a node's cable, if it exists. Main thread.
pub(crate) fn other_end(node: &Node) -> Option<Arc<Node>> {
    let mut cables = cables();
    let slot = cables.as_mut()?.get_mut(&node.config().cable)?;
    match node.end() {
        End::Sink => slot.source.upgrade(),
        End::Source => slot.sink.upgrade(),
    }
}

/// For ends that have no format yet.
const DEFAULT_RATE_HZ: u32 = 48_000;

/// What an end's port speaks at this rate.
pub(crate) fn stream_format(config: &Config, rate_hz: u32) -> Result<StreamFormat, FormatError> {
    Ok(StreamFormat {
        sample: config.sample,
        layout: config.layout,
        channels: config.channels,
        rate: SampleRate::new(rate_hz)?,
    })
}

fn end_format(config: &Config, rate_hz: u32) -> Option<EndFormat> {
    let stream = stream_format(config, rate_hz).ok()?;
    Some(EndFormat { stream, map: config.map.clone() })
}

/// Makes the ring and the way, and hands each end its half.
fn plug(sink: &Arc<Node>, source: &Arc<Node>, rates_hz: (u32, u32)) -> Option<(Shared, Arc<Link>)> {
    let tuning = source.tuning().or(sink.tuning());
    let made = make_ring(sink.config(), source.config(), rates_hz.0).and_then(|cable| {
        let way = make_way(&cable, sink.config(), source.config(), rates_hz, tuning)?;
        cable.set_limit(tuning.buffer_frames() as usize);
        Some((connect(Arc::clone(&cable))?, cable, way))
    });
    let Some(((writer, reader), cable, way)) = made else {
        sink.log_error("there is no memory for the cable's ring: it stays silent");
        return None;
    };
    let link = Arc::new(Link::default());
    let same_loop = match (sink.data_loop(), source.data_loop()) {
        (Some(sink), Some(source)) => sink.same_as(source),
        _ => true,
    };
    source.give_source_plug(SourcePlug {
        reader,
        way: Box::new(way),
        link: Arc::clone(&link),
        sink: same_loop.then(|| Arc::clone(sink)),
    });
    let wake = if same_loop { None } else { source.wake() };
    sink.give_sink_plug(SinkPlug { writer, link: Arc::clone(&link), source: Arc::clone(source), wake });
    Some((cable, link))
}

/// A ring of the sink's format.
fn make_ring(sink: &Config, source: &Config, rate_hz: u32) -> Option<Shared> {
    // Twice the sum of the largest cycles: an end may miss one and nothing is lost yet.
    let largest = sink.quantum_limit_frames.max(source.quantum_limit_frames) as usize;
    let capacity_frames = (4 * largest.max(MAX_LATENCY_FRAMES as usize)).next_power_of_two();
    let format = stream_format(sink, rate_hz).ok()?;
    let words = Cable::<Box<[u64]>>::storage_words(&format, capacity_frames).ok()?;
    Cable::new(zeros(words)?, format, capacity_frames).ok().map(Arc::new)
}

/// The way from the ring to the source's port. Its resampler stands by: whether the clocks differ shows only when
/// the ends run.
fn make_way(
    cable: &Cable<Box<[u64]>>,
    sink: &Config,
    source: &Config,
    rates_hz: (u32, u32),
    tuning: Tuning,
) -> Option<Way> {
    let (from, to) = (end_format(sink, rates_hz.0)?, end_format(source, rates_hz.1)?);
    let resampler = make_resampler(sink, source, rates_hz, tuning)?;
    let settings =
        CrossingSettings { target_frames: tuning.latency_frames(), ..CrossingSettings::new(&from, to) };
    let samples = Way::samples(&settings, sink.channels.get());
    Way::new(cable, settings, Some(resampler), zeros(samples)?).ok()
}

fn make_resampler(sink: &Config, source: &Config, rates_hz: (u32, u32), tuning: Tuning) -> Option<Resampler> {
    let (quality, interpolation) = tuning.resampling();
    let settings = Settings {
        channels: source.channels.get(),
        nominal: Way::nominal_step(&end_format(sink, rates_hz.0)?, &end_format(source, rates_hz.1)?)?,
        quality,
        interpolation,
    };
    let samples = Resampler::storage_samples(&settings).ok()?;
    Resampler::new(settings, zeros(samples)?).ok()
}

/// Memory that is written and not only reserved: the audio path must not meet a page that is not there yet.
fn zeros<T: Clone + Default>(count: usize) -> Option<Box<[T]>> {
    let mut memory = Vec::new();
    memory.try_reserve_exact(count).ok()?;
    memory.resize(count, T::default());
    Some(memory.into_boxed_slice())
}
