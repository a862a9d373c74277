//! What is registered with PortCls and the kernel, undone in reverse unless it is to be kept.

use alloc::vec::Vec;
use core::ptr;

use super::SUBDEVICES;
use crate::com::port::check;
use crate::com::{Port, port};
use crate::names::Name;
use crate::pool;
use crate::registry::string;
use crate::sys::guid::KSCATEGORY_AUDIO;
use crate::sys::nt::{
    DEVICE_OBJECT, DEVPKEY_KsAudio_PacketSize_Constraints2, DEVPROP_TYPE_BINARY, IoRegisterDeviceInterface,
    IoSetDeviceInterfacePropertyData, RtlFreeUnicodeString, UNICODE_STRING,
};
use crate::sys::status::STATUS_INSUFFICIENT_RESOURCES;
use crate::sys::{NTSTATUS, pc};

/// Registrations of a cable: its subdevices and a connection for each end.
const OF_A_CABLE: usize = SUBDEVICES + 2;

/// One registration.
enum Step {
    Subdevice(Port),
    Connection { from: (Port, u32), to: (Port, u32) },
}

/// All of a device, in their order.
pub(super) struct Registered {
    device: *mut DEVICE_OBJECT,
    /// Has room for all of them, so that what is registered can be noted.
    steps: Vec<Step>,
}

impl Registered {
    /// None yet, of `cables` cables.
    pub(super) fn new(device: *mut DEVICE_OBJECT, cables: usize) -> Result<Self, NTSTATUS> {
        let mut steps = Vec::new();
        steps.try_reserve_exact(cables * OF_A_CABLE).map_err(|_| STATUS_INSUFFICIENT_RESOURCES)?;
        Ok(Self { device, steps })
    }

    /// All of them stay.
    pub(super) fn keep(mut self) {
        self.steps.clear();
    }

    /// Registers a port under a name.
    pub(super) fn subdevice(&mut self, name: &'static Name, port: &Port) -> Result<(), NTSTATUS> {
        // SAFETY: the name is a constant that ends in a zero; the port is one.
        check(unsafe { pc::PcRegisterSubdevice(self.device, name.as_ptr(), port.this()) })?;
        pool::push(&mut self.steps, Step::Subdevice(port.clone()))
    }

    /// Registers that an output pin leads to an input pin.
    pub(super) fn connect(&mut self, from: (&Port, u32), to: (&Port, u32)) -> Result<(), NTSTATUS> {
        // SAFETY: both are ports that are registered.
        check(unsafe {
            pc::PcRegisterPhysicalConnection(self.device, from.0.this(), from.1, to.0.this(), to.1)
        })?;
        let step = Step::Connection { from: (from.0.clone(), from.1), to: (to.0.clone(), to.1) };
        pool::push(&mut self.steps, step)
    }

    /// Sets the limits of packet sizes on the interface that a wave filter is going to have. Windows reads them when
    /// that appears, so this comes first.
    pub(super) fn constrain(&self, name: &'static Name, constraints: &[u8]) -> Result<(), NTSTATUS> {
        let mut physical = ptr::null_mut();
        // SAFETY: the device is ours, and the other pointer is for the call.
        check(unsafe { pc::PcGetPhysicalDeviceObject(self.device, &raw mut physical) })?;
        let reference = string(name);
        let mut link = UNICODE_STRING { Length: 0, MaximumLength: 0, Buffer: ptr::null_mut() };
        // SAFETY: the device that PortCls gave, and pointers for the call.
        check(unsafe {
            IoRegisterDeviceInterface(physical, &KSCATEGORY_AUDIO, &raw const reference, &raw mut link)
        })?;
        // SAFETY: the link from above, and as many bytes as told.
        let status = unsafe {
            IoSetDeviceInterfacePropertyData(
                &raw const link,
                &DEVPKEY_KsAudio_PacketSize_Constraints2,
                0,
                0,
                DEVPROP_TYPE_BINARY,
                constraints.len() as u32,
                constraints.as_ptr().cast(),
            )
        };
        // SAFETY: the kernel made the link for us.
        unsafe { RtlFreeUnicodeString(&raw mut link) };
        check(status)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        while let Some(step) = self.steps.pop() {
            match step {
                Step::Subdevice(port) => port::unregister(self.device, &port),
                Step::Connection { from, to } => port::disconnect(self.device, &from, &to),
            }
        }
    }
}
