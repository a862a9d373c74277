//! Any two ends, any order of calls, any cycles, clocks and changes: no panic, no allocation, and the books balance.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vcable_core::cable::{
    Cable, Clocks, Crossing, CrossingSettings, EndFormat, Path, Reader, Writer, connect,
};
use vcable_core::format::{SampleFormat, StreamFormat};
use vcable_core::resample::{Interpolation, Polyphase, Quality, Settings};
use vcable_core_fuzz::{Guarded, Result, Unstructured, end, without_allocation};

/// Most frames of a cycle; more than the smaller rings hold.
const MOST_FRAMES: usize = 1500;
/// Widest correction of the clocks, in parts per million.
const LIMIT_PPM: f32 = 20_000.0;

fuzz_target!(|data: &[u8]| {
    // Bytes that ran out end a case early; that is no finding.
    let _ = run(&mut Unstructured::new(data));
});

type Lent<'a> = &'a Cable<&'a mut [u64]>;
type Way = Crossing<Polyphase<Vec<f32>>, Vec<f32>>;

/// What was asked of the ends so far, to hold the cable's books against.
#[derive(Default)]
struct Books {
    offered_frames: u64,
    written_frames: u64,
    asked_frames: u64,
    heard_frames: u64,
    writer_cycles: u64,
    reader_cycles: u64,
}

/// A cable in use.
struct Bench<'a> {
    cable: Lent<'a>,
    writer: Writer<Lent<'a>>,
    reader: Reader<Lent<'a>>,
    way: Way,
    /// What the writer's and the reader's ports speak.
    from: EndFormat,
    to: EndFormat,
    /// Their ports, and one of the reader in the cable's own format.
    source: Guarded,
    sink: Guarded,
    plain: Guarded,
    now_ns: u64,
    books: Books,
}

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let (from, to) = (end(u)?, end(u)?);
    let capacity_frames = 1 << u.int_in_range(0..=12)?;
    let Ok(words) = Cable::<&mut [u64]>::storage_words(&from.stream, capacity_frames) else { return Ok(()) };
    let mut storage = vec![0; words];
    let cable = Cable::new(&mut storage[..], from.stream, capacity_frames).expect("storage of that size");
    let (writer, reader) = connect(&cable).expect("a new cable");
    let Some(way) = way(u, &cable, &from, &to)? else { return Ok(()) };
    let (source, sink, plain) =
        (port(u, &from.stream)?.filled(u)?, port(u, &to.stream)?, port(u, &from.stream)?);
    let now_ns = u.arbitrary()?;
    let books = Books::default();
    let mut bench =
        Bench { cable: &cable, writer, reader, way, from, to, source, sink, plain, now_ns, books };
    if u.ratio(7, 8)? {
        bench.writer.start();
        bench.way.start(&mut bench.reader);
    }
    while !u.is_empty() {
        bench.step(u)?;
        bench.check();
    }
    Ok(())
}

/// A way between the two ends; `None` when it was refused.
fn way(u: &mut Unstructured<'_>, cable: Lent<'_>, from: &EndFormat, to: &EndFormat) -> Result<Option<Way>> {
    let mut settings = CrossingSettings {
        clocks: clocks(u)?,
        output_frames: u.int_in_range(256..=4096)?,
        ..CrossingSettings::new(from, to.clone())
    };
    if u.ratio(1, 4)? {
        settings.target_frames = u.arbitrary()?;
        settings.margin_frames = u.arbitrary()?;
        settings.limit_ppm = u.arbitrary()?;
    }
    let resampler = match Way::nominal_step(from, to) {
        Some(nominal) if u.ratio(15, 16)? => {
            let settings = Settings {
                channels: to.stream.channels.get(),
                nominal,
                quality: Quality::Fast,
                interpolation: *u.choose(&[
                    Interpolation::Linear,
                    Interpolation::Cubic,
                    Interpolation::Sinc,
                ])?,
            };
            let samples =
                Polyphase::<Vec<f32>>::storage_samples(&settings).expect("settings within the limits");
            Some(Polyphase::new(settings, vec![0.0; samples]).expect("storage of that size"))
        }
        _ => None,
    };
    let samples = vec![0.0; Way::samples(&settings, from.stream.channels.get())];
    Ok(Way::new(cable, settings, resampler, samples).ok())
}

fn clocks(u: &mut Unstructured<'_>) -> Result<Clocks> {
    Ok(*u.choose(&[Clocks::Chained, Clocks::Pulled, Clocks::Shared, Clocks::Apart])?)
}

/// A port: mostly with room for the longest cycle, seldom with planes that are short or missing.
fn port(u: &mut Unstructured<'_>, stream: &StreamFormat) -> Result<Guarded> {
    let (planes, full) = (stream.plane_count(), MOST_FRAMES * stream.plane_stride_bytes());
    let broken = u.ratio(1, 8)?;
    let planes = if broken { u.int_in_range(0..=planes)? } else { planes };
    let lengths = (0..planes).map(|_| if broken { u.int_in_range(0..=full) } else { Ok(full) });
    let lengths: Vec<usize> = lengths.collect::<Result<_>>()?;
    Ok(Guarded::new(lengths, u.int_in_range(0..=7)?))
}

/// Frames of a cycle: mostly a usual one, else any.
fn cycle(u: &mut Unstructured<'_>) -> Result<usize> {
    const USUAL: [usize; 6] = [64, 128, 256, 441, 480, 1024];
    if u.ratio(1, 4)? { u.int_in_range(0..=MOST_FRAMES) } else { Ok(*u.choose(&USUAL)?) }
}

