//! The adapter among doubles of PortCls and the kernel.

use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};
use std::boxed::Box;
use std::string::String;
use std::sync::Arc;
use std::vec::Vec;

use super::*;
use crate::com::miniport::FORMAT_BYTES;
use crate::com::stream::{Buffer, ReadPacket};
use crate::com::topology::Topology;
use crate::com::wave::{Requested, Wave};
use crate::com::{
    CaptureStream, Event, Miniport, PortStream, Stream, TopologyMiniport, WaveMiniport, stream::Capture,
};
use crate::double::{self, portcls, registry};
use crate::driver;
use crate::sys::GUID;
use crate::sys::ks::{KSAUDIO_POSITION, KSSTATE};
use crate::sys::nt::{DRIVER_OBJECT, IO_STACK_LOCATION, IRP_MJ_PNP};
use crate::sys::pc::{PCFILTER_DESCRIPTOR, PORT_CLASS_DEVICE_EXTENSION_SIZE};
use crate::sys::status::{NT_SUCCESS, STATUS_NOT_SUPPORTED};

std::thread_local! {
    /// What lives on this thread, and what power was told.
    static LIVING: Arc<AtomicU32> = Arc::default();
    static AWAKE: core::cell::Cell<Option<bool>> = const { core::cell::Cell::new(None) };
}

/// Counts what lives.
struct Alive(Arc<AtomicU32>);

impl Alive {
    fn new() -> Self {
        let living = LIVING.with(Arc::clone);
        living.fetch_add(1, Ordering::Relaxed);
        Self(living)
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn living() -> u32 {
    LIVING.with(|living| living.load(Ordering::Relaxed))
}

/// A filter of either kind, without anything in it.
struct Bare(#[expect(dead_code, reason = "its drop counts")] Alive);

impl Miniport for Bare {
    fn description(&self) -> &PCFILTER_DESCRIPTOR {
        unreachable!()
    }

    fn intersect(&self, _: u32, _: &[u8], _: &[u8]) -> Result<[u8; FORMAT_BYTES], NTSTATUS> {
        Err(STATUS_NOT_SUPPORTED)
    }
}

impl TopologyMiniport for Bare {
    fn init(&self, _: &Port) -> Result<(), NTSTATUS> {
        Ok(())
    }
}

impl WaveMiniport for Bare {
    type Stream = Capture<NoStream>;

    fn init(&self, _: &Port) -> Result<(), NTSTATUS> {
        Ok(())
    }

    fn new_stream(
        &self,
        _: Ref<Wave<Self>>,
        _: PortStream,
        _: u32,
        _: bool,
        _: Requested<'_>,
    ) -> Result<Ref<Self::Stream>, NTSTATUS> {
        Err(STATUS_NOT_SUPPORTED)
    }

    fn modes(&self, _: u32) -> Result<&[GUID], NTSTATUS> {
        Err(STATUS_NOT_SUPPORTED)
    }
}

/// A stream that is never made.
enum NoStream {}

impl Stream for NoStream {
    fn set_state(&self, _: KSSTATE) -> Result<(), NTSTATUS> {
        match *self {}
    }
    fn position(&self) -> Result<KSAUDIO_POSITION, NTSTATUS> {
        match *self {}
    }
    fn allocate(&self, _: u32, _: u32) -> Result<Buffer, NTSTATUS> {
        match *self {}
    }
    fn free(&self) {
        match *self {}
    }
    fn register(&self, _: Event) -> Result<(), NTSTATUS> {
        match *self {}
    }
    fn unregister(&self, _: Event) -> Result<(), NTSTATUS> {
        match *self {}
    }
}

impl CaptureStream for NoStream {
    fn read_packet(&self) -> Result<ReadPacket, NTSTATUS> {
        match *self {}
    }
}

/// A cable of bare filters.
struct BareCable {
    waves: [Ref<Wave<Bare>>; 2],
    topologies: [Ref<Topology<Bare>>; 2],
}

impl Filters for BareCable {
    type RenderWave = Wave<Bare>;
    type RenderTopology = Topology<Bare>;
    type CaptureWave = Wave<Bare>;
    type CaptureTopology = Topology<Bare>;

    fn new(_: &CableSettings) -> Result<Self, NTSTATUS> {
        let bare = || Bare(Alive::new());
        Ok(Self {
            waves: [Ref::new(bare())?, Ref::new(bare())?],
            topologies: [Ref::new(bare())?, Ref::new(bare())?],
        })
    }

    fn render(&self) -> End<'_, Wave<Bare>, Topology<Bare>> {
        End { wave: &self.waves[0], topology: &self.topologies[0] }
    }

    fn capture(&self) -> End<'_, Wave<Bare>, Topology<Bare>> {
        End { wave: &self.waves[1], topology: &self.topologies[1] }
    }

    fn constraints(&self) -> &[u8] {
        &[0; 40]
    }

    fn power(&self, awake: bool) {
        AWAKE.set(Some(awake));
    }
}

/// A driver with a device, as the kernel would have made them.
struct Machine {
    driver: Box<DRIVER_OBJECT>,
    device: Box<DEVICE_OBJECT>,
    _extension: Vec<usize>,
}

impl Machine {
    fn new() -> Self {
        let mut driver = Box::<DRIVER_OBJECT>::default();
        // SAFETY: what the doubles take.
        let status = unsafe { driver::enter::<BareCable>(&raw mut *driver, ptr::null_mut()) };
        assert!(NT_SUCCESS(status));
        let mut extension = std::vec![0; PORT_CLASS_DEVICE_EXTENSION_SIZE / size_of::<usize>() + 1];
        let mut device = Box::<DEVICE_OBJECT>::default();
        device.DriverObject = &raw mut *driver;
        device.DeviceExtension = extension.as_mut_ptr().cast();
        double::calls();
        Self { driver, device, _extension: extension }
    }

