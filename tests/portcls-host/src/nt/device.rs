//! The driver's object and the devices', and requests.

use std::sync::{Mutex, OnceLock};

use super::locked;
use crate::memory;
use crate::region::Guarded;

/// Bytes of the structures, and where in them things are.
const DRIVER_OBJECT_BYTES: usize = 336;
const DRIVER_EXTENSION: usize = 48;
const DRIVER_UNLOAD: usize = 104;
const MAJOR_FUNCTION: usize = 112;
const DEVICE_OBJECT_BYTES: usize = 328;
const DEVICE_EXTENSION: usize = 64;
const IRP_BYTES: usize = 208;
const IO_STATUS: usize = 48;
const CURRENT_STACK_LOCATION: usize = 184;
const STACK_LOCATION_BYTES: usize = 72;
const STACK_DEVICE: usize = 40;

struct Objects {
    driver: Guarded,
    _extension: Guarded,
    physical: Guarded,
}

static OBJECTS: OnceLock<Objects> = OnceLock::new();
static FUNCTIONAL: Mutex<Option<(Guarded, Guarded)>> = Mutex::new(None);

fn objects() -> &'static Objects {
    OBJECTS.get_or_init(|| {
        let driver = Guarded::filled(DRIVER_OBJECT_BYTES, 0);
        let extension = Guarded::filled(80, 0);
        memory::write(driver.address() + DRIVER_EXTENSION, extension.address());
        Objects { driver, _extension: extension, physical: Guarded::filled(DEVICE_OBJECT_BYTES, 0) }
    })
}

/// The driver object.
pub fn driver() -> usize {
    objects().driver.address()
}

/// The device that the bus reported.
pub fn physical() -> usize {
    objects().physical.address()
}

/// Makes the driver's device, with an extension of `bytes` bytes.
pub(crate) fn create(bytes: usize) -> usize {
    let device = Guarded::filled(DEVICE_OBJECT_BYTES, 0);
    let extension = Guarded::filled(bytes, 0);
    memory::write(device.address() + 8, driver());
    memory::write(device.address() + DEVICE_EXTENSION, extension.address());
    let address = device.address();
    *locked(&FUNCTIONAL) = Some((device, extension));
    address
}

/// The driver's device is gone; whoever touches it faults.
pub(crate) fn delete() {
    *locked(&FUNCTIONAL) = None;
}

/// The driver's device, 0 when there is none.
pub fn functional() -> usize {
    locked(&FUNCTIONAL).as_ref().map_or(0, |(device, _)| device.address())
}

/// What the driver put into its object for requests of the kind `major`.
pub fn major_function(major: usize) -> usize {
    memory::read(driver() + MAJOR_FUNCTION + 8 * major)
}

/// What the driver wants to be called before it is unloaded.
pub fn unload_function() -> usize {
    memory::read(driver() + DRIVER_UNLOAD)
}

/// Gives the driver object its functions.
pub(crate) fn set_functions(dispatch: usize, unload: usize) {
    for major in 0..=0x1B {
        memory::write(driver() + MAJOR_FUNCTION + 8 * major, dispatch);
    }
    memory::write(driver() + DRIVER_UNLOAD, unload);
}

/// A request.
#[derive(Debug)]
pub struct Irp {
    irp: Guarded,
    stack: Guarded,
}

impl Irp {
    /// A request to the driver's device.
    pub fn new(major: u8, minor: u8) -> Self {
        let (irp, stack) = (Guarded::filled(IRP_BYTES, 0), Guarded::filled(STACK_LOCATION_BYTES, 0));
        memory::write(irp.address() + CURRENT_STACK_LOCATION, stack.address());
        memory::write(irp.address() + IO_STATUS, 0xC000_00BB_u32);
        memory::write(stack.address(), [major, minor]);
        memory::write(stack.address() + STACK_DEVICE, functional());
        Self { irp, stack }
    }

    /// Its address.
    pub fn address(&self) -> usize {
        self.irp.address()
    }

    /// The kinds asked for: major, minor.
    pub fn functions(address: usize) -> (u8, u8) {
        let stack: usize = memory::read(address + CURRENT_STACK_LOCATION);
        let [major, minor] = memory::read::<[u8; 2]>(stack);
        (major, minor)
    }

    /// Whether its stack location still is where it was.
    pub fn is_intact(&self) -> bool {
        memory::read::<usize>(self.address() + CURRENT_STACK_LOCATION) == self.stack.address()
    }
}
