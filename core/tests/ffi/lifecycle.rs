//! Orders of calls: connecting twice, before start, after stop, after the end.

use std::ffi::c_void;
use std::ptr;

use vcable_core::ffi::*;

use crate::bench::{Bench, CAPACITY_FRAMES, MONO, ffi};

fn defaults(bench: &Bench, reader: &Format) -> CrossingSettings {
    // SAFETY: all zero is a value of each field.
    let mut settings: CrossingSettings = unsafe { std::mem::zeroed() };
    assert_eq!(ffi!(vcable_crossing_defaults(bench.cable, reader, &raw mut settings)), Status::Ok);
    settings
}

fn report(bench: &Bench) -> Report {
    let mut report = Report::default();
    assert_eq!(ffi!(vcable_cable_report(bench.cable, &raw mut report)), Status::Ok);
    report
}

#[test]
fn ends_are_handed_out_once() {
    let mut bench = Bench::new(&MONO);
    let (writer, reader) = (bench.writer, bench.reader);
    assert_eq!(bench.connect(), Status::Connected);
    assert_eq!((bench.writer, bench.reader), (writer, reader));
}

#[test]
fn cycles_belong_between_start_and_stop() {
    let bench = Bench::new(&MONO);
    let buffer = [0_u8; 128];
    let planes = [(&raw const buffer).cast::<c_void>().cast_mut()];
    let none = ptr::null_mut;
    let write = || ffi!(vcable_writer_write(bench.writer, planes.as_ptr().cast(), 1, 64, none()));
    let read = || ffi!(vcable_reader_read(bench.reader, planes.as_ptr(), 1, 64, none()));
    let due = || ffi!(vcable_reader_due(bench.reader, 64, &mut Due::default()));
    assert_eq!((write(), read(), due()), (Status::Stopped, Status::Stopped, Status::Stopped));
    assert_eq!(ffi!(vcable_writer_start(bench.writer)), Status::Ok);
    assert_eq!(ffi!(vcable_reader_start(bench.reader)), Status::Ok);
    assert_eq!((write(), read(), due()), (Status::Ok, Status::Ok, Status::Ok));
    assert_eq!((report(&bench).writer_running, report(&bench).reader_running), (1, 1));
    assert_eq!(report(&bench).writer_cycle_frames, 64);
    assert_eq!(ffi!(vcable_writer_stop(bench.writer)), Status::Ok);
    assert_eq!(ffi!(vcable_reader_stop(bench.reader)), Status::Ok);
    assert_eq!((write(), read(), due()), (Status::Stopped, Status::Stopped, Status::Stopped));
    assert_eq!((report(&bench).writer_running, report(&bench).reader_running), (0, 0));
}

