//! The cable inside the daemon: what its two nodes share, and who is plugged to whom.

use crate::fence::Event;
use crate::node::Node;
use crate::props::{Config, End, Refusal};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use vcable_core::cable::{Cable, Reader, Writer, connect};
use vcable_core::format::{FormatError, SampleRate, StreamFormat};

/// Core's cable with storage and handles of this process.
pub(crate) type Shared = Arc<Cable<Box<[u64]>>>;

/// What the sink tells the source beside the sound. Written by the sink's data loop.
#[derive(Default)]
pub(crate) struct Link {
    /// When the sink's last cycle began, `CLOCK_MONOTONIC`.
    pub(crate) sink_nsec: AtomicU64,
    /// The clock of a cable, this one's source or another's end, runs the sink's group.
    pub(crate) sink_follows_cable: AtomicBool,
    /// The rate of the sink's port in Hz; 0 without a format.
    pub(crate) sink_rate_hz: AtomicU32,
    /// How much faster than nominal the sink's driver runs: the bits of an `f64`.
    rate_diff_bits: AtomicU64,
}

impl Link {
    pub(crate) fn set_rate_diff(&self, ratio: f64) {
        self.rate_diff_bits.store(ratio.to_bits(), Ordering::Relaxed);
    }

    pub(crate) fn rate_diff(&self) -> f64 {
        let ratio = f64::from_bits(self.rate_diff_bits.load(Ordering::Relaxed));
        if ratio > 0.0 { ratio } else { 1.0 }
    }
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
    pub(crate) link: Arc<Link>,
}

/// The ends that exist, by cable name.
#[derive(Default)]
struct Slot {
    sink: Weak<Node>,
    source: Weak<Node>,
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
    if let Some(other) = &other {
        agree(config, other.config())?;
    }
    *slot.end(end) = Arc::downgrade(node);
    drop(cables);
    match (end, other) {
        (End::Sink, Some(source)) => plug(node, &source),
        (End::Source, Some(sink)) => plug(&sink, node),
        (_, None) => {}
    }
    Ok(())
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

/// Both ends of a cable speak one format: nothing converts between them yet.
fn agree(new: &Config, old: &Config) -> Result<(), Refusal> {
    let other = |what: String| format!("{what}, as the other end of cable \"{}\" has it", old.cable);
    if (new.sample, new.layout) != (old.sample, old.layout) {
        let (new, old) = (format_name(new), format_name(old));
        return Err(Refusal::new("audio.format", new, other(old.into())));
    }
    if new.channels != old.channels {
        let accepted = other(old.channels.get().to_string());
        return Err(Refusal::new("audio.channels", &new.channels.get().to_string(), accepted));
    }
    match (new.rate, old.rate) {
        (Some(new), Some(old)) if new != old => {
            Err(Refusal::new("audio.rate", &new.hz().to_string(), other(old.hz().to_string())))
        }
        _ => Ok(()),
    }
}

fn format_name(config: &Config) -> &'static str {
    use vcable_core::format::{Layout, SampleFormat};
    match (config.sample, config.layout) {
        (SampleFormat::F32, Layout::Planar) => "F32P",
        (SampleFormat::F32, Layout::Interleaved) => "F32",
        (SampleFormat::S16, _) => "S16",
        (SampleFormat::S24, _) => "S24",
        (SampleFormat::S24In32, _) => "S24_32",
        (SampleFormat::S32, _) => "S32",
    }
}

/// The format of a cable's ring. The rate does not shape it.
pub(crate) fn stream_format(config: &Config, rate_hz: u32) -> Result<StreamFormat, FormatError> {
    Ok(StreamFormat {
        sample: config.sample,
        layout: config.layout,
        channels: config.channels,
        rate: SampleRate::new(rate_hz)?,
    })
}

/// Makes the ring and hands each end its half.
fn plug(sink: &Arc<Node>, source: &Arc<Node>) {
    let Some((writer, reader)) = make(sink.config(), source.config()) else {
        sink.log_error("there is no memory for the cable's ring: it stays silent");
        return;
    };
    let link = Arc::new(Link::default());
    source.give_source_plug(SourcePlug { reader, link: Arc::clone(&link) });
    let same_loop = match (sink.data_loop(), source.data_loop()) {
        (Some(sink), Some(source)) => sink.same_as(source),
        _ => true,
    };
    let wake = if same_loop { None } else { source.wake() };
    sink.give_sink_plug(SinkPlug { writer, link, source: Arc::clone(source), wake });
}

fn make(sink: &Config, source: &Config) -> Option<(Writer<Shared>, Reader<Shared>)> {
    // Twice the sum of the largest cycles: an end may miss one and nothing is lost yet.
    let largest = sink.quantum_limit_frames.max(source.quantum_limit_frames) as usize;
    let capacity_frames = (4 * largest).next_power_of_two();
    // The reader's one-second window is the only use of the rate in the ring; 48 kHz stands for all.
    let format = stream_format(sink, 48_000).ok()?;
    let words = Cable::<Box<[u64]>>::storage_words(&format, capacity_frames).ok()?;
    let mut storage: Vec<u64> = Vec::new();
    storage.try_reserve_exact(words).ok()?;
    // Written, not only reserved: the audio path must not meet a page that is not there yet.
    storage.resize(words, 0);
    let cable = Cable::new(storage.into_boxed_slice(), format, capacity_frames).ok()?;
    connect(Arc::new(cable))
}
