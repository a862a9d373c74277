//! The rules that every INF of ours obeys, of Windows' own and of its checker `InfVerif`.

use std::collections::BTreeSet;

use crate::package::number;
use crate::{Error, Inf, Package, RegistryValue};

/// Sections that Windows reads by themselves.
const BY_NAME: [&str; 5] = ["version", "sourcedisksnames", "sourcedisksfiles", "destinationdirs", "strings"];

/// The folder of the driver package in the driver store.
const OWN_FOLDER: &str = "13";

/// `FLG_ADDREG_TYPE_DWORD`, among the flags of a registry value.
const DWORD: u32 = 0x0001_0001;

/// Holds an INF to all of them.
///
/// # Errors
/// The first rule that is broken.
pub fn check(inf: &Inf) -> Result<Package, Error> {
    version(inf)?;
    let package = Package::read(inf)?;
    files(inf, &package)?;
    nothing_without_use(inf, &package)?;
    registry(&package)?;
    interfaces(&package)?;
    service(&package)?;
    Ok(package)
}

fn broken(what: impl Into<String>) -> Error {
    Error::new(0, what)
}

fn version(inf: &Inf) -> Result<(), Error> {
    let version = inf.section("Version")?;
    let rules = [
        ("Signature", "$Windows NT$"),
        ("Class", "MEDIA"),
        ("ClassGuid", "{4d36e96c-e325-11ce-bfc1-08002be10318}"),
        ("PnpLockdown", "1"),
    ];
    for (key, wanted) in rules {
        let value = version.value(key)?;
        if !value.eq_ignore_ascii_case(wanted) {
            return Err(broken(format!("{key} is {value}, not {wanted}")));
        }
    }
    for key in ["Provider", "CatalogFile"] {
        if version.value(key)?.is_empty() {
            return Err(broken(format!("{key} is empty")));
        }
    }
    let stamp = version.get("DriverVer")?.ok_or_else(|| version.lacks("DriverVer"))?;
    let [date, numbers] = stamp.fields.as_slice() else {
        return Err(Error::new(stamp.number, "DriverVer is a date and a version"));
    };
    let date: Vec<_> = date.split('/').map(str::len).collect();
    let numbers: Vec<_> = numbers.split('.').map(str::parse::<u16>).collect();
    if date != [2, 2, 4] || numbers.len() != 4 || numbers.iter().any(Result::is_err) {
        return Err(Error::new(stamp.number, "DriverVer is mm/dd/yyyy,w.x.y.z"));
    }
    Ok(())
}

/// Each file is on the list of sources, and runs from the driver store.
fn files(inf: &Inf, package: &Package) -> Result<(), Error> {
    let sources = inf.section("SourceDisksFiles")?;
    let disks = inf.section("SourceDisksNames")?;
    for file in &package.files {
        let source = sources.get(file)?.ok_or_else(|| sources.lacks(file))?;
        // A folder here would have to be named as destination too: driver store files keep their places.
        let [disk] = source.fields.as_slice() else {
            return Err(Error::new(source.number, format!("{file} lies beside the INF")));
        };
        disks.get(disk)?.ok_or_else(|| disks.lacks(disk))?;
    }
    if let Some(line) =
        sources.lines.iter().find(|line| !line.key.as_ref().is_some_and(|key| package.files.contains(key)))
    {
        return Err(Error::new(line.number, "a source that nothing copies"));
    }
    let folder = inf.section("DestinationDirs")?;
    let [line] = folder.lines.as_slice() else {
        return Err(Error::new(folder.number, "[DestinationDirs] has one line"));
    };
    if folder.value("DefaultDestDir")? != OWN_FOLDER {
        return Err(Error::new(line.number, "files stay in the driver store: the folder is 13"));
    }
    Ok(())
}

fn nothing_without_use(inf: &Inf, package: &Package) -> Result<(), Error> {
    for section in inf.sections() {
        let name = section.name.to_ascii_lowercase();
        if !BY_NAME.contains(&name.as_str()) && !package.reached.contains(&name) {
            return Err(Error::new(section.number, format!("nothing uses [{}]", section.name)));
        }
    }
    match inf.unused_strings().next() {
        Some(name) => Err(broken(format!("nothing uses the string {name}"))),
        None => Ok(()),
    }
}

/// A number is a number, a string a string, and no value is written twice.
fn registry(package: &Package) -> Result<(), Error> {
    let of_interfaces = package.interfaces.iter().map(|interface| &interface.values);
    for values in
        [&package.software, &package.hardware, &package.service.values].into_iter().chain(of_interfaces)
    {
        let mut seen = BTreeSet::new();
        for RegistryValue { subkey, name, flags, data } in values {
            let fits = match data.as_slice() {
                [data] if flags & DWORD == DWORD => number(data).is_some(),
                [data] => *flags == 0 && !data.is_empty(),
                _ => false,
            };
            if !fits {
                return Err(broken(format!(
                    "the registry value {subkey}\\{name} is neither string nor number"
                )));
            }
            if !seen.insert((subkey.to_ascii_lowercase(), name.to_ascii_lowercase())) {
                return Err(broken(format!("the registry value {subkey}\\{name} is written twice")));
            }
        }
    }
    Ok(())
}

fn interfaces(package: &Package) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for interface in &package.interfaces {
        if !is_guid(&interface.category) {
            return Err(broken(format!("{} is no category", interface.category)));
        }
        // Windows compares reference strings without case.
        if !seen.insert((&interface.category, interface.reference.to_ascii_lowercase())) {
            return Err(broken(format!("{} is added twice to a category", interface.reference)));
        }
    }
    match package.pin_names().keys().find(|guid| !is_guid(guid)) {
        Some(guid) => Err(broken(format!("the name of a pin has no GUID: {guid}"))),
        None => Ok(()),
    }
}

fn is_guid(text: &str) -> bool {
    let digits = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
    let groups: Vec<_> = digits.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && digits.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

fn service(package: &Package) -> Result<(), Error> {
    let service = &package.service;
    let file = service.binary.strip_prefix("%13%\\").unwrap_or_default();
    if !package.files.iter().any(|name| name == file) {
        return Err(broken(format!(
            "the service's file {} is none that is installed to %13%",
            service.binary
        )));
    }
    if let Some(value) =
        service.values.iter().find(|value| value.subkey.split('\\').next() != Some("Parameters"))
    {
        return Err(broken(format!(
            "the service's {} stands outside of Parameters (InfVerif 1323)",
            value.name
        )));
    }
    Ok(())
}
