//! Kernel Streaming: formats, pins, properties, positions, and their numbers.
//!
//! What a client sends or gets as bytes is plain old data without padding ([`bytemuck::Pod`]), to be read and written
//! without trust in its size or alignment.

use bytemuck::{Pod, Zeroable};

use crate::{BOOL, GUID};

mod constants;

pub use constants::*;

/// A format of data, or the head of a longer one. As `KSDATARANGE` it is a range of formats.
#[repr(C, align(8))]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct KSDATAFORMAT {
    /// Bytes of the whole structure that this begins.
    pub FormatSize: u32,
    /// `KSDATAFORMAT_ATTRIBUTES`, or in a range `KSDATARANGE_ATTRIBUTES` and `KSDATARANGE_REQUIRED_ATTRIBUTES`.
    pub Flags: u32,
    /// Bytes of a sample, or 0.
    pub SampleSize: u32,
    /// Always 0.
    pub Reserved: u32,
    /// Like `KSDATAFORMAT_TYPE_AUDIO`.
    pub MajorFormat: GUID,
    /// Like `KSDATAFORMAT_SUBTYPE_PCM`.
    pub SubFormat: GUID,
    /// What follows this head, like `KSDATAFORMAT_SPECIFIER_WAVEFORMATEX`.
    pub Specifier: GUID,
}

/// A range of formats.
pub type KSDATARANGE = KSDATAFORMAT;

/// A range of audio formats.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct KSDATARANGE_AUDIO {
    /// The head.
    pub DataRange: KSDATARANGE,
    /// Most channels.
    pub MaximumChannels: u32,
    /// Fewest valid bits of a sample.
    pub MinimumBitsPerSample: u32,
    /// Most valid bits of a sample.
    pub MaximumBitsPerSample: u32,
    /// Lowest rate in Hz.
    pub MinimumSampleFrequency: u32,
    /// Highest rate in Hz.
    pub MaximumSampleFrequency: u32,
    /// Not in the header: what the compiler leaves free at the end.
    pub Padding: u32,
}

/// An audio format, old form. `cbSize` more bytes follow it.
#[repr(C, packed)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct WAVEFORMATEX {
    /// Like `WAVE_FORMAT_PCM`.
    pub wFormatTag: u16,
    /// Channels.
    pub nChannels: u16,
    /// Frames per second.
    pub nSamplesPerSec: u32,
    /// Bytes per second.
    pub nAvgBytesPerSec: u32,
    /// Bytes of a frame.
    pub nBlockAlign: u16,
    /// Bits of a sample in memory, its container.
    pub wBitsPerSample: u16,
    /// Bytes that follow.
    pub cbSize: u16,
}

/// An audio format, `WAVE_FORMAT_EXTENSIBLE`.
#[repr(C, packed)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct WAVEFORMATEXTENSIBLE {
    /// The old form; its `cbSize` is 22.
    pub Format: WAVEFORMATEX,
    /// Valid bits of a sample, the upper ones of its container.
    pub wValidBitsPerSample: u16,
    /// One bit for each speaker, in the order of the channels.
    pub dwChannelMask: u32,
    /// Like `KSDATAFORMAT_SUBTYPE_PCM`.
    pub SubFormat: GUID,
}

/// A whole audio format as PortCls takes it.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct KSDATAFORMAT_WAVEFORMATEXTENSIBLE {
    /// The head.
    pub DataFormat: KSDATAFORMAT,
    /// The format.
    pub WaveFormatExt: WAVEFORMATEXTENSIBLE,
}

/// The head of an attribute of a format or a range.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct KSATTRIBUTE {
    /// Bytes of the whole attribute, this head included.
    pub Size: u32,
    /// `KSATTRIBUTE_REQUIRED` or 0.
    pub Flags: u32,
    /// Which attribute.
    pub Attribute: GUID,
}

/// The attribute that chooses a signal processing mode.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE {
    /// The head.
    pub AttributeHeader: KSATTRIBUTE,
    /// Like `AUDIO_SIGNALPROCESSINGMODE_DEFAULT`.
    pub SignalProcessingMode: GUID,
}

/// The attributes of the range before it in an array of ranges.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct KSATTRIBUTE_LIST {
    /// How many.
    pub Count: u32,
    /// Them.
    pub Attributes: *const *const KSATTRIBUTE,
}

/// The head of a list of attributes or other items that follows a format.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct KSMULTIPLE_ITEM {
    /// Bytes of all, this head included.
    pub Size: u32,
    /// Items that follow.
    pub Count: u32,
}

/// A member of a set, with flags: properties, events, interfaces, media.
#[repr(C, align(8))]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct KSIDENTIFIER {
    /// Which set.
    pub Set: GUID,
    /// Which member.
    pub Id: u32,
    /// Verbs, or others.
    pub Flags: u32,
}

/// A property and what is asked of it.
pub type KSPROPERTY = KSIDENTIFIER;

/// A property of a pin type.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct KSP_PIN {
    /// The property.
    pub Property: KSPROPERTY,
    /// Which pin.
    pub PinId: u32,
    /// Always 0.
    pub Reserved: u32,
}

/// A property of a node.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct KSNODEPROPERTY {
    /// The property.
    pub Property: KSPROPERTY,
    /// Which node.
    pub NodeId: u32,
    /// Always 0.
    pub Reserved: u32,
}

/// A property of one channel of a node.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct KSNODEPROPERTY_AUDIO_CHANNEL {
    /// The node.
    pub NodeProperty: KSNODEPROPERTY,
    /// Which channel; -1 is all.
    pub Channel: i32,
    /// Always 0.
    pub Reserved: u32,
}

