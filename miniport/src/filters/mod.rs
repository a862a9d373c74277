//! The filters of a cable, as PortCls sees them.
//!
//! Each end has two: the *wave* filter, whose host pin a program plays into or records from, and the *topology* filter
//! behind it, whose outer pin Windows makes an endpoint of.
//!
//! ```text
//!   program -> RenderWave -> RenderTopology -> ("Cable Input")
//!                  |  the cable
//!   program <- CaptureWave <- CaptureTopology <- ("Cable Output")
//! ```
//!
//! * [`tables`]: their descriptors, which are data.
//! * [`props`]: what their properties answer.
//! * [`WaveFilter`], [`TopologyFilter`], [`CableStream`]: the objects.

mod constraints;
pub mod props;
mod stream;
pub mod tables;
mod topology;
mod wave;

pub use stream::CableStream;
pub use topology::TopologyFilter;
pub use wave::WaveFilter;

use crate::{
    adapter::{self, Filters},
    cable::{Device, Direction},
    com::{
        object::{Class, Ref},
        stream::{Capture, Render},
        topology::Topology,
        wave::Wave,
    },
    held::Held,
    registry::CableSettings,
    sys::{NTSTATUS, pc::PCFILTER_DESCRIPTOR},
};

/// One end of a cable, as a type: what differs between the two.
pub trait End: Send + Sync + Sized + 'static {
    /// Which way its streams go.
    const DIRECTION: Direction;
    /// The host pin of its wave filter; the other one is the bridge.
    const HOST_PIN: u32;
    /// The outer pin of its topology filter; the other one leads to the wave filter.
    const OUTER_PIN: u32;
    /// The class of its streams.
    type Streams: Class<Value = CableStream<Self>>;

    /// Descriptor of the wave filter for up to so many channels.
    fn wave_table(most_channels: u16) -> &'static PCFILTER_DESCRIPTOR;

    /// Descriptor of the topology filter of this cable, which may have a name of its own.
    fn topology_table(number: u32, named: bool) -> &'static PCFILTER_DESCRIPTOR;
}

/// "Cable Input": programs play into it.
pub struct RenderEnd;

/// "Cable Output": programs record from it.
pub struct CaptureEnd;

impl End for RenderEnd {
    const DIRECTION: Direction = Direction::Render;
    const HOST_PIN: u32 = 0;
    const OUTER_PIN: u32 = 1;
    type Streams = Render<CableStream<Self>>;

    fn wave_table(most_channels: u16) -> &'static PCFILTER_DESCRIPTOR {
        tables::wave::render(most_channels)
    }

    fn topology_table(number: u32, named: bool) -> &'static PCFILTER_DESCRIPTOR {
        tables::topology::render(number, named)
    }
}

impl End for CaptureEnd {
    const DIRECTION: Direction = Direction::Capture;
    const HOST_PIN: u32 = 1;
    const OUTER_PIN: u32 = 0;
    type Streams = Capture<CableStream<Self>>;

    fn wave_table(most_channels: u16) -> &'static PCFILTER_DESCRIPTOR {
        tables::wave::capture(most_channels)
    }

    fn topology_table(number: u32, named: bool) -> &'static PCFILTER_DESCRIPTOR {
        tables::topology::capture(number, named)
    }
}

/// The four filters of a cable.
pub struct CableFilters {
    device: Held<Device>,
    render: Pair<RenderEnd>,
    capture: Pair<CaptureEnd>,
}

/// The two filters of an end.
struct Pair<E: End> {
    wave: Ref<Wave<WaveFilter<E>>>,
    topology: Ref<Topology<TopologyFilter<E>>>,
}

impl<E: End> Pair<E> {
    fn new(device: &Held<Device>) -> Result<Self, NTSTATUS> {
        Ok(Self {
            wave: Ref::new(WaveFilter::new(device.clone()))?,
            topology: Ref::new(TopologyFilter::new(device.clone()))?,
        })
    }

    const fn end(&self) -> adapter::End<'_, Wave<WaveFilter<E>>, Topology<TopologyFilter<E>>> {
        adapter::End { wave: &self.wave, topology: &self.topology }
    }
}

impl Drop for CableFilters {
    fn drop(&mut self) {
        self.render.topology.release();
        self.capture.topology.release();
        self.device.set_trace(Direction::Render, None);
        self.device.set_trace(Direction::Capture, None);
    }
}

impl Filters for CableFilters {
    type RenderWave = Wave<WaveFilter<RenderEnd>>;
    type RenderTopology = Topology<TopologyFilter<RenderEnd>>;
    type CaptureWave = Wave<WaveFilter<CaptureEnd>>;
    type CaptureTopology = Topology<TopologyFilter<CaptureEnd>>;

    fn new(settings: &CableSettings) -> Result<Self, NTSTATUS> {
        let device = Device::new(settings)?;
        Ok(Self { render: Pair::new(&device)?, capture: Pair::new(&device)?, device })
    }

    fn render(&self) -> adapter::End<'_, Self::RenderWave, Self::RenderTopology> {
        self.render.end()
    }

    fn capture(&self) -> adapter::End<'_, Self::CaptureWave, Self::CaptureTopology> {
        self.capture.end()
    }

    fn constraints(&self) -> &[u8] {
        constraints::bytes()
    }

    fn power(&self, awake: bool) {
        self.device.set_awake(awake);
    }
}
