//! What an endpoint is called.

use super::answer::{Verb, pin, put, support};
use crate::{
    cable::Direction,
    com::property::{Property, Refusal, Request},
    filters::{End, TopologyFilter, wave::PINS},
    registry::NAME_UNITS,
    sys::{
        ks::KSPROPERTY_TYPE_GET,
        status::{STATUS_INVALID_DEVICE_REQUEST, STATUS_INVALID_PARAMETER, STATUS_NOT_FOUND},
    },
};

/// Units of the longest name, the longest end and a zero.
const UNITS: usize = NAME_UNITS + " Output".len();

/// `KSPROPERTY_PIN_NAME` of a cable that has a name: "Music Input". Without one this is not in the filter's table, and
/// PortCls answers with what the INF calls the pin.
///
/// PortCls would ask a miniport with `IPinName` too; but what that leaves in the request is nowhere said.
pub struct PinName;

impl<E: End> Property<TopologyFilter<E>> for PinName {
    fn answer(filter: &TopologyFilter<E>, mut request: Request<'_>) -> Result<u32, Refusal> {
        match Verb::of(&request)? {
            Verb::BasicSupport => return support(&mut request, KSPROPERTY_TYPE_GET, None),
            Verb::Set => return Err(STATUS_INVALID_DEVICE_REQUEST.into()),
            Verb::Get => {}
        }
        match pin(&request)? {
            PINS.. => return Err(STATUS_INVALID_PARAMETER.into()),
            pin if pin != E::OUTER_PIN => return Err(STATUS_NOT_FOUND.into()),
            _ => {}
        }
        let name = filter.device().name().ok_or(STATUS_NOT_FOUND)?;
        let end = match E::DIRECTION {
            Direction::Render => " Input",
            Direction::Capture => " Output",
        };
        let mut units = [0_u16; UNITS];
        let mut length = 1;
        for (place, unit) in units.iter_mut().zip(name.iter().copied().chain(end.encode_utf16())) {
            *place = unit;
            length += 1;
        }
        put(&mut request, bytemuck::cast_slice(units.get(..length).ok_or(STATUS_INVALID_PARAMETER)?))
    }
}
