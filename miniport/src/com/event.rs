//! Handlers of events.

use super::PortEvents;
use super::object::{Class, value};
use crate::sys::NTSTATUS;
use crate::sys::pc::{PCEVENT_REQUEST, PCEVENT_VERB_ADD, PCEVENT_VERB_REMOVE, PCEVENT_VERB_SUPPORT};
use crate::sys::status::{STATUS_INVALID_PARAMETER, STATUS_NOT_SUPPORTED, STATUS_SUCCESS};

/// A filter that tells clients of events.
pub trait Events {
    /// Its port's events: none before the port has initialised it, and once its cable is gone.
    fn events(&self) -> Option<PortEvents>;
}

/// The handler to stand in an event item of a filter of class `C`, of its pins or nodes. It only keeps the entries.
///
/// # Safety
/// PortCls' to call, for filters of that class.
pub unsafe extern "system" fn handler<C: Class<Value: Events>>(request: *mut PCEVENT_REQUEST) -> NTSTATUS {
    // SAFETY: PortCls gives a request, for as long as the call lasts.
    let Some(request) = (unsafe { request.as_ref() }) else { return STATUS_INVALID_PARAMETER };
    match request.Verb {
        // PortCls itself takes an entry out of its list.
        PCEVENT_VERB_SUPPORT | PCEVENT_VERB_REMOVE => STATUS_SUCCESS,
        PCEVENT_VERB_ADD if !request.MajorTarget.is_null() && !request.EventEntry.is_null() => {
            // SAFETY: the target is the filter, whose identity is its first face.
            let Some(events) = unsafe { value::<C, 0>(request.MajorTarget) }.events() else {
                return STATUS_NOT_SUPPORTED;
            };
            // SAFETY: the entry is of a request that adds it.
            unsafe { events.add(request.EventEntry) };
            STATUS_SUCCESS
        }
        _ => STATUS_INVALID_PARAMETER,
    }
}
