//! PortCls: descriptors and requests.

use bytemuck::{Pod, Zeroable};

use super::Guid;
use super::ks::PinDescriptor;

/// `PCFILTER_DESCRIPTOR`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct FilterDescriptor {
    /// 0
    pub version: u32,
    pad0: u32,
    /// Pointer to the filter's automation.
    pub automation: usize,
    /// Bytes of a pin.
    pub pin_size: u32,
    /// How many pins.
    pub pin_count: u32,
    /// Them.
    pub pins: usize,
    /// Bytes of a node.
    pub node_size: u32,
    /// How many nodes.
    pub node_count: u32,
    /// Them.
    pub nodes: usize,
    /// How many connections.
    pub connection_count: u32,
    pad1: u32,
    /// Them.
    pub connections: usize,
    /// How many categories.
    pub category_count: u32,
    pad2: u32,
    /// Them.
    pub categories: usize,
}

/// `PCPIN_DESCRIPTOR`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct Pin {
    /// Instances in all.
    pub max_global: u32,
    /// Instances in a filter.
    pub max_filter: u32,
    /// Instances that a filter needs.
    pub min_filter: u32,
    pad0: u32,
    /// Pointer to the pin's automation.
    pub automation: usize,
    /// The rest.
    pub pin: PinDescriptor,
}

/// `PCNODE_DESCRIPTOR`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct Node {
    /// 0
    pub flags: u32,
    pad0: u32,
    /// Pointer to the node's automation.
    pub automation: usize,
    /// Pointer to its type.
    pub kind: usize,
    /// Pointer to its name.
    pub name: usize,
}

/// `PCCONNECTION_DESCRIPTOR`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct Connection {
    /// Node, or [`FILTER`].
    pub from_node: u32,
    /// Pin of that.
    pub from_pin: u32,
    /// Node, or [`FILTER`].
    pub to_node: u32,
    /// Pin of that.
    pub to_pin: u32,
}

/// The filter itself instead of a node.
pub const FILTER: u32 = 0xFFFF_FFFF;

/// `PCAUTOMATION_TABLE`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct Automation {
    /// Bytes of a property.
    pub property_size: u32,
    /// How many.
    pub property_count: u32,
    /// Them.
    pub properties: usize,
    /// Bytes of a method.
    pub method_size: u32,
    /// How many.
    pub method_count: u32,
    /// Them.
    pub methods: usize,
    /// Bytes of an event.
    pub event_size: u32,
    /// How many.
    pub event_count: u32,
    /// Them.
    pub events: usize,
    /// 0
    pub reserved: u64,
}

/// `PCPROPERTY_ITEM`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct PropertyItem {
    /// Pointer to the set.
    pub set: usize,
    /// Number in it.
    pub id: u32,
    /// Verbs.
    pub flags: u32,
    /// The function.
    pub handler: usize,
}

/// `PCPROPERTY_REQUEST`.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct PropertyRequest {
    /// The miniport.
    pub major_target: usize,
    /// The stream, for a pin.
    pub minor_target: usize,
    /// Node, or [`FILTER`].
    pub node: u32,
    pub(crate) pad0: u32,
    /// What was found in the table.
    pub item: usize,
    /// What is asked.
    pub verb: u32,
    /// Bytes behind the identifier.
    pub instance_size: u32,
    /// Them.
    pub instance: usize,
    /// Bytes of the value.
    pub value_size: u32,
    pub(crate) pad1: u32,
    /// The value.
    pub value: usize,
    /// The request it came with.
    pub irp: usize,
}

/// Where a table's identifiers are.
pub(crate) fn guid_at(address: usize) -> Guid {
    if address == 0 { Guid::NULL } else { crate::memory::read(address) }
}

const _: () = {
    use std::mem::offset_of;
    assert!(size_of::<FilterDescriptor>() == 80 && offset_of!(FilterDescriptor, categories) == 72);
    assert!(offset_of!(FilterDescriptor, connections) == 56 && offset_of!(FilterDescriptor, nodes) == 40);
    assert!(size_of::<Pin>() == 112 && offset_of!(Pin, pin) == 24);
    assert!(size_of::<Node>() == 32 && size_of::<Connection>() == 16 && size_of::<PropertyItem>() == 24);
    assert!(size_of::<Automation>() == 56 && offset_of!(Automation, events) == 40);
    assert!(size_of::<PropertyRequest>() == 72 && offset_of!(PropertyRequest, value) == 56);
    assert!(offset_of!(PropertyRequest, verb) == 32 && offset_of!(PropertyRequest, instance) == 40);
};
