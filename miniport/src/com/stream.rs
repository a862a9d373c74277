//! Streams: `IMiniportWaveRTStreamNotification`, and the packets of either direction.

use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr::NonNull;

use super::object::{Class, Face, unknown, value};
use super::{give, status_of};
use crate::sys::guid::{
    IID_IMiniportWaveRTInputStream, IID_IMiniportWaveRTOutputStream, IID_IMiniportWaveRTStream,
    IID_IMiniportWaveRTStreamNotification,
};
use crate::sys::ks::{
    KSAUDIO_POSITION, KSAUDIO_PRESENTATION_POSITION, KSDATAFORMAT, KSRTAUDIO_HWLATENCY, KSRTAUDIO_HWREGISTER,
    KSSTATE,
};
use crate::sys::nt::{KEVENT, KeSetEvent, MDL, MEMORY_CACHING_TYPE, MmCached};
use crate::sys::status::{STATUS_INVALID_PARAMETER, STATUS_NOT_SUPPORTED, STATUS_SUCCESS};
use crate::sys::vtable::{
    IMiniportWaveRTInputStreamVtbl, IMiniportWaveRTOutputStreamVtbl, IMiniportWaveRTStreamNotificationVtbl,
    IMiniportWaveRTStreamVtbl,
};
use crate::sys::{BOOL, NTSTATUS};

/// An event of a client, valid while it is registered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Event(NonNull<KEVENT>);

// SAFETY: the kernel's events are for all threads.
unsafe impl Send for Event {}
// SAFETY: as above.
unsafe impl Sync for Event {}

impl Event {
    /// Signals it. Up to `DISPATCH_LEVEL`, and only while it is registered.
    pub fn signal(self) {
        // SAFETY: PortCls keeps a registered event alive until it has been unregistered.
        unsafe { KeSetEvent(self.0.as_ptr(), 0, 0) };
    }
}

/// A buffer as PortCls wants to know it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Buffer {
    /// Its pages: [`super::Pages::mdl`].
    pub mdl: *mut MDL,
    /// Its length: not less than was asked for.
    pub bytes: u32,
}

/// A packet that a client may read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReadPacket {
    /// Its number.
    pub packet: u32,
    /// The performance counter at its first sample.
    pub counter: u64,
    /// Whether another one is complete.
    pub more: bool,
}

/// A stream. At `PASSIVE_LEVEL` but for [`Stream::position`].
pub trait Stream: Send + Sync + 'static {
    /// Stops, pauses or runs it.
    ///
    /// # Errors
    /// For what is no state.
    fn set_state(&self, state: KSSTATE) -> Result<(), NTSTATUS>;

    /// Where in the buffer it is. Up to `DISPATCH_LEVEL`.
    ///
    /// # Errors
    /// None that a client expects.
    fn position(&self) -> Result<KSAUDIO_POSITION, NTSTATUS>;

    /// Makes the buffer: `packets` is 0 for one without notifications.
    ///
    /// # Errors
    /// For sizes and counts that can't be, and without memory.
    fn allocate(&self, packets: u32, requested_bytes: u32) -> Result<Buffer, NTSTATUS>;

    /// Gives the buffer back, if there is one.
    fn free(&self);

    /// Adds an event.
    ///
    /// # Errors
    /// For one that is there already, and without memory.
    fn register(&self, event: Event) -> Result<(), NTSTATUS>;

    /// Removes an event, which is not signalled any more when this returns.
    ///
    /// # Errors
    /// For one that is not there.
    fn unregister(&self, event: Event) -> Result<(), NTSTATUS>;
}

/// Packets of a render stream.
pub trait RenderStream: Stream {
    /// The client has written a packet.
    ///
    /// # Errors
    /// For packets too early or too late, and what else makes no sense.
    fn set_write_packet(&self, packet: u32, flags: u32, end_of_stream_bytes: u32) -> Result<(), NTSTATUS>;

    /// Frames since the beginning, with the performance counter at that moment.
    ///
    /// # Errors
    /// Without packets.
    fn presentation(&self) -> Result<KSAUDIO_PRESENTATION_POSITION, NTSTATUS>;

    /// Packets done since the beginning.
    ///
    /// # Errors
    /// Without packets.
    fn packet_count(&self) -> Result<u32, NTSTATUS>;
}

/// Packets of a capture stream.
pub trait CaptureStream: Stream {
    /// The next complete packet.
    ///
    /// # Errors
    /// When there is none.
    fn read_packet(&self) -> Result<ReadPacket, NTSTATUS>;
}

/// The class of render streams that hold a `T`.
pub struct Render<T>(PhantomData<T>);

