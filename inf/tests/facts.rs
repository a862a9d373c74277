//! What Windows must find in the INF, fact by fact. The expectations are typed here anew, from Microsoft's documentation,
//! and come from nowhere in the product.

use std::collections::{BTreeMap, BTreeSet};

use vcable_inf::{Architecture, Inf, Package, RegistryValue, Stamp, check, stamp};

const AUDIO: &str = "{6994AD04-93EF-11D0-A3CC-00A0C9223196}";
const RENDER: &str = "{65E8773E-8F56-11D0-A3B9-00A0C9223196}";
const CAPTURE: &str = "{65E8773D-8F56-11D0-A3B9-00A0C9223196}";
const REALTIME: &str = "{EB115FFC-10C8-4964-831D-6DCB02E6F23F}";
const TOPOLOGY: &str = "{DDA54A40-1E4C-11D1-A050-405705C10000}";
const KS_PROXY: &str = "{17CCA71B-ECD7-11D0-B908-00A0C9223196}";

fn inf(architecture: Architecture) -> Inf {
    let stamp_of = Stamp { architecture, date: (2026, 11, 24), version: "0.1.0" };
    Inf::parse(&stamp(&stamp_of).unwrap()).unwrap()
}

fn package() -> Package {
    Package::read(&inf(Architecture::X64)).unwrap()
}

fn version_of(key: &str) -> String {
    inf(Architecture::X64).section("Version").unwrap().value(key).unwrap().to_owned()
}

/// The value of that name below that key; there is exactly one.
fn datum<'a>(values: &'a [RegistryValue], subkey: &str, name: &str) -> &'a RegistryValue {
    let found: Vec<_> = values.iter().filter(|value| value.subkey == subkey && value.name == name).collect();
    assert_eq!(found.len(), 1, "{subkey}\\{name}: {found:?}");
    found[0]
}

fn text<'a>(values: &'a [RegistryValue], subkey: &str, name: &str) -> &'a str {
    let value = datum(values, subkey, name);
    assert_eq!((value.flags, value.data.len()), (0, 1), "{value:?}");
    &value.data[0]
}

fn dword(values: &[RegistryValue], subkey: &str, name: &str) -> String {
    let value = datum(values, subkey, name);
    assert_eq!((value.flags, value.data.len()), (0x0001_0001, 1), "{value:?}");
    value.data[0].clone()
}

#[test]
fn both_architectures_obey_every_rule() {
    for architecture in Architecture::ALL {
        check(&inf(architecture)).unwrap();
    }
}

#[test]
fn each_inf_serves_one_architecture_from_build_19041() {
    let targets = |architecture| Package::read(&inf(architecture)).unwrap().targets;
    assert_eq!(targets(Architecture::X64), ["NTamd64.10.0...19041"]);
    assert_eq!(targets(Architecture::Arm64), ["NTarm64.10.0...19041"]);
}

#[test]
fn the_two_infs_differ_in_the_decoration_only() {
    let text = |architecture| stamp(&Stamp { architecture, date: (2026, 11, 24), version: "0.1.0" }).unwrap();
    assert_eq!(text(Architecture::X64).replace("NTamd64", "NTarm64"), text(Architecture::Arm64));
}

#[test]
fn the_class_is_media() {
    assert_eq!(version_of("Class"), "MEDIA");
    assert_eq!(version_of("ClassGuid").to_lowercase(), "{4d36e96c-e325-11ce-bfc1-08002be10318}");
    assert_eq!(version_of("Signature"), "$Windows NT$");
}

#[test]
fn files_are_locked_and_a_catalogue_is_named() {
    assert_eq!(version_of("PnpLockdown"), "1");
    assert_eq!(version_of("CatalogFile"), "vcable.cat");
}

#[test]
fn the_stamp_is_a_date_and_four_numbers() {
    let inf = inf(Architecture::X64);
    let stamp = inf.section("Version").unwrap().get("DriverVer").unwrap().unwrap();
    assert_eq!(stamp.fields, ["11/24/2026", "0.1.0.0"]);
}

#[test]
fn the_hardware_id_is_the_one_that_installers_create() {
    assert_eq!(package().hardware_ids, ["ROOT\\VCable"]);
}

#[test]
fn windows_own_streaming_is_registered_too() {
    let package = package();
    assert_eq!(package.include, ["ks.inf", "wdmaudio.inf"]);
    assert_eq!(package.needs, ["KS.Registration", "WDMAUDIO.Registration"]);
}

#[test]
fn the_driver_runs_from_the_driver_store() {
    let inf = inf(Architecture::X64);
    assert_eq!(inf.section("DestinationDirs").unwrap().value("DefaultDestDir").unwrap(), "13");
    assert_eq!(package().files, ["vcable.sys"]);
    assert_eq!(package().service.binary, r"%13%\vcable.sys");
}

#[test]
fn the_service_is_a_kernel_driver_started_by_plug_and_play() {
    let service = package().service;
    assert_eq!((service.name.as_str(), service.numbers), ("vcable", [1, 3, 1]));
}

#[test]
fn an_update_keeps_the_users_number_of_cables() {
    const DWORD_UNLESS_THERE: u32 = 0x0001_0003;
    let value = datum(&package().service.values, "Parameters", "Cables").clone();
    assert_eq!((value.flags, value.data), (DWORD_UNLESS_THERE, vec!["1".to_owned()]));
}

