use super::*;
use crate::sys::{
    NTSTATUS,
    ks::{KSATTRIBUTE, KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE, KSDATARANGE_AUDIO, KSMULTIPLE_ITEM},
    status::{
        STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_PARAMETER, STATUS_NO_MATCH,
        STATUS_NOT_SUPPORTED,
    },
};
use bytemuck::bytes_of;
use proptest::prelude::*;
use std::vec::Vec;

const CHANNELS: [(u16, u32); 7] = [(1, 4), (1, 0), (2, 3), (2, 0), (6, 0x3F), (6, 0x60F), (8, 0x63F)];

fn offered() -> impl Strategy<Value = WaveFormat> {
    (
        proptest::sample::select(&Encoding::ALL[..]),
        proptest::sample::select(&CHANNELS[..]),
        proptest::sample::select(&RATES_HZ[..]),
    )
        .prop_map(|(encoding, (channels, channel_mask), rate_hz)| WaveFormat {
            encoding,
            channels,
            rate_hz,
            channel_mask,
        })
}

fn parsed(format: &KSDATAFORMAT_WAVEFORMATEXTENSIBLE) -> Result<WaveFormat, NTSTATUS> {
    parse(bytes_of(format), Offer::new(8))
}

const STEREO: WaveFormat =
    WaveFormat { encoding: Encoding::Pcm16, channels: 2, rate_hz: 48_000, channel_mask: 3 };

/// A range of the pin's own, as the tables have it.
fn range(subtype: GUID) -> KSDATARANGE_AUDIO {
    KSDATARANGE_AUDIO {
        DataRange: KSDATAFORMAT {
            FormatSize: size_of::<KSDATARANGE_AUDIO>() as u32,
            SubFormat: subtype,
            ..STEREO.to_ks().DataFormat
        },
        MaximumChannels: 8,
        MinimumBitsPerSample: 16,
        MaximumBitsPerSample: 32,
        MinimumSampleFrequency: 44_100,
        MaximumSampleFrequency: 192_000,
        Padding: 0,
    }
}

proptest! {
    /// Every format offered is read as it was written, and the core knows it.
    #[test]
    fn offered_formats_are_accepted(format in offered()) {
        prop_assert_eq!(parsed(&format.to_ks()), Ok(format));
        let end = format.end().unwrap();
        prop_assert_eq!(end.stream.frame_bytes(), format.frame_bytes() as usize);
        prop_assert_eq!(end.map.channels(), usize::from(format.channels));
    }

    /// Any one byte that is changed: another offered format, or a refusal.
    #[test]
    fn whatever_is_accepted_is_consistent(format in offered(), at in 0..FORMAT_BYTES, byte in any::<u8>()) {
        let mut bytes = bytes_of(&format.to_ks()).to_vec();
        bytes[at] = byte;
        if let Ok(read) = parse(&bytes, Offer::new(8)) {
            prop_assert!(Offer::new(8).accepts(&read));
            let again = read.to_ks();
            prop_assert_eq!(&bytes_of(&again)[64..], &bytes[64..]);
        }
    }

    /// Random bytes of any length never panic.
    #[test]
    fn anything_may_come(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(parse(&bytes, Offer::new(8)).is_err());
        prop_assert!(intersect(&bytes, &bytes, Offer::new(8)).is_err());
        let _any = mode_of(&bytes);
    }

    /// Whatever a client's range is: the answer lies within both ranges and can be opened.
    #[test]
    fn intersections_can_be_opened(
        channels in prop_oneof![0..10_u32, Just(u32::MAX)],
        bits in (0..40_u32, 0..40_u32),
        rates in (0..200_000_u32, 0..200_000_u32),
        most in 1..9_u16,
        subtype in proptest::sample::select(
            &[KSDATAFORMAT_SUBTYPE_PCM, KSDATAFORMAT_SUBTYPE_IEEE_FLOAT, crate::sys::guid::GUID_NULL][..]),
        own in proptest::sample::select(&[KSDATAFORMAT_SUBTYPE_PCM, KSDATAFORMAT_SUBTYPE_IEEE_FLOAT][..]),
    ) {
        let client = KSDATARANGE_AUDIO {
            MaximumChannels: channels,
            MinimumBitsPerSample: bits.0,
            MaximumBitsPerSample: bits.1,
            MinimumSampleFrequency: rates.0,
            MaximumSampleFrequency: rates.1,
            ..range(subtype)
        };
        let offer = Offer::new(most);
        match intersect(bytes_of(&client), bytes_of(&range(own)), offer) {
            Ok(format) => {
                prop_assert_eq!(parse(bytes_of(&format.to_ks()), offer), Ok(format));
                prop_assert_eq!(propose(FORMAT_BYTES, Some(bytes_of(&format.to_ks())), offer), Ok(()));
                prop_assert!(format.encoding.subtype() == own && u32::from(format.channels) <= channels);
                prop_assert!((bits.0..=bits.1).contains(&u32::from(format.encoding.container_bits())));
                prop_assert!((rates.0..=rates.1).contains(&format.rate_hz));
            }
            Err(status) => {
                prop_assert_eq!(status, STATUS_NO_MATCH);
                let float = own == KSDATAFORMAT_SUBTYPE_IEEE_FLOAT;
                let sizes: &[u32] = if float { &[32] } else { &[16, 24, 32] };
                let open = (subtype == own || subtype == crate::sys::guid::GUID_NULL)
                    && channels > 0
                    && sizes.iter().any(|size| (bits.0..=bits.1).contains(size))
                    && RATES_HZ.iter().any(|rate| (rates.0..=rates.1).contains(rate));
                prop_assert!(!open);
            }
        }
    }
}

