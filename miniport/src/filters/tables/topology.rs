//! Topology filters: volume, mute and peak meter in a row, between the wave filter and the endpoint.

use core::ptr;

use super::{FLOWS, automation, bridge, chain, filter};
use crate::{
    com::{event, property::handler, topology::Topology},
    filters::{
        CaptureEnd, End, RenderEnd, TopologyFilter,
        props::{CpuResources, Jack, Jack2, Meter, Mute, PinName, Volume},
    },
    names::MOST_CABLES,
    sys::{
        GUID,
        guid::{
            KSAUDFNAME_MASTER_MUTE, KSAUDFNAME_MASTER_VOLUME, KSAUDFNAME_MIC_MUTE, KSAUDFNAME_MIC_VOLUME,
            KSCATEGORY_AUDIO, KSEVENTSETID_AudioControlChange, KSNODETYPE_LINE_CONNECTOR,
            KSNODETYPE_MICROPHONE, KSNODETYPE_MUTE, KSNODETYPE_PEAKMETER, KSNODETYPE_VOLUME,
            KSPROPSETID_Audio, KSPROPSETID_Jack, KSPROPSETID_Pin,
        },
        ks::{
            KSEVENT_CONTROL_CHANGE, KSEVENT_TYPE_BASICSUPPORT, KSEVENT_TYPE_ENABLE,
            KSPROPERTY_AUDIO_CPU_RESOURCES, KSPROPERTY_AUDIO_MUTE, KSPROPERTY_AUDIO_PEAKMETER2,
            KSPROPERTY_AUDIO_VOLUMELEVEL, KSPROPERTY_JACK_DESCRIPTION, KSPROPERTY_JACK_DESCRIPTION2,
            KSPROPERTY_PIN_NAME, KSPROPERTY_TYPE_BASICSUPPORT, KSPROPERTY_TYPE_GET, KSPROPERTY_TYPE_SET,
        },
        pc::{
            PCAUTOMATION_TABLE, PCCONNECTION_DESCRIPTOR, PCEVENT_ITEM, PCFILTER_DESCRIPTOR,
            PCNODE_DESCRIPTOR, PCPFNPROPERTY_HANDLER, PCPIN_DESCRIPTOR, PCPROPERTY_ITEM,
        },
    },
};

/// The volume's node.
pub const VOLUME_NODE: u32 = 0;
/// The mute's node.
pub const MUTE_NODE: u32 = 1;

const READ: u32 = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_BASICSUPPORT;
const CHANGE: u32 = READ | KSPROPERTY_TYPE_SET;

const fn item(set: &'static GUID, id: u32, flags: u32, handler: PCPFNPROPERTY_HANDLER) -> PCPROPERTY_ITEM {
    PCPROPERTY_ITEM { Set: set, Id: id, Flags: flags, Handler: Some(handler) }
}

/// What the filter answers, then its three nodes.
struct Properties {
    filter: [PCPROPERTY_ITEM; 3],
    volume: [PCPROPERTY_ITEM; 2],
    mute: [PCPROPERTY_ITEM; 2],
    meter: [PCPROPERTY_ITEM; 2],
    change: [PCEVENT_ITEM; 1],
}

