//! What the driver may import from `portcls.sys`.

use super::{adapter, port};

/// The double of a function, if there is one.
pub(crate) fn find(name: &str) -> Option<usize> {
    Some(match name {
        "PcAddAdapterDevice" => adapter::add as *const () as usize,
        "PcDispatchIrp" => adapter::dispatch as *const () as usize,
        "PcGetPhysicalDeviceObject" => adapter::physical_device as *const () as usize,
        "PcInitializeAdapterDriver" => adapter::initialize as *const () as usize,
        "PcNewPort" => port::new as *const () as usize,
        "PcRegisterAdapterPowerManagement" => adapter::register_power as *const () as usize,
        "PcRegisterPhysicalConnection" => adapter::connect as *const () as usize,
        "PcRegisterSubdevice" => adapter::register as *const () as usize,
        "PcUnregisterAdapterPowerManagement" => adapter::unregister_power as *const () as usize,
        _ => return None,
    })
}
