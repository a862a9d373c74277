//! Power: `IAdapterPowerManagement3` and what it extends.

use core::ffi::c_void;
use core::marker::PhantomData;

use super::object::{Class, Face, unknown, value};
use crate::sys::NTSTATUS;
use crate::sys::guid::{
    IID_IAdapterPowerManagement, IID_IAdapterPowerManagement2, IID_IAdapterPowerManagement3,
};
use crate::sys::nt::{DEVICE_POWER_STATE, POWER_STATE, PowerDeviceD0, SYSTEM_POWER_STATE};
use crate::sys::status::STATUS_SUCCESS;
use crate::sys::vtable::{
    IAdapterPowerManagement2Vtbl, IAdapterPowerManagement3Vtbl, IAdapterPowerManagementVtbl,
};

/// What follows the power of the device.
pub trait PowerListener: Send + Sync + 'static {
    /// The device goes to sleep, or is awake again. May be told twice.
    fn power(&self, awake: bool);
}

/// The class of objects that do.
pub struct Power<T>(PhantomData<T>);

// SAFETY: the only table is made for the first face, and the identifiers are its slots'.
unsafe impl<T: PowerListener> Class for Power<T> {
    type Value = T;
    const INTERFACES: [Face; 2] = [
        Face::new(
            &Self::TABLE,
            &[IID_IAdapterPowerManagement, IID_IAdapterPowerManagement2, IID_IAdapterPowerManagement3],
        ),
        Face::NONE,
    ];
}

impl<T: PowerListener> Power<T> {
    const TABLE: IAdapterPowerManagement3Vtbl = IAdapterPowerManagement3Vtbl {
        base: IAdapterPowerManagement2Vtbl {
            base: IAdapterPowerManagementVtbl {
                base: unknown::<Self, 0>(),
                PowerChangeState: change::<T>,
                QueryPowerChangeState: query,
                QueryDeviceCapabilities: capabilities,
            },
            PowerChangeState2: change2::<T>,
        },
        PowerChangeState3: change3::<T>,
        D3ExitLatencyChanged: latency,
    };
}

unsafe extern "system" fn change<T: PowerListener>(this: *mut c_void, state: POWER_STATE) {
    // SAFETY: a call from outside.
    unsafe { value::<Power<T>, 0>(this) }.power(state == PowerDeviceD0);
}

unsafe extern "system" fn change2<T: PowerListener>(
    this: *mut c_void,
    device: DEVICE_POWER_STATE,
    _: SYSTEM_POWER_STATE,
) {
    // SAFETY: a call from outside.
    unsafe { change::<T>(this, device) };
}

unsafe extern "system" fn change3<T: PowerListener>(
    this: *mut c_void,
    device: DEVICE_POWER_STATE,
    _: SYSTEM_POWER_STATE,
    _: i32,
) {
    // SAFETY: a call from outside.
    unsafe { change::<T>(this, device) };
}

/// Any change is fine.
unsafe extern "system" fn query(_: *mut c_void, _: POWER_STATE) -> NTSTATUS {
    STATUS_SUCCESS
}

/// The bus' capabilities stay.
unsafe extern "system" fn capabilities(_: *mut c_void, _: *mut c_void) -> NTSTATUS {
    STATUS_SUCCESS
}

/// Waking takes no time.
unsafe extern "system" fn latency(_: *mut c_void, _: i32) {}