const fn properties<E: End>() -> Properties {
    let cpu = item(
        &KSPROPSETID_Audio,
        KSPROPERTY_AUDIO_CPU_RESOURCES,
        READ,
        handler::<Topology<TopologyFilter<E>>, CpuResources>,
    );
    Properties {
        filter: [
            item(
                &KSPROPSETID_Jack,
                KSPROPERTY_JACK_DESCRIPTION,
                READ,
                handler::<Topology<TopologyFilter<E>>, Jack>,
            ),
            item(
                &KSPROPSETID_Jack,
                KSPROPERTY_JACK_DESCRIPTION2,
                READ,
                handler::<Topology<TopologyFilter<E>>, Jack2>,
            ),
            // Only of cables with a name of their own: see `automations`.
            item(
                &KSPROPSETID_Pin,
                KSPROPERTY_PIN_NAME,
                READ,
                handler::<Topology<TopologyFilter<E>>, PinName>,
            ),
        ],
        volume: [
            item(
                &KSPROPSETID_Audio,
                KSPROPERTY_AUDIO_VOLUMELEVEL,
                CHANGE,
                handler::<Topology<TopologyFilter<E>>, Volume>,
            ),
            cpu,
        ],
        mute: [
            item(
                &KSPROPSETID_Audio,
                KSPROPERTY_AUDIO_MUTE,
                CHANGE,
                handler::<Topology<TopologyFilter<E>>, Mute>,
            ),
            cpu,
        ],
        meter: [
            item(
                &KSPROPSETID_Audio,
                KSPROPERTY_AUDIO_PEAKMETER2,
                READ,
                handler::<Topology<TopologyFilter<E>>, Meter>,
            ),
            cpu,
        ],
        change: [PCEVENT_ITEM {
            Set: &KSEVENTSETID_AudioControlChange,
            Id: KSEVENT_CONTROL_CHANGE,
            Flags: KSEVENT_TYPE_ENABLE | KSEVENT_TYPE_BASICSUPPORT,
            Handler: Some(event::handler::<Topology<TopologyFilter<E>>>),
        }],
    }
}

static RENDER_PROPERTIES: Properties = properties::<RenderEnd>();
static CAPTURE_PROPERTIES: Properties = properties::<CaptureEnd>();

/// The tables of the filter, without and with a name of its cable's own, and of its nodes.
struct Automation {
    filter: [PCAUTOMATION_TABLE; 2],
    nodes: [PCAUTOMATION_TABLE; 3],
}

const fn automations(properties: &'static Properties) -> Automation {
    // The name is the last one.
    let (unnamed, _) = properties.filter.split_at(properties.filter.len() - 1);
    Automation {
        filter: [automation(unnamed, &[]), automation(&properties.filter, &[])],
        nodes: [
            automation(&properties.volume, &properties.change),
            automation(&properties.mute, &properties.change),
            automation(&properties.meter, &[]),
        ],
    }
}

static RENDER_AUTOMATION: Automation = automations(&RENDER_PROPERTIES);
static CAPTURE_AUTOMATION: Automation = automations(&CAPTURE_PROPERTIES);

const fn nodes(
    automation: &'static Automation,
    volume: &'static GUID,
    mute: &'static GUID,
) -> [PCNODE_DESCRIPTOR; 3] {
    let [of_volume, of_mute, of_meter] = &automation.nodes;
    [
        PCNODE_DESCRIPTOR { Flags: 0, AutomationTable: of_volume, Type: &KSNODETYPE_VOLUME, Name: volume },
        PCNODE_DESCRIPTOR { Flags: 0, AutomationTable: of_mute, Type: &KSNODETYPE_MUTE, Name: mute },
        PCNODE_DESCRIPTOR {
            Flags: 0,
            AutomationTable: of_meter,
            Type: &KSNODETYPE_PEAKMETER,
            Name: ptr::null(),
        },
    ]
}

static RENDER_NODES: [PCNODE_DESCRIPTOR; 3] =
    nodes(&RENDER_AUTOMATION, &KSAUDFNAME_MASTER_VOLUME, &KSAUDFNAME_MASTER_MUTE);
static CAPTURE_NODES: [PCNODE_DESCRIPTOR; 3] =
    nodes(&CAPTURE_AUTOMATION, &KSAUDFNAME_MIC_VOLUME, &KSAUDFNAME_MIC_MUTE);

static CONNECTIONS: [PCCONNECTION_DESCRIPTOR; 4] = chain();

/// Names of the outer pins, which the INF translates: the last two bytes are the cable's number and the end.
const fn names(end: u128) -> [GUID; MOST_CABLES] {
    let mut names = [GUID::from_u128(0); MOST_CABLES];
    let mut index = 0;
    while index < MOST_CABLES {
        let number = index as u128 + 1;
        names[index] = GUID::from_u128(0xD4F1A6C2_93B7_4E0D_8A51_564341000000 | number << 8 | end);
        index += 1;
    }
    names
}

