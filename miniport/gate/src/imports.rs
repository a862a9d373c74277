//! Imports.

use object::read::Result;
use object::read::pe::{Import, PeFile64};

/// What drivers of audio adapters may import, by module: documented, and exported by every Windows since 10.0.19041, on
/// both processors.
pub const ALLOWED: [(&str, &[&str]); 4] = [
    ("hal.dll", &["KeQueryPerformanceCounter"]),
    ("ks.sys", &[]),
    (
        "ntoskrnl.exe",
        &[
            "DbgPrintEx",
            "ExAllocatePool2",
            "ExAllocateTimer",
            "ExCancelTimer",
            "ExDeleteTimer",
            "ExFreePoolWithTag",
            "ExSetTimer",
            "IoOpenDriverRegistryKey",
            "IoRegisterDeviceInterface",
            "IoSetDeviceInterfacePropertyData",
            "KeAcquireSpinLockRaiseToDpc",
            "KeReleaseSpinLock",
            "KeSetEvent",
            "RtlFreeUnicodeString",
            "ZwClose",
            "ZwOpenKey",
            "ZwQueryValueKey",
        ],
    ),
    (
        "portcls.sys",
        &[
            "PcAddAdapterDevice",
            "PcDispatchIrp",
            "PcGetPhysicalDeviceObject",
            "PcInitializeAdapterDriver",
            "PcNewPort",
            "PcRegisterAdapterPowerManagement",
            "PcRegisterPhysicalConnection",
            "PcRegisterSubdevice",
            "PcUnregisterAdapterPowerManagement",
        ],
    ),
];

/// All imports, as modules and functions.
///
/// # Errors
/// When the file is broken.
pub fn all(file: &PeFile64<'_>) -> Result<Vec<(String, String)>> {
    let Some(table) = file.import_table()? else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    let mut modules = table.descriptors()?;
    while let Some(module) = modules.next()? {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let name = text(table.name(module.name.get(object::LittleEndian))?);
        let mut thunks = table.thunks(module.original_first_thunk.get(object::LittleEndian))?;
        while let Some(thunk) = thunks.next::<object::pe::ImageNtHeaders64>()? {
            let function = match table.import::<object::pe::ImageNtHeaders64>(thunk)? {
                Import::Name(_, function) => text(function),
                Import::Ordinal(ordinal) => format!("#{ordinal}"),
            };
            all.push((name.clone(), function));
        }
    }
    Ok(all)
}

/// What is wrong with the imports.
///
/// # Errors
/// When the file is broken.
pub fn faults(file: &PeFile64<'_>) -> Result<Vec<String>> {
    let all = all(file)?;
    if all.is_empty() {
        return Ok(vec!["it imports nothing".to_owned()]);
    }
    let allowed = |module: &str, function: &str| {
        ALLOWED.iter().any(|(name, functions)| *name == module && functions.contains(&function))
    };
    let foreign = all.iter().filter(|(module, function)| !allowed(module, function));
    Ok(foreign
        .map(|(module, function)| match function.as_str() {
            "KeBugCheckEx" => "a panic can be reached: it imports KeBugCheckEx".to_owned(),
            _ => format!("it imports {function} of {module}"),
        })
        .collect())
}
