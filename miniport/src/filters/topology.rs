//! Topology filters.

use core::marker::PhantomData;

use super::End;
use crate::{
    cable::Device,
    com::{Miniport, Port, PortEvents, TopologyMiniport, event::Events, miniport::FORMAT_BYTES},
    held::Held,
    kernel::SpinLock,
    levels::Levels,
    sys::{
        NTSTATUS, guid::KSEVENTSETID_AudioControlChange, ks::KSEVENT_CONTROL_CHANGE, pc::PCFILTER_DESCRIPTOR,
        status::STATUS_NOT_IMPLEMENTED,
    },
};

/// The topology filter of one end.
pub struct TopologyFilter<E> {
    device: Held<Device>,
    /// Of the port, which holds this filter in turn: let go of when the cable is.
    events: SpinLock<Option<PortEvents>>,
    end: PhantomData<E>,
}

impl<E: End> TopologyFilter<E> {
    /// The filter of this end of `device`.
    pub const fn new(device: Held<Device>) -> Self {
        Self { device, events: SpinLock::new(None), end: PhantomData }
    }

    /// The cable it is an end of.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// What its nodes set.
    pub fn levels(&self) -> &Levels {
        self.device.levels().of(E::DIRECTION)
    }

    /// Lets go of the port.
    pub fn release(&self) {
        // Dropped outside the lock.
        drop(self.events.with(Option::take));
    }

    /// Tells all clients that a value of the node `node` has changed.
    pub fn changed(&self, node: u32) {
        if let Some(events) = self.events() {
            events.node_changed(&KSEVENTSETID_AudioControlChange, KSEVENT_CONTROL_CHANGE, node);
        }
    }
}

impl<E: End> Miniport for TopologyFilter<E> {
    fn description(&self) -> &PCFILTER_DESCRIPTOR {
        E::topology_table(self.device.number(), self.device.name().is_some())
    }

    /// Its pins have no formats: PortCls answers for them.
    fn intersect(&self, _: u32, _: &[u8], _: &[u8]) -> Result<[u8; FORMAT_BYTES], NTSTATUS> {
        Err(STATUS_NOT_IMPLEMENTED)
    }
}

impl<E: End> TopologyMiniport for TopologyFilter<E> {
    fn init(&self, port: &Port) -> Result<(), NTSTATUS> {
        let events = port.events();
        drop(self.events.with(|known| core::mem::replace(known, events)));
        Ok(())
    }
}

impl<E: End> Events for TopologyFilter<E> {
    fn events(&self) -> Option<PortEvents> {
        self.events.with(|events| events.clone())
    }
}