#[test]
fn the_old_form_is_accepted() {
    for (tag, encoding) in [(1, Encoding::Pcm16), (1, Encoding::Pcm24), (3, Encoding::Float32)] {
        let wanted = WaveFormat { encoding, channel_mask: 0, ..STEREO };
        let mut format = wanted.to_ks();
        format.DataFormat.FormatSize = 82;
        format.WaveFormatExt.Format.wFormatTag = tag;
        format.WaveFormatExt.Format.cbSize = 0;
        assert_eq!(parse(&bytes_of(&format)[..82], Offer::new(8)), Ok(wanted));
        assert_eq!(parse(&bytes_of(&format)[..81], Offer::new(8)), Err(STATUS_INVALID_PARAMETER));
        format.WaveFormatExt.Format.cbSize = 1;
        assert_eq!(parsed(&format), Err(STATUS_INVALID_PARAMETER));
    }
}

#[test]
fn contradictions_are_refused() {
    type Wrong = (fn(&mut KSDATAFORMAT_WAVEFORMATEXTENSIBLE), NTSTATUS);
    let wrongs: [Wrong; 16] = [
        (|format| format.DataFormat.FormatSize = 63, STATUS_INVALID_PARAMETER),
        (|format| format.DataFormat.FormatSize = 103, STATUS_INVALID_PARAMETER),
        (|format| format.DataFormat.FormatSize = 105, STATUS_INVALID_PARAMETER),
        (|format| format.WaveFormatExt.Format.cbSize = 21, STATUS_INVALID_PARAMETER),
        (|format| format.WaveFormatExt.Format.cbSize = 23, STATUS_INVALID_PARAMETER),
        (|format| format.DataFormat.MajorFormat = KSDATAFORMAT_SUBTYPE_PCM, STATUS_NO_MATCH),
        (|format| format.DataFormat.Specifier = KSDATAFORMAT_SUBTYPE_PCM, STATUS_NO_MATCH),
        (|format| format.DataFormat.SubFormat = KSDATAFORMAT_SUBTYPE_IEEE_FLOAT, STATUS_NO_MATCH),
        (|format| format.WaveFormatExt.SubFormat = KSDATAFORMAT_SUBTYPE_IEEE_FLOAT, STATUS_NO_MATCH),
        (|format| format.WaveFormatExt.Format.nBlockAlign = 8, STATUS_NO_MATCH),
        (|format| format.WaveFormatExt.Format.nAvgBytesPerSec += 1, STATUS_NO_MATCH),
        (|format| format.WaveFormatExt.Format.wFormatTag = 2, STATUS_NO_MATCH),
        (|format| format.WaveFormatExt.wValidBitsPerSample = 17, STATUS_NO_MATCH),
        (|format| format.WaveFormatExt.wValidBitsPerSample = 0, STATUS_NO_MATCH),
        (|format| format.WaveFormatExt.dwChannelMask = 7, STATUS_NO_MATCH),
        (|format| format.WaveFormatExt.dwChannelMask = 1 << 31, STATUS_NO_MATCH),
    ];
    for (index, (spoil, status)) in wrongs.into_iter().enumerate() {
        let mut format = STEREO.to_ks();
        spoil(&mut format);
        assert_eq!(parsed(&format), Err(status), "{index}");
    }
    for (channels, rate_hz) in [(3, 48_000), (0, 48_000), (2, 0), (2, 22_050), (2, 384_000), (2, u32::MAX)] {
        assert_eq!(parsed(&WaveFormat { channels, rate_hz, ..STEREO }.to_ks()), Err(STATUS_NO_MATCH));
    }
}

#[test]
fn no_more_channels_than_set() {
    let six = WaveFormat { channels: 6, channel_mask: 0x3F, ..STEREO };
    for (set, most) in [(0, 1), (1, 1), (2, 2), (5, 2), (6, 6), (7, 6), (8, 8), (64, 8)] {
        let offer = Offer::new(set);
        assert_eq!(offer.most_channels(), most);
        assert_eq!(parse(bytes_of(&six.to_ks()), offer).is_ok(), most >= 6);
    }
    assert_eq!(Offer::new(8).most_bytes_per_second(), 6_144_000);
}

