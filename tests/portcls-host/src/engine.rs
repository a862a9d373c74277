//! What Windows' audio engine does with a pin: negotiates, opens, streams.

use std::sync::Arc;

use crate::abi::Status;
use crate::abi::guid::{IID_INPUT_STREAM, IID_OUTPUT_STREAM, IID_STREAM_NOTIFICATION};
use crate::abi::ks::{AudioRange, Position, PresentationPosition};
use crate::com::Com;
use crate::endpoint::Endpoint;
use crate::format::Format;
use crate::nt::event::Event;
use crate::nt::mdl::Mdl;
use crate::nt::pool;
use crate::portcls::object::Reference;
use crate::portcls::stream;
use crate::region::Guarded;
use crate::verifier;

/// What a stream does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum State {
    /// Nothing, at position 0.
    Stop = 0,
    /// Nothing, with its resources.
    Acquire = 1,
    /// Nothing, where it is.
    Pause = 2,
    /// It streams.
    Run = 3,
}

/// Asks the miniport for a format that both ranges hold, with room for `room` bytes: the status, the size it says, and
/// the room then.
pub fn intersect(
    endpoint: &Endpoint,
    client: &AudioRange,
    mine: usize,
    room: usize,
) -> (Status, u32, Vec<u8>) {
    intersect_bytes(endpoint, endpoint.host_pin, bytemuck::bytes_of(client), mine, room)
}

/// The same, with a client's range of any bytes, and for any pin.
pub fn intersect_bytes(
    endpoint: &Endpoint,
    pin: u32,
    client: &[u8],
    mine: usize,
    room: usize,
) -> (Status, u32, Vec<u8>) {
    const UNTOUCHED: u8 = 0xB7;
    let client = Guarded::new(client).read_only();
    let out = Guarded::filled(room, UNTOUCHED);
    let length = Guarded::filled(4, 0);
    let out_at = if room == 0 { 0 } else { out.address() };
    let status = endpoint.wave.port.miniport().status(
        "DataRangeIntersection",
        4,
        &[
            pin.into(),
            client.address().into(),
            mine.into(),
            (room as u32).into(),
            out_at.into(),
            length.address().into(),
        ],
    );
    (status, length.value(), out.contents())
}

/// Negotiates as the engine does: asks for the size, then for the format.
///
/// # Errors
/// The driver's status.
///
/// # Panics
/// When the driver writes another number of bytes than it said.
pub fn negotiate(endpoint: &Endpoint, client: &AudioRange) -> Result<Format, Status> {
    let mut refusal = Status::NO_MATCH;
    for range in endpoint.wave.filter.ranges(endpoint.host_pin) {
        let (status, size, _) = intersect(endpoint, client, range.address, 0);
        if status != Status::BUFFER_OVERFLOW {
            refusal = status;
            continue;
        }
        let (status, written, bytes) = intersect(endpoint, client, range.address, size as usize);
        status.ok()?;
        assert_eq!(written, size, "the size asked for and the one given");
        return Ok(Format::of(&bytemuck::pod_read_unaligned(&bytes)));
    }
    Err(refusal)
}

/// An open stream.
#[derive(Debug)]
pub struct Stream {
    /// The driver's object: `IMiniportWaveRTStream`.
    pub object: Com,
    /// The same: `IMiniportWaveRTStreamNotification`.
    pub notification: Com,
    /// Its format.
    pub format: Format,
    buffer: Option<Buffer>,
    events: Vec<Event>,
    state: State,
    _pages_from: Reference,
}

/// A stream's buffer.
#[derive(Clone, Debug)]
pub struct Buffer {
    /// The pages.
    pub mdl: Arc<Mdl>,
    /// Bytes that are streamed in a circle.
    pub bytes: usize,
    /// How many notifications there are in a circle; 0 without.
    pub notifications: u32,
}

/// Calls `NewStream` with any bytes for a format.
///
/// # Errors
/// The driver's status.
pub fn new_stream(
    endpoint: &Endpoint,
    pin: u32,
    capture: bool,
    format: &[u8],
) -> Result<(Com, Reference), Status> {
    let port_stream = stream::new();
    let out = Guarded::filled(8, 0);
    let format = Guarded::new(format).read_only();
    endpoint
        .wave
        .port
        .miniport()
        .status(
            "NewStream",
            6,
            &[
                out.address().into(),
                port_stream.address().into(),
                pin.into(),
                capture.into(),
                format.address().into(),
            ],
        )
        .ok()?;
    Ok((Com::owned(out.value()), port_stream))
}

