//! Arbitrary numbers in every field: refused, or what the core makes of them.

use proptest::prelude::*;
use vcable_core::cable::Cable;
use vcable_core::ffi::*;
use vcable_core::format::{ChannelCount, SampleRate};

use crate::bench::{Bench, MONO, ffi};

/// Mostly near what is accepted, now and then anything.
fn near(accepted: std::ops::RangeInclusive<u32>) -> impl Strategy<Value = u32> {
    let (low, high) = (*accepted.start(), *accepted.end());
    prop_oneof![8 => accepted, 1 => Just(low.wrapping_sub(1)), 1 => Just(high.wrapping_add(1)), 1 => any::<u32>()]
}

fn any_format() -> impl Strategy<Value = Format> {
    (near(1..=5), near(1..=2), near(1..=64), near(8_000..=384_000))
        .prop_map(|(sample, layout, channels, rate_hz)| Format { sample, layout, channels, rate_hz })
}

/// Whether the core accepts it.
fn is_format(format: &Format) -> bool {
    (1..=5).contains(&format.sample)
        && (1..=2).contains(&format.layout)
        && ChannelCount::new(format.channels).is_ok()
        && SampleRate::new(format.rate_hz).is_ok()
}

/// Bytes of a plane, rounded up to the ring's cells of 8, in all planes.
fn ring_bytes(format: &Format, capacity_frames: u64) -> u64 {
    let sample_bytes = [0, 4, 2, 3, 4, 4][format.sample as usize];
    let channels = u64::from(format.channels);
    let (planes, stride) =
        if format.layout == 1 { (1, channels * sample_bytes) } else { (channels, sample_bytes) };
    planes * (capacity_frames * stride).next_multiple_of(8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn memory_of_any_cable(format in any_format(), shift in 0_u32..34, odd in 0_u32..8) {
        let capacity_frames = 1_u32.checked_shl(shift).unwrap_or(0).wrapping_add(odd / 7);
        let mut memory = Memory::default();
        let status = ffi!(vcable_cable_memory(&raw const format, capacity_frames, &raw mut memory));
        let is_capacity = capacity_frames.is_power_of_two() && capacity_frames <= VCABLE_MAX_FRAMES;
        let wanted = match (is_format(&format), is_capacity) {
            (false, _) => Status::Format,
            (true, false) => Status::Capacity,
            (true, true) => Status::Ok,
        };
        prop_assert_eq!(status, wanted);
        if status == Status::Ok {
            let extra = memory.size_bytes as u64 - ring_bytes(&format, u64::from(capacity_frames));
            prop_assert!(memory.align_bytes.is_power_of_two() && memory.align_bytes >= 8);
            // The cable itself, the ends and their gaps.
            prop_assert!((size_of::<Cable<&mut [u64]>>() as u64..8192).contains(&extra), "{}", extra);
        } else {
            prop_assert_eq!(memory, Memory::default());
        }
    }

    #[test]
    fn memory_of_any_crossing(
        reader in any_format(),
        numbers in (near(1..=4), near(0..=1), near(1..=3), near(1..=3)),
        sizes in (near(256..=4096), near(0..=1024), near(0..=1024), near(0..=20_000)),
        positions in prop::collection::vec(prop_oneof![9 => 0_u32..38, 1 => any::<u32>()], 64),
    ) {
        let bench = Bench::new(&MONO);
        let (clocks, may_part, quality, interpolation) = numbers;
        let (output_frames, target_frames, margin_frames, limit_ppm) = sizes;
        let settings = CrossingSettings {
            reader, clocks, may_part, quality, interpolation, output_frames, target_frames, margin_frames, limit_ppm,
            writer_positions: std::ptr::null(),
            reader_positions: positions.as_ptr(),
        };
        let mut memory = Memory::default();
        let status = ffi!(vcable_crossing_memory(bench.cable, &raw const settings, &raw mut memory));
        let named = |number: u32, most| (1..=most).contains(&number);
        let in_range = named(clocks, 4) && named(quality, 3) && named(interpolation, 3) && may_part <= 1
            && (256..=4096).contains(&output_frames)
            && target_frames <= 1024 && margin_frames <= 1024 && limit_ppm <= 20_000;
        if !is_format(&reader) {
            prop_assert_eq!(status, Status::Format);
        } else if positions[..reader.channels as usize].iter().any(|&p| p > 37 && !(4096..4160).contains(&p)) {
            prop_assert_eq!(status, Status::Position);
        } else {
            prop_assert_eq!(status, if in_range { Status::Ok } else { Status::Setting });
        }
        prop_assert_eq!(memory.size_bytes > 0, status == Status::Ok);
    }
}