impl Bench<'_> {
    fn step(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        match u.int_in_range(0..=31)? {
            0..=10 => self.write(u)?,
            11..=21 => self.read(u)?,
            22..=24 => {
                let frames = cycle(u)?;
                without_allocation(|| self.way.due(&mut self.reader, frames));
            }
            25 => {
                let clocks = clocks(u)?;
                let changed = without_allocation(|| self.way.set_clocks(clocks));
                assert!(changed.is_ok() || Path::choose(&self.from, &self.to, clocks).resamples());
            }
            26 => without_allocation(|| self.writer.start()),
            27 => without_allocation(|| self.writer.stop()),
            28 => without_allocation(|| self.way.start(&mut self.reader)),
            29 => without_allocation(|| self.reader.stop()),
            30 => self.read_plain(u)?,
            _ => self.negotiate(u)?,
        }
        Ok(())
    }

    /// Time goes on by about the cycle, or anywhere, back included.
    fn pass_time(&mut self, u: &mut Unstructured<'_>, frames: usize, rate_hz: u32) -> Result<()> {
        let cycle_ns = frames as u64 * 1_000_000_000 / u64::from(rate_hz);
        self.now_ns = match u.int_in_range(0..=15)? {
            0 => u.arbitrary()?,
            1 => self.now_ns.wrapping_add(u64::from(u.arbitrary::<u32>()?)),
            _ => self.now_ns.wrapping_add(cycle_ns / 2 + u64::from(u.arbitrary::<u16>()?)),
        };
        Ok(())
    }

    fn write(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let frames = cycle(u)?;
        let written = if u.ratio(1, 8)? {
            without_allocation(|| self.writer.write(&self.source, frames))
        } else {
            self.pass_time(u, frames, self.from.stream.rate.hz())?;
            without_allocation(|| self.writer.write_at(&self.source, frames, self.now_ns))
        };
        assert!(written <= frames);
        self.books.offered_frames += frames as u64;
        self.books.written_frames += written as u64;
        self.books.writer_cycles += 1;
        Ok(())
    }

    fn read(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let frames = cycle(u)?;
        self.pass_time(u, frames, self.to.stream.rate.hz())?;
        self.sink.clear();
        let heard =
            without_allocation(|| self.way.read(&mut self.reader, &mut self.sink, frames, self.now_ns));
        self.booked(frames, heard);
        self.sink.assert_untouched_behind(frames * self.to.stream.plane_stride_bytes());
        if self.way.path() != Path::Straight && self.to.stream.sample == SampleFormat::F32 {
            self.assert_finite(frames);
        }
        Ok(())
    }

    /// The same reader without the crossing, as a host may use it whose ends have become equal.
    fn read_plain(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let frames = cycle(u)?;
        let clocks = clocks(u)?;
        self.plain.clear();
        let (reader, plain) = (&mut self.reader, &mut self.plain);
        let heard = without_allocation(|| match clocks {
            Clocks::Pulled => reader.read_follow(plain, frames),
            Clocks::Shared => reader.read_shared(plain, frames, self.now_ns),
            Clocks::Chained | Clocks::Apart => reader.read(plain, frames),
        });
        self.booked(frames, heard);
        self.plain.assert_untouched_behind(frames * self.from.stream.plane_stride_bytes());
        Ok(())
    }

    fn booked(&mut self, frames: usize, heard: usize) {
        assert!(heard <= frames);
        self.books.asked_frames += frames as u64;
        self.books.heard_frames += heard as u64;
        self.books.reader_cycles += 1;
    }

    /// What is no number becomes silence, so what was converted or mixed is one.
    fn assert_finite(&self, frames: usize) {
        let bytes = frames * self.to.stream.plane_stride_bytes();
        for plane in self.sink.slices() {
            let samples = plane[..bytes.min(plane.len())].chunks_exact(4);
            let mut samples = samples.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            assert!(samples.all(f32::is_finite), "not a number left the cable");
        }
    }

    /// Every frame is accounted for, on both sides of the ring.
    fn check(&mut self) {
        let stats = self.cable.stats().snapshot();
        let Books {
            offered_frames,
            written_frames,
            asked_frames,
            heard_frames,
            writer_cycles,
            reader_cycles,
        } = self.books;
        let fill = self.reader.fill_frames() as u64;
        assert_eq!(stats.frames_written, written_frames);
        assert_eq!(offered_frames, stats.frames_written + stats.frames_unheard + stats.frames_lost);
        assert_eq!(stats.frames_written, stats.frames_read + stats.frames_trimmed + fill);
        assert_eq!(asked_frames, heard_frames + stats.silence_frames);
        assert_eq!((stats.writer_cycles, stats.reader_cycles), (writer_cycles, reader_cycles));
        assert!(stats.overruns <= writer_cycles && stats.underruns <= reader_cycles);
        assert!(fill as usize <= self.cable.capacity_frames());
        let report = self.cable.report();
        assert!(report.latency_frames.is_finite() && report.target_frames.is_finite());
        assert!(report.ratio_ppm.abs() <= LIMIT_PPM, "{} ppm", report.ratio_ppm);
    }

    /// Another reader's format while the stream runs: the way is made anew, as hosts do.
    fn negotiate(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let to = end(u)?;
        if let Some(way) = way(u, self.cable, &self.from, &to)? {
            self.sink = port(u, &to.stream)?;
            (self.way, self.to) = (way, to);
        }
        Ok(())
    }
}