// SAFETY: each table is made for its face, and the identifiers are its slots'.
unsafe impl<T: RenderStream> Class for Render<T> {
    type Value = T;
    const INTERFACES: [Face; 2] = [
        Face::new(&Self::TABLE, &[IID_IMiniportWaveRTStreamNotification, IID_IMiniportWaveRTStream]),
        Face::new(&Self::PACKETS, &[IID_IMiniportWaveRTOutputStream]),
    ];
}

impl<T: RenderStream> Render<T> {
    const TABLE: IMiniportWaveRTStreamNotificationVtbl = table::<Self>();
    const PACKETS: IMiniportWaveRTOutputStreamVtbl = IMiniportWaveRTOutputStreamVtbl {
        base: unknown::<Self, 1>(),
        SetWritePacket: set_write_packet::<T>,
        GetOutputStreamPresentationPosition: presentation::<T>,
        GetPacketCount: packet_count::<T>,
    };
}

/// The class of capture streams that hold a `T`.
pub struct Capture<T>(PhantomData<T>);

// SAFETY: each table is made for its face, and the identifiers are its slots'.
unsafe impl<T: CaptureStream> Class for Capture<T> {
    type Value = T;
    const INTERFACES: [Face; 2] = [
        Face::new(&Self::TABLE, &[IID_IMiniportWaveRTStreamNotification, IID_IMiniportWaveRTStream]),
        Face::new(&Self::PACKETS, &[IID_IMiniportWaveRTInputStream]),
    ];
}

impl<T: CaptureStream> Capture<T> {
    const TABLE: IMiniportWaveRTStreamNotificationVtbl = table::<Self>();
    const PACKETS: IMiniportWaveRTInputStreamVtbl =
        IMiniportWaveRTInputStreamVtbl { base: unknown::<Self, 1>(), GetReadPacket: read_packet::<T> };
}

/// The first face of either.
const fn table<C: Class<Value: Stream>>() -> IMiniportWaveRTStreamNotificationVtbl {
    IMiniportWaveRTStreamNotificationVtbl {
        base: IMiniportWaveRTStreamVtbl {
            base: unknown::<C, 0>(),
            SetFormat: set_format,
            SetState: set_state::<C>,
            GetPosition: position::<C>,
            AllocateAudioBuffer: allocate_plain::<C>,
            FreeAudioBuffer: free::<C>,
            GetHWLatency: latency,
            GetPositionRegister: no_register,
            GetClockRegister: no_register,
        },
        AllocateBufferWithNotification: allocate_packets::<C>,
        FreeBufferWithNotification: free::<C>,
        RegisterNotificationEvent: register::<C>,
        UnregisterNotificationEvent: unregister::<C>,
    }
}

/// The format of a stream never changes; another one is another stream.
unsafe extern "system" fn set_format(_: *mut c_void, _: *const KSDATAFORMAT) -> NTSTATUS {
    STATUS_NOT_SUPPORTED
}

unsafe extern "system" fn set_state<C: Class<Value: Stream>>(this: *mut c_void, state: KSSTATE) -> NTSTATUS {
    // SAFETY: a call from outside.
    status_of(unsafe { value::<C, 0>(this) }.set_state(state))
}

unsafe extern "system" fn position<C: Class<Value: Stream>>(
    this: *mut c_void,
    position: *mut KSAUDIO_POSITION,
) -> NTSTATUS {
    // SAFETY: a call from outside.
    let stream = unsafe { value::<C, 0>(this) };
    // SAFETY: PortCls' pointer.
    unsafe { give(position, || stream.position()) }
}

/// Where the parts of a buffer's description go.
struct Described {
    mdl: *mut *mut MDL,
    bytes: *mut u32,
    first_page_offset: *mut u32,
    cache: *mut MEMORY_CACHING_TYPE,
}

/// Makes a buffer and describes it.
///
/// # Safety
/// A call from outside, with pointers of PortCls.
unsafe fn allocate<C: Class<Value: Stream>>(
    this: *mut c_void,
    packets: u32,
    requested_bytes: u32,
    out: &Described,
) -> NTSTATUS {
    if out.mdl.is_null() || out.bytes.is_null() || out.first_page_offset.is_null() || out.cache.is_null() {
        return STATUS_INVALID_PARAMETER;
    }
    // SAFETY: the caller's promise.
    let buffer = match unsafe { value::<C, 0>(this) }.allocate(packets, requested_bytes) {
        Ok(buffer) => buffer,
        Err(status) => return status,
    };
    // SAFETY: not null, and PortCls' to give.
    unsafe { out.mdl.write(buffer.mdl) };
    // SAFETY: as above.
    unsafe { out.bytes.write(buffer.bytes) };
    // SAFETY: as above.
    unsafe { out.first_page_offset.write(0) };
    // SAFETY: as above.
    unsafe { out.cache.write(MmCached) };
    STATUS_SUCCESS
}

