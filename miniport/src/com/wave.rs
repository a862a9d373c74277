//! Wave filters: `IMiniportWaveRT` and `IMiniportAudioSignalProcessing`.

use core::ffi::c_void;
use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::miniport::{Miniport, bytes_of, miniport};
use super::object::{Class, Face, Ref, reference, unknown, value};
use super::{Port, PortStream, status_of};
use crate::sys::guid::{IID_IMiniport, IID_IMiniportAudioSignalProcessing, IID_IMiniportWaveRT};
use crate::sys::ks::{KSDATAFORMAT, KSDATAFORMAT_ATTRIBUTES, KSMULTIPLE_ITEM};
use crate::sys::nt::{DEVICE_DESCRIPTION, PCIBus};
use crate::sys::status::{STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_PARAMETER, STATUS_SUCCESS};
use crate::sys::vtable::{IMiniportAudioSignalProcessingVtbl, IMiniportWaveRTVtbl};
use crate::sys::{BOOLEAN, GUID, NTSTATUS};

/// Lists of attributes are not longer; what claims to be is refused.
const MOST_ATTRIBUTE_BYTES: u32 = 4096;

/// A format as a client names it, with all its bytes.
#[derive(Clone, Copy)]
pub struct Requested<'a> {
    /// A `KSDATAFORMAT` and what it is the head of.
    pub format: &'a [u8],
    /// The list behind it: a `KSMULTIPLE_ITEM` and its attributes.
    pub attributes: Option<&'a [u8]>,
}

/// A wave filter.
pub trait WaveMiniport: Miniport + Sized {
    /// The class of its streams: [`super::stream::Render`] or [`super::stream::Capture`].
    type Stream: Class;

    /// Called once, when its port is made. `port` is borrowed: what outlives this must be a reference of its own.
    ///
    /// # Errors
    /// Whatever keeps it from working.
    fn init(&self, port: &Port) -> Result<(), NTSTATUS>;

    /// Makes a stream, stopped and at position 0. `own` is this filter, to be held by the stream as `port_stream` is.
    ///
    /// # Errors
    /// For pins and formats that it does not have, and without memory.
    fn new_stream(
        &self,
        own: Ref<Wave<Self>>,
        port_stream: PortStream,
        pin: u32,
        capture: bool,
        requested: Requested<'_>,
    ) -> Result<Ref<Self::Stream>, NTSTATUS>;

    /// The signal processing modes of a pin.
    ///
    /// # Errors
    /// For pins that do not exist or have none.
    fn modes(&self, pin: u32) -> Result<&[GUID], NTSTATUS>;
}

/// The class of wave filters that hold a `T`.
pub struct Wave<T>(PhantomData<T>);

// SAFETY: each table is made for its face, and the identifiers are its slots'.
unsafe impl<T: WaveMiniport> Class for Wave<T> {
    type Value = T;
    const INTERFACES: [Face; 2] = [
        Face::new(&Self::TABLE, &[IID_IMiniportWaveRT, IID_IMiniport]),
        Face::new(&Self::MODES, &[IID_IMiniportAudioSignalProcessing]),
    ];
}

impl<T: WaveMiniport> Wave<T> {
    const TABLE: IMiniportWaveRTVtbl = IMiniportWaveRTVtbl {
        base: miniport::<Self>(),
        Init: init::<T>,
        NewStream: new_stream::<T>,
        GetDeviceDescription: get_device_description,
    };
    const MODES: IMiniportAudioSignalProcessingVtbl =
        IMiniportAudioSignalProcessingVtbl { base: unknown::<Self, 1>(), GetModes: get_modes::<T> };
}

unsafe extern "system" fn init<T: WaveMiniport>(
    this: *mut c_void,
    _adapter: *mut c_void,
    _resources: *mut c_void,
    port: *mut c_void,
) -> NTSTATUS {
    // SAFETY: a call from outside.
    let miniport = unsafe { value::<Wave<T>, 0>(this) };
    // SAFETY: PortCls gives the port.
    match unsafe { Port::borrowed(port) } {
        Ok(port) => status_of(miniport.init(&port)),
        Err(status) => status,
    }
}

