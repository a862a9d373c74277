//! Any order of calls through the ABI and, beside it, through the Rust API: the same sound, answers and books.

use std::ffi::c_void;

use proptest::prelude::*;
use vcable_core::cable::{self, Cable, Crossing, EndFormat, Planes, PlanesMut, Reader, Writer, connect};
use vcable_core::chain;
use vcable_core::ffi::*;
use vcable_core::format::{self, ChannelCount, SampleFormat, SampleRate, StreamFormat};
use vcable_core::resample::{self, Polyphase};

use crate::bench::{Bench, CAPACITY_FRAMES, Lent, ffi};

/// Longest cycle tried; longer than the ring on purpose.
const MOST_FRAMES: usize = 1500;
const SAMPLES: [SampleFormat; 5] =
    [SampleFormat::F32, SampleFormat::S16, SampleFormat::S24, SampleFormat::S24In32, SampleFormat::S32];
const LAYOUTS: [format::Layout; 2] = [format::Layout::Interleaved, format::Layout::Planar];
const CLOCKS: [cable::Clocks; 3] = [cable::Clocks::Chained, cable::Clocks::Shared, cable::Clocks::Apart];

type Shared<'a> = &'a Cable<Box<[u64]>>;
type Way = Crossing<Polyphase<Vec<f32>>, Vec<f32>>;

#[derive(Clone, Copy, Debug)]
enum Step {
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

fn any_step() -> impl Strategy<Value = Step> {
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

fn any_format() -> impl Strategy<Value = Format> {
    let rate_hz = prop_oneof![Just(48_000_u32), Just(44_100), Just(8_000), Just(384_000)];
    (1_u32..=5, 1_u32..=2, 1_u32..4, rate_hz).prop_map(|(sample, layout, channels, rate_hz)| Format {
        sample,
        layout,
        channels,
        rate_hz,
    })
}

fn stream(format: &Format) -> StreamFormat {
    StreamFormat {
        sample: SAMPLES[format.sample as usize - 1],
        layout: LAYOUTS[format.layout as usize - 1],
        channels: ChannelCount::new(format.channels).unwrap(),
        rate: SampleRate::new(format.rate_hz).unwrap(),
    }
}

/// The planes of a port.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Port(Vec<Vec<u8>>);

impl Port {
    fn dirty(stream: &StreamFormat) -> Self {
        Self(vec![vec![0xa5; MOST_FRAMES * stream.plane_stride_bytes()]; stream.plane_count()])
    }

    /// Bytes that no other seed brings. The top bytes of floats stay those of sound.
    fn sound(stream: &StreamFormat, seed: u64) -> Self {
        let mut port = Self::dirty(stream);
        for (at, byte) in port.0.iter_mut().flatten().enumerate() {
            *byte = (seed.wrapping_mul(31).wrapping_add(at as u64 * 7) & 0x3f) as u8;
        }
        port
    }

    fn pointers(&mut self) -> Vec<*mut c_void> {
        self.0.iter_mut().map(|plane| plane.as_mut_ptr().cast()).collect()
    }
}

impl Planes for Port {
    fn plane(&self, index: usize) -> &[u8] {
        self.0.get(index).map_or(&[], Vec::as_slice)
    }
}

/// A port as long as one cycle, as the ABI has it.
struct Cycle<'a>(&'a mut Port, usize);

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

fn cycle<'a>(port: &'a mut Port, stream: &StreamFormat, frames: u32) -> Cycle<'a> {
    Cycle(port, frames as usize * stream.plane_stride_bytes())
}

/// The Rust API, and what the ABI refuses beyond it.
struct Twin<'a> {
    cable: Shared<'a>,
    writer: Writer<Shared<'a>>,
    reader: Reader<Shared<'a>>,
    way: Option<Way>,
    wanted: CrossingSettings,
    to: StreamFormat,
    /// Whether its crossings have a resampler.
    resampling: bool,
    /// Whether its present crossing has reported.
    reported: bool,
}

