//! Descriptors: what a filter consists of. All of them are constants, whoever reads them.

mod ranges;
pub mod topology;
pub mod wave;

use core::ptr;

use crate::sys::{
    GUID,
    ks::{
        KSDATARANGE, KSFILTER_NODE, KSNODEPIN_STANDARD_IN, KSNODEPIN_STANDARD_OUT, KSPIN_COMMUNICATION_NONE,
        KSPIN_DATAFLOW_IN, KSPIN_DATAFLOW_OUT, KSPIN_DESCRIPTOR,
    },
    pc::{
        PCAUTOMATION_TABLE, PCCONNECTION_DESCRIPTOR, PCEVENT_ITEM, PCFILTER_DESCRIPTOR, PCMETHOD_ITEM,
        PCNODE_DESCRIPTOR, PCPIN_DESCRIPTOR, PCPROPERTY_ITEM,
    },
};

/// Sound comes in at pin 0 of every filter, and leaves at pin 1.
const FLOWS: [u32; 2] = [KSPIN_DATAFLOW_IN, KSPIN_DATAFLOW_OUT];

/// A pin that no program can open: a bridge to the next filter, or an outer end.
const fn bridge(flow: u32, category: &'static GUID, name: *const GUID) -> PCPIN_DESCRIPTOR {
    pin(
        0,
        KSPIN_DESCRIPTOR {
            InterfacesCount: 0,
            Interfaces: ptr::null(),
            MediumsCount: 0,
            Mediums: ptr::null(),
            DataRangesCount: ranges::ANALOG.0.len() as u32,
            DataRanges: ranges::ANALOG.0.as_ptr(),
            DataFlow: flow,
            Communication: KSPIN_COMMUNICATION_NONE,
            Category: category,
            Name: name,
            Reserved: [0; 2],
        },
    )
}

/// A pin of `instances` streams at most.
const fn pin(instances: u32, pin: KSPIN_DESCRIPTOR) -> PCPIN_DESCRIPTOR {
    PCPIN_DESCRIPTOR {
        MaxGlobalInstanceCount: instances,
        MaxFilterInstanceCount: instances,
        MinFilterInstanceCount: 0,
        AutomationTable: ptr::null(),
        KsPinDescriptor: pin,
    }
}

/// A filter of these parts. Category count 0 selects PortCls' own, which are the right ones.
const fn filter(
    automation: &'static PCAUTOMATION_TABLE,
    pins: &'static [PCPIN_DESCRIPTOR],
    nodes: &'static [PCNODE_DESCRIPTOR],
    connections: &'static [PCCONNECTION_DESCRIPTOR],
) -> PCFILTER_DESCRIPTOR {
    PCFILTER_DESCRIPTOR {
        Version: 0,
        AutomationTable: automation,
        PinSize: size_of::<PCPIN_DESCRIPTOR>() as u32,
        PinCount: pins.len() as u32,
        Pins: pins.as_ptr(),
        NodeSize: size_of::<PCNODE_DESCRIPTOR>() as u32,
        NodeCount: nodes.len() as u32,
        Nodes: if nodes.is_empty() { ptr::null() } else { nodes.as_ptr() },
        ConnectionCount: connections.len() as u32,
        Connections: connections.as_ptr(),
        CategoryCount: 0,
        Categories: ptr::null(),
    }
}

/// Properties and events of a filter or node.
const fn automation(
    properties: &'static [PCPROPERTY_ITEM],
    events: &'static [PCEVENT_ITEM],
) -> PCAUTOMATION_TABLE {
    PCAUTOMATION_TABLE {
        PropertyItemSize: size_of::<PCPROPERTY_ITEM>() as u32,
        PropertyCount: properties.len() as u32,
        Properties: properties.as_ptr(),
        MethodItemSize: size_of::<PCMETHOD_ITEM>() as u32,
        MethodCount: 0,
        Methods: ptr::null(),
        EventItemSize: size_of::<PCEVENT_ITEM>() as u32,
        EventCount: events.len() as u32,
        Events: if events.is_empty() { ptr::null() } else { events.as_ptr() },
        Reserved: 0,
    }
}

/// From pin 0 of the filter through `N - 1` nodes in a row to its pin 1.
const fn chain<const N: usize>() -> [PCCONNECTION_DESCRIPTOR; N] {
    let mut chain = [PCCONNECTION_DESCRIPTOR {
        FromNode: KSFILTER_NODE,
        FromNodePin: 0,
        ToNode: KSFILTER_NODE,
        ToNodePin: 1,
    }; N];
    let mut node = 0;
    while node + 1 < N {
        (chain[node].ToNode, chain[node].ToNodePin) = (node as u32, KSNODEPIN_STANDARD_IN);
        (chain[node + 1].FromNode, chain[node + 1].FromNodePin) = (node as u32, KSNODEPIN_STANDARD_OUT);
        node += 1;
    }
    chain
}

/// Addresses of constants.
struct Slots<const N: usize>([*const KSDATARANGE; N]);

// SAFETY: what they lead to is never written.
unsafe impl<const N: usize> Sync for Slots<N> {}
