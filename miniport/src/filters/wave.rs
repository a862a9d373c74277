//! Wave filters.

use core::marker::PhantomData;

use super::{CableStream, End};
use crate::{
    cable::Device,
    com::{
        Miniport, Port, PortStream, Ref, WaveMiniport,
        miniport::FORMAT_BYTES,
        wave::{Requested, Wave},
    },
    format::{Mode, intersect, mode_of, parse},
    held::Held,
    sys::{
        GUID, NTSTATUS,
        pc::PCFILTER_DESCRIPTOR,
        status::{STATUS_INVALID_PARAMETER, STATUS_NO_MATCH, STATUS_NOT_SUPPORTED},
    },
};

/// Pins of every filter.
pub(super) const PINS: u32 = 2;

/// The modes of a host pin.
static MODES: [GUID; 2] = [Mode::ALL[0].id(), Mode::ALL[1].id()];

/// The wave filter of one end.
pub struct WaveFilter<E> {
    device: Held<Device>,
    end: PhantomData<E>,
}

impl<E: End> WaveFilter<E> {
    /// The filter of this end of `device`.
    pub const fn new(device: Held<Device>) -> Self {
        Self { device, end: PhantomData }
    }

    /// The cable it is an end of.
    pub fn device(&self) -> &Device {
        &self.device
    }
}

impl<E: End> Miniport for WaveFilter<E> {
    fn description(&self) -> &PCFILTER_DESCRIPTOR {
        E::wave_table(self.device.offer().most_channels())
    }

    fn intersect(&self, pin: u32, client: &[u8], own: &[u8]) -> Result<[u8; FORMAT_BYTES], NTSTATUS> {
        if pin != E::HOST_PIN {
            return Err(STATUS_NO_MATCH);
        }
        let format = intersect(client, own, self.device.offer())?;
        bytemuck::bytes_of(&format.to_ks()).first_chunk().copied().ok_or(STATUS_NO_MATCH)
    }
}

impl<E: End> WaveMiniport for WaveFilter<E> {
    type Stream = E::Streams;

    fn init(&self, port: &Port) -> Result<(), NTSTATUS> {
        self.device.set_trace(E::DIRECTION, port.trace());
        Ok(())
    }

    fn new_stream(
        &self,
        own: Ref<Wave<Self>>,
        port_stream: PortStream,
        pin: u32,
        capture: bool,
        requested: Requested<'_>,
    ) -> Result<Ref<Self::Stream>, NTSTATUS> {
        let captures = E::DIRECTION == crate::cable::Direction::Capture;
        if pin != E::HOST_PIN || capture != captures {
            return Err(STATUS_INVALID_PARAMETER);
        }
        let format = parse(requested.format, self.device.offer())?;
        // Both modes leave the sound alone: which one it is makes no difference.
        requested.attributes.map(mode_of).transpose()?;
        Ref::new(CableStream::open(self.device.clone(), own, port_stream, format)?)
    }

    fn modes(&self, pin: u32) -> Result<&[GUID], NTSTATUS> {
        match pin {
            PINS.. => Err(STATUS_INVALID_PARAMETER),
            pin if pin == E::HOST_PIN => Ok(&MODES),
            _ => Err(STATUS_NOT_SUPPORTED),
        }
    }
}
