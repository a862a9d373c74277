//! Pointers and numbers that no honest host sends, one at a time.

use std::ffi::{CStr, c_void};
use std::ptr;

use vcable_core::ffi::*;

use crate::bench::{Bench, CAPACITY_FRAMES, Lent, MONO, ffi};

/// A pointer that leads nowhere, by null or by its address.
fn bad<T>(of: *const T) -> [(*mut T, Status); 2] {
    [(ptr::null_mut(), Status::Null), (of.cast_mut().wrapping_byte_add(1), Status::Misaligned)]
}

fn settings(bench: &Bench) -> CrossingSettings {
    // SAFETY: all zero is a value of each field.
    let mut settings: CrossingSettings = unsafe { std::mem::zeroed() };
    assert_eq!(ffi!(vcable_crossing_defaults(bench.cable, &raw const MONO, &raw mut settings)), Status::Ok);
    settings
}

#[test]
fn cables_refuse_pointers_that_lead_nowhere() {
    let bench = Bench::new(&MONO);
    let lent = Lent::new(Memory { size_bytes: 1 << 20, align_bytes: 128 });
    let (at, size) = (lent.at(), lent.size());
    let (mut memory, mut cable) = (Memory::default(), ptr::null_mut());
    let (mut stats, mut report) = (Stats::default(), Report::default());
    for (format, status) in bad(&raw const MONO) {
        assert_eq!(ffi!(vcable_cable_memory(format, 64, &raw mut memory)), status);
        assert_eq!(ffi!(vcable_cable_create(at, size, format, 64, &raw mut cable)), status);
        let mut made = settings(&bench);
        assert_eq!(ffi!(vcable_crossing_defaults(bench.cable, format, &raw mut made)), status);
    }
    for (out, status) in bad(&raw const memory) {
        assert_eq!(ffi!(vcable_cable_memory(&raw const MONO, 64, out)), status);
        assert_eq!(ffi!(vcable_crossing_memory(bench.cable, &settings(&bench), out)), status);
    }
    for (out, status) in bad(&raw const cable) {
        assert_eq!(ffi!(vcable_cable_create(at, size, &raw const MONO, 64, out)), status);
    }
    assert_eq!(
        ffi!(vcable_cable_create(ptr::null_mut(), size, &raw const MONO, 64, &raw mut cable)),
        Status::Null
    );
    for (handle, status) in bad(bench.cable) {
        let (mut writer, mut reader) = (ptr::null_mut(), ptr::null_mut());
        assert_eq!(ffi!(vcable_cable_connect(handle, &raw mut writer, &raw mut reader)), status);
        assert_eq!(ffi!(vcable_cable_stats(handle, &raw mut stats)), status);
        assert_eq!(ffi!(vcable_cable_report(handle, &raw mut report)), status);
        assert_eq!(ffi!(vcable_cable_destroy(handle)), status);
        let mut made = settings(&bench);
        assert_eq!(ffi!(vcable_crossing_defaults(handle, &raw const MONO, &raw mut made)), status);
        assert_eq!(ffi!(vcable_crossing_memory(handle, &raw const made, &raw mut memory)), status);
    }
    for (out, status) in bad(&raw const stats) {
        assert_eq!(ffi!(vcable_cable_stats(bench.cable, out)), status);
    }
    for (out, status) in bad(&raw const report) {
        assert_eq!(ffi!(vcable_cable_report(bench.cable, out)), status);
    }
    assert!(cable.is_null());
    assert_eq!((memory, stats, report), (Memory::default(), Stats::default(), Report::default()));
}

#[test]
fn ends_are_not_lost_to_a_bad_place() {
    let mut bench = Bench::unconnected(&MONO);
    let (mut writer, mut reader) = (ptr::null_mut(), ptr::null_mut());
    for (out, status) in bad(&raw const writer) {
        assert_eq!(ffi!(vcable_cable_connect(bench.cable, out, &raw mut reader)), status);
    }
    for (out, status) in bad(&raw const reader) {
        assert_eq!(ffi!(vcable_cable_connect(bench.cable, &raw mut writer, out)), status);
    }
    assert!(writer.is_null() && reader.is_null());
    assert_eq!(bench.connect(), Status::Ok);
}