#[test]
fn stereo_at_48_khz_is_proposed() {
    let client = KSDATARANGE_AUDIO { MaximumChannels: u32::MAX, ..range(KSDATAFORMAT_SUBTYPE_PCM) };
    let own = range(KSDATAFORMAT_SUBTYPE_PCM);
    let format = intersect(bytes_of(&client), bytes_of(&own), Offer::new(8));
    assert_eq!(format, Ok(WaveFormat { encoding: Encoding::Pcm32, ..STEREO }));
    let float = range(KSDATAFORMAT_SUBTYPE_IEEE_FLOAT);
    assert_eq!(intersect(bytes_of(&client), bytes_of(&float), Offer::new(8)), Err(STATUS_NO_MATCH));
}

#[test]
fn proposals_tell_the_size_first() {
    let offer = Offer::new(8);
    let format = STEREO.to_ks();
    assert_eq!(propose(0, None, offer), Err(STATUS_BUFFER_OVERFLOW));
    assert_eq!(propose(1, None, offer), Err(STATUS_BUFFER_TOO_SMALL));
    assert_eq!(propose(103, Some(&bytes_of(&format)[..103]), offer), Err(STATUS_BUFFER_TOO_SMALL));
    assert_eq!(propose(104, None, offer), Err(STATUS_INVALID_PARAMETER));
    assert_eq!(propose(104, Some(bytes_of(&format)), offer), Ok(()));
}

#[test]
fn loudspeakers_keep_their_places() {
    use ChannelPosition::{Fc, Fl, Fr, Lfe, Mono, Rl, Rr, Sl, Sr};
    let places = |channels, channel_mask| {
        let end = WaveFormat { channels, channel_mask, ..STEREO }.end().unwrap();
        end.map.positions().to_vec()
    };
    assert_eq!(places(1, 4), [Mono]);
    assert_eq!(places(1, 1), [Fl]);
    assert_eq!(places(2, 0), [Fl, Fr]);
    assert_eq!(places(6, 0x3F), [Fl, Fr, Fc, Lfe, Rl, Rr]);
    assert_eq!(places(6, 0x60F), [Fl, Fr, Fc, Lfe, Sl, Sr]);
    assert_eq!(places(8, 0x63F), [Fl, Fr, Fc, Lfe, Rl, Rr, Sl, Sr]);
    assert_eq!(places(2, 4), [Fc, ChannelPosition::aux(0).unwrap()]);
}

fn attributes(modes: &[GUID]) -> Vec<u8> {
    let size = size_of::<KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE>() as u32;
    let head = KSMULTIPLE_ITEM { Size: 8 + size * modes.len() as u32, Count: modes.len() as u32 };
    let mut list = bytes_of(&head).to_vec();
    for &mode in modes {
        let header = KSATTRIBUTE {
            Size: size,
            Flags: 0,
            Attribute: crate::sys::guid::KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE,
        };
        let attribute =
            KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE { AttributeHeader: header, SignalProcessingMode: mode };
        list.extend_from_slice(bytes_of(&attribute));
    }
    list
}

#[test]
fn a_mode_is_read() {
    let (default, raw) = (Mode::Default.id(), Mode::Raw.id());
    assert_eq!(mode_of(&attributes(&[])), Ok(Mode::Default));
    assert_eq!(mode_of(&attributes(&[default])), Ok(Mode::Default));
    assert_eq!(mode_of(&attributes(&[raw])), Ok(Mode::Raw));
    assert_eq!(mode_of(&attributes(&[KSDATAFORMAT_TYPE_AUDIO])), Err(STATUS_NOT_SUPPORTED));
    assert_eq!(mode_of(&attributes(&[raw, raw])), Err(STATUS_INVALID_PARAMETER));
    let list = attributes(&[raw]);
    for (at, byte, status) in [
        (0, 47, STATUS_INVALID_PARAMETER),
        (0, 49, STATUS_INVALID_PARAMETER),
        (4, 2, STATUS_INVALID_PARAMETER),
        (8, 23, STATUS_INVALID_PARAMETER),
        (8, 24, STATUS_INVALID_PARAMETER),
        (11, 0x80, STATUS_INVALID_PARAMETER),
        (16, 0, STATUS_NOT_SUPPORTED),
    ] {
        let mut list = list.clone();
        list[at] = byte;
        assert_eq!(mode_of(&list), Err(status), "byte {at}");
    }
    let mut head = STEREO.to_ks().DataFormat;
    assert_eq!(list_offset(&head), Ok(None));
    (head.Flags, head.FormatSize) = (2, 82);
    assert_eq!(list_offset(&head), Ok(Some(88)));
    head.FormatSize = u32::MAX;
    assert_eq!(list_offset(&head), Err(STATUS_INVALID_PARAMETER));
}
