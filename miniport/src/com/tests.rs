//! Objects and the fence, called as PortCls calls them.

use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;
use std::vec::Vec;

use bytemuck::Zeroable;

use super::miniport::FORMAT_BYTES;
use super::object::{Class, Ref};
use super::power::Power;
use super::property::{self, Property, Refusal, Request};
use super::stream::{Buffer, Render};
use super::topology::Topology;
use super::{Event, Miniport, Port, PowerListener, RenderStream, Stream, TopologyMiniport};
use crate::double::portcls::{release, unknown};
use crate::sys::guid::{
    CLSID_PortTopology, GUID_NULL, IID_IAdapterPowerManagement3, IID_IMiniportAudioEngineNode,
    IID_IMiniportWaveRTInputStream, IID_IMiniportWaveRTOutputStream, IID_IMiniportWaveRTStream,
    IID_IMiniportWaveRTStreamNotification, IID_IPinCount, IID_IUnknown,
};
use crate::sys::ks::{KSAUDIO_POSITION, KSAUDIO_PRESENTATION_POSITION, KSDATARANGE_AUDIO, KSSTATE};
use crate::sys::pc::{PCFILTER_DESCRIPTOR, PCPROPERTY_REQUEST};
use crate::sys::status::{
    STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL, STATUS_DATA_OVERRUN, STATUS_DEVICE_NOT_READY,
    STATUS_INVALID_PARAMETER, STATUS_NO_MATCH, STATUS_NOINTERFACE, STATUS_NOT_FOUND, STATUS_NOT_SUPPORTED,
    STATUS_SUCCESS,
};
use crate::sys::vtable::{
    IMiniportTopologyVtbl, IMiniportWaveRTOutputStreamVtbl, IMiniportWaveRTStreamNotificationVtbl,
};
use crate::sys::{GUID, NTSTATUS};

/// The functions of an interface.
fn table<'a, V>(this: *mut c_void) -> &'a V {
    // SAFETY: an interface begins with its table.
    let table = unsafe { *this.cast::<*const V>() };
    // SAFETY: tables live on.
    unsafe { &*table }
}

fn query(this: *mut c_void, iid: GUID) -> (NTSTATUS, *mut c_void) {
    let mut out = ptr::without_provenance_mut(1);
    // SAFETY: the slot's own object.
    let status = unsafe { (unknown(this).QueryInterface)(this, &raw const iid, &raw mut out) };
    (status, out)
}

/// References of an object, the caller's own included.
fn references(this: *mut c_void) -> u32 {
    // SAFETY: the slot's own object.
    unsafe { (unknown(this).AddRef)(this) };
    release(this)
}