impl Stream {
    /// Opens the endpoint's pin with a format.
    ///
    /// # Errors
    /// The driver's status.
    pub fn open(endpoint: &Endpoint, format: Format) -> Result<Self, Status> {
        Self::open_bytes(endpoint, format, &format.bytes())
    }

    /// The same, with the format in other words.
    ///
    /// # Errors
    /// The driver's status.
    pub fn open_bytes(endpoint: &Endpoint, format: Format, bytes: &[u8]) -> Result<Self, Status> {
        let (object, port_stream) = new_stream(endpoint, endpoint.host_pin, !endpoint.is_render, bytes)?;
        let latency = Guarded::filled(12, 0xFF);
        object.call("GetHWLatency", 8, &[latency.address().into()]);
        let notification = object.query(IID_STREAM_NOTIFICATION)?;
        Ok(Self {
            object,
            notification,
            format,
            buffer: None,
            events: Vec::new(),
            state: State::Stop,
            _pages_from: port_stream,
        })
    }

    /// Opens with a buffer of `frames` frames, `notifications` (1 or 2) to the circle, and an event.
    ///
    /// # Errors
    /// The driver's status.
    pub fn ready(
        endpoint: &Endpoint,
        format: Format,
        frames: usize,
        notifications: u32,
    ) -> Result<Self, Status> {
        let mut stream = Self::open(endpoint, format)?;
        stream.allocate(frames * format.frame_bytes(), notifications)?;
        stream.register()?;
        Ok(stream)
    }

    /// Asks for a buffer of `bytes` bytes with `notifications` (1 or 2), or without (0).
    ///
    /// # Errors
    /// The driver's status.
    ///
    /// # Panics
    /// When the buffer does not begin where its pages do.
    pub fn allocate(&mut self, bytes: usize, notifications: u32) -> Result<(), Status> {
        let outs = [(); 4].map(|()| Guarded::filled(8, 0));
        let [mdl, actual, offset, caching] = &outs;
        let outs = [mdl, actual, offset, caching].map(|out| out.address().into());
        let asked = bytes as u32;
        if notifications == 0 {
            let arguments = [asked.into(), outs[0], outs[1], outs[2], outs[3]];
            self.object.status("AllocateAudioBuffer", 6, &arguments).ok()?;
        } else {
            let arguments = [notifications.into(), asked.into(), outs[0], outs[1], outs[2], outs[3]];
            self.notification.status("AllocateBufferWithNotification", 11, &arguments).ok()?;
        }
        let mdl = Mdl::at("the buffer", mdl.value());
        let (actual, offset, caching): (u32, u32, u32) = (actual.value(), offset.value(), caching.value());
        if actual < asked || (offset + actual) as usize > mdl.bytes() || caching != 1 {
            verifier::violation(&format!(
                "a buffer of {actual} at {offset} of {} bytes, {asked} asked for",
                mdl.bytes()
            ));
        }
        assert_eq!(offset, 0, "buffers begin where their pages begin");
        self.buffer = Some(Buffer { mdl, bytes: actual as usize, notifications });
        Ok(())
    }

    /// Registers a further event.
    ///
    /// # Errors
    /// The driver's status.
    pub fn register(&mut self) -> Result<(), Status> {
        let event = Event::new();
        self.notification.status("RegisterNotificationEvent", 13, &[event.address().into()]).ok()?;
        self.events.push(event);
        Ok(())
    }

    /// When the events were set since the last time this was asked.
    pub fn notified(&self) -> Vec<Vec<i64>> {
        self.events.iter().map(Event::take).collect()
    }

    /// The buffer.
    ///
    /// # Panics
    /// When there is none.
    pub fn buffer(&self) -> &Buffer {
        self.buffer.as_ref().expect("a buffer")
    }

    /// Whether there is a buffer.
    pub fn has_buffer(&self) -> bool {
        self.buffer.is_some()
    }

    /// How many events are registered.
    pub fn events(&self) -> usize {
        self.events.len()
    }

    /// Frames of the buffer.
    pub fn buffer_frames(&self) -> usize {
        self.buffer().bytes / self.format.frame_bytes()
    }

    /// Changes the state at once.
    ///
    /// # Errors
    /// The driver's status.
    pub fn set_state(&mut self, state: State) -> Result<(), Status> {
        self.object.status("SetState", 4, &[(state as u32).into()]).ok()?;
        self.state = state;
        Ok(())
    }

