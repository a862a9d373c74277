//! How short packets may be: `DEVPKEY_KsAudio_PacketSize_Constraints2` of the wave filters.

use bytemuck::{Pod, Zeroable};

use crate::sys::{
    GUID,
    guid::{AUDIO_SIGNALPROCESSINGMODE_DEFAULT, AUDIO_SIGNALPROCESSINGMODE_RAW},
    ks::{KSAUDIO_PACKETSIZE_CONSTRAINTS2, KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT},
};

/// The shortest packet: two ticks of the cable, in units of 100 ns.
const MIN_PERIOD_HNS: u32 = 20_000;
/// The shortest packet of a mode, which Windows wants longer than the shortest of all.
const MODE_PERIOD_HNS: u32 = 30_000;

/// The limits with those of both modes behind them.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Constraints {
    head: KSAUDIO_PACKETSIZE_CONSTRAINTS2,
    modes: [KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT; 2],
}

static CONSTRAINTS: Constraints = Constraints {
    head: KSAUDIO_PACKETSIZE_CONSTRAINTS2 {
        MinPacketPeriodInHns: MIN_PERIOD_HNS,
        PacketSizeFileAlignment: 0,
        MaxPacketSizeInBytes: 0,
        NumProcessingModeConstraints: 2,
    },
    modes: [mode(AUDIO_SIGNALPROCESSINGMODE_DEFAULT), mode(AUDIO_SIGNALPROCESSINGMODE_RAW)],
};

const fn mode(mode: GUID) -> KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT {
    KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT {
        ProcessingMode: mode,
        SamplesPerProcessingPacket: 0,
        ProcessingPacketDurationInHns: MODE_PERIOD_HNS,
    }
}

/// All of it.
pub(super) fn bytes() -> &'static [u8] {
    bytemuck::bytes_of(&CONSTRAINTS)
}
