//! A host of one cable at a time, which knows what each call must come to.

#[path = "crossing.rs"]
mod crossing;

use std::ptr;

use vcable_core::ffi::{
    CableHandle, Due, Format, Memory, ReaderHandle, Report, Stats, Status, VCABLE_MAX_FRAMES, WriterHandle,
    vcable_cable_connect, vcable_cable_create, vcable_cable_destroy, vcable_cable_memory,
    vcable_cable_report, vcable_cable_stats, vcable_reader_due, vcable_reader_due_resampled,
    vcable_reader_read, vcable_reader_read_crossing, vcable_reader_read_follow, vcable_reader_start,
    vcable_reader_stop, vcable_writer_start, vcable_writer_stop, vcable_writer_write, vcable_writer_write_at,
};
use vcable_core_fuzz::{Result, Unstructured, without_allocation};

use crate::arguments::{Lent, format, frames, is_format, pointer};
use crate::ports::Port;

/// Largest cable that is really made, as a power of two; any may be asked about.
const MOST_SHIFT: u32 = 12;
/// What a number holds that no call has written to.
const UNWRITTEN: u32 = 0xdead_beef;

/// A call of the ABI, which must not allocate.
macro_rules! ffi {
    ($call:expr) => {
        without_allocation(|| {
            // SAFETY: the host lends what the call asks for, or passes a pointer that must be refused unread.
            unsafe { $call }
        })
    };
}
use ffi;

pub(crate) struct Host {
    cable: *mut CableHandle,
    writer: *mut WriterHandle,
    reader: *mut ReaderHandle,
    format: Format,
    capacity_frames: u32,
    /// Of the cable, and of the reader's crossing. Freed after what lives in them.
    _memory: Lent,
    crossing: Option<Crossing>,
    alive: bool,
    writer_runs: bool,
    reader_runs: bool,
    now_ns: u64,
    books: Books,
}

struct Crossing {
    format: Format,
    has_resampler: bool,
    _memory: Lent,
}

#[derive(Default)]
struct Books {
    offered_frames: u64,
    asked_frames: u64,
    heard_frames: u64,
    cycles: [u64; 2],
}

/// A call must succeed when nothing is wrong with it, and be refused for something that is wrong otherwise.
fn expect(status: Status, wrong: &[Status]) -> bool {
    let right = if wrong.is_empty() { status == Status::Ok } else { wrong.contains(&status) };
    assert!(right, "{status:?}, but wrong is {wrong:?}");
    status == Status::Ok
}

fn when(wrong: bool, status: Status) -> Option<Status> {
    wrong.then_some(status)
}

impl Host {
    /// A host with a cable; `None` when it was refused.
    pub(crate) fn new(u: &mut Unstructured<'_>) -> Result<Option<Self>> {
        let format = format(u)?;
        let capacity_frames: u32 =
            if u.ratio(1, 8)? { u.arbitrary()? } else { 1 << u.int_in_range(0..=MOST_SHIFT)? };
        let mut needed = Memory::default();
        let is_capacity = capacity_frames.is_power_of_two() && capacity_frames <= VCABLE_MAX_FRAMES;
        let mut wrong: Vec<_> = when(!is_format(&format), Status::Format).into_iter().collect();
        wrong.extend(when(!is_capacity, Status::Capacity));
        let (format_at, bad) = pointer(u, (&raw const format).cast_mut())?;
        wrong.extend(bad);
        let status = ffi!(vcable_cable_memory(format_at, capacity_frames, &raw mut needed));
        if !expect(status, &wrong) {
            assert_eq!(needed, Memory::default());
            return Ok(None);
        }
        if capacity_frames > 1 << MOST_SHIFT {
            return Ok(None);
        }
        let memory = Lent::new(needed);
        let (at, size, wrong) = memory.lend(u)?;
        let mut cable = ptr::null_mut();
        let status = ffi!(vcable_cable_create(at, size, &raw const format, capacity_frames, &raw mut cable));
        if !expect(status, &wrong) {
            assert!(cable.is_null());
            return Ok(None);
        }
        Ok(Some(Self {
            cable,
            writer: ptr::null_mut(),
            reader: ptr::null_mut(),
            format,
            capacity_frames,
            _memory: memory,
            crossing: None,
            alive: true,
            writer_runs: false,
            reader_runs: false,
            now_ns: u.arbitrary()?,
            books: Books::default(),
        }))
    }