unsafe extern "system" fn allocate_plain<C: Class<Value: Stream>>(
    this: *mut c_void,
    requested_bytes: u32,
    mdl: *mut *mut MDL,
    bytes: *mut u32,
    first_page_offset: *mut u32,
    cache: *mut MEMORY_CACHING_TYPE,
) -> NTSTATUS {
    // SAFETY: a call from outside.
    unsafe { allocate::<C>(this, 0, requested_bytes, &Described { mdl, bytes, first_page_offset, cache }) }
}

unsafe extern "system" fn allocate_packets<C: Class<Value: Stream>>(
    this: *mut c_void,
    packets: u32,
    requested_bytes: u32,
    mdl: *mut *mut MDL,
    bytes: *mut u32,
    first_page_offset: *mut u32,
    cache: *mut MEMORY_CACHING_TYPE,
) -> NTSTATUS {
    if packets == 0 {
        return STATUS_INVALID_PARAMETER;
    }
    // SAFETY: a call from outside.
    unsafe {
        allocate::<C>(this, packets, requested_bytes, &Described { mdl, bytes, first_page_offset, cache })
    }
}

unsafe extern "system" fn free<C: Class<Value: Stream>>(this: *mut c_void, _: *mut MDL, _: u32) {
    // SAFETY: a call from outside.
    unsafe { value::<C, 0>(this) }.free();
}

/// There is no hardware.
unsafe extern "system" fn latency(_: *mut c_void, latency: *mut KSRTAUDIO_HWLATENCY) {
    let none = KSRTAUDIO_HWLATENCY { FifoSize: 0, ChipsetDelay: 0, CodecDelay: 0 };
    // SAFETY: PortCls' pointer.
    unsafe { give(latency, || Ok(none)) };
}

/// And none of its registers.
unsafe extern "system" fn no_register(_: *mut c_void, _: *mut KSRTAUDIO_HWREGISTER) -> NTSTATUS {
    STATUS_NOT_SUPPORTED
}

/// An event that PortCls gave.
fn event(event: *mut KEVENT) -> Result<Event, NTSTATUS> {
    NonNull::new(event).map(Event).ok_or(STATUS_INVALID_PARAMETER)
}

unsafe extern "system" fn register<C: Class<Value: Stream>>(
    this: *mut c_void,
    given: *mut KEVENT,
) -> NTSTATUS {
    // SAFETY: a call from outside.
    let stream = unsafe { value::<C, 0>(this) };
    status_of(event(given).and_then(|event| stream.register(event)))
}

unsafe extern "system" fn unregister<C: Class<Value: Stream>>(
    this: *mut c_void,
    given: *mut KEVENT,
) -> NTSTATUS {
    // SAFETY: a call from outside.
    let stream = unsafe { value::<C, 0>(this) };
    status_of(event(given).and_then(|event| stream.unregister(event)))
}

unsafe extern "system" fn set_write_packet<T: RenderStream>(
    this: *mut c_void,
    packet: u32,
    flags: u32,
    end_of_stream_bytes: u32,
) -> NTSTATUS {
    // SAFETY: a call from outside.
    let stream = unsafe { value::<Render<T>, 1>(this) };
    status_of(stream.set_write_packet(packet, flags, end_of_stream_bytes))
}

unsafe extern "system" fn presentation<T: RenderStream>(
    this: *mut c_void,
    position: *mut KSAUDIO_PRESENTATION_POSITION,
) -> NTSTATUS {
    // SAFETY: a call from outside.
    let stream = unsafe { value::<Render<T>, 1>(this) };
    // SAFETY: PortCls' pointer.
    unsafe { give(position, || stream.presentation()) }
}

unsafe extern "system" fn packet_count<T: RenderStream>(this: *mut c_void, count: *mut u32) -> NTSTATUS {
    // SAFETY: a call from outside.
    let stream = unsafe { value::<Render<T>, 1>(this) };
    // SAFETY: PortCls' pointer.
    unsafe { give(count, || stream.packet_count()) }
}

unsafe extern "system" fn read_packet<T: CaptureStream>(
    this: *mut c_void,
    packet: *mut u32,
    flags: *mut u32,
    counter: *mut u64,
    more: *mut BOOL,
) -> NTSTATUS {
    if packet.is_null() || flags.is_null() || counter.is_null() || more.is_null() {
        return STATUS_INVALID_PARAMETER;
    }
    // SAFETY: a call from outside.
    let read = match unsafe { value::<Capture<T>, 1>(this) }.read_packet() {
        Ok(read) => read,
        Err(status) => return status,
    };
    // SAFETY: not null, and PortCls' to give.
    unsafe { packet.write(read.packet) };
    // SAFETY: as above.
    unsafe { flags.write(0) };
    // SAFETY: as above.
    unsafe { counter.write(read.counter) };
    // SAFETY: as above.
    unsafe { more.write(BOOL::from(read.more)) };
    STATUS_SUCCESS
}
