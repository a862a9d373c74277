//! Wave filters: a host pin, and a bridge to the topology filter.

use core::ptr;

use super::{FLOWS, automation, bridge, chain, filter, pin, ranges};
use crate::{
    com::{property::handler, wave::Wave},
    filters::{
        CaptureEnd, End, RenderEnd, WaveFilter,
        props::{CableReport, Proposal, VCABLE_SET, VCABLE_STATE},
    },
    format::CHANNEL_COUNTS,
    sys::{
        GUID,
        guid::{KSAUDFNAME_RECORDING_CONTROL, KSCATEGORY_AUDIO, KSNODETYPE_ADC, KSPROPSETID_Pin},
        ks::{
            KSPIN_COMMUNICATION_SINK, KSPIN_DESCRIPTOR, KSPROPERTY_PIN_PROPOSEDATAFORMAT,
            KSPROPERTY_TYPE_BASICSUPPORT, KSPROPERTY_TYPE_GET, KSPROPERTY_TYPE_SET,
        },
        pc::{
            PCAUTOMATION_TABLE, PCCONNECTION_DESCRIPTOR, PCFILTER_DESCRIPTOR, PCNODE_DESCRIPTOR,
            PCPIN_DESCRIPTOR, PCPROPERTY_ITEM,
        },
    },
};

/// Numbers of channels that tables exist for.
const SETTINGS: usize = CHANNEL_COUNTS.len();

/// Properties of a wave filter. All others of pins are PortCls' own: whoever stands here hides its answer.
const fn properties<E: End>() -> [PCPROPERTY_ITEM; 2] {
    [
        PCPROPERTY_ITEM {
            Set: &KSPROPSETID_Pin,
            Id: KSPROPERTY_PIN_PROPOSEDATAFORMAT,
            Flags: KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_BASICSUPPORT,
            Handler: Some(handler::<Wave<WaveFilter<E>>, Proposal>),
        },
        PCPROPERTY_ITEM {
            Set: &raw const VCABLE_SET,
            Id: VCABLE_STATE,
            Flags: KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_BASICSUPPORT,
            Handler: Some(handler::<Wave<WaveFilter<E>>, CableReport>),
        },
    ]
}

static RENDER_PROPERTIES: [PCPROPERTY_ITEM; 2] = properties::<RenderEnd>();
static CAPTURE_PROPERTIES: [PCPROPERTY_ITEM; 2] = properties::<CaptureEnd>();
// No `KSEVENT_PINCAPS_FORMATCHANGE` among its events: that is for drivers whose formats change while they run. What a
// cable offers is read when the device starts, and then its filters, and so its endpoints, are new ones.
static RENDER_AUTOMATION: PCAUTOMATION_TABLE = automation(&RENDER_PROPERTIES, &[]);
static CAPTURE_AUTOMATION: PCAUTOMATION_TABLE = automation(&CAPTURE_PROPERTIES, &[]);

/// Both pins of an end for one number of channels.
const fn pins<E: End>(setting: usize, name: *const GUID) -> [PCPIN_DESCRIPTOR; 2] {
    let slots = &ranges::HOST[setting].0;
    let flow = FLOWS[E::HOST_PIN as usize];
    let host = pin(
        1,
        KSPIN_DESCRIPTOR {
            // Windows opens pins of this kind by an interface of their own, which PortCls fills in.
            InterfacesCount: 0,
            Interfaces: ptr::null(),
            MediumsCount: 0,
            Mediums: ptr::null(),
            DataRangesCount: slots.len() as u32,
            DataRanges: slots.as_ptr(),
            DataFlow: flow,
            Communication: KSPIN_COMMUNICATION_SINK,
            Category: &KSCATEGORY_AUDIO,
            Name: name,
            Reserved: [0; 2],
        },
    );
    let bridge = bridge(FLOWS[1 - E::HOST_PIN as usize], &KSCATEGORY_AUDIO, ptr::null());
    if E::HOST_PIN == 0 { [host, bridge] } else { [bridge, host] }
}

const fn all_pins<E: End>(name: *const GUID) -> [[PCPIN_DESCRIPTOR; 2]; SETTINGS] {
    let mut all = [pins::<E>(0, name); SETTINGS];
    let mut setting = 1;
    while setting < SETTINGS {
        all[setting] = pins::<E>(setting, name);
        setting += 1;
    }
    all
}

static RENDER_PINS: [[PCPIN_DESCRIPTOR; 2]; SETTINGS] = all_pins::<RenderEnd>(ptr::null());
static CAPTURE_PINS: [[PCPIN_DESCRIPTOR; 2]; SETTINGS] =
    all_pins::<CaptureEnd>(&KSAUDFNAME_RECORDING_CONTROL);

/// Where a recording begins, as every capture filter of Microsoft's has it.
static CAPTURE_NODES: [PCNODE_DESCRIPTOR; 1] =
    [PCNODE_DESCRIPTOR { Flags: 0, AutomationTable: ptr::null(), Type: &KSNODETYPE_ADC, Name: ptr::null() }];

static RENDER_CONNECTIONS: [PCCONNECTION_DESCRIPTOR; 1] = chain();
static CAPTURE_CONNECTIONS: [PCCONNECTION_DESCRIPTOR; 2] = chain();

static RENDER: [PCFILTER_DESCRIPTOR; SETTINGS] = {
    let mut all = [filter(&RENDER_AUTOMATION, &RENDER_PINS[0], &[], &RENDER_CONNECTIONS); SETTINGS];
    let mut setting = 1;
    while setting < SETTINGS {
        all[setting] = filter(&RENDER_AUTOMATION, &RENDER_PINS[setting], &[], &RENDER_CONNECTIONS);
        setting += 1;
    }
    all
};

static CAPTURE: [PCFILTER_DESCRIPTOR; SETTINGS] = {
    let mut all =
        [filter(&CAPTURE_AUTOMATION, &CAPTURE_PINS[0], &CAPTURE_NODES, &CAPTURE_CONNECTIONS); SETTINGS];
    let mut setting = 1;
    while setting < SETTINGS {
        all[setting] =
            filter(&CAPTURE_AUTOMATION, &CAPTURE_PINS[setting], &CAPTURE_NODES, &CAPTURE_CONNECTIONS);
        setting += 1;
    }
    all
};

/// Place of a table for up to `most_channels`; that of mono for numbers that no cable is set to.
fn setting(most_channels: u16) -> usize {
    CHANNEL_COUNTS.iter().position(|&channels| channels == most_channels).unwrap_or(0)
}

/// The render filter of a cable with up to `most_channels`.
pub fn render(most_channels: u16) -> &'static PCFILTER_DESCRIPTOR {
    let [first, ..] = &RENDER;
    RENDER.get(setting(most_channels)).unwrap_or(first)
}

/// The capture filter of a cable with up to `most_channels`.
pub fn capture(most_channels: u16) -> &'static PCFILTER_DESCRIPTOR {
    let [first, ..] = &CAPTURE;
    CAPTURE.get(setting(most_channels)).unwrap_or(first)
}
