//! The jack behind the outer pin of a topology filter: there is none, and it is always plugged in.

use bytemuck::{NoUninit, Pod, Zeroable};

use super::answer::{Verb, give, pin, support};
use crate::{
    com::property::{Property, Refusal, Request},
    filters::{End, TopologyFilter},
    sys::{
        ks::{
            KSAUDIO_SPEAKER_STEREO, KSJACK_DESCRIPTION, KSJACK_DESCRIPTION2, KSMULTIPLE_ITEM,
            KSPROPERTY_TYPE_GET, eConnTypeUnknown, eGenLocPrimaryBox, eGeoLocNotApplicable, ePortConnUnknown,
        },
        status::STATUS_INVALID_DEVICE_REQUEST,
    },
};

/// The one jack of a pin.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Described {
    items: KSMULTIPLE_ITEM,
    jack: KSJACK_DESCRIPTION,
}

/// More on it.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Described2 {
    items: KSMULTIPLE_ITEM,
    jack: KSJACK_DESCRIPTION2,
}

const DESCRIBED: Described = Described {
    items: KSMULTIPLE_ITEM { Size: size_of::<Described>() as u32, Count: 1 },
    jack: KSJACK_DESCRIPTION {
        ChannelMapping: KSAUDIO_SPEAKER_STEREO,
        Color: 0,
        ConnectionType: eConnTypeUnknown,
        GeoLocation: eGeoLocNotApplicable,
        GenLocation: eGenLocPrimaryBox,
        PortConnection: ePortConnUnknown,
        IsConnected: 1,
    },
};

const DESCRIBED_2: Described2 = Described2 {
    items: KSMULTIPLE_ITEM { Size: size_of::<Described2>() as u32, Count: 1 },
    jack: KSJACK_DESCRIPTION2 { DeviceStateInfo: 0, JackCapabilities: 0 },
};

fn answer<E: End>(mut request: Request<'_>, described: &impl NoUninit) -> Result<u32, Refusal> {
    match Verb::of(&request)? {
        Verb::BasicSupport => support(&mut request, KSPROPERTY_TYPE_GET, None),
        Verb::Get if pin(&request)? == E::OUTER_PIN => give(&mut request, described),
        _ => Err(STATUS_INVALID_DEVICE_REQUEST.into()),
    }
}

/// `KSPROPERTY_JACK_DESCRIPTION`.
pub struct Jack;

impl<E: End> Property<TopologyFilter<E>> for Jack {
    fn answer(_: &TopologyFilter<E>, request: Request<'_>) -> Result<u32, Refusal> {
        answer::<E>(request, &DESCRIBED)
    }
}

/// `KSPROPERTY_JACK_DESCRIPTION2`: nothing can be plugged in or out.
pub struct Jack2;

impl<E: End> Property<TopologyFilter<E>> for Jack2 {
    fn answer(_: &TopologyFilter<E>, request: Request<'_>) -> Result<u32, Refusal> {
        answer::<E>(request, &DESCRIBED_2)
    }
}