#[test]
fn a_crossing_comes_and_goes_while_the_reader_rests() {
    let bench = Bench::new(&MONO);
    let buffer = [0_u8; 256];
    let planes = [(&raw const buffer).cast::<c_void>().cast_mut()];
    let (to, none) = (planes.as_ptr(), ptr::null_mut);
    let float = Format { sample: Sample::F32 as u32, ..MONO };
    let settings = CrossingSettings { may_part: 1, ..defaults(&bench, &float) };
    let memory = bench.for_crossing(&settings);
    let cross = |settings: &CrossingSettings| {
        ffi!(vcable_reader_cross(bench.reader, memory.at(), memory.size(), settings))
    };
    assert_eq!(ffi!(vcable_reader_uncross(bench.reader)), Status::Way);
    assert_eq!(ffi!(vcable_reader_set_clocks(bench.reader, Clocks::Apart as u32)), Status::Way);
    assert_eq!(ffi!(vcable_reader_set_target(bench.reader, 1)), Status::Way);
    assert_eq!(ffi!(vcable_reader_start(bench.reader)), Status::Ok);
    assert_eq!(cross(&settings), Status::Running);
    assert_eq!(ffi!(vcable_reader_read_crossing(bench.reader, to, 1, 64, 0, none())), Status::Way);
    assert_eq!(ffi!(vcable_reader_stop(bench.reader)), Status::Ok);
    assert_eq!(cross(&settings), Status::Ok);
    assert_eq!(cross(&settings), Status::Way);
    assert_eq!(ffi!(vcable_reader_read_crossing(bench.reader, to, 1, 64, 0, none())), Status::Stopped);
    assert_eq!(ffi!(vcable_reader_start(bench.reader)), Status::Ok);
    assert_eq!(ffi!(vcable_reader_read(bench.reader, to, 1, 64, none())), Status::Way);
    assert_eq!(ffi!(vcable_reader_read_follow(bench.reader, to, 1, 64, none())), Status::Way);
    assert_eq!(ffi!(vcable_reader_due_resampled(bench.reader, 64, &mut Due::default())), Status::Way);
    assert_eq!(ffi!(vcable_reader_set_clocks(bench.reader, 0)), Status::Setting);
    assert_eq!(ffi!(vcable_reader_set_clocks(bench.reader, Clocks::Apart as u32)), Status::Ok);
    assert_eq!(ffi!(vcable_reader_set_target(bench.reader, CAPACITY_FRAMES + 1)), Status::Setting);
    assert_eq!(ffi!(vcable_reader_set_target(bench.reader, CAPACITY_FRAMES)), Status::Ok);
    assert_eq!(ffi!(vcable_reader_read_crossing(bench.reader, to, 1, 64, 1, none())), Status::Ok);
    assert_eq!(report(&bench).path, Path::Adaptive as u32);
    assert_eq!(ffi!(vcable_reader_uncross(bench.reader)), Status::Running);
    assert_eq!(ffi!(vcable_reader_stop(bench.reader)), Status::Ok);
    assert_eq!(ffi!(vcable_reader_uncross(bench.reader)), Status::Ok);
    assert_eq!(report(&bench).path, Path::Straight as u32);
    // Another one in the same memory, without a resampler this time.
    assert_eq!(cross(&CrossingSettings { may_part: 0, ..settings }), Status::Ok);
    let apart = Clocks::Apart as u32;
    assert_eq!(ffi!(vcable_reader_set_clocks(bench.reader, apart)), Status::Resampler);
}

#[test]
fn nothing_lives_after_the_end() {
    let mut bench = Bench::new(&MONO);
    assert_eq!(ffi!(vcable_writer_start(bench.writer)), Status::Ok);
    assert_eq!(ffi!(vcable_cable_destroy(bench.cable)), Status::Ok);
    assert_eq!(ffi!(vcable_cable_destroy(bench.cable)), Status::Gone);
    assert_eq!(bench.connect(), Status::Gone);
    assert_eq!(ffi!(vcable_cable_stats(bench.cable, &mut Stats::default())), Status::Gone);
    assert_eq!(ffi!(vcable_writer_start(bench.writer)), Status::Gone);
    assert_eq!(ffi!(vcable_reader_start(bench.reader)), Status::Gone);
    // The memory serves again.
    let (at, size) = (bench.memory.at(), bench.memory.size());
    let cable = &raw mut bench.cable;
    assert_eq!(ffi!(vcable_cable_create(at, size, &raw const MONO, CAPACITY_FRAMES, cable)), Status::Ok);
    assert_eq!(ffi!(vcable_writer_start(bench.writer)), Status::Gone);
    assert_eq!(bench.connect(), Status::Ok);
    assert_eq!(ffi!(vcable_writer_start(bench.writer)), Status::Ok);
}

#[test]
fn a_cable_that_was_never_connected_ends_as_well() {
    let mut bench = Bench::unconnected(&MONO);
    assert_eq!(ffi!(vcable_cable_destroy(bench.cable)), Status::Ok);
    assert_eq!(bench.connect(), Status::Gone);
}

#[test]
fn one_end_is_not_taken_for_the_other() {
    let bench = Bench::new(&MONO);
    assert_eq!(ffi!(vcable_writer_start(bench.reader.cast())), Status::Gone);
    assert_eq!(ffi!(vcable_reader_start(bench.writer.cast())), Status::Gone);
    assert_eq!((report(&bench).writer_running, report(&bench).reader_running), (0, 0));
}
