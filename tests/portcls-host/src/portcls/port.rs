//! Ports.

use std::sync::Arc;

use super::events;
use super::object::{Face, Kind, Object, Reference, find};
use super::{adapter, filter::Filter};
use crate::abi::Status;
use crate::abi::guid::{
    CLSID_PORT_TOPOLOGY, CLSID_PORT_WAVE_RT, Guid, IID_AUDIO_ENGINE_NODE, IID_ETW_HELPER,
    IID_MINIPORT_TOPOLOGY, IID_MINIPORT_WAVE_RT, IID_PIN_COUNT, IID_PORT, IID_PORT_EVENTS, IID_PORT_TOPOLOGY,
    IID_PORT_WAVE_RT, IID_POWER_NOTIFY, IID_SIGNAL_PROCESSING, IID_UNKNOWN, IID_UNREGISTER_CONNECTION,
    IID_UNREGISTER_SUBDEVICE,
};
use crate::com::Com;
use crate::nt::{device, inject, irql, locked};
use crate::{memory, verifier};

/// `PcNewPort`.
pub(super) extern "win64" fn new(out: usize, class: usize) -> Status {
    irql::require("PcNewPort", irql::PASSIVE);
    if inject::fails() {
        memory::write(out, 0_usize);
        return Status::INSUFFICIENT_RESOURCES;
    }
    let kind = match memory::read::<Guid>(class) {
        CLSID_PORT_WAVE_RT => Kind::WavePort,
        CLSID_PORT_TOPOLOGY => Kind::TopologyPort,
        other => verifier::violation(&format!("PcNewPort of the class {other}")),
    };
    let port = Object::create(kind, faces(kind));
    memory::write(out, port.address());
    // The driver has the reference now.
    std::mem::forget(port);
    Status::SUCCESS
}

fn faces(kind: Kind) -> Vec<Face> {
    let own: &[Guid] = match kind {
        Kind::WavePort => &[IID_UNKNOWN, IID_PORT, IID_PORT_WAVE_RT],
        _ => &[IID_UNKNOWN, IID_PORT, IID_PORT_TOPOLOGY],
    };
    let port = [init as *const () as usize, refused as *const () as usize, refused as *const () as usize];
    let unregister = adapter::unregister_connection as *const () as usize;
    let mut faces = vec![
        Face { iids: own, methods: port.into() },
        Face { iids: &[IID_PORT_EVENTS], methods: events::methods() },
        Face {
            iids: &[IID_UNREGISTER_SUBDEVICE],
            methods: vec![adapter::unregister_subdevice as *const () as usize],
        },
        Face {
            iids: &[IID_UNREGISTER_CONNECTION],
            methods: vec![unregister, refused as *const () as usize, refused as *const () as usize],
        },
    ];
    if kind == Kind::WavePort {
        faces.push(Face { iids: &[IID_ETW_HELPER], methods: vec![events::write_etw as *const () as usize] });
    }
    faces
}

/// What of a port this host does not offer, and a driver must do without.
extern "win64" fn refused(_this: usize) -> Status {
    Status::NOT_IMPLEMENTED
}

/// What a port holds of the miniport, in this order; the last are optional.
const MINIPORT: usize = 0;

/// `IPort::Init`.
extern "win64" fn init(
    this: usize,
    functional: usize,
    _irp: usize,
    miniport: usize,
    adapter: usize,
    resources: usize,
) -> Status {
    irql::require("IPort::Init", irql::PASSIVE);
    let port = find("IPort::Init", this);
    if functional != device::functional() || find("IPort::Init", resources).kind != Kind::Resources {
        verifier::violation("IPort::Init with another device object or resource list");
    }
    if !locked(&port.held).is_empty() {
        verifier::violation("IPort::Init twice");
    }
    if inject::fails() {
        return Status::INSUFFICIENT_RESOURCES;
    }
    match init_miniport(&port, miniport, adapter, resources) {
        Ok(held) => {
            *locked(&port.held) = held;
            Status::SUCCESS
        }
        Err(status) => status,
    }
}

fn init_miniport(
    port: &Object,
    miniport: usize,
    adapter: usize,
    resources: usize,
) -> Result<Vec<Com>, Status> {
    let unknown = Com::referenced(miniport);
    let wave = port.kind == Kind::WavePort;
    let miniport = unknown.query(if wave { IID_MINIPORT_WAVE_RT } else { IID_MINIPORT_TOPOLOGY })?;
    let mut held = Vec::new();
    if wave {
        held.extend(unknown.query(IID_SIGNAL_PROCESSING));
        if unknown.query(IID_AUDIO_ENGINE_NODE).is_ok() {
            verifier::violation("the miniport offers an audio engine and has none");
        }
    }
    for optional in [IID_PIN_COUNT, IID_POWER_NOTIFY] {
        held.extend(unknown.query(optional));
    }
    let arguments = [adapter.into(), resources.into(), port.address().into()];
    miniport.status("the miniport's Init", 5, &arguments).ok()?;
    Filter::of(&miniport)?;
    held.insert(MINIPORT, miniport);
    Ok(held)
}

/// A registered port, with a reference.
#[derive(Debug)]
pub struct Port(Reference);

impl Port {
    /// Of an object of PortCls.
    pub(crate) fn of(object: &Arc<Object>) -> Self {
        Self(object.reference())
    }

    /// Its miniport.
    ///
    /// # Panics
    /// When it has none: `Init` failed or was not called.
    pub fn miniport(&self) -> Com {
        locked(&self.0.held).first().cloned().expect("a port that was initialised")
    }

    /// The miniport's modes.
    pub fn processing(&self) -> Option<Com> {
        self.miniport().query(IID_SIGNAL_PROCESSING).ok()
    }

    /// The object.
    pub fn object(&self) -> &Arc<Object> {
        &self.0
    }

    /// What the miniport says of its filter.
    ///
    /// # Panics
    /// When it says nothing.
    pub fn filter(&self) -> Filter {
        Filter::of(&self.miniport()).expect("a description")
    }
}