impl Twin<'_> {
    fn make_way(&self) -> Way {
        let (from, to) = (EndFormat::new(*self.cable.format()), EndFormat::new(self.to));
        let settings = cable::CrossingSettings {
            clocks: CLOCKS[self.wanted.clocks as usize - 1],
            output_frames: self.wanted.output_frames as usize,
            ..cable::CrossingSettings::new(&from, to.clone())
        };
        let resampling = resample::Settings {
            channels: self.to.channels.get(),
            nominal: Way::nominal_step(&from, &to).unwrap(),
            quality: resample::Quality::Fast,
            interpolation: resample::Interpolation::Cubic,
        };
        let samples = Polyphase::<Vec<f32>>::storage_samples(&resampling).unwrap();
        let resampler = self.resampling.then(|| Polyphase::new(resampling, vec![0.0; samples]).unwrap());
        let samples = vec![0.0; Way::samples(&settings, from.stream.channels.get())];
        Way::new(self.cable, settings, resampler, samples).unwrap()
    }

    fn needs(&self, clocks: cable::Clocks) -> bool {
        let (from, to) = (EndFormat::new(*self.cable.format()), EndFormat::new(self.to));
        cable::Path::choose(&from, &to, clocks).resamples()
    }

    fn rest(&self) -> Result<(), Status> {
        if self.cable.reader_running() { Err(Status::Running) } else { Ok(()) }
    }

    fn run(&self) -> Result<(), Status> {
        if self.cable.reader_running() { Ok(()) } else { Err(Status::Stopped) }
    }

    fn plain(&self) -> Result<(), Status> {
        if self.way.is_some() { Err(Status::Way) } else { Ok(()) }
    }

    /// One step; a number of frames where there is one.
    fn step(&mut self, step: Step, source: &mut Port, sink: &mut Port) -> Result<u32, Status> {
        let (from, to) = (*self.cable.format(), self.to);
        let frames = match step {
            Step::Write(_) | Step::WriteAt(..) if !self.cable.writer_running() => {
                return Err(Status::Stopped);
            }
            Step::Write(frames) => self.writer.write(&cycle(source, &from, frames), frames as usize),
            Step::WriteAt(frames, ns) => {
                self.writer.write_at(&cycle(source, &from, frames), frames as usize, ns)
            }
            Step::Read(frames) => {
                self.plain().and(self.run())?;
                self.reader.read(&mut cycle(sink, &from, frames), frames as usize)
            }
            Step::Follow(frames) => {
                self.plain().and(self.run())?;
                self.reader.read_follow(&mut cycle(sink, &from, frames), frames as usize)
            }
            Step::ReadCrossing(frames, ns) => {
                let running = self.run();
                let way = self.way.as_mut().ok_or(Status::Way)?;
                running?;
                self.reported = true;
                way.read(&mut self.reader, &mut cycle(sink, &to, frames), frames as usize, ns)
            }
            Step::Due(_) | Step::DueResampled(_) => return Err(Status::Fault),
            Step::Clocks(number) => {
                let way = self.way.as_mut().ok_or(Status::Way)?;
                let clocks = CLOCKS.get((number as usize).wrapping_sub(1)).ok_or(Status::Setting)?;
                way.set_clocks(*clocks).map_err(|_| Status::Resampler)?;
                0
            }
            Step::Target(frames) => {
                let way = self.way.as_mut().ok_or(Status::Way)?;
                if frames > CAPACITY_FRAMES {
                    return Err(Status::Setting);
                }
                way.set_target(frames);
                0
            }
            Step::Cross => {
                self.rest().and(self.plain())?;
                self.way = Some(self.make_way());
                0
            }
            Step::Uncross => {
                self.rest()?;
                self.way.take().ok_or(Status::Way)?;
                self.reported = false;
                0
            }
            Step::StartWriter => {
                self.writer.start();
                0
            }
            Step::StopWriter => {
                self.writer.stop();
                0
            }
            Step::StartReader => {
                match &mut self.way {
                    Some(way) => way.start(&mut self.reader),
                    None => self.reader.start(),
                }
                0
            }
            Step::StopReader => {
                self.reader.stop();
                0
            }
        };
        Ok(frames as u32)
    }

    fn due(&mut self, step: Step) -> Result<Due, Status> {
        if matches!(step, Step::DueResampled(_)) {
            // The ABI looks at what it is asked before it looks at the way.
            self.run().and(self.plain())?;
        }
        self.run()?;
        let due = match (step, &mut self.way) {
            (Step::Due(frames), Some(way)) => way.due(&mut self.reader, frames as usize),
            (Step::Due(frames), None) => self.reader.due(frames as usize),
            (Step::DueResampled(frames), _) => self.reader.due_resampled(frames as usize),
            _ => return Err(Status::Fault),
        };
        Ok(match due {
            chain::Due::Wait => Due::default(),
            chain::Due::Now { next_after_frames } => {
                Due { now: 1, next_after_frames: next_after_frames.unwrap_or(0) as u32 }
            }
        })
    }
}

