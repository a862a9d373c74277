//! What the layouts must be, asserted when this compiles.
//!
//! The figures are those of Microsoft's headers for 64 bits. Where `windows-sys` has a type of its own, both must agree.

#![cfg_attr(not(test), expect(clippy::wildcard_imports, reason = "all of it is asserted"))]

use core::mem::{align_of, offset_of, size_of};

use windows_sys::Win32::Media::{Audio, KernelStreaming as other};

use crate::GUID;
use crate::ks::*;
use crate::nt::*;
use crate::pc::*;
use crate::vtable::*;

/// The size of a type and the offsets of its fields.
macro_rules! layout {
    ($name:ident $size:literal { $($($field:ident).+: $offset:literal),* }) => {
        const _: () = assert!(size_of::<$name>() == $size, concat!("size of ", stringify!($name)));
        $(const _: () = assert!(
            offset_of!($name, $($field).+) == $offset,
            concat!("offset in ", stringify!($name))
        );)*
    };
}

layout!(GUID 16 { Data2: 4, Data3: 6, Data4: 8 });
layout!(KSDATAFORMAT 64 { Flags: 4, SampleSize: 8, Reserved: 12, MajorFormat: 16, SubFormat: 32, Specifier: 48 });
layout!(KSDATARANGE_AUDIO 88 {
    MaximumChannels: 64, MinimumBitsPerSample: 68, MaximumBitsPerSample: 72, MinimumSampleFrequency: 76,
    MaximumSampleFrequency: 80
});
layout!(WAVEFORMATEX 18 { nChannels: 2, nSamplesPerSec: 4, nAvgBytesPerSec: 8, nBlockAlign: 12, wBitsPerSample: 14, cbSize: 16 });
layout!(WAVEFORMATEXTENSIBLE 40 { wValidBitsPerSample: 18, dwChannelMask: 20, SubFormat: 24 });
layout!(KSDATAFORMAT_WAVEFORMATEXTENSIBLE 104 { WaveFormatExt: 64 });
layout!(KSATTRIBUTE 24 { Flags: 4, Attribute: 8 });
layout!(KSATTRIBUTE_LIST 16 { Attributes: 8 });
layout!(KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE 40 { SignalProcessingMode: 24 });
layout!(KSMULTIPLE_ITEM 8 { Count: 4 });
layout!(KSIDENTIFIER 24 { Id: 16, Flags: 20 });
layout!(KSP_PIN 32 { PinId: 24 });
layout!(KSNODEPROPERTY 32 { NodeId: 24 });
layout!(KSNODEPROPERTY_AUDIO_CHANNEL 40 { Channel: 32 });
layout!(KSPROPERTY_DESCRIPTION 40 { DescriptionSize: 4, PropTypeSet: 8, MembersListCount: 32 });
layout!(KSPROPERTY_MEMBERSHEADER 16 { MembersSize: 4, MembersCount: 8, Flags: 12 });
layout!(KSPROPERTY_STEPPING_LONG 16 { Reserved: 4, SignedMinimum: 8, SignedMaximum: 12 });
layout!(KSJACK_DESCRIPTION 28 { Color: 4, ConnectionType: 8, GeoLocation: 12, GenLocation: 16, PortConnection: 20, IsConnected: 24 });
layout!(KSJACK_DESCRIPTION2 8 { JackCapabilities: 4 });
layout!(KSAUDIO_POSITION 16 { WriteOffset: 8 });
layout!(KSAUDIO_PRESENTATION_POSITION 16 { u64QPCPosition: 8 });
layout!(KSRTAUDIO_HWLATENCY 12 { ChipsetDelay: 4, CodecDelay: 8 });
layout!(KSRTAUDIO_HWREGISTER 40 { Width: 8, Numerator: 16, Denominator: 24, Accuracy: 32 });
layout!(KSAUDIO_PACKETSIZE_CONSTRAINTS2 16 { PacketSizeFileAlignment: 4, MaxPacketSizeInBytes: 8, NumProcessingModeConstraints: 12 });
layout!(KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT 24 { SamplesPerProcessingPacket: 16, ProcessingPacketDurationInHns: 20 });
layout!(KSPIN_DESCRIPTOR 88 {
    Interfaces: 8, MediumsCount: 16, Mediums: 24, DataRangesCount: 32, DataRanges: 40, DataFlow: 48, Communication: 52,
    Category: 56, Name: 64, Reserved: 72
});
layout!(PCPROPERTY_ITEM 24 { Id: 8, Flags: 12, Handler: 16 });
layout!(PCEVENT_ITEM 24 { Id: 8, Flags: 12, Handler: 16 });
layout!(PCMETHOD_ITEM 24 { Id: 8, Flags: 12, Handler: 16 });
layout!(PCAUTOMATION_TABLE 56 {
    PropertyCount: 4, Properties: 8, MethodItemSize: 16, MethodCount: 20, Methods: 24, EventItemSize: 32,
    EventCount: 36, Events: 40, Reserved: 48
});
layout!(PCCONNECTION_DESCRIPTOR 16 { FromNodePin: 4, ToNode: 8, ToNodePin: 12 });
layout!(PCNODE_DESCRIPTOR 32 { AutomationTable: 8, Type: 16, Name: 24 });
layout!(PCPIN_DESCRIPTOR 112 { MaxFilterInstanceCount: 4, MinFilterInstanceCount: 8, AutomationTable: 16, KsPinDescriptor: 24 });
layout!(PCFILTER_DESCRIPTOR 80 {
    AutomationTable: 8, PinSize: 16, PinCount: 20, Pins: 24, NodeSize: 32, NodeCount: 36, Nodes: 40,
    ConnectionCount: 48, Connections: 56, CategoryCount: 64, Categories: 72
});
layout!(PCPROPERTY_REQUEST 72 {
    MinorTarget: 8, Node: 16, PropertyItem: 24, Verb: 32, InstanceSize: 36, Instance: 40, ValueSize: 48, Value: 56, Irp: 64
});
layout!(PCEVENT_REQUEST 56 { MinorTarget: 8, Node: 16, EventItem: 24, EventEntry: 32, Verb: 40, Irp: 48 });