#[test]
fn ends_refuse_pointers_that_lead_nowhere() {
    let bench = Bench::new(&MONO);
    let buffer = [0_u8; 128];
    let planes = [(&raw const buffer).cast::<c_void>()];
    let targets = planes.map(<*const c_void>::cast_mut);
    let (from, to) = (planes.as_ptr(), targets.as_ptr());
    let (mut frames, mut due) = (7, Due { now: 7, next_after_frames: 7 });
    let count = &raw mut frames;
    for (writer, status) in bad(bench.writer) {
        assert_eq!(ffi!(vcable_writer_start(writer)), status);
        assert_eq!(ffi!(vcable_writer_stop(writer)), status);
        assert_eq!(ffi!(vcable_writer_write(writer, from, 1, 64, count)), status);
        assert_eq!(ffi!(vcable_writer_write_at(writer, from, 1, 64, 0, count)), status);
    }
    for (reader, status) in bad(bench.reader) {
        assert_eq!(ffi!(vcable_reader_start(reader)), status);
        assert_eq!(ffi!(vcable_reader_stop(reader)), status);
        assert_eq!(ffi!(vcable_reader_due(reader, 64, &raw mut due)), status);
        assert_eq!(ffi!(vcable_reader_due_resampled(reader, 64, &raw mut due)), status);
        assert_eq!(ffi!(vcable_reader_read(reader, to, 1, 64, count)), status);
        assert_eq!(ffi!(vcable_reader_read_follow(reader, to, 1, 64, count)), status);
        assert_eq!(ffi!(vcable_reader_read_crossing(reader, to, 1, 64, 0, count)), status);
        assert_eq!(ffi!(vcable_reader_cross(reader, bench.memory.at(), 0, &settings(&bench))), status);
        assert_eq!(ffi!(vcable_reader_uncross(reader)), status);
        assert_eq!(ffi!(vcable_reader_set_clocks(reader, 1)), status);
        assert_eq!(ffi!(vcable_reader_set_target(reader, 1)), status);
    }
    assert_eq!(ffi!(vcable_writer_start(bench.writer)), Status::Ok);
    assert_eq!(ffi!(vcable_reader_start(bench.reader)), Status::Ok);
    for (planes, status) in bad(from) {
        assert_eq!(ffi!(vcable_writer_write(bench.writer, planes, 1, 64, count)), status);
    }
    for (planes, status) in bad(to) {
        assert_eq!(ffi!(vcable_reader_read(bench.reader, planes, 1, 64, count)), status);
    }
    for (out, status) in bad(&raw const due) {
        assert_eq!(ffi!(vcable_reader_due(bench.reader, 64, out)), status);
    }
    let misplaced = count.wrapping_byte_add(1);
    assert_eq!(ffi!(vcable_writer_write(bench.writer, from, 1, 64, misplaced)), Status::Misaligned);
    assert_eq!(ffi!(vcable_reader_read(bench.reader, to, 1, 64, misplaced)), Status::Misaligned);
    let nothing = [ptr::null::<c_void>()];
    assert_eq!(ffi!(vcable_writer_write(bench.writer, nothing.as_ptr(), 1, 64, count)), Status::Null);
    assert_eq!((frames, due), (7, Due { now: 7, next_after_frames: 7 }));
    // Nothing of all that counted as a cycle.
    let mut stats = Stats::default();
    assert_eq!(ffi!(vcable_cable_stats(bench.cable, &raw mut stats)), Status::Ok);
    assert_eq!(stats, Stats::default());
}

