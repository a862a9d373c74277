//! A machine that loads the driver and its one device.

use std::path::PathBuf;

use crate::abi::Status;
use crate::call;
use crate::endpoint::{self, Endpoint};
use crate::loader::{self, Loaded};
use crate::memory::UnicodeString;
use crate::nt::device::{self, Irp};
use crate::nt::{exports, interface, mdl, pool, registry, timer};
use crate::portcls::adapter::{self, PNP, minor};
use crate::portcls::object;
use crate::region::Guarded;
use crate::verifier::{self, Image};

/// Where the driver is that is tested: what `VCABLE_DRIVER` names, or what `cargo xtask driver` builds.
pub fn driver_path() -> PathBuf {
    let built = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/driver/x64/vcable.sys");
    std::env::var_os("VCABLE_DRIVER").map_or_else(|| built.into(), PathBuf::from)
}

/// The loaded driver.
#[derive(Debug)]
pub struct Machine {
    loaded: Loaded,
    _path: (Guarded, Guarded),
    path_at: usize,
}

impl Machine {
    /// Maps the driver. Nothing of it runs yet.
    ///
    /// # Panics
    /// When the kernel would refuse it.
    pub fn load() -> Self {
        let path = driver_path();
        let loaded = loader::load(&path, &exports::find).expect("a driver that can be loaded");
        let (start, bytes) = (loaded.region.start(), loaded.region.bytes());
        verifier::watch(Image { path, start, bytes });
        let text: Vec<u8> = r"\Registry\Machine\System\CurrentControlSet\Services\vcable"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let text = Guarded::new(&text);
        let string = UnicodeString::new(text.address(), text.contents().len());
        let string = Guarded::new(bytemuck::bytes_of(&string));
        Self { loaded, path_at: string.address(), _path: (text, string) }
    }

    /// What the driver imports.
    pub fn imports(&self) -> &[(String, String)] {
        &self.loaded.imports
    }

    /// Whether `address` is in the driver.
    pub fn contains(&self, address: usize) -> bool {
        let region = &self.loaded.region;
        (region.start()..region.start() + region.bytes()).contains(&address)
    }

    /// Stops the device and starts it anew, with `cables` cables.
    ///
    /// # Panics
    /// When something fails.
    pub fn restart(&self, cables: u32) {
        registry::set("", "Cables", registry::Value::Number(cables));
        assert_eq!(self.pnp(minor::STOP), Status::SUCCESS, "stop");
        assert_eq!(self.start_device(), Status::SUCCESS, "start");
    }

    /// Runs `DriverEntry`.
    pub fn enter(&self) -> Status {
        let entry = self.loaded.region.start() + self.loaded.entry;
        call::status("DriverEntry", entry, &[device::driver().into(), self.path_at.into()])
    }

    /// Runs `AddDevice`.
    pub fn add_device(&self) -> Status {
        call::status(
            "AddDevice",
            adapter::add_device(),
            &[device::driver().into(), device::physical().into()],
        )
    }

    /// Sends a request of plug and play through the driver's own dispatch.
    ///
    /// # Panics
    /// When the driver damages the request.
    pub fn pnp(&self, minor: u8) -> Status {
        let irp = Irp::new(PNP, minor);
        let function = device::major_function(usize::from(PNP));
        let status =
            call::status("the dispatch", function, &[device::functional().into(), irp.address().into()]);
        assert!(irp.is_intact(), "the request's stack location moved");
        status
    }

    /// Starts the device.
    pub fn start_device(&self) -> Status {
        self.pnp(minor::START)
    }

    /// Loads and starts everything.
    ///
    /// # Panics
    /// When something fails.
    pub fn start() -> Self {
        let machine = Self::load();
        assert_eq!(machine.enter(), Status::SUCCESS, "DriverEntry");
        assert_eq!(machine.add_device(), Status::SUCCESS, "AddDevice");
        assert_eq!(machine.start_device(), Status::SUCCESS, "StartDevice");
        machine
    }

    /// The same with `cables` cables.
    pub fn with_cables(cables: u32) -> Self {
        registry::set("", "Cables", registry::Value::Number(cables));
        Self::start()
    }

    /// The endpoints that Windows would show.
    ///
    /// # Panics
    /// When there are none, so that no test passes for want of them.
    pub fn endpoints(&self) -> Vec<Endpoint> {
        let endpoints = endpoint::find();
        assert!(!endpoints.is_empty(), "there is no endpoint");
        endpoints
    }

    /// The render and the capture endpoint of cable `number`, from 1.
    ///
    /// # Panics
    /// When there is no such cable.
    pub fn cable(&self, number: u32) -> (Endpoint, Endpoint) {
        let mut ends = self.endpoints().into_iter().filter(|end| end.cable == number);
        let render = ends.next().expect("a render endpoint");
        let capture = ends.next().expect("a capture endpoint");
        if render.is_render { (render, capture) } else { (capture, render) }
    }

    /// Removes the device and unloads the driver. Nothing may be left.
    ///
    /// # Panics
    /// When something is.
    pub fn finish(&self) {
        if device::functional() != 0 {
            assert_eq!(self.pnp(minor::REMOVE), Status::SUCCESS, "removal");
        }
        self.unload();
    }

    /// Unloads the driver, whose device is gone. Nothing may be left.
    ///
    /// # Panics
    /// When something is.
    pub fn unload(&self) {
        call::call("DriverUnload", device::unload_function(), &[device::driver().into()]);
        assert!(adapter::is_unloaded(), "PortCls was not unloaded");
        assert_nothing_left();
    }
}

/// Checks that the driver gave back all it took.
///
/// # Panics
/// When it did not.
pub fn assert_nothing_left() {
    assert_eq!(pool::live(), Vec::<String>::new(), "memory of the pool");
    assert_eq!(timer::live(), 0, "timers");
    assert_eq!(mdl::live(), 0, "memory descriptor lists");
    assert_eq!(registry::open_handles(), 0, "handles");
    assert_eq!(interface::live_links(), 0, "names of interfaces");
    assert_eq!(object::live(), Vec::new(), "objects of PortCls");
}