    pub(crate) fn step(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        if self.writer.is_null() && u.ratio(7, 8)? {
            return self.connect(u);
        }
        match u.int_in_range(0..=39)? {
            0..=10 => self.write(u),
            11..=22 => self.read(u),
            23..=25 => self.due(u),
            26 | 27 => self.run_writer(u),
            28 | 29 => self.run_reader(u),
            30..=33 => self.cross(u),
            34 => self.uncross(u),
            35 => self.set_clocks(u),
            36 => self.set_target(u),
            37 => self.connect(u),
            38 => self.look(u),
            _ => self.destroy(u),
        }
    }

    fn connect(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let (cable, wrong) = pointer(u, self.cable)?;
        let mut wrong: Vec<_> = wrong.into_iter().collect();
        wrong.extend(when(!self.alive, Status::Gone));
        wrong.extend(when(!self.writer.is_null(), Status::Connected));
        let (mut writer, mut reader) = (ptr::null_mut(), ptr::null_mut());
        let (writer_at, bad) = pointer(u, &raw mut writer)?;
        wrong.extend(bad);
        let (reader_at, bad) = pointer(u, &raw mut reader)?;
        wrong.extend(bad);
        if expect(ffi!(vcable_cable_connect(cable, writer_at, reader_at)), &wrong) {
            (self.writer, self.reader) = (writer, reader);
        } else {
            assert!(writer.is_null() && reader.is_null());
        }
        Ok(())
    }

    /// A handle of the writer, now and then a wrong one; and what is wrong with it.
    fn writer(&self, u: &mut Unstructured<'_>) -> Result<(*mut WriterHandle, Vec<Status>)> {
        let other = u.ratio(1, 64)? && !self.reader.is_null();
        let right = if other { self.reader.cast() } else { self.writer };
        let (pointer, wrong) = pointer(u, right)?;
        Ok((pointer, wrong.into_iter().chain(when(other || !self.alive, Status::Gone)).collect()))
    }

    fn reader(&self, u: &mut Unstructured<'_>) -> Result<(*mut ReaderHandle, Vec<Status>)> {
        let other = u.ratio(1, 64)? && !self.writer.is_null();
        let right = if other { self.writer.cast() } else { self.reader };
        let (pointer, wrong) = pointer(u, right)?;
        Ok((pointer, wrong.into_iter().chain(when(other || !self.alive, Status::Gone)).collect()))
    }

    fn run_writer(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let (writer, wrong) = self.writer(u)?;
        let start = u.ratio(3, 4)?;
        let status = ffi!(if start { vcable_writer_start(writer) } else { vcable_writer_stop(writer) });
        self.writer_runs = if expect(status, &wrong) { start } else { self.writer_runs };
        Ok(())
    }

    fn run_reader(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let (reader, wrong) = self.reader(u)?;
        let start = u.ratio(3, 4)?;
        let status = ffi!(if start { vcable_reader_start(reader) } else { vcable_reader_stop(reader) });
        self.reader_runs = if expect(status, &wrong) { start } else { self.reader_runs };
        Ok(())
    }

    /// Time goes on by about a cycle, or anywhere, back included.
    fn pass_time(&mut self, u: &mut Unstructured<'_>, frames: u32) -> Result<()> {
        self.now_ns = match u.int_in_range(0..=15)? {
            0 => u.arbitrary()?,
            1 => self.now_ns.wrapping_add(u64::from(u.arbitrary::<u32>()?)),
            _ => self.now_ns.wrapping_add(u64::from(frames) * 10_000 + u64::from(u.arbitrary::<u16>()?)),
        };
        Ok(())
    }

    fn write(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let frames = frames(u)?;
        let (writer, mut wrong) = self.writer(u)?;
        let port = Port::new(u, &self.format, frames)?.filled(u)?;
        wrong.extend(port.wrong.iter().copied().chain(when(!self.writer_runs, Status::Stopped)));
        let mut written = UNWRITTEN;
        let out = if u.ratio(1, 8)? { ptr::null_mut() } else { &raw mut written };
        self.pass_time(u, frames)?;
        let (planes, count) = (port.pointers().cast(), port.count);
        let status = if u.ratio(1, 8)? {
            ffi!(vcable_writer_write(writer, planes, count, frames, out))
        } else {
            ffi!(vcable_writer_write_at(writer, planes, count, frames, self.now_ns, out))
        };
        let done = expect(status, &wrong);
        assert!(if done && !out.is_null() { written <= frames } else { written == UNWRITTEN });
        if done {
            self.books.offered_frames += u64::from(frames);
            self.books.cycles[0] += 1;
        }
        Ok(())
    }

