//! Handlers of properties.

use core::ffi::c_void;
use core::slice;

use super::object::{Class, value};
use crate::sys::NTSTATUS;
use crate::sys::pc::PCPROPERTY_REQUEST;
use crate::sys::status::{STATUS_BUFFER_OVERFLOW, STATUS_INVALID_PARAMETER, STATUS_SUCCESS};

/// A request for a property. Sizes and contents are a client's: nothing about them holds unless it is checked.
pub struct Request<'a> {
    /// The node, or `KSFILTER_NODE`.
    pub node: u32,
    /// A bit mask: look for `KSPROPERTY_TYPE_BASICSUPPORT` first.
    pub verb: u32,
    /// What followed the property: a pin's or a channel's number.
    pub instance: &'a [u8],
    /// How long the value is, or the room for it.
    pub value_bytes: u32,
    /// The value, or the room for it. Empty when the client gave none, whatever the length says.
    pub value: &'a mut [u8],
}

/// An answer that is no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Why.
    pub status: NTSTATUS,
    /// How long a value would be, for `STATUS_BUFFER_OVERFLOW` alone.
    pub value_bytes: u32,
}

impl Refusal {
    /// The answer to the question how long a value is.
    pub const fn length(value_bytes: u32) -> Self {
        Self { status: STATUS_BUFFER_OVERFLOW, value_bytes }
    }
}

impl From<NTSTATUS> for Refusal {
    fn from(status: NTSTATUS) -> Self {
        Self { status, value_bytes: 0 }
    }
}

/// What answers a property for a filter `T`. Handlers run on several threads at once.
pub trait Property<T>: 'static {
    /// Answers, and tells how many bytes of the value it used.
    ///
    /// # Errors
    /// What a client has to hear.
    fn answer(filter: &T, request: Request<'_>) -> Result<u32, Refusal>;
}

/// The handler to stand in a property item of a filter of class `C`, of its pins or nodes.
///
/// # Safety
/// PortCls' to call, for filters of that class.
pub unsafe extern "system" fn handler<C: Class, P: Property<C::Value>>(
    request: *mut PCPROPERTY_REQUEST,
) -> NTSTATUS {
    // SAFETY: PortCls gives a request, for as long as the call lasts.
    let Some(request) = (unsafe { request.as_mut() }) else { return STATUS_INVALID_PARAMETER };
    if request.MajorTarget.is_null() {
        return STATUS_INVALID_PARAMETER;
    }
    // SAFETY: the target is the filter, whose identity is its first face.
    let filter = unsafe { value::<C, 0>(request.MajorTarget) };
    // SAFETY: PortCls has taken both from the client's request with these sizes.
    let instance = unsafe { bytes(request.Instance, request.InstanceSize) };
    // SAFETY: as above.
    let room = unsafe { bytes(request.Value, request.ValueSize) };
    let (node, verb, value_bytes) = (request.Node, request.Verb, request.ValueSize);
    match P::answer(filter, Request { node, verb, instance, value_bytes, value: room }) {
        Ok(used) => {
            request.ValueSize = used;
            STATUS_SUCCESS
        }
        Err(refusal) => {
            request.ValueSize =
                if refusal.status == STATUS_BUFFER_OVERFLOW { refusal.value_bytes } else { 0 };
            refusal.status
        }
    }
}

/// The bytes at an address; none at null.
///
/// # Safety
/// As many must be there, and nobody else's, for as long as they are used.
unsafe fn bytes<'a>(address: *mut c_void, length: u32) -> &'a mut [u8] {
    if address.is_null() {
        return &mut [];
    }
    // SAFETY: not null, and the caller's promise.
    unsafe { slice::from_raw_parts_mut(address.cast(), length as usize) }
}