/// A value that tells when it is dropped.
struct Counted(Arc<AtomicU32>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl PowerListener for Counted {
    fn power(&self, _: bool) {}
}

impl Stream for Counted {
    fn set_state(&self, state: KSSTATE) -> Result<(), NTSTATUS> {
        if (0..=3).contains(&state) { Ok(()) } else { Err(STATUS_INVALID_PARAMETER) }
    }
    fn position(&self) -> Result<KSAUDIO_POSITION, NTSTATUS> {
        Ok(KSAUDIO_POSITION { PlayOffset: 5, WriteOffset: 6 })
    }
    fn allocate(&self, packets: u32, requested_bytes: u32) -> Result<Buffer, NTSTATUS> {
        Ok(Buffer { mdl: ptr::without_provenance_mut(16), bytes: requested_bytes + packets })
    }
    fn free(&self) {}
    fn register(&self, _: Event) -> Result<(), NTSTATUS> {
        Ok(())
    }
    fn unregister(&self, _: Event) -> Result<(), NTSTATUS> {
        Err(STATUS_NOT_FOUND)
    }
}

impl RenderStream for Counted {
    fn set_write_packet(&self, _: u32, _: u32, _: u32) -> Result<(), NTSTATUS> {
        Err(STATUS_DATA_OVERRUN)
    }
    fn presentation(&self) -> Result<KSAUDIO_PRESENTATION_POSITION, NTSTATUS> {
        Err(STATUS_NOT_SUPPORTED)
    }
    fn packet_count(&self) -> Result<u32, NTSTATUS> {
        Ok(9)
    }
}

impl Miniport for Counted {
    fn description(&self) -> &PCFILTER_DESCRIPTOR {
        unreachable!()
    }
    /// Answers with the lengths that it was given.
    fn intersect(&self, pin: u32, client: &[u8], own: &[u8]) -> Result<[u8; FORMAT_BYTES], NTSTATUS> {
        let mut format = [pin as u8; FORMAT_BYTES];
        format[..8].copy_from_slice(&(client.len() as u64).to_le_bytes());
        format[8..16].copy_from_slice(&(own.len() as u64).to_le_bytes());
        if pin == 7 { Err(STATUS_NO_MATCH) } else { Ok(format) }
    }
}

impl TopologyMiniport for Counted {
    fn init(&self, _: &Port) -> Result<(), NTSTATUS> {
        Err(STATUS_DEVICE_NOT_READY)
    }
}

fn made<C: Class<Value = Counted>>() -> (Ref<C>, Arc<AtomicU32>) {
    let drops = Arc::new(AtomicU32::new(0));
    (Ref::new(Counted(drops.clone())).unwrap(), drops)
}

#[test]
fn every_interface_leads_to_every_other_and_to_one_identity() {
    let (stream, drops) = made::<Render<Counted>>();
    let this = stream.interface();
    let own = [
        IID_IUnknown,
        IID_IMiniportWaveRTStream,
        IID_IMiniportWaveRTStreamNotification,
        IID_IMiniportWaveRTOutputStream,
    ];
    for first in own {
        for second in own {
            let (status, at) = query(this, first);
            assert_eq!(status, STATUS_SUCCESS);
            let (status, again) = query(at, second);
            assert_eq!((status, references(again)), (STATUS_SUCCESS, 3));
            let (_, identity) = query(again, IID_IUnknown);
            assert_eq!(identity, this);
            assert_eq!((release(identity), release(again), release(at)), (3, 2, 1));
        }
    }
    for foreign in [IID_IMiniportWaveRTInputStream, IID_IMiniportAudioEngineNode, IID_IPinCount, GUID_NULL] {
        assert_eq!(query(this, foreign), (STATUS_NOINTERFACE, ptr::null_mut()));
        assert_eq!(references(this), 1);
    }
    // SAFETY: the slot's own object; null is refused.
    let status = unsafe { (unknown(this).QueryInterface)(this, &IID_IUnknown, ptr::null_mut()) };
    assert_eq!((status, references(this)), (STATUS_INVALID_PARAMETER, 1));
    assert_eq!(drops.load(Ordering::Relaxed), 0);
    drop(stream);
    assert_eq!(drops.load(Ordering::Relaxed), 1);
}

#[test]
fn the_last_of_many_threads_drops_the_value_once() {
    let (object, drops) = made::<Power<Counted>>();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let mine = object.clone();
            scope.spawn(move || {
                for _ in 0..10_000 {
                    let (_, other) = query(mine.interface(), IID_IAdapterPowerManagement3);
                    drop(mine.clone());
                    release(other);
                }
            });
        }
        drop(object);
    });
    assert_eq!(drops.load(Ordering::Relaxed), 1);
}

