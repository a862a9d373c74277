//! What Windows' endpoint builder makes of the device.

use crate::abi::guid::{SET_PIN, SUBTYPE_PCM, TYPE_AUDIO};
use crate::abi::ks::{COMMUNICATION_NONE, COMMUNICATION_SINK, FLOW_OUT, id, verb};
use crate::abi::pc::FILTER;
use crate::abi::{Guid, Status};
use crate::portcls::adapter::{self, Connection};
use crate::portcls::filter::Filter;
use crate::portcls::port::Port;
use crate::portcls::request::Request;

/// A subdevice as the builder sees it.
#[derive(Debug)]
pub struct Subdevice {
    /// Its name.
    pub name: String,
    /// Its port.
    pub port: Port,
    /// Its filter.
    pub filter: Filter,
    /// When it was registered.
    pub order: u64,
}

/// All subdevices.
pub fn subdevices() -> Vec<Subdevice> {
    let all = adapter::subdevices().into_iter();
    all.map(|(name, port, order)| Subdevice { name, filter: port.filter(), port, order }).collect()
}

/// Something to play to or to record from.
#[derive(Debug)]
pub struct Endpoint {
    /// Whether one plays to it.
    pub is_render: bool,
    /// Which cable it belongs to, from 1, by its subdevices' names.
    pub cable: u32,
    /// The category of the pin that makes it.
    pub form: Guid,
    /// What names it: the pin's name, else its category.
    pub name: Guid,
    /// The subdevice with that pin.
    pub topology: Subdevice,
    /// That pin.
    pub outer_pin: u32,
    /// The subdevice with the pin that programs stream to or from.
    pub wave: Subdevice,
    /// That pin.
    pub host_pin: u32,
}

impl Endpoint {
    /// What Windows calls it: what the pin's `KSPROPERTY_PIN_NAME` says. Of a filter that does not answer that itself,
    /// PortCls looks into the registry's `MediaCategories`.
    ///
    /// # Panics
    /// When the driver answers, and not with a name that ends in its only zero.
    pub fn text(&self) -> Option<String> {
        let Some(property) = self.topology.filter.property(SET_PIN, id::PIN_NAME) else {
            return self.declared_text();
        };
        let miniport = self.topology.port.miniport();
        let about: Vec<u8> = [self.outer_pin, 0].iter().flat_map(|word| word.to_le_bytes()).collect();
        let ask = |room: usize| {
            let value = vec![0xEE; room];
            Request::new(miniport.address(), &property, verb::GET).instance(&about).value(&value).send()
        };
        let size = ask(0);
        assert_eq!(size.status, Status::BUFFER_OVERFLOW, "the size of a name");
        let reply = ask(size.size as usize);
        assert_eq!((reply.status, reply.size), (Status::SUCCESS, size.size));
        let units: Vec<_> =
            reply.value.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        let (&end, name) = units.split_last().expect("a zero at least");
        assert!(end == 0 && !name.contains(&0), "{units:x?}");
        Some(String::from_utf16(name).expect("whole characters"))
    }

    /// What the registry's `MediaCategories` call it, by the convention of the package.
    fn declared_text(&self) -> Option<String> {
        let bytes = self.name.0;
        let [.., cable, end] = bytes;
        let known = Guid::new("D4F1A6C2-93B7-4E0D-8A51-564341000000");
        let end = match end {
            1 => "Input",
            2 => "Output",
            _ => return None,
        };
        let ours = bytes[..14] == known.0[..14];
        let number = if cable == 1 { String::new() } else { format!("{cable} ") };
        ours.then(|| format!("Cable {number}{end}"))
    }
}

/// The number in a subdevice's name.
fn number(name: &str) -> u32 {
    name.trim_start_matches(|char: char| !char.is_ascii_digit()).parse().unwrap_or(0)
}

/// The pins of the filter that sound from or to `pin` passes to, within the filter.
pub fn reached(filter: &Filter, pin: u32, forward: bool) -> Vec<u32> {
    let (mut open, mut seen, mut pins) = (vec![(FILTER, pin)], Vec::new(), Vec::new());
    while let Some((node, at)) = open.pop() {
        for connection in &filter.connections {
            let (from, to) =
                ((connection.from_node, connection.from_pin), (connection.to_node, connection.to_pin));
            let (here, there) = if forward { (from, to) } else { (to, from) };
            let starts = here.0 == node && (node != FILTER || here.1 == at);
            if !starts || seen.contains(&(here, there)) {
                continue;
            }
            seen.push((here, there));
            if there.0 == FILTER {
                pins.push(there.1);
            } else {
                open.push(there);
            }
        }
    }
    pins
}

fn is_bridge(filter: &Filter, pin: u32) -> bool {
    let pin = &filter.pins[pin as usize];
    pin.pin.communication == COMMUNICATION_NONE
}

/// Whether programs can stream PCM through it.
fn is_host(filter: &Filter, pin: u32) -> bool {
    filter.pins[pin as usize].pin.communication == COMMUNICATION_SINK
        && filter
            .ranges(pin)
            .iter()
            .any(|range| range.head.major == TYPE_AUDIO && range.head.sub == SUBTYPE_PCM)
}

/// Endpoints: each bridge pin that no physical connection ends at, and that sound gets to or from.
pub fn find() -> Vec<Endpoint> {
    let (subdevices, connections) = (subdevices(), adapter::connections());
    let joined = |name: &str, pin: u32| {
        connections
            .iter()
            .any(|one| (one.from == name && one.from_pin == pin) || (one.to == name && one.to_pin == pin))
    };
    let mut endpoints = Vec::new();
    for topology in &subdevices {
        for pin in 0..topology.filter.pins.len() as u32 {
            if is_bridge(&topology.filter, pin) && !joined(&topology.name, pin) {
                endpoints.extend(trace(&subdevices, &connections, topology, pin));
            }
        }
    }
    endpoints
}

/// Follows the sound from an outer pin through one physical connection to a host pin.
fn trace(
    all: &[Subdevice],
    connections: &[Connection],
    topology: &Subdevice,
    outer: u32,
) -> Option<Endpoint> {
    let is_render = topology.filter.pins[outer as usize].pin.flow == FLOW_OUT;
    for inner in reached(&topology.filter, outer, !is_render) {
        for connection in connections {
            let (near, far) = if is_render {
                ((&connection.to, connection.to_pin), (&connection.from, connection.from_pin))
            } else {
                ((&connection.from, connection.from_pin), (&connection.to, connection.to_pin))
            };
            if near != (&topology.name, inner) {
                continue;
            }
            let wave = all.iter().find(|one| one.name == *far.0)?;
            let hosts = reached(&wave.filter, far.1, !is_render);
            let host = hosts.into_iter().find(|&pin| is_host(&wave.filter, pin));
            if let Some(host_pin) = host {
                return Some(endpoint(topology, outer, wave, host_pin));
            }
        }
    }
    None
}

fn endpoint(topology: &Subdevice, outer_pin: u32, wave: &Subdevice, host_pin: u32) -> Endpoint {
    let form = topology.filter.category(outer_pin);
    let name = topology.filter.name(outer_pin);
    Endpoint {
        is_render: topology.filter.pins[outer_pin as usize].pin.flow == FLOW_OUT,
        cable: number(&topology.name),
        form,
        name: if name == Guid::NULL { form } else { name },
        topology: copy(topology),
        outer_pin,
        wave: copy(wave),
        host_pin,
    }
}

fn copy(one: &Subdevice) -> Subdevice {
    let port = Port::of(one.port.object());
    Subdevice { name: one.name.clone(), port, filter: one.filter.clone(), order: one.order }
}
