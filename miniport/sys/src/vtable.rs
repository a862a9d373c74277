//! The tables of functions behind every PortCls interface that we implement or call.
//!
//! The first argument is always the interface's own address. x64 and ARM64 have one calling convention.

use core::ffi::c_void;

use crate::ks::{
    KSAUDIO_POSITION, KSAUDIO_PRESENTATION_POSITION, KSDATAFORMAT, KSDATARANGE, KSRTAUDIO_HWLATENCY,
    KSRTAUDIO_HWREGISTER, KSSTATE,
};
use crate::nt::{
    DEVICE_DESCRIPTION, DEVICE_OBJECT, DEVICE_POWER_STATE, IRP, KEVENT, MDL, MEMORY_CACHING_TYPE,
    POWER_STATE, SYSTEM_POWER_STATE,
};
use crate::pc::PCFILTER_DESCRIPTOR;
use crate::{BOOL, BOOLEAN, GUID, NTSTATUS};

/// A table: its documentation, and for each slot the function.
macro_rules! vtable {
    ($(#[$doc:meta])* $name:ident $(: $base:ident)? {
        $($(#[$slot_doc:meta])* $slot:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?;)*
    }) => {
        $(#[$doc])*
        #[repr(C)]
        #[derive(Clone, Copy)]
        pub struct $name {
            $(/// The slots before.
            pub base: $base,)?
            $($(#[$slot_doc])* pub $slot:
                unsafe extern "system" fn(this: *mut c_void, $($argument: $type),*) $(-> $result)?,)*
        }
    };
}

vtable! {
    /// The slots that every interface begins with.
    IUnknownVtbl {
        /// Gives another interface of the same object, or null.
        QueryInterface(iid: *const GUID, out: *mut *mut c_void) -> NTSTATUS;
        /// Adds a reference and tells how many there are.
        AddRef() -> u32;
        /// Gives one back and tells how many are left.
        Release() -> u32;
    }
}

vtable! {
    /// What all miniports have.
    IMiniportVtbl: IUnknownVtbl {
        /// Gives the filter's descriptor, which must live as long as the miniport.
        GetDescription(description: *mut *const PCFILTER_DESCRIPTOR) -> NTSTATUS;
        /// Finds a format of both ranges.
        DataRangeIntersection(
            pin: u32,
            client: *const KSDATARANGE,
            own: *const KSDATARANGE,
            room_bytes: u32,
            format: *mut c_void,
            format_bytes: *mut u32
        ) -> NTSTATUS;
    }
}

vtable! {
    /// A topology filter.
    IMiniportTopologyVtbl: IMiniportVtbl {
        /// Called within `IPort::Init`.
        Init(adapter: *mut c_void, resources: *mut c_void, port: *mut c_void) -> NTSTATUS;
    }
}

vtable! {
    /// A wave filter whose clients write to and read from its own buffers.
    IMiniportWaveRTVtbl: IMiniportVtbl {
        /// Called within `IPort::Init`.
        Init(adapter: *mut c_void, resources: *mut c_void, port: *mut c_void) -> NTSTATUS;
        /// Makes a stream, with one reference for the caller.
        NewStream(
            stream: *mut *mut c_void,
            port_stream: *mut c_void,
            pin: u32,
            capture: BOOLEAN,
            format: *const KSDATAFORMAT
        ) -> NTSTATUS;
        /// Says what a bus master could do.
        GetDeviceDescription(description: *mut DEVICE_DESCRIPTION) -> NTSTATUS;
    }
}

vtable! {
    /// A stream.
    IMiniportWaveRTStreamVtbl: IUnknownVtbl {
        /// Changes the format.
        SetFormat(format: *const KSDATAFORMAT) -> NTSTATUS;
        /// Stops, pauses or runs it.
        SetState(state: KSSTATE) -> NTSTATUS;
        /// Tells where in the buffer it is. At `DISPATCH_LEVEL` as well.
        GetPosition(position: *mut KSAUDIO_POSITION) -> NTSTATUS;
        /// Makes the buffer.
        AllocateAudioBuffer(
            requested_bytes: u32,
            mdl: *mut *mut MDL,
            actual_bytes: *mut u32,
            first_page_offset: *mut u32,
            cache: *mut MEMORY_CACHING_TYPE
        ) -> NTSTATUS;
        /// Gives it back.
        FreeAudioBuffer(mdl: *mut MDL, bytes: u32);
        /// Tells the latency of hardware.
        GetHWLatency(latency: *mut KSRTAUDIO_HWLATENCY);
        /// Tells of a register with the position.
        GetPositionRegister(register: *mut KSRTAUDIO_HWREGISTER) -> NTSTATUS;
        /// Tells of a register with a clock.
        GetClockRegister(register: *mut KSRTAUDIO_HWREGISTER) -> NTSTATUS;
    }
}

vtable! {
    /// A stream that signals events.
    IMiniportWaveRTStreamNotificationVtbl: IMiniportWaveRTStreamVtbl {
        /// Makes a buffer of `count` packets.
        AllocateBufferWithNotification(
            count: u32,
            requested_bytes: u32,
            mdl: *mut *mut MDL,
            actual_bytes: *mut u32,
            first_page_offset: *mut u32,
            cache: *mut MEMORY_CACHING_TYPE
        ) -> NTSTATUS;
        /// Gives it back.
        FreeBufferWithNotification(mdl: *mut MDL, bytes: u32);
        /// Adds an event to be signalled with each packet.
        RegisterNotificationEvent(event: *mut KEVENT) -> NTSTATUS;
        /// Removes it.
        UnregisterNotificationEvent(event: *mut KEVENT) -> NTSTATUS;
    }
}

vtable! {
    /// Packets of a capture stream.
    IMiniportWaveRTInputStreamVtbl: IUnknownVtbl {
        /// Tells the next packet that is complete.
        GetReadPacket(packet: *mut u32, flags: *mut u32, qpc: *mut u64, more: *mut BOOL) -> NTSTATUS;
    }
}

vtable! {
    /// Packets of a render stream.
    IMiniportWaveRTOutputStreamVtbl: IUnknownVtbl {
        /// Says which packet was written.
        SetWritePacket(packet: u32, flags: u32, end_of_stream_bytes: u32) -> NTSTATUS;
        /// Tells how far it has come.
        GetOutputStreamPresentationPosition(position: *mut KSAUDIO_PRESENTATION_POSITION) -> NTSTATUS;
        /// Tells how many packets are done.
        GetPacketCount(count: *mut u32) -> NTSTATUS;
    }
}

vtable! {
    /// A miniport with signal processing modes.
    IMiniportAudioSignalProcessingVtbl: IUnknownVtbl {
        /// Lists the modes of a pin. `count` is room when asked, and how many there are when answered.
        GetModes(pin: u32, modes: *mut GUID, count: *mut u32) -> NTSTATUS;
    }
}

vtable! {
    /// An adapter that follows the power state.
    IAdapterPowerManagementVtbl: IUnknownVtbl {
        /// The state is changing.
        PowerChangeState(state: POWER_STATE);
        /// Whether it may.
        QueryPowerChangeState(state: POWER_STATE) -> NTSTATUS;
        /// Corrects a `DEVICE_CAPABILITIES`.
        QueryDeviceCapabilities(capabilities: *mut c_void) -> NTSTATUS;
    }
}

vtable! {
    /// The same, with the system's state.
    IAdapterPowerManagement2Vtbl: IAdapterPowerManagementVtbl {
        /// The states are changing.
        PowerChangeState2(device: DEVICE_POWER_STATE, system: SYSTEM_POWER_STATE);
    }
}

vtable! {
    /// The same, with limits of how long waking may take. `PC_EXIT_LATENCY` is a number.
    IAdapterPowerManagement3Vtbl: IAdapterPowerManagement2Vtbl {
        /// The states are changing.
        PowerChangeState3(device: DEVICE_POWER_STATE, system: SYSTEM_POWER_STATE, latency: i32);
        /// The limit is changing.
        D3ExitLatencyChanged(latency: i32);
    }
}

vtable! {
    /// A port, of either kind.
    IPortVtbl: IUnknownVtbl {
        /// Joins it to its miniport.
        Init(
            device: *mut DEVICE_OBJECT,
            irp: *mut IRP,
            miniport: *mut c_void,
            adapter: *mut c_void,
            resources: *mut c_void
        ) -> NTSTATUS;
        /// Reads a property of the device.
        GetDeviceProperty(property: i32, room_bytes: u32, value: *mut c_void, value_bytes: *mut u32) -> NTSTATUS;
        /// Opens a registry key as an object.
        NewRegistryKey(
            key: *mut *mut c_void,
            outer: *mut c_void,
            kind: u32,
            access: u32,
            attributes: *mut c_void,
            options: u32,
            disposition: *mut u32
        ) -> NTSTATUS;
    }
}

vtable! {
    /// The port's part of a stream. Its last slot, `GetPhysicalPageAddress`, returns as C++ methods do: left out.
    IPortWaveRTStreamVtbl: IUnknownVtbl {
        /// Allocates pages below an address. There may be fewer than asked for.
        AllocatePagesForMdl(high: i64, bytes: usize) -> *mut MDL;
        /// The same without gaps.
        AllocateContiguousPagesForMdl(low: i64, high: i64, bytes: usize) -> *mut MDL;
        /// Maps them, or gives null.
        MapAllocatedPages(mdl: *mut MDL, cache: MEMORY_CACHING_TYPE) -> *mut c_void;
        /// Ends that.
        UnmapAllocatedPages(address: *mut c_void, mdl: *mut MDL);
        /// Gives the pages back.
        FreePagesFromMdl(mdl: *mut MDL);
        /// How many pages there are.
        GetPhysicalPagesCount(mdl: *mut MDL) -> u32;
    }
}

vtable! {
    /// A port's events.
    IPortEventsVtbl: IUnknownVtbl {
        /// Takes a client's entry.
        AddEventToEventList(entry: *mut c_void);
        /// Tells all clients that an event came. At `DISPATCH_LEVEL` as well.
        GenerateEventList(set: *const GUID, id: u32, pin_event: BOOL, pin: u32, node_event: BOOL, node: u32);
    }
}

vtable! {
    /// A port whose subdevice can be unregistered.
    IUnregisterSubdeviceVtbl: IUnknownVtbl {
        /// Does that.
        UnregisterSubdevice(device: *mut DEVICE_OBJECT, port: *mut c_void) -> NTSTATUS;
    }
}

vtable! {
    /// A port whose connections can be unregistered.
    IUnregisterPhysicalConnectionVtbl: IUnknownVtbl {
        /// Does that between two of ours.
        UnregisterPhysicalConnection(
            device: *mut DEVICE_OBJECT,
            from: *mut c_void,
            from_pin: u32,
            to: *mut c_void,
            to_pin: u32
        ) -> NTSTATUS;
        /// Does that towards another's.
        UnregisterPhysicalConnectionToExternal(
            device: *mut DEVICE_OBJECT,
            from: *mut c_void,
            from_pin: u32,
            physical_name: *const c_void,
            physical_pin: u32
        ) -> NTSTATUS;
        /// Does that from another's.
        UnregisterPhysicalConnectionFromExternal(
            device: *mut DEVICE_OBJECT,
            physical_name: *const c_void,
            physical_pin: u32,
            to: *mut c_void,
            to_pin: u32
        ) -> NTSTATUS;
    }
}

vtable! {
    /// A port that writes to the event trace of audio.
    IPortClsEtwHelperVtbl: IUnknownVtbl {
        /// Writes an event like [`eMINIPORT_GLITCH_REPORT`].
        MiniportWriteEtwEvent(event: i32, data1: u64, data2: u64, data3: u64, data4: u64) -> NTSTATUS;
    }
}

/// A buffer is complete.
pub const eMINIPORT_BUFFER_COMPLETE: i32 = 1;
/// A pin changed its state.
pub const eMINIPORT_PIN_STATE: i32 = 2;
/// Sound was lost. The third number says why: 1 is an underrun.
pub const eMINIPORT_GLITCH_REPORT: i32 = 7;
/// The last buffer of a stream was rendered.
pub const eMINIPORT_LAST_BUFFER_RENDERED: i32 = 8;