#[test]
fn a_client_learns_how_long_a_format_is() {
    let (filter, _) = made::<Topology<Counted>>();
    let functions = table::<IMiniportTopologyVtbl>(filter.interface());
    let ask = |pin: u32, client_bytes: u32, room_bytes: u32, null: bool| {
        let mut range = KSDATARANGE_AUDIO::zeroed();
        range.DataRange.FormatSize = client_bytes;
        let mut own = range;
        own.DataRange.FormatSize = 64;
        let mut out = std::vec![0xEE_u8; room_bytes as usize];
        let mut bytes = 1;
        let at = if null { ptr::null_mut() } else { out.as_mut_ptr() };
        // SAFETY: the slot's own object, and pointers for the call.
        let status = unsafe {
            (functions.base.DataRangeIntersection)(
                filter.interface(),
                pin,
                (&raw const range).cast(),
                (&raw const own).cast(),
                room_bytes,
                at.cast(),
                &raw mut bytes,
            )
        };
        (status, bytes, out)
    };
    assert_eq!(ask(3, 88, 0, true), (STATUS_BUFFER_OVERFLOW, 104, Vec::new()));
    for short in [1, 64, 103] {
        let (status, _, out) = ask(3, 88, short, false);
        assert_eq!(status, STATUS_BUFFER_TOO_SMALL);
        assert!(out.iter().all(|&byte| byte == 0xEE));
    }
    for room in [104, 200] {
        let (status, bytes, out) = ask(3, 88, room, false);
        assert_eq!((status, bytes), (STATUS_SUCCESS, 104));
        assert_eq!((out[0], out[8], out[103]), (88, 64, 3));
        assert!(out[104..].iter().all(|&byte| byte == 0xEE));
    }
    assert_eq!(ask(3, 88, 104, true).0, STATUS_INVALID_PARAMETER);
    // A range that is shorter than its own head is none, and a client whose range does not fit learns no length.
    assert_eq!(ask(3, 63, 104, false).0, STATUS_NO_MATCH);
    let (status, bytes, _) = ask(7, 88, 0, true);
    assert_eq!((status, bytes), (STATUS_NO_MATCH, 1));
}

#[test]
fn a_port_is_needed_to_initialise() {
    let (filter, _) = made::<Topology<Counted>>();
    let functions = table::<IMiniportTopologyVtbl>(filter.interface());
    let none = ptr::null_mut();
    // SAFETY: the slot's own object; null is refused.
    assert_eq!(unsafe { (functions.Init)(filter.interface(), none, none, none) }, STATUS_INVALID_PARAMETER);
    let port = Port::new(&CLSID_PortTopology).unwrap();
    // SAFETY: the slot's own object, and a port.
    let status = unsafe { (functions.Init)(filter.interface(), none, none, port.this()) };
    assert_eq!((status, references(port.this())), (STATUS_DEVICE_NOT_READY, 1));
}

#[test]
fn null_pointers_are_refused_and_failures_write_nothing() {
    let (stream, _) = made::<Render<Counted>>();
    let this = stream.interface();
    let functions = table::<IMiniportWaveRTStreamNotificationVtbl>(this);
    let plain = &functions.base;
    let none = ptr::null_mut();
    let (mut mdl, mut bytes, mut offset, mut cache) = (ptr::null_mut(), 0, 7, 7);
    // SAFETY: the slot's own object; null is refused.
    let status = unsafe {
        (plain.AllocateAudioBuffer)(this, 100, &raw mut mdl, none, &raw mut offset, &raw mut cache)
    };
    assert_eq!((status, mdl.is_null()), (STATUS_INVALID_PARAMETER, true));
    let all = (&raw mut mdl, &raw mut bytes, &raw mut offset, &raw mut cache);
    // SAFETY: the slot's own object.
    let status =
        unsafe { (functions.AllocateBufferWithNotification)(this, 0, 100, all.0, all.1, all.2, all.3) };
    assert_eq!(status, STATUS_INVALID_PARAMETER, "no packets at all");
    // SAFETY: as above.
    let status =
        unsafe { (functions.AllocateBufferWithNotification)(this, 2, 100, all.0, all.1, all.2, all.3) };
    assert_eq!((status, bytes, offset, cache), (STATUS_SUCCESS, 102, 0, 1));
    // SAFETY: as above; null is refused.
    assert_eq!(unsafe { (functions.RegisterNotificationEvent)(this, none.cast()) }, STATUS_INVALID_PARAMETER);
    // SAFETY: as above; null is refused.
    assert_eq!(unsafe { (plain.GetPosition)(this, none.cast()) }, STATUS_INVALID_PARAMETER);
    let mut position = KSAUDIO_POSITION::zeroed();
    // SAFETY: as above.
    assert_eq!(unsafe { (plain.GetPosition)(this, &raw mut position) }, STATUS_SUCCESS);
    assert_eq!((position.PlayOffset, position.WriteOffset), (5, 6));
    // SAFETY: as above.
    assert_eq!(unsafe { (plain.SetState)(this, 4) }, STATUS_INVALID_PARAMETER);
    // SAFETY: as above.
    assert_eq!(unsafe { (plain.SetFormat)(this, ptr::null()) }, STATUS_NOT_SUPPORTED);
    // SAFETY: as above; null is left alone.
    unsafe { (plain.GetHWLatency)(this, ptr::null_mut()) };

    let (_, packets) = query(this, IID_IMiniportWaveRTOutputStream);
    let functions = table::<IMiniportWaveRTOutputStreamVtbl>(packets);
    let mut count = 0;
    // SAFETY: the slot's own object.
    assert_eq!(unsafe { (functions.GetPacketCount)(packets, &raw mut count) }, STATUS_SUCCESS);
    let mut place = KSAUDIO_PRESENTATION_POSITION { u64PositionInBlocks: 1, u64QPCPosition: 2 };
    // SAFETY: the slot's own object.
    let status = unsafe { (functions.GetOutputStreamPresentationPosition)(packets, &raw mut place) };
    assert_eq!((count, status, place.u64PositionInBlocks), (9, STATUS_NOT_SUPPORTED, 1));
    // SAFETY: the slot's own object.
    assert_eq!(unsafe { (functions.SetWritePacket)(packets, 0, 0, 0) }, STATUS_DATA_OVERRUN);
    release(packets);
}