    fn start(&mut self) -> NTSTATUS {
        // SAFETY: a device of this driver.
        unsafe { portcls::start()(&raw mut *self.device, ptr::null_mut(), ptr::null_mut()) }
    }

    /// Sends a request of plug and play.
    fn plug_and_play(&mut self, minor: u8) {
        let mut location = IO_STACK_LOCATION {
            MajorFunction: IRP_MJ_PNP as u8,
            MinorFunction: minor,
            Flags: 0,
            Control: 0,
            Parameters: [0; 4],
            DeviceObject: &raw mut *self.device,
            FileObject: ptr::null_mut(),
            CompletionRoutine: ptr::null(),
            Context: ptr::null_mut(),
        };
        let mut irp = Box::<IRP>::default();
        irp.Tail.Overlay.Anonymous2.Anonymous.CurrentStackLocation = (&raw mut location).cast();
        let entry = self.driver.MajorFunction[IRP_MJ_PNP].expect("it is hooked");
        // SAFETY: a device of this driver, and a request for it.
        assert_eq!(unsafe { entry(&raw const *self.device, &raw mut *irp) }, 0);
    }
}

const STOP: u8 = 0x04;
const REMOVE: u8 = 0x02;
const SURPRISE_REMOVAL: u8 = 0x17;

#[test]
fn a_cable_is_registered_in_the_order_that_windows_needs() {
    let mut machine = Machine::new();
    assert_eq!(machine.start(), 0);
    let calls: Vec<String> = double::calls().into_iter().filter(|call| !call.contains("close")).collect();
    let end = |name: &str, first: u32, connection: &str| {
        [
            std::format!("port {first} topology"),
            std::format!("init {first}"),
            std::format!("register {first} {name}Topology1"),
            "physical device".into(),
            std::format!("IoRegisterDeviceInterface {name}Wave1"),
            std::format!("IoSetDeviceInterfacePropertyData {name}Wave1 0x1003 40"),
            std::format!("RtlFreeUnicodeString {name}Wave1"),
            std::format!("port {} wave", first + 1),
            std::format!("init {}", first + 1),
            std::format!("register {} {name}Wave1", first + 1),
            connection.into(),
        ]
    };
    let mut expected = std::vec![String::from("open ")];
    expected.extend(end("Render", 0, "connect 1.1 0.0"));
    expected.extend(end("Capture", 2, "connect 2.1 3.0"));
    expected.push("power".into());
    assert_eq!(calls, expected);
    machine.plug_and_play(REMOVE);
    assert_eq!(double::calls(), ["no power", "dispatch"]);
}

#[test]
fn whichever_call_fails_all_before_it_are_undone() {
    registry::set_number("Cables", 2);
    double::fail_at(None);
    let mut machine = Machine::new();
    assert_eq!(machine.start(), 0);
    let count = double::fallible();
    assert!(count > 40, "{count}");
    machine.plug_and_play(STOP);
    let kept = portcls::ports();
    assert_eq!((kept, living()), (8, 8), "PortCls keeps what is registered");
    for number in 0..count {
        let mut machine = Machine::new();
        double::fail_at(Some(number));
        assert!(!NT_SUCCESS(machine.start()), "call {number}");
        let calls = double::calls();
        let of = |what: &str| {
            let done = calls.iter().filter(|call| call.starts_with(what) && !call.ends_with("fails"));
            done.count()
        };
        assert_eq!(of("register "), of("unregister "), "{calls:?}");
        assert_eq!(of("connect "), of("disconnect "), "{calls:?}");
        assert_eq!(of("IoRegisterDeviceInterface "), of("RtlFreeUnicodeString "), "{calls:?}");
        assert_eq!(of("power"), of("no power"), "{calls:?}");
        assert_eq!(of("open "), of("close "), "{calls:?}");
        assert_eq!((portcls::ports(), living()), (kept, 8), "call {number}");
        machine.plug_and_play(REMOVE);
        assert_eq!(double::calls(), ["dispatch"], "nothing was started");
    }
    double::fail_at(None);
}

#[test]
fn a_device_lets_go_once_however_often_it_is_told() {
    for requests in
        [[STOP, SURPRISE_REMOVAL, REMOVE], [SURPRISE_REMOVAL, REMOVE, REMOVE], [REMOVE, STOP, STOP]]
    {
        let mut machine = Machine::new();
        assert_eq!(machine.start(), 0);
        double::calls();
        assert!(!portcls::power().is_null());
        for request in requests {
            machine.plug_and_play(request);
        }
        assert_eq!(double::calls(), ["no power", "dispatch", "dispatch", "dispatch"]);
        assert_eq!(AWAKE.replace(None), Some(false));
    }
    // Another request passes.
    let mut machine = Machine::new();
    assert_eq!(machine.start(), 0);
    double::calls();
    machine.plug_and_play(0x0C);
    assert_eq!(double::calls(), ["dispatch"]);
    // And a device that is started anew lets go of what it had.
    assert_eq!(machine.start(), 0);
    assert_eq!(double::calls()[0], "no power");
    machine.plug_and_play(REMOVE);
}

#[test]
fn two_devices_do_not_know_each_other() {
    let (mut first, mut second) = (Machine::new(), Machine::new());
    assert_eq!((first.start(), second.start()), (0, 0));
    double::calls();
    first.plug_and_play(REMOVE);
    assert_eq!(double::calls(), ["no power", "dispatch"]);
}

#[test]
fn power_reaches_every_cable_through_each_interface() {
    use crate::sys::guid::{
        IID_IAdapterPowerManagement, IID_IAdapterPowerManagement2, IID_IAdapterPowerManagement3,
    };
    use crate::sys::vtable::IAdapterPowerManagement3Vtbl;

    let mut machine = Machine::new();
    assert_eq!(machine.start(), 0);
    let power = portcls::power();
    for iid in [IID_IAdapterPowerManagement, IID_IAdapterPowerManagement2, IID_IAdapterPowerManagement3] {
        let mut out: *mut c_void = ptr::null_mut();
        // SAFETY: the slot's own object.
        let status = unsafe { (portcls::unknown(power).QueryInterface)(power, &raw const iid, &raw mut out) };
        assert_eq!(status, 0);
        // SAFETY: an interface begins with its table.
        let table = unsafe { *out.cast::<*const IAdapterPowerManagement3Vtbl>() };
        // SAFETY: tables live on.
        let table = unsafe { &*table };
        for (state, awake) in [(4, false), (1, true), (3, false)] {
            // SAFETY: the slot's own object.
            unsafe { (table.base.base.PowerChangeState)(out, state) };
            assert_eq!(AWAKE.replace(None), Some(awake));
            // SAFETY: the slot's own object.
            unsafe { (table.base.PowerChangeState2)(out, state, 1) };
            assert_eq!(AWAKE.replace(None), Some(awake));
            // SAFETY: the slot's own object.
            unsafe { (table.PowerChangeState3)(out, state, 1, 0) };
            assert_eq!(AWAKE.replace(None), Some(awake));
            // SAFETY: the slot's own object.
            assert_eq!(unsafe { (table.base.base.QueryPowerChangeState)(out, state) }, 0);
        }
        portcls::release(out);
    }
    machine.plug_and_play(REMOVE);
}

#[test]
fn settings_are_what_users_set_or_else_the_defaults() {
    let settings = || {
        // SAFETY: what the double takes.
        unsafe { Settings::open(ptr::null_mut()) }
    };
    let of = |number| {
        let cable = settings().cable(number);
        let name = cable.name.split(|&unit| unit == 0).next().unwrap();
        (String::from_utf16(name).unwrap(), cable.number, cable.most_channels)
    };
    assert_eq!((settings().cables(), of(1)), (1, (String::new(), 1, 8)));
    for (set, cables) in [(0, 1), (1, 1), (7, 7), (16, 16), (17, 16), (u32::MAX, 16)] {
        registry::set_number("Cables", set);
        double::calls();
        assert_eq!(settings().cables(), cables, "{set}");
        let warned = double::calls().iter().any(|call| call.starts_with("DbgPrintEx Parameters"));
        assert_eq!(warned, set as usize != cables, "{set}");
    }
    registry::set_text("Cable12\\Name", "Música");
    registry::set_number("Cable12\\Channels", 6);
    registry::set_number("Cable3\\Channels", 3);
    assert_eq!(of(12), ("Música".into(), 12, 6));
    assert_eq!(of(3), (String::new(), 3, 8));
    // Other types, and numbers that are too long, are as if nothing were set; names are cut, between characters.
    registry::set_text("Cables", "7");
    registry::set("Cable12\\Channels", crate::sys::nt::REG_DWORD, std::vec![2]);
    registry::set("Cable12\\Channels", crate::sys::nt::REG_DWORD, std::vec![2; 16]);
    registry::set_text("Cable12\\Name", &"x".repeat(64));
    assert_eq!((settings().cables(), of(12)), (1, ("x".repeat(63), 12, 8)));
    assert!(double::calls().iter().any(|call| call.starts_with("DbgPrintEx Name")));
    registry::set_text("Cable12\\Name", &"𝄞".repeat(200));
    assert_eq!(of(12).0, "𝄞".repeat(31));
    registry::set_text("Cable12\\Name", &"x".repeat(63));
    double::calls();
    assert_eq!(of(12).0, "x".repeat(63));
    assert!(!double::calls().iter().any(|call| call.starts_with("DbgPrintEx")));
    registry::set("Cable12\\Name", crate::sys::nt::REG_SZ, std::vec![b'y', 0, 0xFF]);
    assert_eq!(of(12).0, "y");
    let calls = double::calls();
    let count = |what: &str| calls.iter().filter(|call| call.starts_with(what)).count();
    assert_eq!(count("open"), count("close"));
}
