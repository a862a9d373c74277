//! The INF and the driver name the same things: what one registers, the other has declared.

use std::borrow::ToOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::format;
use std::string::String;
use std::vec::Vec;

use vcable_inf::{Architecture, Inf, Package, Stamp, stamp};

use crate::filters::tables::topology;
use crate::names::{MOST_CABLES, NAMES, Name};
use crate::sys::GUID;
use crate::sys::guid::{
    KSCATEGORY_AUDIO, KSCATEGORY_CAPTURE, KSCATEGORY_REALTIME, KSCATEGORY_RENDER, KSCATEGORY_TOPOLOGY,
};
use crate::sys::pc::PCFILTER_DESCRIPTOR;

fn package() -> Package {
    let with = Stamp { architecture: Architecture::X64, date: (2026, 1, 1), version: "0.1.0" };
    Package::read(&Inf::parse(&stamp(&with).unwrap()).unwrap()).unwrap()
}

fn text(name: &Name) -> String {
    let end = name.iter().position(|&unit| unit == 0).expect("a zero ends every name");
    String::from_utf16(&name[..end]).unwrap()
}

/// As the INF has it: in capitals and braces.
fn braced(guid: &GUID) -> String {
    let GUID { Data1, Data2, Data3, Data4 } = guid;
    let last = u64::from_be_bytes(*Data4);
    let (clock, node) = (last >> 48, last & 0xFFFF_FFFF_FFFF);
    format!("{{{Data1:08X}-{Data2:04X}-{Data3:04X}-{clock:04X}-{node:012X}}}")
}

#[test]
fn every_subdevice_is_declared_in_its_categories_and_no_other() {
    let mut expected = BTreeMap::new();
    let wave = |direction| BTreeSet::from([&KSCATEGORY_AUDIO, direction, &KSCATEGORY_REALTIME].map(braced));
    let topology = || BTreeSet::from([&KSCATEGORY_AUDIO, &KSCATEGORY_TOPOLOGY].map(braced));
    for names in &NAMES {
        expected.insert(text(&names.render_wave), wave(&KSCATEGORY_RENDER));
        expected.insert(text(&names.capture_wave), wave(&KSCATEGORY_CAPTURE));
        expected.insert(text(&names.render_topology), topology());
        expected.insert(text(&names.capture_topology), topology());
    }
    let package = package();
    let declared: BTreeMap<_, BTreeSet<_>> = package
        .categories()
        .into_iter()
        .map(|(name, categories)| (name.to_owned(), categories.into_iter().map(str::to_owned).collect()))
        .collect();
    assert_eq!(declared, expected);
}

/// The names of a filter's pins, in braces.
fn pin_names(filter: &PCFILTER_DESCRIPTOR) -> Vec<String> {
    let mut names = Vec::new();
    for index in 0..filter.PinCount as usize {
        // SAFETY: the descriptor is a constant of the driver's with that many pins.
        let pin = unsafe { filter.Pins.add(index) };
        // SAFETY: as above.
        let pin = unsafe { &*pin };
        // SAFETY: a pin's name is null or a constant.
        if let Some(name) = unsafe { pin.KsPinDescriptor.Name.as_ref() } {
            names.push(braced(name));
        }
    }
    names
}

#[test]
fn every_outer_pin_is_named_as_its_cables_end() {
    let package = package();
    let mut declared = package.pin_names();
    for number in 1..=MOST_CABLES as u32 {
        let cable = if number == 1 { "Cable".to_owned() } else { format!("Cable {number}") };
        for (filter, end) in
            [(topology::render(number, false), "Input"), (topology::capture(number, false), "Output")]
        {
            let names = pin_names(filter);
            assert_eq!(names.len(), 1, "one pin of {cable} {end} has a name of its own");
            assert_eq!(declared.remove(&names[0]), Some(format!("{cable} {end}")));
        }
    }
    assert!(declared.is_empty(), "names of no pin: {declared:?}");
}