/// Answers with what it was asked.
struct Echo;

impl Property<Counted> for Echo {
    fn answer(_: &Counted, request: Request<'_>) -> Result<u32, Refusal> {
        match (request.value_bytes, request.value) {
            (0, _) => Err(Refusal::length(4)),
            (1..4, _) => Err(STATUS_BUFFER_TOO_SMALL.into()),
            (_, []) => Err(STATUS_INVALID_PARAMETER.into()),
            (_, value) => {
                value[..4].copy_from_slice(&[
                    request.node as u8,
                    request.verb as u8,
                    request.instance.len() as u8,
                    1,
                ]);
                Ok(4)
            }
        }
    }
}

#[test]
fn properties_see_what_was_asked_and_sizes_are_told() {
    let (filter, _) = made::<Topology<Counted>>();
    let ask = |value: &mut [u8], value_bytes: u32| {
        let mut instance = [0_u8; 8];
        let mut request = PCPROPERTY_REQUEST {
            MajorTarget: filter.interface(),
            MinorTarget: ptr::null_mut(),
            Node: 2,
            PropertyItem: ptr::null(),
            Verb: 1,
            InstanceSize: 8,
            Instance: instance.as_mut_ptr().cast(),
            ValueSize: value_bytes,
            Value: if value.is_empty() { ptr::null_mut() } else { value.as_mut_ptr().cast() },
            Irp: ptr::null_mut(),
        };
        // SAFETY: a request for this filter.
        let status = unsafe { property::handler::<Topology<Counted>, Echo>(&raw mut request) };
        (status, request.ValueSize)
    };
    assert_eq!(ask(&mut [], 0), (STATUS_BUFFER_OVERFLOW, 4));
    assert_eq!(ask(&mut [0; 3], 3), (STATUS_BUFFER_TOO_SMALL, 0));
    assert_eq!(ask(&mut [], 4), (STATUS_INVALID_PARAMETER, 0), "a null pointer with a size");
    let mut value = [0; 6];
    assert_eq!(ask(&mut value, 6), (STATUS_SUCCESS, 4));
    assert_eq!(value, [2, 1, 8, 1, 0, 0]);
    // SAFETY: null is refused.
    let status = unsafe { property::handler::<Topology<Counted>, Echo>(ptr::null_mut()) };
    assert_eq!(status, STATUS_INVALID_PARAMETER);
}