/// The same step through the ABI.
fn through(
    bench: &Bench,
    step: Step,
    (source, sink): (&mut Port, &mut Port),
    (settings, memory): (&CrossingSettings, &Lent),
) -> Result<u32, Status> {
    let (writer, reader) = (bench.writer, bench.reader);
    let (from, to) = (source.pointers(), sink.pointers());
    let ((from, from_count), (to, to_count)) = ((from.as_ptr().cast(), from.len()), (to.as_ptr(), to.len()));
    let (from_count, to_count) = (from_count as u32, to_count as u32);
    let mut moved = 0;
    let out = &raw mut moved;
    let status = match step {
        Step::Write(frames) => ffi!(vcable_writer_write(writer, from, from_count, frames, out)),
        Step::WriteAt(frames, ns) => ffi!(vcable_writer_write_at(writer, from, from_count, frames, ns, out)),
        Step::Read(frames) => ffi!(vcable_reader_read(reader, to, to_count, frames, out)),
        Step::Follow(frames) => ffi!(vcable_reader_read_follow(reader, to, to_count, frames, out)),
        Step::ReadCrossing(frames, ns) => {
            ffi!(vcable_reader_read_crossing(reader, to, to_count, frames, ns, out))
        }
        Step::Due(_) | Step::DueResampled(_) => Status::Fault,
        Step::Clocks(number) => ffi!(vcable_reader_set_clocks(reader, number)),
        Step::Target(frames) => ffi!(vcable_reader_set_target(reader, frames)),
        Step::Cross => ffi!(vcable_reader_cross(reader, memory.at(), memory.size(), settings)),
        Step::Uncross => ffi!(vcable_reader_uncross(reader)),
        Step::StartWriter => ffi!(vcable_writer_start(writer)),
        Step::StopWriter => ffi!(vcable_writer_stop(writer)),
        Step::StartReader => ffi!(vcable_reader_start(reader)),
        Step::StopReader => ffi!(vcable_reader_stop(reader)),
    };
    if status == Status::Ok { Ok(moved) } else { Err(status) }
}

fn due_through(bench: &Bench, step: Step) -> Result<Due, Status> {
    let mut due = Due::default();
    let status = match step {
        Step::Due(frames) => ffi!(vcable_reader_due(bench.reader, frames, &raw mut due)),
        Step::DueResampled(frames) => {
            ffi!(vcable_reader_due_resampled(bench.reader, frames, &raw mut due))
        }
        _ => Status::Fault,
    };
    if status == Status::Ok { Ok(due) } else { Err(status) }
}

