//! What an INF makes Windows do, directive by directive.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Error, Inf, Line, Section};

/// A value that is written to the registry, below a key that the section's use decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryValue {
    /// Below that key; empty for the key itself.
    pub subkey: String,
    /// Empty for the key's default value.
    pub name: String,
    /// `FLG_ADDREG_*`: kind of data and whether an older value stays.
    pub flags: u32,
    /// One field for each string or number.
    pub data: Vec<String>,
}

/// A device interface that Windows registers for the driver to enable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Its category's GUID, in capitals and braces.
    pub category: String,
    /// Its reference string: the subdevice's name, to the letter.
    pub reference: String,
    /// What is written below its key.
    pub values: Vec<RegistryValue>,
}

/// The driver's service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// `ServiceType`, `StartType` and `ErrorControl`.
    pub numbers: [u32; 3],
    /// Path of the driver's file.
    pub binary: String,
    /// What is written below its key.
    pub values: Vec<RegistryValue>,
}

/// Everything an INF of one device does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The decorations of its models sections, like `NTamd64.10.0...19041`.
    pub targets: Vec<String>,
    /// The devices it serves.
    pub hardware_ids: Vec<String>,
    /// Windows' own INF files that it uses, and their sections.
    pub include: Vec<String>,
    /// The sections of those.
    pub needs: Vec<String>,
    /// The files it installs.
    pub files: Vec<String>,
    /// What is written below the device's software key.
    pub software: Vec<RegistryValue>,
    /// What is written below the device's hardware key.
    pub hardware: Vec<RegistryValue>,
    /// In the order of the file.
    pub interfaces: Vec<Interface>,
    /// The driver's service.
    pub service: Service,
    /// The sections that have a part in all this, in lower case.
    pub(crate) reached: BTreeSet<String>,
}

impl Package {
    /// Follows an INF from `[Manufacturer]` to everything that it names.
    ///
    /// # Errors
    /// When a section is missing, or a directive is unknown, malformed or out of place.
    pub fn read(inf: &Inf) -> Result<Self, Error> {
        let mut reader = Reader { inf, reached: BTreeSet::new() };
        let makers = reader.section("Manufacturer")?;
        let [maker] = makers.lines.as_slice() else {
            return Err(Error::new(makers.number, "[Manufacturer] has one line"));
        };
        let (models, targets) = maker.fields.split_first().ok_or_else(|| malformed(maker))?;
        let (mut hardware_ids, mut install) = (BTreeSet::new(), BTreeSet::new());
        for target in targets {
            let section = reader.section(&format!("{models}.{target}"))?;
            for line in &section.lines {
                let [name, ids @ ..] = line.fields.as_slice() else { return Err(malformed(line)) };
                install.insert(name.clone());
                hardware_ids.extend(ids.iter().cloned());
            }
        }
        let mut names = install.iter();
        let (Some(name), None) = (names.next(), names.next()) else {
            return Err(Error::new(makers.number, "all models share one install section"));
        };
        let device = reader.section(&format!("{name}.NT"))?;
        known(device, &["Include", "Needs", "CopyFiles", "AddReg"])?;
        let hardware = reader.section(&format!("{name}.NT.HW"))?;
        known(hardware, &["AddReg"])?;
        Ok(Self {
            targets: targets.to_vec(),
            hardware_ids: hardware_ids.into_iter().collect(),
            include: list(device, "Include")?,
            needs: list(device, "Needs")?,
            files: reader.files(device)?,
            software: reader.registry(device)?,
            hardware: reader.registry(hardware)?,
            interfaces: reader.interfaces(&format!("{name}.NT.Interfaces"))?,
            service: reader.service(&format!("{name}.NT.Services"))?,
            reached: reader.reached,
        })
    }

    /// The friendly names that the device brings for pins, by their GUIDs in capitals and braces.
    pub fn pin_names(&self) -> BTreeMap<String, String> {
        let of_value = |value: &RegistryValue| {
            let guid = value.subkey.strip_prefix("MediaCategories\\")?.to_ascii_uppercase();
            (value.name == "Name").then(|| (guid, value.data.concat()))
        };
        self.software.iter().filter_map(of_value).collect()
    }

    /// The categories of each subdevice, by its name: GUIDs in capitals and braces.
    pub fn categories(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut categories: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for interface in &self.interfaces {
            categories.entry(&interface.reference).or_default().insert(&interface.category);
        }
        categories
    }
}

