//! What a cable tells of itself: the answer to its own property.

use bytemuck::{Pod, Zeroable};

use super::{
    ends::Direction,
    engine::Engine,
    host,
    stream::{State as StreamState, Stream},
};

/// Version of the answer. Later ones only add at the end.
pub const VERSION: u32 = 1;

/// One end in a [`State`]; all zeros while nothing is open there.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct End {
    /// 0 closed; else KSSTATE + 1: 1 stopped, 2 acquired, 3 paused, 4 running.
    pub state: u32,
    /// Frames per second.
    pub rate_hz: u32,
    /// Channels.
    pub channels: u16,
    /// Bits of a sample in memory.
    pub container_bits: u16,
    /// Bits of it that carry sound; with the highest bit set they are a floating-point number.
    pub valid_bits: u16,
    /// 0.
    pub reserved: u16,
    /// Frames of the cyclic buffer; 0 without one.
    pub buffer_frames: u32,
    /// The loudspeakers, one bit each.
    pub channel_mask: u32,
}

/// The state of a cable, 120 bytes, little endian. Counters count from the start of the device.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct State {
    /// Bytes of the answer.
    pub bytes: u32,
    /// [`VERSION`].
    pub version: u32,
    /// Which cable, counted from 1.
    pub cable: u32,
    /// The way of the sound: 0 none, 1 copied, 2 converted, 3 resampled.
    pub way: u32,
    /// Sound that waits within the cable, in frames of the capture end.
    pub latency_frames: f32,
    /// 0.
    pub reserved: u32,
    /// "Cable Input".
    pub render: End,
    /// "Cable Output".
    pub capture: End,
    /// Steps of the cable's clock.
    pub steps: u64,
    /// Frames played into the cable.
    pub played_frames: u64,
    /// Frames recorded from it.
    pub recorded_frames: u64,
    /// How many of these were silence for want of sound.
    pub silent_frames: u64,
    /// Times the clock came more than a buffer too late and sound was lost.
    pub late: u64,
    /// Times a player had not announced a packet when it was due.
    pub starved: u64,
}

const _: () = assert!(size_of::<State>() == 120 && size_of::<End>() == 24);

impl State {
    /// The state of the cable `number`.
    pub fn of<P: host::Pages, E: host::Event>(number: u32, engine: &Engine<P, E>) -> Self {
        let counters = engine.counters();
        let way = engine.way().map(super::Way::report);
        Self {
            bytes: size_of::<Self>() as u32,
            version: VERSION,
            cable: number,
            way: way.map_or(0, |report| report.path as u32 + 1),
            latency_frames: way.map_or(0.0, |report| report.latency_frames),
            reserved: 0,
            render: engine.seated(Direction::Render).map_or(End::default(), End::of),
            capture: engine.seated(Direction::Capture).map_or(End::default(), End::of),
            steps: counters.steps,
            played_frames: counters.played_frames,
            recorded_frames: counters.recorded_frames,
            silent_frames: counters.silent_frames,
            late: counters.late,
            starved: counters.starved,
        }
    }
}

impl End {
    /// Stands in [`valid_bits`](Self::valid_bits) of floating-point samples.
    const FLOAT: u16 = 0x8000;

    fn of<P: host::Pages, E: host::Event>(stream: &Stream<P, E>) -> Self {
        let format = stream.format();
        let float = format.encoding == crate::format::Encoding::Float32;
        Self {
            state: match stream.state() {
                StreamState::Stop => 1,
                StreamState::Acquire => 2,
                StreamState::Pause => 3,
                StreamState::Run => 4,
            },
            rate_hz: format.rate_hz,
            channels: format.channels,
            container_bits: format.encoding.container_bits(),
            valid_bits: format.encoding.valid_bits() | if float { Self::FLOAT } else { 0 },
            reserved: 0,
            buffer_frames: stream.buffer_frames().unwrap_or(0) as u32,
            channel_mask: format.channel_mask,
        }
    }
}