    fn read(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let frames = frames(u)?;
        let (reader, mut wrong) = self.reader(u)?;
        // Mostly the kind of read that the reader is for.
        let crossing = self.crossing.is_some() != u.ratio(1, 32)?;
        wrong.extend(when(crossing != self.crossing.is_some(), Status::Way));
        let format = self.crossing.as_ref().map_or(self.format, |crossing| crossing.format);
        let port = Port::new(u, &format, frames)?;
        wrong.extend(port.wrong.iter().copied().chain(when(!self.reader_runs, Status::Stopped)));
        let mut heard = UNWRITTEN;
        self.pass_time(u, frames)?;
        let (planes, count, out) = (port.pointers(), port.count, &raw mut heard);
        let status = match (crossing, u.arbitrary()?) {
            (true, _) => ffi!(vcable_reader_read_crossing(reader, planes, count, frames, self.now_ns, out)),
            (false, true) => ffi!(vcable_reader_read_follow(reader, planes, count, frames, out)),
            (false, false) => ffi!(vcable_reader_read(reader, planes, count, frames, out)),
        };
        if expect(status, &wrong) {
            assert!(heard <= frames);
            self.books.asked_frames += u64::from(frames);
            self.books.heard_frames += u64::from(heard);
            self.books.cycles[1] += 1;
        } else {
            assert!(heard == UNWRITTEN && port.is_untouched(), "a refused call has written");
        }
        Ok(())
    }

    fn due(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let frames = frames(u)?;
        let (reader, mut wrong) = self.reader(u)?;
        let resampled = u.ratio(1, 4)?;
        wrong.extend(when(resampled && self.crossing.is_some(), Status::Way));
        wrong.extend(when(frames > VCABLE_MAX_FRAMES, Status::Frames));
        wrong.extend(when(!self.reader_runs, Status::Stopped));
        let mut due = Due { now: UNWRITTEN, next_after_frames: UNWRITTEN };
        let (out, bad) = pointer(u, &raw mut due)?;
        wrong.extend(bad);
        let status = if resampled {
            ffi!(vcable_reader_due_resampled(reader, frames, out))
        } else {
            ffi!(vcable_reader_due(reader, frames, out))
        };
        let done = expect(status, &wrong);
        assert!(if done { due.now <= 1 } else { due.now == UNWRITTEN && due.next_after_frames == UNWRITTEN });
        Ok(())
    }

    /// Counters and report through pointers that may be wrong.
    fn look(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let (mut stats, mut report) = (Stats::default(), Report::default());
        let (cable, wrong) = pointer(u, self.cable)?;
        let wrong: Vec<_> = wrong.into_iter().chain(when(!self.alive, Status::Gone)).collect();
        let (out, bad) = pointer(u, &raw mut stats)?;
        expect(ffi!(vcable_cable_stats(cable, out)), &[&wrong[..], bad.as_slice()].concat());
        let (out, bad) = pointer(u, &raw mut report)?;
        expect(ffi!(vcable_cable_report(cable, out)), &[&wrong[..], bad.as_slice()].concat());
        Ok(())
    }

    fn destroy(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let (cable, wrong) = pointer(u, self.cable)?;
        let wrong: Vec<_> = wrong.into_iter().chain(when(!self.alive, Status::Gone)).collect();
        if expect(ffi!(vcable_cable_destroy(cable)), &wrong) {
            self.alive = false;
            // Its memory is the host's again, and gone.
            self.crossing = None;
        }
        Ok(())
    }

    /// Every frame is accounted for, and the report says what the host knows.
    pub(crate) fn check(&self) {
        if !self.alive {
            return;
        }
        let (mut stats, mut report) = (Stats::default(), Report::default());
        expect(ffi!(vcable_cable_stats(self.cable, &raw mut stats)), &[]);
        expect(ffi!(vcable_cable_report(self.cable, &raw mut report)), &[]);
        let Books { offered_frames, asked_frames, heard_frames, cycles } = self.books;
        assert_eq!(offered_frames, stats.frames_written + stats.frames_unheard + stats.frames_lost);
        assert_eq!(
            stats.frames_written,
            stats.frames_read + stats.frames_trimmed + u64::from(report.fill_frames)
        );
        assert_eq!(asked_frames, heard_frames + stats.silence_frames);
        assert_eq!(cycles, [stats.writer_cycles, stats.reader_cycles]);
        assert_eq!(
            (report.writer_running, report.reader_running),
            (self.writer_runs.into(), self.reader_runs.into())
        );
        assert!(report.fill_frames <= self.capacity_frames);
        assert!(report.latency_frames.is_finite() && report.target_frames.is_finite());
        assert!(report.ratio_ppm.abs() <= 20_000.0 && report.path <= 3 && report.lock <= 3);
    }
}