struct Reader<'a> {
    inf: &'a Inf,
    reached: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    fn section(&mut self, name: &str) -> Result<&'a Section, Error> {
        let section = self.inf.section(name)?;
        self.reached.insert(name.to_ascii_lowercase());
        Ok(section)
    }

    fn files(&mut self, device: &Section) -> Result<Vec<String>, Error> {
        let mut files = Vec::new();
        for name in list(device, "CopyFiles")? {
            for line in &self.section(&name)?.lines {
                let [file] = line.fields.as_slice() else { return Err(malformed(line)) };
                files.push(file.clone());
            }
        }
        Ok(files)
    }

    /// Whatever a section's `AddReg` directive names.
    fn registry(&mut self, of: &Section) -> Result<Vec<RegistryValue>, Error> {
        let mut values = Vec::new();
        for name in list(of, "AddReg")? {
            for line in &self.section(&name)?.lines {
                values.push(value(line)?);
            }
        }
        Ok(values)
    }

    fn interfaces(&mut self, name: &str) -> Result<Vec<Interface>, Error> {
        let section = self.section(name)?;
        known(section, &["AddInterface"])?;
        let mut interfaces = Vec::new();
        for line in &section.lines {
            let [category, reference, install] = line.fields.as_slice() else { return Err(malformed(line)) };
            let install = self.section(install)?;
            known(install, &["AddReg"])?;
            interfaces.push(Interface {
                category: category.to_ascii_uppercase(),
                reference: reference.clone(),
                values: self.registry(install)?,
            });
        }
        Ok(interfaces)
    }

    fn service(&mut self, name: &str) -> Result<Service, Error> {
        const DRIVER_OF_DEVICE: &str = "0x00000002";
        let section = self.section(name)?;
        known(section, &["AddService"])?;
        let line = section.get("AddService")?.ok_or_else(|| section.lacks("AddService"))?;
        let [name, flags, install] = line.fields.as_slice() else { return Err(malformed(line)) };
        if flags != DRIVER_OF_DEVICE {
            return Err(Error::new(line.number, "the service is not the device's own driver (0x00000002)"));
        }
        let install = self.section(install)?;
        known(
            install,
            &["DisplayName", "ServiceType", "StartType", "ErrorControl", "ServiceBinary", "AddReg"],
        )?;
        let number_of = |key: &str| {
            let text = install.value(key)?;
            number(text).ok_or_else(|| Error::new(install.number, format!("{key} is no number: {text}")))
        };
        Ok(Service {
            name: name.clone(),
            numbers: [number_of("ServiceType")?, number_of("StartType")?, number_of("ErrorControl")?],
            binary: install.value("ServiceBinary")?.to_owned(),
            values: self.registry(install)?,
        })
    }
}

/// Refuses what would have an effect that nobody looks at.
fn known(section: &Section, keys: &[&str]) -> Result<(), Error> {
    for line in &section.lines {
        let key = line.key.as_deref().unwrap_or_default();
        if !keys.iter().any(|known| known.eq_ignore_ascii_case(key)) {
            let what = format!("[{}] takes {}; not `{key}`", section.name, keys.join(", "));
            return Err(Error::new(line.number, what));
        }
    }
    Ok(())
}

/// The fields of a directive; none if it is not there.
fn list(section: &Section, key: &str) -> Result<Vec<String>, Error> {
    Ok(section.get(key)?.map(|line| line.fields.clone()).unwrap_or_default())
}

fn value(line: &Line) -> Result<RegistryValue, Error> {
    let (None, [root, subkey, name, flags, data @ ..]) = (&line.key, line.fields.as_slice()) else {
        return Err(malformed(line));
    };
    if root != "HKR" {
        let what = format!("{root} is written to: a driver package writes below HKR alone (InfVerif 1321)");
        return Err(Error::new(line.number, what));
    }
    let flags = if flags.is_empty() { Some(0) } else { number(flags) };
    let flags = flags.ok_or_else(|| malformed(line))?;
    Ok(RegistryValue { subkey: subkey.clone(), name: name.clone(), flags, data: data.to_vec() })
}

/// A number as INF files have them: decimal, or hexadecimal after `0x`.
pub(crate) fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

fn malformed(line: &Line) -> Error {
    Error::new(line.number, format!("`{}` has not the fields it needs here", line.fields.join(",")))
}