static RENDER_NAMES: [GUID; MOST_CABLES] = names(1);
static CAPTURE_NAMES: [GUID; MOST_CABLES] = names(2);

/// The pins of an end, of which Windows makes an endpoint of the kind that `category` says, under `name`.
const fn pins<E: End>(category: &'static GUID, name: &'static GUID) -> [PCPIN_DESCRIPTOR; 2] {
    let [into, out] = FLOWS;
    if E::OUTER_PIN == 0 {
        [bridge(into, category, name), bridge(out, &KSCATEGORY_AUDIO, ptr::null())]
    } else {
        [bridge(into, &KSCATEGORY_AUDIO, ptr::null()), bridge(out, category, name)]
    }
}

const fn all_pins<E: End>(
    category: &'static GUID,
    names: &'static [GUID; MOST_CABLES],
) -> [[PCPIN_DESCRIPTOR; 2]; MOST_CABLES] {
    let mut all = [pins::<E>(category, &names[0]); MOST_CABLES];
    let mut index = 1;
    while index < MOST_CABLES {
        all[index] = pins::<E>(category, &names[index]);
        index += 1;
    }
    all
}

// Not a speaker: Windows names all of those alike.
static RENDER_PINS: [[PCPIN_DESCRIPTOR; 2]; MOST_CABLES] =
    all_pins::<RenderEnd>(&KSNODETYPE_LINE_CONNECTOR, &RENDER_NAMES);
static CAPTURE_PINS: [[PCPIN_DESCRIPTOR; 2]; MOST_CABLES] =
    all_pins::<CaptureEnd>(&KSNODETYPE_MICROPHONE, &CAPTURE_NAMES);

/// The filters of all cables, without and with names of their own.
const fn filters(
    automation: &'static Automation,
    pins: &'static [[PCPIN_DESCRIPTOR; 2]; MOST_CABLES],
    nodes: &'static [PCNODE_DESCRIPTOR; 3],
) -> [[PCFILTER_DESCRIPTOR; MOST_CABLES]; 2] {
    let [unnamed, named] = &automation.filter;
    let mut all = [
        [filter(unnamed, &pins[0], nodes, &CONNECTIONS); MOST_CABLES],
        [filter(named, &pins[0], nodes, &CONNECTIONS); MOST_CABLES],
    ];
    let mut index = 1;
    while index < MOST_CABLES {
        all[0][index] = filter(unnamed, &pins[index], nodes, &CONNECTIONS);
        all[1][index] = filter(named, &pins[index], nodes, &CONNECTIONS);
        index += 1;
    }
    all
}

static RENDER: [[PCFILTER_DESCRIPTOR; MOST_CABLES]; 2] =
    filters(&RENDER_AUTOMATION, &RENDER_PINS, &RENDER_NODES);
static CAPTURE: [[PCFILTER_DESCRIPTOR; MOST_CABLES]; 2] =
    filters(&CAPTURE_AUTOMATION, &CAPTURE_PINS, &CAPTURE_NODES);

/// The render filter of the cable `number`, counted from 1, which may have a name of its own.
pub fn render(number: u32, named: bool) -> &'static PCFILTER_DESCRIPTOR {
    of(&RENDER, number, named)
}

/// The capture filter of the cable `number`, counted from 1, which may have a name of its own.
pub fn capture(number: u32, named: bool) -> &'static PCFILTER_DESCRIPTOR {
    of(&CAPTURE, number, named)
}

fn of(
    [unnamed, own_named]: &'static [[PCFILTER_DESCRIPTOR; MOST_CABLES]; 2],
    number: u32,
    named: bool,
) -> &'static PCFILTER_DESCRIPTOR {
    let all = if named { own_named } else { unnamed };
    let [first, ..] = all;
    all.get((number as usize).saturating_sub(1)).unwrap_or(first)
}
