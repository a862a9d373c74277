//! What is tried: calls, formats, and the sound of a port.

use std::ffi::c_void;

use proptest::prelude::*;
use vcable_core::cable::{Planes, PlanesMut};
use vcable_core::ffi::Format;
use vcable_core::format::{self, ChannelCount, SampleFormat, SampleRate, StreamFormat};

/// Longest cycle tried; longer than the ring on purpose.
const MOST_FRAMES: usize = 1500;
const SAMPLES: [SampleFormat; 5] =
    [SampleFormat::F32, SampleFormat::S16, SampleFormat::S24, SampleFormat::S24In32, SampleFormat::S32];
const LAYOUTS: [format::Layout; 2] = [format::Layout::Interleaved, format::Layout::Planar];

/// A call of an end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Write(u32),
    WriteAt(u32, u64),
    Read(u32),
    Follow(u32),
    ReadCrossing(u32, u64),
    Due(u32),
    DueResampled(u32),
    Clocks(u32),
    Target(u32),
    Cross,
    Uncross,
    StartWriter,
    StopWriter,
    StartReader,
    StopReader,
}

pub(super) fn any_step() -> impl Strategy<Value = Step> {
    let cycle = || (prop_oneof![Just(256_u32), 0..MOST_FRAMES as u32], 0_u64..20_000_000);
    prop_oneof![
        6 => cycle().prop_map(|(frames, _)| Step::Write(frames)),
        6 => cycle().prop_map(|(frames, ns)| Step::WriteAt(frames, ns)),
        4 => cycle().prop_map(|(frames, _)| Step::Read(frames)),
        4 => cycle().prop_map(|(frames, _)| Step::Follow(frames)),
        8 => cycle().prop_map(|(frames, ns)| Step::ReadCrossing(frames, ns)),
        2 => cycle().prop_map(|(frames, _)| Step::Due(frames)),
        1 => cycle().prop_map(|(frames, _)| Step::DueResampled(frames)),
        1 => (0_u32..5).prop_map(Step::Clocks),
        1 => (0_u32..1200).prop_map(Step::Target),
        2 => Just(Step::Cross),
        1 => Just(Step::Uncross),
        1 => Just(Step::StartWriter),
        1 => Just(Step::StopWriter),
        3 => Just(Step::StartReader),
        2 => Just(Step::StopReader),
    ]
}

pub(super) fn any_format() -> impl Strategy<Value = Format> {
    let rate_hz = prop_oneof![Just(48_000_u32), Just(44_100), Just(8_000), Just(384_000)];
    (1_u32..=5, 1_u32..=2, 1_u32..4, rate_hz).prop_map(|(sample, layout, channels, rate_hz)| Format {
        sample,
        layout,
        channels,
        rate_hz,
    })
}

pub(super) fn stream(format: &Format) -> StreamFormat {
    StreamFormat {
        sample: SAMPLES[format.sample as usize - 1],
        layout: LAYOUTS[format.layout as usize - 1],
        channels: ChannelCount::new(format.channels).unwrap(),
        rate: SampleRate::new(format.rate_hz).unwrap(),
    }
}

/// The planes of a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Port(Vec<Vec<u8>>);

impl Port {
    pub(super) fn dirty(stream: &StreamFormat) -> Self {
        Self(vec![vec![0xa5; MOST_FRAMES * stream.plane_stride_bytes()]; stream.plane_count()])
    }

    /// Bytes that no other seed brings. The top bytes of floats stay those of sound.
    pub(super) fn sound(stream: &StreamFormat, seed: u64) -> Self {
        let mut port = Self::dirty(stream);
        for (at, byte) in port.0.iter_mut().flatten().enumerate() {
            *byte = (seed.wrapping_mul(31).wrapping_add(at as u64 * 7) & 0x3f) as u8;
        }
        port
    }

    pub(super) fn pointers(&mut self) -> Vec<*mut c_void> {
        self.0.iter_mut().map(|plane| plane.as_mut_ptr().cast()).collect()
    }
}

impl Planes for Port {
    fn plane(&self, index: usize) -> &[u8] {
        self.0.get(index).map_or(&[], Vec::as_slice)
    }
}

/// A port as long as one cycle, as the ABI has it.
pub(super) struct Cycle<'a>(&'a mut Port, usize);

impl Planes for Cycle<'_> {
    fn plane(&self, index: usize) -> &[u8] {
        self.0.0.get(index).map_or(&[], |plane| &plane[..self.1])
    }
}

impl PlanesMut for Cycle<'_> {
    fn plane_mut(&mut self, index: usize) -> &mut [u8] {
        self.0.0.get_mut(index).map_or(&mut [], |plane| &mut plane[..self.1])
    }
}

pub(super) fn cycle<'a>(port: &'a mut Port, stream: &StreamFormat, frames: u32) -> Cycle<'a> {
    Cycle(port, frames as usize * stream.plane_stride_bytes())
}