/// What basic support tells of a property.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct KSPROPERTY_DESCRIPTION {
    /// Its verbs.
    pub AccessFlags: u32,
    /// Bytes of all that belongs to it, this included.
    pub DescriptionSize: u32,
    /// Type of its value: `KSPROPTYPESETID_General` and a `VARIANT` number.
    pub PropTypeSet: KSIDENTIFIER,
    /// Lists of members that follow.
    pub MembersListCount: u32,
    /// Always 0.
    pub Reserved: u32,
}

/// The head of a list of members.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct KSPROPERTY_MEMBERSHEADER {
    /// Like `KSPROPERTY_MEMBER_STEPPEDRANGES`.
    pub MembersFlags: u32,
    /// Bytes of one member.
    pub MembersSize: u32,
    /// Members that follow.
    pub MembersCount: u32,
    /// Like `KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL`.
    pub Flags: u32,
}

/// A range of values with steps.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct KSPROPERTY_STEPPING_LONG {
    /// One step.
    pub SteppingDelta: u32,
    /// Always 0.
    pub Reserved: u32,
    /// The lowest value.
    pub SignedMinimum: i32,
    /// The highest value.
    pub SignedMaximum: i32,
}

/// A jack.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct KSJACK_DESCRIPTION {
    /// One bit for each speaker.
    pub ChannelMapping: u32,
    /// Blue in the lowest byte, then green, then red.
    pub Color: u32,
    /// `EPcxConnectionType`.
    pub ConnectionType: u32,
    /// `EPcxGeoLocation`.
    pub GeoLocation: u32,
    /// `EPcxGenLocation`.
    pub GenLocation: u32,
    /// `EPxcPortConnection`.
    pub PortConnection: u32,
    /// Whether something is plugged in.
    pub IsConnected: BOOL,
}

/// More on a jack.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct KSJACK_DESCRIPTION2 {
    /// Always 0.
    pub DeviceStateInfo: u32,
    /// Like `JACKDESC2_PRESENCE_DETECT_CAPABILITY`.
    pub JackCapabilities: u32,
}

/// Where in its buffer a stream is, both as byte offsets.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct KSAUDIO_POSITION {
    /// What is heard or recorded now.
    pub PlayOffset: u64,
    /// Up to where the device has read or written.
    pub WriteOffset: u64,
}

/// How far a stream has come.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct KSAUDIO_PRESENTATION_POSITION {
    /// Frames since the stream began.
    pub u64PositionInBlocks: u64,
    /// The performance counter when that was so.
    pub u64QPCPosition: u64,
}

/// What a device adds to the way of the sound.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct KSRTAUDIO_HWLATENCY {
    /// Bytes.
    pub FifoSize: u32,
    /// In units of 100 ns.
    pub ChipsetDelay: u32,
    /// In units of 100 ns.
    pub CodecDelay: u32,
}

/// A register that user mode can read. No virtual device has one.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct KSRTAUDIO_HWREGISTER {
    /// Its address.
    pub Register: *mut core::ffi::c_void,
    /// Bits.
    pub Width: u32,
    /// Of its rate.
    pub Numerator: u64,
    /// Of its rate.
    pub Denominator: u64,
    /// How exact it is.
    pub Accuracy: u32,
}

/// The head of the limits of packet sizes. `NumProcessingModeConstraints` of
/// [`KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT`] follow.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct KSAUDIO_PACKETSIZE_CONSTRAINTS2 {
    /// Shortest packet in units of 100 ns.
    pub MinPacketPeriodInHns: u32,
    /// Alignment of packets in memory, as a mask.
    pub PacketSizeFileAlignment: u32,
    /// Largest packet in bytes without a mode's own limit; 0 is none.
    pub MaxPacketSizeInBytes: u32,
    /// How many follow.
    pub NumProcessingModeConstraints: u32,
}

/// The limits of packet sizes of one mode.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT {
    /// Like `AUDIO_SIGNALPROCESSINGMODE_DEFAULT`.
    pub ProcessingMode: GUID,
    /// Frames of a packet, or 0.
    pub SamplesPerProcessingPacket: u32,
    /// Length of a packet in units of 100 ns.
    pub ProcessingPacketDurationInHns: u32,
}

/// A pin type, Kernel Streaming's part.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct KSPIN_DESCRIPTOR {
    /// Stays 0: PortCls fills in its own.
    pub InterfacesCount: u32,
    /// Null.
    pub Interfaces: *const KSIDENTIFIER,
    /// Stays 0: PortCls fills in its own.
    pub MediumsCount: u32,
    /// Null.
    pub Mediums: *const KSIDENTIFIER,
    /// Slots of the next, lists of attributes counted.
    pub DataRangesCount: u32,
    /// Ranges; one with `KSDATARANGE_ATTRIBUTES` is followed by the address of a [`KSATTRIBUTE_LIST`].
    pub DataRanges: *const *const KSDATARANGE,
    /// `KSPIN_DATAFLOW_IN` or `KSPIN_DATAFLOW_OUT`.
    pub DataFlow: u32,
    /// Like `KSPIN_COMMUNICATION_SINK`.
    pub Communication: u32,
    /// What kind of pin.
    pub Category: *const GUID,
    /// Its name, or null: that of its category.
    pub Name: *const GUID,
    /// Stays 0.
    pub Reserved: [u64; 2],
}

/// Descriptors stand in immutable statics, whoever reads them.
macro_rules! shared {
    ($($name:ident),*) => {$(
        // SAFETY: plain data; what it points to is reached only by unsafe code, which answers for it.
        unsafe impl Sync for $name {}
    )*};
}

shared!(KSPIN_DESCRIPTOR, KSATTRIBUTE_LIST);
