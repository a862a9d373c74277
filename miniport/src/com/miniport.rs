//! What all miniports have: a descriptor, and formats that they share with a client.

use core::ffi::c_void;

use super::object::{Class, unknown, value};
use crate::sys::NTSTATUS;
use crate::sys::ks::{KSDATAFORMAT_WAVEFORMATEXTENSIBLE, KSDATARANGE};
use crate::sys::pc::PCFILTER_DESCRIPTOR;
use crate::sys::status::{
    STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_PARAMETER, STATUS_NO_MATCH,
    STATUS_SUCCESS,
};
use crate::sys::vtable::IMiniportVtbl;

/// Bytes of the formats that we answer with.
pub const FORMAT_BYTES: usize = size_of::<KSDATAFORMAT_WAVEFORMATEXTENSIBLE>();
/// No format or range is longer; what claims to be is cut off.
const MOST_BYTES: usize = 4096;

/// A filter.
pub trait Miniport: Send + Sync + 'static {
    /// Its descriptor.
    fn description(&self) -> &PCFILTER_DESCRIPTOR;

    /// A format that is both in the client's range and in ours, each given with all its bytes. The sizes of buffers are
    /// no concern of this: a client that only asks for the length gets it.
    ///
    /// # Errors
    /// `STATUS_NO_MATCH`, and whatever else is wrong.
    fn intersect(&self, pin: u32, client: &[u8], own: &[u8]) -> Result<[u8; FORMAT_BYTES], NTSTATUS>;
}

/// The slots of `IMiniport` for the first face of a class.
pub(super) const fn miniport<C: Class<Value: Miniport>>() -> IMiniportVtbl {
    IMiniportVtbl {
        base: unknown::<C, 0>(),
        GetDescription: get_description::<C>,
        DataRangeIntersection: data_range_intersection::<C>,
    }
}

unsafe extern "system" fn get_description<C: Class<Value: Miniport>>(
    this: *mut c_void,
    description: *mut *const PCFILTER_DESCRIPTOR,
) -> NTSTATUS {
    // SAFETY: a call from outside.
    let miniport = unsafe { value::<C, 0>(this) };
    // SAFETY: PortCls' pointer.
    unsafe { super::give(description, || Ok(core::ptr::from_ref(miniport.description()))) }
}

/// A format or range with all the bytes that it says it has.
///
/// # Safety
/// `head` must be null or point to as many bytes as its own `FormatSize` says, 64 at least.
pub(super) unsafe fn bytes_of<'a>(head: *const KSDATARANGE) -> Option<&'a [u8]> {
    if head.is_null() {
        return None;
    }
    // SAFETY: not null, and so a whole head by the caller's promise.
    let bytes = unsafe { head.read_unaligned() }.FormatSize as usize;
    let long_enough = bytes >= size_of::<KSDATARANGE>();
    // SAFETY: the caller's promise.
    long_enough.then(|| unsafe { core::slice::from_raw_parts(head.cast(), bytes.min(MOST_BYTES)) })
}

unsafe extern "system" fn data_range_intersection<C: Class<Value: Miniport>>(
    this: *mut c_void,
    pin: u32,
    client: *const KSDATARANGE,
    own: *const KSDATARANGE,
    room_bytes: u32,
    format: *mut c_void,
    format_bytes: *mut u32,
) -> NTSTATUS {
    if format_bytes.is_null() {
        return STATUS_INVALID_PARAMETER;
    }
    // SAFETY: a call from outside.
    let miniport = unsafe { value::<C, 0>(this) };
    // SAFETY: PortCls has checked that the client's range is whole.
    let client = unsafe { bytes_of(client) };
    // SAFETY: our own range, from the descriptor.
    let own = unsafe { bytes_of(own) };
    let (Some(client), Some(own)) = (client, own) else { return STATUS_NO_MATCH };
    let found = match miniport.intersect(pin, client, own) {
        Ok(found) => found,
        Err(status) => return status,
    };
    // SAFETY: not null, and PortCls' to give.
    unsafe { format_bytes.write(FORMAT_BYTES as u32) };
    match room_bytes as usize {
        // The question how long the format is. Any other answer and no stream ever opens.
        0 => STATUS_BUFFER_OVERFLOW,
        1..FORMAT_BYTES => STATUS_BUFFER_TOO_SMALL,
        _ if format.is_null() => STATUS_INVALID_PARAMETER,
        _ => {
            // SAFETY: not null, and there is room for as much.
            unsafe { format.cast::<[u8; FORMAT_BYTES]>().write(found) };
            STATUS_SUCCESS
        }
    }
}
