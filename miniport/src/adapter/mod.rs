//! The adapter: a started device, its cables, and what PortCls knows of them.
//!
//! Everything here runs at `PASSIVE_LEVEL`, and plug and play never asks two things of one device at a time.

mod registered;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::c_void;

use crate::com::object::{Class, Ref};
use crate::com::port::check;
use crate::com::power::Power;
use crate::com::{Port, PowerListener};
use crate::names::{NAMES, Name};
use crate::pool;
use crate::registry::{CableSettings, Settings};
use crate::sys::guid::{CLSID_PortTopology, CLSID_PortWaveRT};
use crate::sys::nt::{DEVICE_OBJECT, IRP};
use crate::sys::status::STATUS_INSUFFICIENT_RESOURCES;
use crate::sys::{NTSTATUS, pc};
use registered::Registered;

/// Subdevices of a cable: a wave and a topology filter for each end.
pub const SUBDEVICES: usize = 4;

/// The filters of one end of a cable.
pub struct End<'a, W: Class, T: Class> {
    /// The wave filter: pin 0 is the client's and pin 1 the bridge when it renders, the other way round when it captures.
    pub wave: &'a Ref<W>,
    /// The topology filter: sound comes in at pin 0 and leaves at pin 1.
    pub topology: &'a Ref<T>,
}

/// The filters of a cable.
pub trait Filters: Send + Sync + Sized + 'static {
    /// Class of the wave filter that renders.
    type RenderWave: Class;
    /// Class of its topology filter.
    type RenderTopology: Class;
    /// Class of the wave filter that captures.
    type CaptureWave: Class;
    /// Class of its topology filter.
    type CaptureTopology: Class;

    /// Makes them.
    ///
    /// # Errors
    /// Without memory.
    fn new(settings: &CableSettings) -> Result<Self, NTSTATUS>;

    /// Those that render.
    fn render(&self) -> End<'_, Self::RenderWave, Self::RenderTopology>;

    /// Those that capture.
    fn capture(&self) -> End<'_, Self::CaptureWave, Self::CaptureTopology>;

    /// `DEVPKEY_KsAudio_PacketSize_Constraints2` of the wave filters: all its bytes.
    fn constraints(&self) -> &[u8];

    /// The device goes to sleep, or is awake again. May be told twice.
    fn power(&self, awake: bool);
}

/// All cables of a device, which follow its power.
struct Cables<F>(Vec<F>);

impl<F: Filters> PowerListener for Cables<F> {
    fn power(&self, awake: bool) {
        self.0.iter().for_each(|cable| cable.power(awake));
    }
}

/// What PortCls and the kernel gave to start a device with.
#[derive(Clone, Copy)]
pub struct Start {
    /// The device.
    pub device: *mut DEVICE_OBJECT,
    /// The request.
    pub irp: *mut IRP,
    /// An `IResourceList`. We need none.
    pub resources: *mut c_void,
}

/// A started device. Dropped when it is stopped or removed.
pub struct Adapter<F: Filters> {
    device: *mut DEVICE_OBJECT,
    cables: Ref<Power<Cables<F>>>,
}

impl<F: Filters> Adapter<F> {
    /// Makes all cables that are set and makes them known. Whatever fails, everything before it is undone.
    ///
    /// # Errors
    /// Of the call that failed.
    ///
    /// # Safety
    /// The pointers must be those that PortCls gave to start the device.
    pub unsafe fn start(start: Start, settings: &Settings) -> Result<Box<[Self; 1]>, NTSTATUS> {
        let count = settings.cables().min(NAMES.len());
        let cables = cables::<F>(settings, count)?;
        let mut registered = Registered::new(start.device, count)?;
        for (cable, names) in cables.0.iter().zip(&NAMES) {
            let render = (&names.render_wave, &names.render_topology);
            // SAFETY: the caller's promise.
            let ports = unsafe { add(start, &cable.render(), render, cable.constraints(), &mut registered) }?;
            registered.connect((&ports.wave, 1), (&ports.topology, 0))?;
            let capture = (&names.capture_wave, &names.capture_topology);
            // SAFETY: the caller's promise.
            let ports =
                unsafe { add(start, &cable.capture(), capture, cable.constraints(), &mut registered) }?;
            registered.connect((&ports.topology, 1), (&ports.wave, 0))?;
        }
        let cables = Ref::<Power<Cables<F>>>::new(cables)?;
        // SAFETY: PortCls takes a reference of its own.
        check(unsafe { pc::PcRegisterAdapterPowerManagement(cables.interface(), start.device.cast()) })?;
        let adapter = pool::boxed(Self { device: start.device, cables })?;
        registered.keep();
        Ok(adapter)
    }
}

impl<F: Filters> Drop for Adapter<F> {
    fn drop(&mut self) {
        // No stream of a device that is going may wait for a clock.
        self.cables.power(false);
        // SAFETY: registered when this was made, and the device is still there.
        unsafe { pc::PcUnregisterAdapterPowerManagement(self.device) };
    }
}

/// The filters of `count` cables.
fn cables<F: Filters>(settings: &Settings, count: usize) -> Result<Cables<F>, NTSTATUS> {
    let mut cables = Vec::new();
    cables.try_reserve_exact(count).map_err(|_| STATUS_INSUFFICIENT_RESOURCES)?;
    for number in (1..).take(count) {
        pool::push(&mut cables, F::new(&settings.cable(number))?)?;
    }
    Ok(Cables(cables))
}

/// The ports of one end.
struct Ports {
    wave: Port,
    topology: Port,
}

/// Makes the subdevices of an end known under their names, wave and topology, the topology first.
///
/// # Safety
/// As for [`Adapter::start`].
unsafe fn add<W: Class, T: Class>(
    start: Start,
    end: &End<'_, W, T>,
    names: (&'static Name, &'static Name),
    constraints: &[u8],
    registered: &mut Registered,
) -> Result<Ports, NTSTATUS> {
    let topology = Port::new(&CLSID_PortTopology)?;
    // SAFETY: the caller's promise.
    unsafe { topology.init(start.device, start.irp, end.topology, start.resources) }?;
    registered.subdevice(names.1, &topology)?;
    registered.constrain(names.0, constraints)?;
    let wave = Port::new(&CLSID_PortWaveRT)?;
    // SAFETY: the caller's promise.
    unsafe { wave.init(start.device, start.irp, end.wave, start.resources) }?;
    registered.subdevice(names.0, &wave)?;
    Ok(Ports { wave, topology })
}

#[cfg(test)]
mod tests;