#[test]
fn sizes_beyond_reason_are_refused() {
    let bench = Bench::new(&MONO);
    let (at, mut cable) = (bench.memory.at(), ptr::null_mut());
    let crossing = bench.for_crossing(&settings(&bench));
    for size in [0, 1, usize::MAX, isize::MAX as usize + 1] {
        let size_of = |memory: &Lent| if size == 1 { memory.size() - 1 } else { size };
        let size = size_of(&bench.memory);
        let status = ffi!(vcable_cable_create(at, size, &raw const MONO, CAPACITY_FRAMES, &raw mut cable));
        assert_eq!(status, Status::Memory, "{size}");
        let (at, size) = (crossing.at(), size_of(&crossing));
        let status = ffi!(vcable_reader_cross(bench.reader, at, size, &settings(&bench)));
        assert_eq!(status, Status::Memory, "{size}");
    }
    for capacity_frames in [0, 3, VCABLE_MAX_FRAMES + 1, 2 * VCABLE_MAX_FRAMES, u32::MAX] {
        let mut memory = Memory::default();
        assert_eq!(
            ffi!(vcable_cable_memory(&raw const MONO, capacity_frames, &raw mut memory)),
            Status::Capacity
        );
    }
    let buffer = [0_u8; 128];
    let planes = [(&raw const buffer).cast::<c_void>(); 2];
    assert_eq!(ffi!(vcable_writer_start(bench.writer)), Status::Ok);
    assert_eq!(ffi!(vcable_reader_start(bench.reader)), Status::Ok);
    let write = |planes: &[*const c_void; 2], count, frames| {
        ffi!(vcable_writer_write(bench.writer, planes.as_ptr(), count, frames, ptr::null_mut()))
    };
    for count in [0, 2, u32::MAX] {
        assert_eq!(write(&planes, count, 64), Status::Planes);
    }
    for frames in [VCABLE_MAX_FRAMES + 1, u32::MAX] {
        assert_eq!(write(&planes, 1, frames), Status::Frames);
        assert_eq!(ffi!(vcable_reader_due(bench.reader, frames, &mut Due::default())), Status::Frames);
    }
    let last = [ptr::without_provenance(usize::MAX - 100); 2];
    assert_eq!(write(&last, 1, 64), Status::Frames);
    assert_eq!(write(&planes, 1, 64), Status::Ok);
    assert_eq!(write(&planes, 1, 0), Status::Ok);
}

#[test]
fn settings_are_ranges_and_names() {
    let bench = Bench::new(&MONO);
    let good = settings(&bench);
    let memory = |settings: CrossingSettings| {
        ffi!(vcable_crossing_memory(bench.cable, &raw const settings, &mut Memory::default()))
    };
    assert_eq!(memory(good), Status::Ok);
    assert_eq!(memory(CrossingSettings { clocks: 5, ..good }), Status::Setting);
    for number in [0, 4, u32::MAX] {
        assert_eq!(memory(CrossingSettings { quality: number, ..good }), Status::Setting);
        assert_eq!(memory(CrossingSettings { interpolation: number, ..good }), Status::Setting);
        assert_eq!(memory(CrossingSettings { output_frames: number, ..good }), Status::Setting);
    }
    assert_eq!(memory(CrossingSettings { may_part: 2, ..good }), Status::Setting);
    assert_eq!(memory(CrossingSettings { output_frames: 4097, ..good }), Status::Setting);
    assert_eq!(memory(CrossingSettings { limit_ppm: 20_001, ..good }), Status::Setting);
    assert_eq!(memory(CrossingSettings { target_frames: CAPACITY_FRAMES + 1, ..good }), Status::Setting);
    assert_eq!(memory(CrossingSettings { margin_frames: CAPACITY_FRAMES + 1, ..good }), Status::Setting);
    assert_eq!(
        memory(CrossingSettings { reader: Format { rate_hz: 7_999, ..MONO }, ..good }),
        Status::Format
    );
    for (number, status) in
        [(Position::Brc as u32, Status::Ok), (38, Status::Position), (4160, Status::Position)]
    {
        assert_eq!(memory(CrossingSettings { reader_positions: &raw const number, ..good }), status);
        assert_eq!(memory(CrossingSettings { writer_positions: &raw const number, ..good }), status);
        let odd = (&raw const number).wrapping_byte_add(1);
        assert_eq!(memory(CrossingSettings { writer_positions: odd, ..good }), Status::Misaligned);
    }
    for (settings, status) in bad(&raw const good) {
        assert_eq!(ffi!(vcable_crossing_memory(bench.cable, settings, &mut Memory::default())), status);
    }
}

#[test]
fn every_status_has_a_text_of_its_own() {
    // SAFETY: the ABI promises a text that lives as long as the program.
    let text = |status: i32| unsafe { CStr::from_ptr(vcable_status_text(status)) }.to_str().unwrap();
    let mut texts: Vec<_> = Status::ALL.iter().map(|&status| text(status as i32)).collect();
    texts.push(text(1));
    let count = texts.len();
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), count);
    assert!(texts.iter().all(|text| text.len() > 3));
    for number in [i32::MIN, -(count as i32), 1, i32::MAX] {
        assert_eq!(text(number), text(2));
    }
    assert_eq!(vcable_abi_version(), VCABLE_ABI_VERSION);
    // SAFETY: as above.
    let version = unsafe { CStr::from_ptr(vcable_version()) };
    assert_eq!(version.to_str().unwrap(), env!("CARGO_PKG_VERSION"));
}
