//! Whether a pin takes a format.

use super::answer::{Verb, pin, support};
use crate::{
    com::property::{Property, Refusal, Request},
    filters::{End, WaveFilter, wave::PINS},
    format::{FORMAT_BYTES, propose},
    sys::{
        ks::KSPROPERTY_TYPE_SET,
        status::{
            STATUS_BUFFER_OVERFLOW, STATUS_INVALID_DEVICE_REQUEST, STATUS_INVALID_PARAMETER,
            STATUS_NOT_SUPPORTED,
        },
    },
};

/// `KSPROPERTY_PIN_PROPOSEDATAFORMAT`: set to a format, it fails unless a stream of that format can be opened. It
/// changes nothing.
pub struct Proposal;

impl<E: End> Property<WaveFilter<E>> for Proposal {
    fn answer(filter: &WaveFilter<E>, mut request: Request<'_>) -> Result<u32, Refusal> {
        match Verb::of(&request)? {
            Verb::BasicSupport => return support(&mut request, KSPROPERTY_TYPE_SET, None),
            Verb::Get => return Err(STATUS_INVALID_DEVICE_REQUEST.into()),
            Verb::Set => {}
        }
        match pin(&request)? {
            PINS.. => return Err(STATUS_INVALID_PARAMETER.into()),
            pin if pin != E::HOST_PIN => return Err(STATUS_NOT_SUPPORTED.into()),
            _ => {}
        }
        let value = (!request.value.is_empty()).then_some(&*request.value);
        match propose(request.value_bytes as usize, value, filter.device().offer()) {
            Ok(()) => Ok(request.value_bytes),
            Err(STATUS_BUFFER_OVERFLOW) => Err(Refusal::length(FORMAT_BYTES as u32)),
            Err(status) => Err(status.into()),
        }
    }
}
