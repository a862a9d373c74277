//! No call of a crossing allocates, whatever the order of calls, sizes and ends; and the books balance after it.
#![cfg(not(loom))]

use std::alloc::{GlobalAlloc, Layout as Memory, System};
use std::cell::Cell;

use proptest::prelude::*;
use vcable_core::cable::{
    Cable, Clocks, Crossing, CrossingError, CrossingSettings, EndFormat, Planes, PlanesMut, connect,
};
use vcable_core::format::{ChannelCount, Layout, SampleFormat, SampleRate, StreamFormat};
use vcable_core::resample::{Interpolation, Polyphase, Quality, Settings};

/// The system's allocator, counting what the current thread asks of it.
struct Counting;

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

fn count() {
    // A thread that is ending has no counter any more, and none is missed.
    let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Memory) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Memory) {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const RING_FRAMES: usize = 1024;
/// Longest cycle tried; longer than the ring on purpose.
const MOST_FRAMES: usize = 1500;

struct Port(Vec<Vec<u8>>);

impl Planes for Port {
    fn plane(&self, index: usize) -> &[u8] {
        self.0.get(index).map_or(&[], Vec::as_slice)
    }
}

impl PlanesMut for Port {
    fn plane_mut(&mut self, index: usize) -> &mut [u8] {
        self.0.get_mut(index).map_or(&mut [], Vec::as_mut_slice)
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Write(usize, u64),
    Read(usize, u64),
    Due(usize),
    Clocks(Clocks),
    StartWriter,
    StopWriter,
    StartReader,
    StopReader,
}

fn any_clocks() -> impl Strategy<Value = Clocks> {
    prop_oneof![Just(Clocks::Chained), Just(Clocks::Pulled), Just(Clocks::Shared), Just(Clocks::Apart)]
}

fn any_step() -> impl Strategy<Value = Step> {
    let cycle = || (prop_oneof![Just(256_usize), 0..MOST_FRAMES], 0_u64..20_000_000);
    prop_oneof![
        12 => cycle().prop_map(|(frames, ns)| Step::Write(frames, ns)),
        12 => cycle().prop_map(|(frames, ns)| Step::Read(frames, ns)),
        3 => cycle().prop_map(|(frames, _)| Step::Due(frames)),
        2 => any_clocks().prop_map(Step::Clocks),
        1 => Just(Step::StartWriter),
        1 => Just(Step::StopWriter),
        1 => Just(Step::StartReader),
        1 => Just(Step::StopReader),
    ]
}

fn any_end() -> impl Strategy<Value = EndFormat> {
    let sample = prop_oneof![Just(SampleFormat::F32), Just(SampleFormat::S16), Just(SampleFormat::S24)];
    let layout = prop_oneof![Just(Layout::Interleaved), Just(Layout::Planar)];
    let rate_hz = prop_oneof![Just(48_000_u32), Just(44_100), Just(8_000), Just(384_000)];
    (sample, layout, 1_u32..4, rate_hz).prop_map(|(sample, layout, channels, rate_hz)| {
        EndFormat::new(StreamFormat {
            sample,
            layout,
            channels: ChannelCount::new(channels).unwrap(),
            rate: SampleRate::new(rate_hz).unwrap(),
        })
    })
}

fn port(end: &EndFormat) -> Port {
    Port(vec![vec![0x11; MOST_FRAMES * end.stream.plane_stride_bytes()]; end.stream.plane_count()])
}

type Way = Crossing<Polyphase<Vec<f32>>, Vec<f32>>;

fn resampler(from: &EndFormat, to: &EndFormat) -> Polyphase<Vec<f32>> {
    let settings = Settings {
        channels: to.stream.channels.get(),
        nominal: Way::nominal_step(from, to).unwrap(),
        quality: Quality::Fast,
        interpolation: Interpolation::Cubic,
    };
    let samples = Polyphase::<Vec<f32>>::storage_samples(&settings).unwrap();
    Polyphase::new(settings, vec![0.0; samples]).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_order_of_calls_is_bounded_and_booked(
        (from, to, clocks) in (any_end(), any_end(), any_clocks()),
        output_frames in 256_usize..=4096,
        steps in prop::collection::vec(any_step(), 0..120),
    ) {
        let settings =
            CrossingSettings { clocks, output_frames, ..CrossingSettings::new(&from, to.clone()) };
        let words = Cable::<Box<[u64]>>::storage_words(&from.stream, RING_FRAMES).unwrap();
        let cable = Cable::new(vec![0; words].into_boxed_slice(), from.stream, RING_FRAMES).unwrap();
        let (mut writer, mut reader) = connect(&cable).unwrap();
        let samples = vec![0.0; Way::samples(&settings, from.stream.channels.get())];
        let mut way = Way::new(&cable, settings, Some(resampler(&from, &to)), samples).unwrap();
        let (source, mut sink) = (port(&from), port(&to));
        let (mut now_ns, mut delivered) = (1_000_000_000, 0);
        writer.start();
        way.start(&mut reader);
        let before = CALLS.get();
        for &step in &steps {
            match step {
                Step::Write(frames, ns) => {
                    now_ns += ns;
                    writer.write_at(&source, frames, now_ns);
                }
                Step::Read(frames, ns) => {
                    now_ns += ns;
                    let heard = way.read(&mut reader, &mut sink, frames, now_ns);
                    assert!(heard <= frames);
                    delivered += frames as u64;
                }
                Step::Due(frames) => drop(way.due(&mut reader, frames)),
                Step::Clocks(clocks) => assert_eq!(way.set_clocks(clocks), Ok(())),
                Step::StartWriter => writer.start(),
                Step::StopWriter => writer.stop(),
                Step::StartReader => way.start(&mut reader),
                Step::StopReader => reader.stop(),
            }
        }
        let allocations = CALLS.get() - before;
        let stats = cable.stats().snapshot();
        let fill = reader.fill_frames() as u64;
        let report = cable.report();
        prop_assert_eq!(allocations, 0);
        prop_assert_eq!(stats.frames_written, stats.frames_read + stats.frames_trimmed + fill);
        prop_assert!(stats.silence_frames <= delivered);
        prop_assert!(report.latency_frames.is_finite() && report.ratio_ppm.is_finite());
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let end = |channels| {
        EndFormat::new(StreamFormat {
            sample: SampleFormat::F32,
            layout: Layout::Planar,
            channels: ChannelCount::new(channels).unwrap(),
            rate: SampleRate::new(48_000).unwrap(),
        })
    };
    let (two, three) = (end(2), end(3));
    let words = Cable::<Box<[u64]>>::storage_words(&two.stream, RING_FRAMES).unwrap();
    let cable = Cable::new(vec![0; words].into_boxed_slice(), two.stream, RING_FRAMES).unwrap();
    let good = CrossingSettings::new(&two, two.clone());
    let needed = Way::samples(&good, 2);
    let refused = |settings: &CrossingSettings, resampler, samples: usize| {
        Way::new(&cable, settings.clone(), resampler, vec![0.0; samples]).err()
    };
    assert_eq!(refused(&good, None, needed), None);
    let given = needed - 1;
    assert_eq!(refused(&good, None, given), Some(CrossingError::Samples { needed, given }));
    let map = CrossingSettings { writer_map: three.map.clone(), ..good.clone() };
    assert_eq!(refused(&map, None, needed), Some(CrossingError::Map));
    let output = CrossingSettings { output_frames: 255, ..good.clone() };
    assert_eq!(refused(&output, None, needed), Some(CrossingError::Output(255)));
    let apart = CrossingSettings { clocks: Clocks::Apart, ..good.clone() };
    assert_eq!(refused(&apart, None, needed), Some(CrossingError::Resampler));
    assert_eq!(refused(&apart, Some(resampler(&two, &three)), needed), Some(CrossingError::Unfit));
}
