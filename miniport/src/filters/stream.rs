//! Streams, as PortCls calls them.

use core::marker::PhantomData;

use super::{CaptureEnd, End, RenderEnd, WaveFilter};
use crate::{
    cable::{Device, State},
    com::{
        CaptureStream, Event, PortStream, Ref, RenderStream, Stream,
        stream::{Buffer, ReadPacket},
        wave::Wave,
    },
    format::WaveFormat,
    held::Held,
    sys::{
        NTSTATUS,
        ks::{KSAUDIO_POSITION, KSAUDIO_PRESENTATION_POSITION, KSSTATE},
        status::{
            STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_DEVICE_STATE, STATUS_INVALID_PARAMETER,
            STATUS_NOT_SUPPORTED, STATUS_UNSUCCESSFUL,
        },
    },
};

/// Largest buffer: ten seconds of the largest format. Windows asks for two at most.
const MOST_BYTES: u32 = 64 << 20;
/// Most packets of a buffer (`AllocateBufferWithNotification`).
const MOST_PACKETS: u32 = 2;

/// A stream of one end of a cable. Its sound and its place are the cable's; this is the way to them.
pub struct CableStream<E: End> {
    device: Held<Device>,
    id: u64,
    format: WaveFormat,
    port_stream: PortStream,
    /// The filter lives as long as its streams.
    _filter: Ref<Wave<WaveFilter<E>>>,
    end: PhantomData<E>,
}

impl<E: End> CableStream<E> {
    /// Opens a stream in STOP. PASSIVE.
    ///
    /// # Errors
    /// As [`Device::open`].
    pub fn open(
        device: Held<Device>,
        filter: Ref<Wave<WaveFilter<E>>>,
        port_stream: PortStream,
        format: WaveFormat,
    ) -> Result<Self, NTSTATUS> {
        let id = device.open(E::DIRECTION, format)?;
        Ok(Self { device, id, format, port_stream, _filter: filter, end: PhantomData })
    }

    /// Runs `work` on the cable's half of this stream, as it is. Up to DISPATCH.
    fn with<R>(&self, work: impl FnOnce(&mut Half) -> Result<R, NTSTATUS>) -> Result<R, NTSTATUS> {
        let gone = Err(STATUS_INVALID_DEVICE_STATE);
        self.device.lock(|engine| engine.stream(E::DIRECTION, self.id).map_or(gone, work))
    }

    /// The same at the present, told in frames of the stream.
    fn now<R>(&self, work: impl FnOnce(&mut Half, u64) -> Result<R, NTSTATUS>) -> Result<R, NTSTATUS> {
        self.device.present(|engine| {
            let frames = engine.frames(E::DIRECTION, self.id);
            match (frames, engine.stream(E::DIRECTION, self.id)) {
                (Some(frames), Some(half)) => work(half, frames),
                _ => Err(STATUS_INVALID_DEVICE_STATE),
            }
        })
    }

    /// Bytes of a buffer for `requested_bytes` in so many packets.
    fn buffer_bytes(&self, packets: u32, requested_bytes: u32) -> Result<u32, NTSTATUS> {
        let frame_bytes = self.format.frame_bytes();
        if packets > MOST_PACKETS {
            return Err(STATUS_INVALID_PARAMETER);
        }
        if requested_bytes < frame_bytes {
            return Err(STATUS_UNSUCCESSFUL);
        }
        // Up, never down: a client writes as much as it asked for.
        let whole = requested_bytes.checked_next_multiple_of(frame_bytes * packets.max(1));
        whole.filter(|&bytes| bytes <= MOST_BYTES).ok_or(STATUS_INSUFFICIENT_RESOURCES)
    }
}

/// The cable's half of a stream.
type Half = crate::cable::Stream<crate::com::Pages, Event>;

impl<E: End> Drop for CableStream<E> {
    fn drop(&mut self) {
        self.device.close(E::DIRECTION, self.id);
    }
}

