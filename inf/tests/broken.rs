//! Each thing that can be wrong with an INF is refused, and named.

use vcable_inf::{Architecture, Error, Inf, Stamp, check, stamp};

/// The INF of x64, after an edit that must have had an effect.
fn edited(from: &str, to: &str) -> Result<(), Error> {
    let stamp_of = Stamp { architecture: Architecture::X64, date: (2026, 1, 2), version: "0.1.0" };
    let text = stamp(&stamp_of).unwrap();
    let broken = text.replacen(from, to, 1);
    assert!(text != broken, "`{from}` is not in the INF any more");
    check(&Inf::parse(&broken)?).map(|_| ())
}

#[track_caller]
fn refused(from: &str, to: &str, because: &str) {
    let error = edited(from, to).expect_err("it is accepted");
    assert!(error.to_string().contains(because), "{error}");
}

#[track_caller]
fn unreadable(text: &str, line: usize, because: &str) {
    let error = Inf::parse(text).expect_err("it is read");
    assert!(error.line == line && error.what.contains(because), "{error}");
}

#[test]
fn the_untouched_inf_is_accepted() {
    edited("[Version]", "[VERSION]").unwrap();
}

#[test]
fn malformed_lines_are_refused_by_number() {
    unreadable("x = 1\n", 1, "before the first section");
    unreadable("[A]\n[B\n", 2, "heading");
    unreadable("[A]\n[]\n", 2, "heading");
    unreadable("[A]\nx = \"1\n", 2, "quote");
    unreadable("[A]\nx = a\"b\"\n", 2, "quote in its middle");
    unreadable("[A]\nx = \"a\"b\"c\"\n", 2, "quote in its middle");
    unreadable("[A]\n= 1\n", 2, "equals sign");
    unreadable("[A]\nx = 50%\n", 2, "percent");
    unreadable("[A]\n\nx = 1,\\\n", 3, "continued");
}

#[test]
fn strings_must_be_defined_once() {
    unreadable("[A]\nx = %a%\n", 2, "string a is not defined");
    unreadable("[A]\nx = %a%\n[Strings]\na = \"1\"\nA = \"2\"\n", 5, "defined twice");
    unreadable("[Strings]\na = 1, 2\n", 2, "a string is");
    refused("KsProxy ", "Proxy ", "string KsProxy is not defined");
    refused("[Strings]", "[Strings]\r\nx = \"y\"", "nothing uses the string x");
}

#[test]
fn what_is_written_in_other_ways_is_read_the_same() {
    let inf = Inf::parse(
        "\u{feff}[a]\nX = \"1;2\" , %n%, \\ ; and so on\n  \"say \"\"x\"\"\"\n[B]\n[A]\n1%%,%13%\\x;\n[strings]\nN=\"%\"\n",
    );
    let inf = inf.unwrap();
    let lines = &inf.section("A").unwrap().lines;
    assert_eq!((lines[0].number, lines[0].key.as_deref()), (2, Some("X")));
    assert_eq!(lines[0].fields, ["1;2", "%", "say \"x\""]);
    assert_eq!(
        (lines[1].key.as_deref(), lines[1].fields.as_slice()),
        (None, &["1%".into(), "%13%\\x".into()][..])
    );
}

#[test]
fn missing_sections_are_named() {
    for name in [
        "Version",
        "SourceDisksNames",
        "SourceDisksFiles",
        "DestinationDirs",
        "Manufacturer",
        "Cable.NT",
        "Cable.Files",
        "Cable.NT.HW",
        "Cable.Hardware",
        "Cable.NT.Interfaces",
        "CaptureTopology16",
        "CaptureTopology16.Name",
        "Filter",
        "Endpoint",
        "Cable.NT.Services",
        "Service",
        "Service.Parameters",
        "Models.NTamd64.10.0...19041",
    ] {
        refused(&format!("[{name}]"), "[Lost]", &format!("no section [{name}]"));
    }
}

#[test]
fn sections_and_directives_without_use_are_refused() {
    refused(
        "[Strings]",
        "[Cable.NT.CoInstallers]\r\nAddReg = X\r\n[Strings]",
        "nothing uses [Cable.NT.CoInstallers]",
    );
    refused("CopyFiles =", "DelFiles =", "not `DelFiles`");
    refused("vcable.sys = 1", "vcable.sys = 1\r\nother.dll = 1", "a source that nothing copies");
}

#[test]
fn the_version_is_held_to_its_rules() {
    refused("PnpLockdown = 1", "PnpLockdown = 0", "PnpLockdown is 0");
    refused("PnpLockdown = 1", "", "no PnpLockdown");
    refused("= MEDIA", "= System", "Class is System");
    refused("4d36e96c", "4d36e97d", "ClassGuid is");
    refused("vcable.cat", "", "CatalogFile is empty");
    refused("01/02/2026", "1/2/2026", "DriverVer");
    refused("0.1.0.0", "0.1.0", "DriverVer");
}

#[test]
fn files_stay_in_the_driver_store() {
    refused("DefaultDestDir = 13", "DefaultDestDir = 12", "driver store");
    refused("DefaultDestDir = 13", "DefaultDestDir = 13\r\nCable.Files = 12", "one line");
    refused(r"%13%\vcable.sys", r"%12%\vcable.sys", "%13%");
    refused(r"%13%\vcable.sys", r"%13%\other.sys", "%13%");
    refused("vcable.sys = 1", "vcable.sys = 1,x64", "beside the INF");
    refused("vcable.sys = 1", "vcable.sys = 2", "no 2");
}

#[test]
fn registry_values_stay_below_the_devices_own_keys() {
    refused("HKR,,AssociatedFilters", "HKLM,,AssociatedFilters", "HKLM is written to");
    refused("HKR,Parameters,Cables", "HKR,,Cables", "outside of Parameters");
    refused("HKR,Parameters,Cables", "HKR,ParametersToo,Cables", "outside of Parameters");
    refused("0x00010001,0x1D", "0x00010001,sound", "neither string nor number");
    refused("HKR,,Driver,,vcable.sys", "HKR,,Driver", "not the fields");
    refused("HKR,,Driver,,vcable.sys", "HKR,,ASSOCIATEDFILTERS,,x", "written twice");
}

#[test]
fn interfaces_are_added_once_and_well() {
    refused(" RenderWave2, ", " renderwave1, ", "added twice");
    refused("{65E8773E-", "{65E8773-", "is no category");
    refused("-564341000101", "-56434100101", "no GUID");
    refused("RenderWave1,      RenderWave1", "RenderWave1", "not the fields");
}

#[test]
fn the_service_is_the_devices_own() {
    refused("vcable, 0x00000002,", "vcable, 0x00000000,", "own driver");
    refused("ServiceType   = 1", "ServiceType   = kernel", "ServiceType is no number");
    refused("ErrorControl  = 1", "", "no ErrorControl");
    refused("AddService =", "AddService = a, 0x00000002, Service\r\nAddService =", "stands twice");
}