    /// Goes through the states between, as the engine does.
    ///
    /// # Panics
    /// When the driver refuses.
    pub fn go(&mut self, state: State) {
        const ORDER: [State; 4] = [State::Stop, State::Acquire, State::Pause, State::Run];
        while self.state != state {
            let (here, there) = (self.state as usize, state as usize);
            let next = ORDER[if there > here { here + 1 } else { here - 1 }];
            self.set_state(next).expect("a state");
        }
    }

    /// Where it is, in bytes.
    ///
    /// # Panics
    /// When the driver does not say.
    pub fn position(&self) -> Position {
        let out = Guarded::filled(16, 0xFF);
        let status = self.object.status("GetPosition", 5, &[out.address().into()]);
        assert_eq!(status, Status::SUCCESS, "GetPosition");
        out.value()
    }

    /// Writes `bytes` to the buffer, `at` bytes into the circle.
    pub fn write(&self, at: usize, bytes: &[u8]) {
        let buffer = self.buffer();
        let at = at % buffer.bytes;
        let (first, rest) = bytes.split_at(bytes.len().min(buffer.bytes - at));
        buffer.mdl.user().write(at, first);
        buffer.mdl.user().write(0, rest);
    }

    /// Reads what is `at` bytes into the circle.
    pub fn read(&self, at: usize, bytes: &mut [u8]) {
        let buffer = self.buffer();
        let at = at % buffer.bytes;
        let split = bytes.len().min(buffer.bytes - at);
        let (first, rest) = bytes.split_at_mut(split);
        buffer.mdl.user().read(at, first);
        buffer.mdl.user().read(0, rest);
    }

    /// Packets written so far.
    ///
    /// # Errors
    /// The driver's status.
    pub fn packet_count(&self) -> Result<u32, Status> {
        let out = Guarded::filled(4, 0xFF);
        self.object.query(IID_OUTPUT_STREAM)?.status("GetPacketCount", 5, &[out.address().into()]).ok()?;
        Ok(out.value())
    }

    /// Says that a packet is written; `end` bytes of it if it is the last.
    ///
    /// # Errors
    /// The driver's status.
    pub fn set_write_packet(&self, packet: u32, flags: u32, end: u32) -> Result<(), Status> {
        let output = self.object.query(IID_OUTPUT_STREAM)?;
        output.status("SetWritePacket", 3, &[packet.into(), flags.into(), end.into()]).ok()
    }

    /// Frames played so far, and when that was.
    ///
    /// # Errors
    /// The driver's status.
    pub fn presentation(&self) -> Result<PresentationPosition, Status> {
        let out = Guarded::filled(16, 0xFF);
        let output = self.object.query(IID_OUTPUT_STREAM)?;
        output.status("GetOutputStreamPresentationPosition", 4, &[out.address().into()]).ok()?;
        Ok(out.value())
    }

    /// The next packet recorded: number, flags, the counter at its first sample, whether there is another.
    ///
    /// # Errors
    /// The driver's status.
    pub fn read_packet(&self) -> Result<(u32, u32, u64, bool), Status> {
        let (packet, flags) = (Guarded::filled(4, 0), Guarded::filled(4, 0));
        let (counter, more) = (Guarded::filled(8, 0), Guarded::filled(4, 0));
        let outs = [&packet, &flags, &counter, &more].map(|out| out.address().into());
        self.object.query(IID_INPUT_STREAM)?.status("GetReadPacket", 3, &outs).ok()?;
        Ok((packet.value(), flags.value(), counter.value(), more.value::<u32>() != 0))
    }

    /// Frees the buffer.
    pub fn free(&mut self) {
        let Some(buffer) = self.buffer.take() else { return };
        let arguments = [buffer.mdl.address().into(), (buffer.bytes as u32).into()];
        if buffer.notifications == 0 {
            self.object.call("FreeAudioBuffer", 7, &arguments);
        } else {
            self.notification.call("FreeBufferWithNotification", 12, &arguments);
        }
    }

    /// Closes it as PortCls does.
    ///
    /// # Panics
    /// When the driver refuses a state or an event.
    pub fn close(mut self) {
        self.go(State::Stop);
        self.free();
        for event in &self.events {
            let status =
                self.notification.status("UnregisterNotificationEvent", 14, &[event.address().into()]);
            assert_eq!(status, Status::SUCCESS, "UnregisterNotificationEvent");
        }
        drop(self);
        pool::assert_intact();
    }
}