#[test]
fn old_sound_interfaces_reach_the_driver() {
    let software = package().software;
    assert_eq!(text(&software, "", "AssociatedFilters"), "wdmaud,swmidi,redbook");
    assert_eq!(text(&software, "", "Driver"), "vcable.sys");
    assert_eq!(text(&software, "Drivers", "SubClasses"), "wave,mixer");
    for class in ["wave", "mixer"] {
        assert_eq!(text(&software, &format!(r"Drivers\{class}\wdmaud.drv"), "Driver"), "wdmaud.drv");
    }
}

#[test]
fn the_device_is_a_sound_device_that_programs_may_open() {
    let hardware = package().hardware;
    assert_eq!(dword(&hardware, "", "DeviceType"), "0x1D");
    assert_eq!(dword(&hardware, "", "DeviceCharacteristics"), "0x100");
    let security = text(&hardware, "", "Security");
    assert!(security.starts_with("D:P(") && security.contains("(A;;GRGWGX;;;WD)"), "{security}");
    assert!(!security.contains("GA;;;WD"), "not everyone may change the device: {security}");
}

/// The subdevices of all cables and their categories.
fn expected_categories() -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut expected = BTreeMap::new();
    for n in 1..=16 {
        expected.insert(format!("RenderWave{n}"), BTreeSet::from([AUDIO, RENDER, REALTIME]));
        expected.insert(format!("RenderTopology{n}"), BTreeSet::from([AUDIO, TOPOLOGY]));
        expected.insert(format!("CaptureWave{n}"), BTreeSet::from([AUDIO, CAPTURE, REALTIME]));
        expected.insert(format!("CaptureTopology{n}"), BTreeSet::from([AUDIO, TOPOLOGY]));
    }
    expected
}

#[test]
fn all_subdevices_of_sixteen_cables_have_exactly_their_categories() {
    let package = package();
    let found: BTreeMap<_, _> =
        package.categories().into_iter().map(|(name, categories)| (name.to_owned(), categories)).collect();
    assert_eq!(found, expected_categories());
    assert_eq!(package.interfaces.len(), 160);
}

#[test]
fn the_category_of_hardware_devices_is_not_claimed() {
    const KSCATEGORY_AUDIO_DEVICE: &str = "{FBF6F530-07B9-11D2-A71E-0000F8004788}";
    assert!(package().interfaces.iter().all(|interface| interface.category != KSCATEGORY_AUDIO_DEVICE));
}

#[test]
fn each_interface_is_opened_through_the_ks_proxy() {
    for interface in package().interfaces {
        assert_eq!(text(&interface.values, "", "CLSID"), KS_PROXY, "{}", interface.reference);
    }
}

#[test]
fn each_interface_has_a_name_that_tells_it_from_the_others() {
    let mut names = BTreeMap::new();
    for interface in package().interfaces {
        let name = text(&interface.values, "", "FriendlyName").to_owned();
        let of = names.entry(name.clone()).or_insert_with(|| interface.reference.clone());
        assert_eq!(*of, interface.reference, "two are called {name}");
    }
    assert_eq!(names.len(), 64);
    assert_eq!(names["Cable Input Wave"], "RenderWave1");
    assert_eq!(names["Cable 16 Output Topology"], "CaptureTopology16");
}

#[test]
fn endpoint_properties_stand_on_the_topology_filters_only() {
    const EVENT_DRIVEN: &str = "{1DA5D803-D492-4EDD-8C23-E0C0FFEE7F0E},7";
    const ASSOCIATION: &str = "{1DA5D803-D492-4EDD-8C23-E0C0FFEE7F0E},2";
    for interface in package().interfaces {
        if interface.reference.contains("Topology") {
            assert_eq!(dword(&interface.values, r"EP\0", EVENT_DRIVEN), "1");
            let any = text(&interface.values, r"EP\0", ASSOCIATION);
            assert_eq!(any, "{00000000-0000-0000-0000-000000000000}");
        } else {
            assert!(interface.values.iter().all(|value| value.subkey.is_empty()), "{}", interface.reference);
        }
    }
}

#[test]
fn all_endpoints_of_sixteen_cables_are_named() {
    let mut expected = BTreeMap::new();
    for n in 1..=16 {
        let cable = if n == 1 { "Cable".to_owned() } else { format!("Cable {n}") };
        for (end, name) in [(1, "Input"), (2, "Output")] {
            let guid = format!("{{D4F1A6C2-93B7-4E0D-8A51-56434100{n:02X}{end:02X}}}");
            expected.insert(guid, format!("{cable} {name}"));
        }
    }
    assert_eq!(package().pin_names(), expected);
}

#[test]
fn nothing_runs_beside_the_driver() {
    let inf = inf(Architecture::X64);
    for section in inf.sections() {
        assert!(!section.name.to_lowercase().contains("coinstaller"), "[{}] (InfVerif 1303)", section.name);
    }
}

#[test]
fn windows_reads_the_file_as_text() {
    let stamp_of = Stamp { architecture: Architecture::X64, date: (2026, 11, 24), version: "0.1.0" };
    let text = stamp(&stamp_of).unwrap();
    assert!(text.is_ascii());
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    assert!(text.lines().all(|line| line.len() < 512), "a longer line is cut by older tools");
}
