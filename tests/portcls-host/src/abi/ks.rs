//! Kernel Streaming: formats, ranges, pins, properties.

use bytemuck::{Pod, Zeroable};

use super::Guid;

/// `KSDATAFORMAT`, and `KSDATARANGE`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct DataFormat {
    /// Bytes of all, this head included.
    pub size: u32,
    /// 2: attributes follow.
    pub flags: u32,
    /// Bytes of a sample, for other kinds of data.
    pub sample_size: u32,
    /// 0
    pub reserved: u32,
    /// The kind of data.
    pub major: Guid,
    /// More of it.
    pub sub: Guid,
    /// What follows.
    pub specifier: Guid,
}

/// `KSDATARANGE_AUDIO`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct AudioRange {
    /// The head.
    pub range: DataFormat,
    /// Most channels.
    pub channels: u32,
    /// Fewest bits.
    pub min_bits: u32,
    /// Most bits.
    pub max_bits: u32,
    /// Lowest rate.
    pub min_hz: u32,
    /// Highest rate.
    pub max_hz: u32,
    /// Alignment.
    pub padding: u32,
}

/// `WAVEFORMATEX`.
#[repr(C, packed)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct WaveFormat {
    /// 1 integers, 3 floats, 0xFFFE extensible.
    pub tag: u16,
    /// Channels.
    pub channels: u16,
    /// Frames per second.
    pub rate_hz: u32,
    /// Bytes per second.
    pub bytes_per_second: u32,
    /// Bytes of a frame.
    pub block_align: u16,
    /// Bits of a sample's container.
    pub bits: u16,
    /// Bytes that follow.
    pub extra: u16,
}

/// `WAVEFORMATEXTENSIBLE`.
#[repr(C, packed)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct WaveFormatExtensible {
    /// The head.
    pub wave: WaveFormat,
    /// Bits in use.
    pub valid_bits: u16,
    /// Which channels.
    pub mask: u32,
    /// Integers or floats.
    pub sub: Guid,
}

/// `KSDATAFORMAT_WAVEFORMATEXTENSIBLE`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct FullFormat {
    /// The head.
    pub format: DataFormat,
    /// The format.
    pub wave: WaveFormatExtensible,
}

/// `KSPIN_DESCRIPTOR`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct PinDescriptor {
    /// How many interfaces.
    pub interfaces_count: u32,
    pad0: u32,
    /// Them.
    pub interfaces: usize,
    /// How many media.
    pub mediums_count: u32,
    pad1: u32,
    /// Them.
    pub mediums: usize,
    /// How many ranges, lists of attributes included.
    pub ranges_count: u32,
    pad2: u32,
    /// Pointers to them.
    pub ranges: usize,
    /// 1 in, 2 out.
    pub flow: u32,
    /// 0 none, 1 sink, 2 source, 3 both, 4 bridge.
    pub communication: u32,
    /// Pointer to the category.
    pub category: usize,
    /// Pointer to the name.
    pub name: usize,
    /// A union.
    pub reserved: [u64; 2],
}

/// Into the filter.
pub const FLOW_IN: u32 = 1;
/// Out of the filter.
pub const FLOW_OUT: u32 = 2;
/// Nobody connects to it.
pub const COMMUNICATION_NONE: u32 = 0;
/// Programs connect to it.
pub const COMMUNICATION_SINK: u32 = 1;
/// The flag of formats and ranges that attributes follow.
pub const ATTRIBUTES: u32 = 2;

/// `KSJACK_DESCRIPTION`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct JackDescription {
    /// Which channels.
    pub channel_mapping: u32,
    /// 0xRRGGBB.
    pub color: u32,
    /// What plug.
    pub connection: u32,
    /// Where on the case.
    pub location: u32,
    /// On which case.
    pub general_location: u32,
    /// What is behind it.
    pub port: u32,
    /// Whether something is plugged in.
    pub is_connected: u32,
}

/// `KSAUDIO_POSITION`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct Position {
    /// Bytes into the buffer that are played or recorded.
    pub play: u64,
    /// Bytes into the buffer that are read or written.
    pub write: u64,
}

/// `KSAUDIO_PRESENTATION_POSITION`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct PresentationPosition {
    /// Frames since the start.
    pub frames: u64,
    /// The performance counter at that time.
    pub counter: u64,
}

/// Verbs of properties.
pub mod verb {
    /// Read.
    pub const GET: u32 = 1;
    /// Write.
    pub const SET: u32 = 2;
    /// What may be asked?
    pub const BASIC_SUPPORT: u32 = 0x200;
}

/// Numbers of properties within their sets.
pub mod id {
    /// Of [`SET_PIN`](crate::abi::guid::SET_PIN).
    pub const PIN_NAME: u32 = 12;
    /// Of the same.
    pub const PROPOSE_FORMAT: u32 = 14;
    /// Of the same.
    pub const PROPOSE_FORMAT2: u32 = 15;
    /// Of the same: not ours.
    pub const MODE_FORMATS: u32 = 16;
    /// Of [`SET_AUDIO`](crate::abi::guid::SET_AUDIO).
    pub const CHANNEL_CONFIG: u32 = 3;
    /// Of the same.
    pub const VOLUME_LEVEL: u32 = 4;
    /// Of the same.
    pub const MUTE: u32 = 13;
    /// Of the same.
    pub const CPU_RESOURCES: u32 = 33;
    /// Of the same.
    pub const PEAK_METER2: u32 = 55;
    /// Of [`SET_JACK`](crate::abi::guid::SET_JACK).
    pub const JACK_DESCRIPTION: u32 = 1;
    /// Of the same.
    pub const JACK_DESCRIPTION2: u32 = 2;
    /// Of [`SET_VCABLE`](crate::abi::guid::SET_VCABLE).
    pub const STATE: u32 = 1;
}

const _: () = {
    use std::mem::offset_of;
    assert!(size_of::<DataFormat>() == 64 && offset_of!(DataFormat, major) == 16);
    assert!(offset_of!(DataFormat, sub) == 32 && offset_of!(DataFormat, specifier) == 48);
    assert!(size_of::<AudioRange>() == 88 && offset_of!(AudioRange, max_hz) == 80);
    assert!(size_of::<WaveFormat>() == 18 && size_of::<WaveFormatExtensible>() == 40);
    assert!(offset_of!(WaveFormatExtensible, mask) == 20 && offset_of!(WaveFormatExtensible, sub) == 24);
    assert!(size_of::<FullFormat>() == 104 && offset_of!(FullFormat, wave) == 64);
    assert!(size_of::<PinDescriptor>() == 88 && offset_of!(PinDescriptor, ranges) == 40);
    assert!(offset_of!(PinDescriptor, flow) == 48 && offset_of!(PinDescriptor, category) == 56);
    assert!(size_of::<JackDescription>() == 28 && size_of::<Position>() == 16);
};
