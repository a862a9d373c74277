//! Any order of calls through the ABI and, beside it, through the Rust API: the same sound, answers and books.

mod model;
mod steps;

use proptest::prelude::*;
use vcable_core::cable::{self, Cable, connect};
use vcable_core::ffi::*;

use crate::bench::{Bench, CAPACITY_FRAMES, Lent, ffi};
use model::{CLOCKS, Twin};
use steps::{Port, Step, any_format, any_step, stream};

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
fn compare(bench: &Bench, twin: &Twin<'_, '_>) {
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
        (clocks, may_part, output_frames) in (1_u32..=4, 0_u32..=1, 256_u32..=4096),
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

        let words = Cable::<&mut [u64]>::storage_words(&stream(&from), CAPACITY_FRAMES as usize).unwrap();
        let mut storage = vec![0; words];
        let cable = Cable::new(&mut storage[..], stream(&from), CAPACITY_FRAMES as usize).unwrap();
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