unsafe extern "system" fn new_stream<T: WaveMiniport>(
    this: *mut c_void,
    stream: *mut *mut c_void,
    port_stream: *mut c_void,
    pin: u32,
    capture: BOOLEAN,
    format: *const KSDATAFORMAT,
) -> NTSTATUS {
    // SAFETY: a call from outside.
    let own = unsafe { reference::<Wave<T>, 0>(this) };
    // SAFETY: PortCls has checked that the format and its attributes are whole.
    let requested = unsafe { requested(format) };
    let make = || {
        // SAFETY: PortCls gives its part of the stream.
        let port_stream = unsafe { PortStream::borrowed(port_stream) }?;
        let stream = own.new_stream(own.clone(), port_stream, pin, capture != 0, requested?)?;
        Ok(stream.into_interface())
    };
    // SAFETY: PortCls' pointer.
    unsafe { super::give(stream, make) }
}

/// The bytes of a format, and of the attributes behind it.
///
/// # Safety
/// `format` must be null, or a whole format with the whole list of attributes that its flags announce behind it.
unsafe fn requested<'a>(format: *const KSDATAFORMAT) -> Result<Requested<'a>, NTSTATUS> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { bytes_of(format) }.ok_or(STATUS_INVALID_PARAMETER)?;
    // SAFETY: there are as many bytes as a head has.
    let head = unsafe { format.read_unaligned() };
    if head.Flags & KSDATAFORMAT_ATTRIBUTES == 0 {
        return Ok(Requested { format: bytes, attributes: None });
    }
    let offset = head.FormatSize.checked_next_multiple_of(8).ok_or(STATUS_INVALID_PARAMETER)?;
    let list = format.cast::<u8>().wrapping_add(offset as usize);
    // SAFETY: the caller's promise: a list is there.
    let items = unsafe { list.cast::<KSMULTIPLE_ITEM>().read_unaligned() };
    if items.Size < size_of::<KSMULTIPLE_ITEM>() as u32 || items.Size > MOST_ATTRIBUTE_BYTES {
        return Err(STATUS_INVALID_PARAMETER);
    }
    // SAFETY: the caller's promise: all of it is there.
    let attributes = unsafe { core::slice::from_raw_parts(list, items.Size as usize) };
    Ok(Requested { format: bytes, attributes: Some(attributes) })
}

/// What a bus master could do. We are none: this lets PortCls take pages anywhere.
unsafe extern "system" fn get_device_description(
    _: *mut c_void,
    description: *mut DEVICE_DESCRIPTION,
) -> NTSTATUS {
    let anything = DEVICE_DESCRIPTION {
        Master: 1,
        ScatterGather: 1,
        Dma32BitAddresses: 1,
        InterfaceType: PCIBus,
        MaximumLength: u32::MAX,
        ..DEVICE_DESCRIPTION::zeroed()
    };
    // SAFETY: PortCls' pointer.
    unsafe { super::give(description, || Ok(anything)) }
}

unsafe extern "system" fn get_modes<T: WaveMiniport>(
    this: *mut c_void,
    pin: u32,
    modes: *mut GUID,
    count: *mut u32,
) -> NTSTATUS {
    if count.is_null() {
        return STATUS_INVALID_PARAMETER;
    }
    // SAFETY: a call from outside.
    let own = match unsafe { value::<Wave<T>, 1>(this) }.modes(pin) {
        Ok(own) => own,
        Err(status) => return status,
    };
    // SAFETY: not null, and PortCls' to give.
    let room = unsafe { count.replace(own.len() as u32) };
    if modes.is_null() {
        return STATUS_SUCCESS;
    }
    if (room as usize) < own.len() {
        return STATUS_BUFFER_TOO_SMALL;
    }
    // SAFETY: there is room for as many, and nothing of ours lies there.
    unsafe { modes.copy_from_nonoverlapping(own.as_ptr(), own.len()) };
    STATUS_SUCCESS
}
