//! Data ranges: what formats a pin takes.

use core::ptr;

use super::Slots;
use crate::{
    format::{CHANNEL_COUNTS, RATES_HZ},
    sys::{
        GUID,
        guid::{
            GUID_NULL, KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE, KSDATAFORMAT_SPECIFIER_NONE,
            KSDATAFORMAT_SPECIFIER_WAVEFORMATEX, KSDATAFORMAT_SUBTYPE_ANALOG,
            KSDATAFORMAT_SUBTYPE_IEEE_FLOAT, KSDATAFORMAT_SUBTYPE_PCM, KSDATAFORMAT_TYPE_AUDIO,
        },
        ks::{KSATTRIBUTE, KSATTRIBUTE_LIST, KSDATARANGE, KSDATARANGE_ATTRIBUTES, KSDATARANGE_AUDIO},
    },
};

/// What bridges have: no format at all.
static NO_FORMAT: KSDATARANGE =
    range(size_of::<KSDATARANGE>(), 0, KSDATAFORMAT_SUBTYPE_ANALOG, KSDATAFORMAT_SPECIFIER_NONE);

/// The slots of a bridge.
pub(super) static ANALOG: Slots<1> = Slots([&raw const NO_FORMAT]);

const fn range(bytes: usize, flags: u32, subtype: GUID, specifier: GUID) -> KSDATARANGE {
    KSDATARANGE {
        FormatSize: bytes as u32,
        Flags: flags,
        SampleSize: 0,
        Reserved: 0,
        MajorFormat: KSDATAFORMAT_TYPE_AUDIO,
        SubFormat: subtype,
        Specifier: specifier,
    }
}

/// Formats of `subtype` in the containers that it has, in the modes of [`MODES`].
const fn audio(subtype: GUID, least_bits: u32, most_channels: u16) -> KSDATARANGE_AUDIO {
    let bytes = size_of::<KSDATARANGE_AUDIO>();
    KSDATARANGE_AUDIO {
        DataRange: range(bytes, KSDATARANGE_ATTRIBUTES, subtype, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX),
        MaximumChannels: most_channels as u32,
        MinimumBitsPerSample: least_bits,
        MaximumBitsPerSample: 32,
        MinimumSampleFrequency: RATES_HZ[0],
        MaximumSampleFrequency: RATES_HZ[RATES_HZ.len() - 1],
        Padding: 0,
    }
}

/// An attribute as it stands in a range: that there is one, whatever its value.
static MODE: KSATTRIBUTE = KSATTRIBUTE {
    Size: size_of::<KSATTRIBUTE>() as u32,
    Flags: 0,
    Attribute: KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE,
};

/// The address of it.
struct Attributes([*const KSATTRIBUTE; 1]);

// SAFETY: what it leads to is never written.
unsafe impl Sync for Attributes {}

static ATTRIBUTES: Attributes = Attributes([&raw const MODE]);

/// Without this list behind a range Windows finds no mode, and opens no stream.
static MODES: KSATTRIBUTE_LIST = KSATTRIBUTE_LIST { Count: 1, Attributes: ATTRIBUTES.0.as_ptr() };

/// The ranges of a host pin, integers and floating point.
type Ranges = [KSDATARANGE_AUDIO; 2];

const fn ranges(most_channels: u16) -> Ranges {
    [
        audio(KSDATAFORMAT_SUBTYPE_PCM, 16, most_channels),
        audio(KSDATAFORMAT_SUBTYPE_IEEE_FLOAT, 32, most_channels),
    ]
}

/// For each number of channels that a cable can be set to.
static RANGES: [Ranges; CHANNEL_COUNTS.len()] = {
    let mut all = [[audio(GUID_NULL, 0, 0); 2]; CHANNEL_COUNTS.len()];
    let mut index = 0;
    while index < all.len() {
        all[index] = ranges(CHANNEL_COUNTS[index]);
        index += 1;
    }
    all
};

/// The slots of a host pin: each range, and its list of attributes.
pub(super) static HOST: [Slots<4>; CHANNEL_COUNTS.len()] = {
    let mut all = [const { Slots([ptr::null(); 4]) }; CHANNEL_COUNTS.len()];
    let mut index = 0;
    while index < all.len() {
        let [pcm, float] = &RANGES[index];
        let modes = (&raw const MODES).cast();
        all[index] = Slots([&raw const pcm.DataRange, modes, &raw const float.DataRange, modes]);
        index += 1;
    }
    all
};