impl<E: End> Stream for CableStream<E> {
    fn set_state(&self, state: KSSTATE) -> Result<(), NTSTATUS> {
        let state = State::from_code(state).ok_or(STATUS_INVALID_PARAMETER)?;
        self.device.set_state(E::DIRECTION, self.id, state);
        Ok(())
    }

    fn position(&self) -> Result<KSAUDIO_POSITION, NTSTATUS> {
        self.now(|half, frames| {
            let offset = half.offset_bytes(frames);
            Ok(KSAUDIO_POSITION { PlayOffset: offset, WriteOffset: offset })
        })
    }

    fn allocate(&self, packets: u32, requested_bytes: u32) -> Result<Buffer, NTSTATUS> {
        let bytes = self.buffer_bytes(packets, requested_bytes)?;
        let pages = self.port_stream.allocate(bytes)?;
        let buffer = Buffer { mdl: pages.mdl(), bytes };
        let mut pages = Some(pages);
        self.with(|half| {
            if half.has_buffer() {
                return Err(STATUS_INVALID_DEVICE_STATE);
            }
            let taken = half.set_buffer(&mut pages, (packets > 0).then_some(packets));
            if taken { Ok(buffer) } else { Err(STATUS_INVALID_PARAMETER) }
        })
    }

    fn free(&self) {
        let pages = self.with(|half| Ok(half.take_pages()));
        // Given back here, outside the lock.
        drop(pages);
    }

    fn register(&self, event: Event) -> Result<(), NTSTATUS> {
        self.with(|half| half.register(event))
    }

    fn unregister(&self, event: Event) -> Result<(), NTSTATUS> {
        self.with(|half| half.unregister(&event))
    }
}

impl RenderStream for CableStream<RenderEnd> {
    fn set_write_packet(&self, packet: u32, flags: u32, end_of_stream_bytes: u32) -> Result<(), NTSTATUS> {
        self.now(|half, frames| {
            let running = half.state() == State::Run;
            let packets = half.packets().ok_or(STATUS_NOT_SUPPORTED)?;
            packets.announce(frames, running, packet, flags, end_of_stream_bytes)
        })
    }

    fn presentation(&self) -> Result<KSAUDIO_PRESENTATION_POSITION, NTSTATUS> {
        self.device.present(|engine| {
            let (counter, frames) = (engine.done(), engine.frames(RenderEnd::DIRECTION, self.id));
            let frames = frames.ok_or(STATUS_INVALID_DEVICE_STATE)?;
            let half = engine.stream(RenderEnd::DIRECTION, self.id);
            half.and_then(Half::packets).ok_or(STATUS_NOT_SUPPORTED)?;
            Ok(KSAUDIO_PRESENTATION_POSITION { u64PositionInBlocks: frames, u64QPCPosition: counter })
        })
    }

    fn packet_count(&self) -> Result<u32, NTSTATUS> {
        self.now(|half, frames| {
            let packets = half.packets().ok_or(STATUS_NOT_SUPPORTED)?;
            Ok(packets.completed(frames) as u32)
        })
    }
}

impl CaptureStream for CableStream<CaptureEnd> {
    fn read_packet(&self) -> Result<ReadPacket, NTSTATUS> {
        let direction = CaptureEnd::DIRECTION;
        self.device.present(|engine| {
            let frames = engine.frames(direction, self.id).ok_or(STATUS_INVALID_DEVICE_STATE)?;
            let half = engine.stream(direction, self.id).ok_or(STATUS_INVALID_DEVICE_STATE)?;
            let state = half.state();
            let packets = half.packets().ok_or(STATUS_NOT_SUPPORTED)?;
            if state < State::Pause {
                return Err(STATUS_INVALID_DEVICE_STATE);
            }
            let read = packets.fetch(frames)?;
            if read.overrun {
                engine.overrun();
            }
            let counter = engine.counter_of(direction, self.id, read.first_frame);
            Ok(ReadPacket { packet: read.packet, counter: counter.unwrap_or(0), more: read.more })
        })
    }
}
