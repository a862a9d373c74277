//! The driver's declarations and mingw-w64's headers agree where both speak.
//!
//! Left out of the plain test run, as not every machine has the headers: `cargo xtask test --only headers`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

use vcable_headers::ours::Declarations;
use vcable_headers::theirs::Headers;

/// Types that mingw-w64 10 has not. Later versions may have some.
const NOT_THERE: [&str; 13] = [
    "IAdapterPowerManagement2Vtbl",
    "IAdapterPowerManagement3Vtbl",
    "IMiniportAudioSignalProcessingVtbl",
    "IMiniportWaveRTInputStreamVtbl",
    "IMiniportWaveRTOutputStreamVtbl",
    "IPortClsEtwHelperVtbl",
    "KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE",
    "KSAUDIO_PACKETSIZE_CONSTRAINTS2",
    "KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT",
    "KSAUDIO_PRESENTATION_POSITION",
    "KSDATAFORMAT_WAVEFORMATEXTENSIBLE",
    "KSRTAUDIO_HWLATENCY",
    "KSRTAUDIO_HWREGISTER",
];

/// Types that have grown at their end since, and their size in mingw-w64. What was there then is compared.
const GROWN: [(&str, u64); 1] = [("DEVICE_DESCRIPTION", 40)];

fn both() -> &'static (Declarations, Headers) {
    static BOTH: OnceLock<(Declarations, Headers)> = OnceLock::new();
    BOTH.get_or_init(|| {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../miniport/sys/src");
        let ours = Declarations::read(&sources).unwrap();
        let types = ours.layouts.keys().chain(ours.tables.keys()).map(String::as_str);
        let theirs = Headers::read(types, ours.numbers.keys().map(String::as_str)).unwrap();
        (ours, theirs)
    })
}

/// Names in both maps, and the differences among them; and names in ours alone.
fn compared<T: PartialEq + std::fmt::LowerHex>(
    ours: &BTreeMap<String, T>,
    theirs: &BTreeMap<String, T>,
) -> (usize, Vec<String>) {
    let mut same = 0;
    let mut alone = Vec::new();
    for (name, own) in ours {
        match theirs.get(name) {
            Some(other) => {
                assert!(own == other, "{name} is {own:#x} in the driver and {other:#x} in the headers");
                same += 1;
            }
            None => alone.push(name.clone()),
        }
    }
    (same, alone)
}

#[test]
#[ignore = "needs mingw-w64's headers"]
fn sizes_and_offsets_of_structures_are_those_of_the_headers() {
    let (ours, theirs) = both();
    let (mut figures, mut views) = (0, Vec::new());
    for (name, layout) in &ours.layouts {
        let Some(size) = theirs.size(name) else { continue };
        if !(size < layout.size && GROWN.contains(&(name.as_str(), size))) {
            assert_eq!(layout.size, size, "size of {name}");
        }
        figures += 1;
        for (field, offset) in &layout.offsets {
            match theirs.offset(name, field) {
                Some(other) => {
                    assert_eq!(*offset, other, "offset of {name}.{field}");
                    figures += 1;
                }
                None => views.push(format!("{name}.{field}")),
            }
        }
    }
    println!("{figures} sizes and offsets agree; fields with names of our own: {}", views.join(", "));
    assert!(figures >= 150, "only {figures} figures were compared");
}

#[test]
#[ignore = "needs mingw-w64's headers"]
fn types_that_the_headers_lack_are_known() {
    let (ours, theirs) = both();
    let names = ours.layouts.keys().chain(ours.tables.keys());
    let lacking: BTreeSet<_> = names.filter(|name| theirs.size(name).is_none()).map(String::as_str).collect();
    println!("not in mingw-w64: {lacking:?}");
    let known = BTreeSet::from(NOT_THERE);
    let new: Vec<_> = lacking.difference(&known).collect();
    assert!(new.is_empty(), "the headers have no {new:?}: a misspelled name, or a new one for the list here");
}

#[test]
#[ignore = "needs mingw-w64's headers"]
fn every_structure_has_its_figures_asserted() {
    let (ours, _) = both();
    let mut missing = Vec::new();
    for (name, fields) in &ours.structures {
        let Some(layout) = ours.layouts.get(name) else {
            missing.push(name.clone());
            continue;
        };
        // The first stands at 0, whatever it is; nothing compares what only fills up.
        for field in fields.iter().skip(1).filter(|field| !["Reserved", "Padding"].contains(&field.as_str()))
        {
            if !layout.offsets.contains_key(field) {
                missing.push(format!("{name}.{field}"));
            }
        }
    }
    assert!(missing.is_empty(), "layout.rs does not assert {}", missing.join(", "));
}

#[test]
#[ignore = "needs mingw-w64's headers"]
fn interfaces_have_the_headers_functions_in_the_headers_order() {
    let (ours, theirs) = both();
    let mut compared = 0;
    for table in ours.tables.keys() {
        let Some(other) = theirs.slots(table) else { continue };
        let own = ours.slots(table);
        assert_eq!(own, other[..own.len().min(other.len())], "{table}");
        if own.len() != other.len() {
            println!("{table} leaves out {:?}", &other[own.len()..]);
        }
        compared += own.len();
    }
    println!("{compared} functions agree in place, name and number of arguments");
    assert!(compared >= 60, "only {compared} functions were compared");
}

#[test]
#[ignore = "needs mingw-w64's headers"]
fn numbers_are_those_of_the_headers() {
    let (ours, theirs) = both();
    let (same, alone) = compared(&ours.numbers, &theirs.numbers);
    println!("{same} numbers and status codes agree; not in mingw-w64: {}", alone.join(", "));
    assert!(same >= 60, "only {same} were compared");
}

#[test]
#[ignore = "needs mingw-w64's headers"]
fn guids_are_those_of_the_headers() {
    let (ours, theirs) = both();
    let (same, alone) = compared(&ours.guids, &theirs.guids);
    println!("{same} GUIDs agree; not in mingw-w64: {}", alone.join(", "));
    assert!(same >= 50, "only {same} were compared");
}
