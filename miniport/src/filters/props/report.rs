//! The cable's own property: its state, for programs that show it.

use super::answer::{Verb, give, support};
use crate::{
    com::property::{Property, Refusal, Request},
    filters::{End, WaveFilter},
    sys::{GUID, ks::KSPROPERTY_TYPE_GET, status::STATUS_INVALID_DEVICE_REQUEST},
};

/// `KSPROPSETID_VCable`: our own set, on both wave filters.
pub static VCABLE_SET: GUID = GUID::from_u128(0xE3A5B7D1_2C4F_4B86_9D0E_564341424C45);
/// Its one property: a [`CableState`](crate::cable::CableState).
pub const VCABLE_STATE: u32 = 1;

/// Answers it.
pub struct CableReport;

impl<E: End> Property<WaveFilter<E>> for CableReport {
    fn answer(filter: &WaveFilter<E>, mut request: Request<'_>) -> Result<u32, Refusal> {
        match Verb::of(&request)? {
            Verb::BasicSupport => support(&mut request, KSPROPERTY_TYPE_GET, None),
            Verb::Get => give(&mut request, &filter.device().report()),
            Verb::Set => Err(STATUS_INVALID_DEVICE_REQUEST.into()),
        }
    }
}
