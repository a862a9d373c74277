//! Formats: measures, bounds, and what their errors say.
#![cfg(not(loom))]

use proptest::prelude::*;
use vcable_core::format::{
    ChannelCount, FormatError, Layout, MAX_CHANNELS, MAX_RATE, MIN_RATE, SampleFormat, SampleRate,
    StreamFormat,
};

#[test]
fn samples_have_the_size_of_their_storage() {
    let sizes = [
        (SampleFormat::F32, 4),
        (SampleFormat::S16, 2),
        (SampleFormat::S24, 3),
        (SampleFormat::S24In32, 4),
        (SampleFormat::S32, 4),
    ];
    for (sample, bytes) in sizes {
        assert_eq!(sample.bytes(), bytes, "{sample:?}");
    }
}

#[test]
fn errors_name_value_and_range() {
    assert_eq!(FormatError::Channels { count: 0 }.to_string(), "channel count 0 is not within 1 to 64");
    assert_eq!(
        SampleRate::new(7_999).expect_err("below the lowest").to_string(),
        "sample rate 7999 Hz is not within 8000 to 384000"
    );
}

proptest! {
    #[test]
    fn only_what_lies_in_range_is_made(count in 0..200_u32, rate_hz in prop_oneof![0..20_000_u32, 300_000..500_000_u32, any::<u32>()]) {
        let channels = ChannelCount::new(count);
        prop_assert_eq!(channels.is_ok(), (1..=MAX_CHANNELS).contains(&count));
        prop_assert!(channels.is_err() || channels == Ok(ChannelCount::new(count)?) && channels?.get() == count as usize);
        let rate = SampleRate::new(rate_hz);
        prop_assert_eq!(rate.is_ok(), (MIN_RATE..=MAX_RATE).contains(&rate_hz));
        prop_assert!(rate.is_err() || rate?.hz() == rate_hz);
    }

    /// However a frame is laid out, its planes together hold each sample once.
    #[test]
    fn planes_add_up_to_frames(
        count in 1..=MAX_CHANNELS,
        sample in prop::sample::select(&[
            SampleFormat::F32, SampleFormat::S16, SampleFormat::S24, SampleFormat::S24In32, SampleFormat::S32,
        ][..]),
        layout in prop::sample::select(&[Layout::Interleaved, Layout::Planar][..]),
    ) {
        let format = StreamFormat { sample, layout, channels: ChannelCount::new(count)?, rate: SampleRate::new(48_000)? };
        prop_assert_eq!(format.frame_bytes(), sample.bytes() * count as usize);
        prop_assert_eq!(format.plane_count() * format.plane_stride_bytes(), format.frame_bytes());
        prop_assert_eq!(format.plane_count() == 1, count == 1 || layout == Layout::Interleaved);
    }
}