/// The books and the reports of both.
fn compare(bench: &Bench, twin: &Twin<'_>) {
    let (mut stats, mut report) = (Stats::default(), Report::default());
    assert_eq!(ffi!(vcable_cable_stats(bench.cable, &raw mut stats)), Status::Ok);
    assert_eq!(ffi!(vcable_cable_report(bench.cable, &raw mut report)), Status::Ok);
    // Every counter has its name in both.
    assert_eq!(
        format!("{stats:?}").replace("Stats", ""),
        format!("{:?}", twin.cable.stats().snapshot()).replace("Snapshot", "")
    );
    let fill = report.fill_frames as usize;
    assert_eq!(fill, twin.cable.fill_frames());
    assert_eq!(report.writer_running == 1, twin.cable.writer_running());
    assert_eq!(report.reader_running == 1, twin.cable.reader_running());
    // The Rust API leaves the last report of a crossing that is gone.
    let now = if twin.reported { twin.cable.report() } else { cable::Report::default() };
    assert_eq!((report.path, report.lock), (now.path as u32, now.lock as u32));
    assert_eq!(report.latency_frames.to_bits(), now.latency_frames.to_bits());
    assert_eq!(report.target_frames.to_bits(), now.target_frames.to_bits());
    assert_eq!(report.ratio_ppm.to_bits(), now.ratio_ppm.to_bits());
    assert_eq!((report.events, report.skips, report.starvations), (now.events, now.skips, now.starvations));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_order_of_calls_comes_to_the_same(
        (from, to) in (any_format(), any_format()),
        (clocks, may_part, output_frames) in (1_u32..=3, 0_u32..=1, 256_u32..=4096),
        steps in prop::collection::vec(any_step(), 0..150),
    ) {
        let bench = Bench::new(&from);
        // SAFETY: all zero is a value of each field.
        let mut settings: CrossingSettings = unsafe { std::mem::zeroed() };
        let got = ffi!(vcable_crossing_defaults(bench.cable, &raw const to, &raw mut settings));
        prop_assert_eq!(got, Status::Ok);
        settings = CrossingSettings {
            clocks, may_part, output_frames,
            quality: Quality::Fast as u32, interpolation: Interpolation::Cubic as u32, ..settings
        };
        let memory = bench.for_crossing(&settings);

        let words = Cable::<Box<[u64]>>::storage_words(&stream(&from), CAPACITY_FRAMES as usize).unwrap();
        let storage = vec![0; words].into_boxed_slice();
        let cable = Cable::new(storage, stream(&from), CAPACITY_FRAMES as usize).unwrap();
        let (writer, reader) = connect(&cable).unwrap();
        let mut twin =
            Twin { cable: &cable, writer, reader, way: None, wanted: settings, to: stream(&to), resampling: false, reported: false };
        twin.resampling = may_part == 1 || twin.needs(CLOCKS[clocks as usize - 1]);

        let mut now_ns = 1_000_000_000;
        for (seed, &step) in steps.iter().enumerate() {
            if matches!(step, Step::Due(_) | Step::DueResampled(_)) {
                prop_assert_eq!(due_through(&bench, step), twin.due(step), "{:?}", step);
                continue;
            }
            let step = match step {
                Step::WriteAt(frames, ns) => { now_ns += ns; Step::WriteAt(frames, now_ns) }
                Step::ReadCrossing(frames, ns) => { now_ns += ns; Step::ReadCrossing(frames, now_ns) }
                other => other,
            };
            // A read without a crossing brings the writer's format.
            let heard = if matches!(step, Step::ReadCrossing(..)) { stream(&to) } else { stream(&from) };
            let (mut source, mut ours, mut theirs) =
                (Port::sound(&stream(&from), seed as u64), Port::dirty(&heard), Port::dirty(&heard));
            let mine = through(&bench, step, (&mut source, &mut ours), (&settings, &memory));
            let twins = twin.step(step, &mut source, &mut theirs);
            prop_assert_eq!(mine, twins, "{:?}", step);
            prop_assert!(ours == theirs, "{:?} brings other sound", step);
            compare(&bench, &twin);
        }
    }
}
