//! Property requests, as PortCls forms them.

use bytemuck::Zeroable;

use super::filter::Property;
use crate::abi::Status;
use crate::abi::pc::{FILTER, PropertyRequest};
use crate::call;
use crate::region::Guarded;

/// A request for a property.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The miniport's address.
    pub target: usize,
    /// The property.
    pub property: &'a Property,
    /// Node, or [`FILTER`].
    pub node: u32,
    /// What is asked.
    pub verb: u32,
    /// What follows the identifier: a pin's number, a channel's.
    pub instance: &'a [u8],
    /// What the client sends, and how much room there is for the reply.
    pub value: &'a [u8],
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reply {
    /// The driver's status.
    pub status: Status,
    /// The size that it set.
    pub size: u32,
    /// The client's buffer then.
    pub value: Vec<u8>,
}

impl<'a> Request<'a> {
    /// A request to the filter, with nothing but the verb.
    pub fn new(target: usize, property: &'a Property, verb: u32) -> Self {
        Self { target, property, node: FILTER, verb, instance: &[], value: &[] }
    }

    /// About a pin: 8 bytes, as all clients send them.
    #[must_use]
    pub fn instance(self, instance: &'a [u8]) -> Self {
        Self { instance, ..self }
    }

    /// With a buffer.
    #[must_use]
    pub fn value(self, value: &'a [u8]) -> Self {
        Self { value, ..self }
    }

    /// Sends it, each buffer right before a page that faults.
    ///
    /// # Panics
    /// When the driver writes before the client's buffer.
    pub fn send(&self) -> Reply {
        let instance = Guarded::new(self.instance);
        let value = Guarded::new(self.value);
        let at = |bytes: &[u8], buffer: &Guarded| if bytes.is_empty() { 0 } else { buffer.address() };
        let (status, size) = self.send_raw(
            (self.instance.len() as u32, at(self.instance, &instance)),
            (self.value.len() as u32, at(self.value, &value)),
        );
        assert!(value.is_intact(), "something before the client's buffer was written");
        Reply { status, size, value: value.contents() }
    }

    /// Sends it with sizes and addresses of any kind.
    pub fn send_raw(&self, instance: (u32, usize), value: (u32, usize)) -> (Status, u32) {
        let request = Guarded::new(bytemuck::bytes_of(&PropertyRequest {
            major_target: self.target,
            node: self.node,
            item: self.property.address,
            verb: self.verb,
            instance_size: instance.0,
            instance: instance.1,
            value_size: value.0,
            value: value.1,
            ..PropertyRequest::zeroed()
        }));
        let status =
            call::status("a property's handler", self.property.item.handler, &[request.address().into()]);
        (status, request.value::<PropertyRequest>().value_size)
    }
}
