//! What a miniport says of its filter.

use crate::abi::ks::{ATTRIBUTES, AudioRange, DataFormat};
use crate::abi::pc::{Automation, Connection, FILTER, FilterDescriptor, Node, Pin, PropertyItem, guid_at};
use crate::abi::{Guid, Status};
use crate::com::Com;
use crate::memory;
use crate::region::Guarded;

/// A filter's descriptor with all that it points to.
#[derive(Clone, PartialEq, Debug)]
pub struct Filter {
    /// The descriptor.
    pub descriptor: FilterDescriptor,
    /// Its pins.
    pub pins: Vec<Pin>,
    /// Its nodes.
    pub nodes: Vec<Node>,
    /// The connections between them.
    pub connections: Vec<Connection>,
    /// Its categories; none for PortCls' own choice.
    pub categories: Vec<Guid>,
}

/// A range of formats that a pin takes.
#[derive(Clone, PartialEq, Debug)]
pub struct Range {
    /// Where it is.
    pub address: usize,
    /// Its head.
    pub head: DataFormat,
    /// All of it, if it is one of audio formats.
    pub audio: Option<AudioRange>,
    /// Identifiers of the attributes that the next slot lists.
    pub attributes: Vec<Guid>,
}

/// A property in an automation table.
#[derive(Clone, PartialEq, Debug)]
pub struct Property {
    /// Where its item is.
    pub address: usize,
    /// Of which set.
    pub set: Guid,
    /// Its item.
    pub item: PropertyItem,
}

/// `count` structures, one each `stride` bytes.
fn items<T: bytemuck::Pod>(address: usize, stride: u32, count: u32) -> Vec<T> {
    (0..count as usize).map(|index| memory::read(address + index * stride as usize)).collect()
}

impl Filter {
    /// Asks a miniport.
    ///
    /// # Errors
    /// The miniport's status.
    pub fn of(miniport: &Com) -> Result<Self, Status> {
        let out = Guarded::filled(8, 0);
        miniport.status("GetDescription", 3, &[out.address().into()]).ok()?;
        let descriptor: FilterDescriptor = memory::read(out.value());
        let FilterDescriptor { pin_size, pin_count, pins, node_size, node_count, nodes, .. } = descriptor;
        Ok(Self {
            pins: items(pins, pin_size, pin_count),
            nodes: items(nodes, node_size, node_count),
            connections: items(descriptor.connections, 16, descriptor.connection_count),
            categories: items(descriptor.categories, 16, descriptor.category_count),
            descriptor,
        })
    }

    /// The category of a pin.
    pub fn category(&self, pin: u32) -> Guid {
        guid_at(self.pins[pin as usize].pin.category)
    }

    /// The name of a pin; null when it has none.
    pub fn name(&self, pin: u32) -> Guid {
        guid_at(self.pins[pin as usize].pin.name)
    }

    /// The type of a node.
    pub fn node_type(&self, node: u32) -> Guid {
        guid_at(self.nodes[node as usize].kind)
    }

    /// The ranges of a pin. A range with the flag of attributes is followed by a slot that lists them.
    pub fn ranges(&self, pin: u32) -> Vec<Range> {
        let pin = &self.pins[pin as usize].pin;
        let mut slots = memory::read_array::<usize>(pin.ranges, pin.ranges_count as usize).into_iter();
        let mut ranges = Vec::new();
        while let Some(address) = slots.next() {
            let head: DataFormat = memory::read(address);
            let audio = (head.size as usize >= size_of::<AudioRange>()).then(|| memory::read(address));
            let list = if head.flags & ATTRIBUTES == 0 { None } else { slots.next() };
            let attributes = list.map(attributes).unwrap_or_default();
            ranges.push(Range { address, head, audio, attributes });
        }
        ranges
    }

    /// The properties in the automation table at `address`; none when that is null.
    pub fn properties(address: usize) -> Vec<Property> {
        if address == 0 {
            return Vec::new();
        }
        let table: Automation = memory::read(address);
        (0..table.property_count as usize)
            .map(|index| {
                let address = table.properties + index * table.property_size as usize;
                let item: PropertyItem = memory::read(address);
                Property { address, set: guid_at(item.set), item }
            })
            .collect()
    }

    /// Every property of the filter, its pins and nodes: node, or [`FILTER`], and property.
    pub fn all_properties(&self) -> Vec<(u32, Property)> {
        let filter =
            Self::properties(self.descriptor.automation).into_iter().map(|property| (FILTER, property));
        let pins = self.pins.iter().flat_map(|pin| Self::properties(pin.automation));
        let nodes = self.nodes.iter().enumerate().flat_map(|(index, node)| {
            Self::properties(node.automation).into_iter().map(move |property| (index as u32, property))
        });
        filter.chain(pins.map(|property| (FILTER, property))).chain(nodes).collect()
    }

    /// The property with that number of that set, of the filter itself.
    pub fn property(&self, set: Guid, id: u32) -> Option<Property> {
        let mut all = Self::properties(self.descriptor.automation).into_iter();
        all.find(|property| property.set == set && property.item.id == id)
    }
}

/// The identifiers in a list of attributes.
fn attributes(list: usize) -> Vec<Guid> {
    let (count, array): (u32, usize) = (memory::read(list), memory::read(list + 8));
    let items = memory::read_array::<usize>(array, count as usize);
    items.into_iter().map(|attribute| memory::read(attribute + 8)).collect()
}