layout!(IO_STACK_LOCATION 72 { MinorFunction: 1, Parameters: 8, DeviceObject: 40, FileObject: 48, CompletionRoutine: 56, Context: 64 });
layout!(DEVICE_DESCRIPTION 64 { Master: 4, Dma32BitAddresses: 8, BusNumber: 12, InterfaceType: 20, MaximumLength: 32, DeviceAddress: 56 });
layout!(KEY_VALUE_PARTIAL_INFORMATION 16 { Type: 4, DataLength: 8, Data: 12 });
layout!(DEVICE_OBJECT 328 { DriverObject: 8, DeviceExtension: 64 });
layout!(DRIVER_OBJECT 336 { DeviceObject: 8, DriverExtension: 48, DriverName: 56, DriverUnload: 104, MajorFunction: 112 });
layout!(IRP 208 { IoStatus: 48, Tail.Overlay.Anonymous2.Anonymous.CurrentStackLocation: 184 });
layout!(MDL 48 { MdlFlags: 10, MappedSystemVa: 24, StartVa: 32, ByteCount: 40, ByteOffset: 44 });
layout!(KEVENT 24 { Header: 0 });
layout!(UNICODE_STRING 16 { MaximumLength: 2, Buffer: 8 });
layout!(OBJECT_ATTRIBUTES 48 { RootDirectory: 8, ObjectName: 16, Attributes: 24 });
layout!(DEVPROPKEY 20 { pid: 16 });

/// A table of functions and how many slots it has.
macro_rules! slots {
    ($($name:ident $count:literal),* $(,)?) => {
        $(const _: () = assert!(size_of::<$name>() == $count * size_of::<usize>(), stringify!($name));)*
    };
}

slots!(
    IUnknownVtbl 3, IMiniportVtbl 5, IMiniportTopologyVtbl 6, IMiniportWaveRTVtbl 8, IMiniportWaveRTStreamVtbl 11,
    IMiniportWaveRTStreamNotificationVtbl 15, IMiniportWaveRTInputStreamVtbl 4, IMiniportWaveRTOutputStreamVtbl 6,
    IMiniportAudioSignalProcessingVtbl 4, IAdapterPowerManagementVtbl 6, IAdapterPowerManagement2Vtbl 7,
    IAdapterPowerManagement3Vtbl 9, IPortVtbl 6, IPortWaveRTStreamVtbl 9, IPortEventsVtbl 5,
    IUnregisterSubdeviceVtbl 4, IUnregisterPhysicalConnectionVtbl 6, IPortClsEtwHelperVtbl 4,
);

/// Types that `windows-sys` has as well, some as unions without comparison or safe access.
macro_rules! same {
    ($($own:ident = $other:ty),* $(,)?) => {
        $(const _: () = assert!(
            size_of::<$own>() == size_of::<$other>() && align_of::<$own>() == align_of::<$other>(),
            stringify!($own)
        );)*
    };
}

same!(
    GUID = windows_sys::core::GUID,
    KSDATAFORMAT = other::KSDATAFORMAT,
    KSDATARANGE_AUDIO = other::KSDATARANGE_AUDIO,
    WAVEFORMATEX = Audio::WAVEFORMATEX,
    WAVEFORMATEXTENSIBLE = Audio::WAVEFORMATEXTENSIBLE,
    KSATTRIBUTE = other::KSATTRIBUTE,
    KSIDENTIFIER = other::KSIDENTIFIER,
    KSPROPERTY_MEMBERSHEADER = other::KSPROPERTY_MEMBERSHEADER,
    KSPROPERTY_DESCRIPTION = other::KSPROPERTY_DESCRIPTION,
    KSPROPERTY_STEPPING_LONG = other::KSPROPERTY_STEPPING_LONG,
    KSJACK_DESCRIPTION = other::KSJACK_DESCRIPTION,
    KSJACK_DESCRIPTION2 = other::KSJACK_DESCRIPTION2,
    KSAUDIO_POSITION = other::KSAUDIO_POSITION,
    KSAUDIO_PRESENTATION_POSITION = other::KSAUDIO_PRESENTATION_POSITION,
    KSRTAUDIO_HWLATENCY = other::KSRTAUDIO_HWLATENCY,
    KSRTAUDIO_HWREGISTER = other::KSRTAUDIO_HWREGISTER,
);
