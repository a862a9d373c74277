//! Every conversion (stereo) and the usual mixes against `memcpy`: time per byte moved (read and written), and its ratio
//! to a copy that moves as many bytes. Criterion reports each; a table of all stands at the end.
//!
//! `cargo bench -p vcable-core --features std --bench convert [-- FILTER]`

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use vcable_core::convert::{Converter, InstructionSet};
use vcable_core::format::{ChannelCount, Layout, SampleFormat};
use vcable_core::remix::{ChannelMap, RemixMatrix};

const FORMATS: [(SampleFormat, &str); 5] = [
    (SampleFormat::F32, "F32"),
    (SampleFormat::S16, "S16"),
    (SampleFormat::S24, "S24"),
    (SampleFormat::S24In32, "S24In32"),
    (SampleFormat::S32, "S32"),
];
const LAYOUTS: [(Layout, &str); 2] = [(Layout::Interleaved, "i"), (Layout::Planar, "p")];
/// From and to, by the positions of their channels.
const MIXES: [(&str, &str); 6] = [
    ("FL,FR", "FL,FR"),
    ("MONO", "FL,FR"),
    ("FL,FR", "MONO"),
    ("FL,FR", "FL,FR,FC,LFE,RL,RR"),
    ("FL,FR,FC,LFE,RL,RR", "FL,FR"),
    ("FL,FR,FC,LFE,RL,RR,SL,SR", "FL,FR"),
];
const CHANNELS: usize = 2;
const QUANTA_FRAMES: [usize; 4] = [64, 256, 1024, 8192];

/// What was measured of one conversion or mix.
struct Figures {
    name: String,
    /// Read and written in one call.
    moved_bytes: usize,
    /// Seconds of the fastest call.
    own_s: f64,
    /// Seconds of the fastest copy that moves as many bytes.
    copy_s: f64,
}

/// Has criterion measure `work`, then sets it beside a copy that moves as many bytes. The two take turns, and the fastest
/// of each counts: what else runs on the machine only ever adds. None when the user's filter leaves `name` out.
fn measure(
    criterion: &mut Criterion,
    name: String,
    moved_bytes: usize,
    mut work: impl FnMut(),
) -> Option<Figures> {
    const TURNS: usize = 100;
    // A copy whose target lies a few bytes past its source, but for whole pages, takes three times as long. So it goes
    // to several places in turn.
    const STEPS: usize = 8;
    const STEP_BYTES: usize = 576;
    let mut wanted = false;
    criterion.bench_function(&name, |bencher| {
        wanted = true;
        bencher.iter(&mut work);
    });
    if !wanted {
        return None;
    }
    let src = vec![1_u8; moved_bytes / 2];
    let mut dst = vec![0_u8; moved_bytes / 2 + STEPS * STEP_BYTES];
    let mut figures = Figures { name, moved_bytes, own_s: f64::MAX, copy_s: f64::MAX };
    for turn in 0..TURNS {
        let from = turn % STEPS * STEP_BYTES;
        let dst = &mut dst[from..from + moved_bytes / 2];
        figures.own_s = figures.own_s.min(seconds_per_call(&mut work));
        let copy = || black_box(&mut *dst).copy_from_slice(black_box(&src[..]));
        figures.copy_s = figures.copy_s.min(seconds_per_call(copy));
    }
    Some(figures)
}

fn seconds_per_call(mut work: impl FnMut()) -> f64 {
    const CALLS: u32 = 200;
    let start = Instant::now();
    for _ in 0..CALLS {
        work();
    }
    start.elapsed().as_secs_f64() / f64::from(CALLS)
}

/// One side's planes, filled with noise at half of full scale.
fn planes(format: SampleFormat, layout: Layout, frames: usize) -> Vec<Vec<u8>> {
    let (count, samples) = match layout {
        Layout::Interleaved => (1, frames * CHANNELS),
        Layout::Planar => (CHANNELS, frames),
    };
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f32::from(state.to_le_bytes()[3] as i8) / 256.0
    };
    let one = |_| {
        let floats: Vec<u8> = (0..samples).flat_map(|_| noise().to_le_bytes()).collect();
        let mut bytes = vec![0; samples * format.bytes()];
        let mono = ChannelCount::new(1).unwrap();
        Converter::new((SampleFormat::F32, Layout::Planar), (format, Layout::Planar), mono).process(
            &[&floats],
            &mut [&mut bytes],
            samples,
        );
        bytes
    };
    (0..count).map(one).collect()
}

fn bench_pair(
    criterion: &mut Criterion,
    (set, isa): (&str, InstructionSet),
    [from, to]: [(SampleFormat, Layout); 2],
    frames: usize,
    dither: bool,
) -> Option<Figures> {
    let named = |(format, layout)| {
        let format = FORMATS.iter().find(|known| known.0 == format).map_or("", |known| known.1);
        let layout = LAYOUTS.iter().find(|known| known.0 == layout).map_or("", |known| known.1);
        format!("{format}{layout}")
    };
    let noise = if dither { "+dither" } else { "" };
    let name = format!("{set}/{}>{}{noise}/{frames}", named(from), named(to));
    let moved_bytes = frames * CHANNELS * (from.0.bytes() + to.0.bytes());

    let src = planes(from.0, from.1, frames);
    let src: Vec<&[u8]> = src.iter().map(Vec::as_slice).collect();
    let mut dst = planes(to.0, to.1, frames);
    let mut dst: Vec<&mut [u8]> = dst.iter_mut().map(Vec::as_mut_slice).collect();
    let channels = ChannelCount::new(CHANNELS as u32).unwrap();
    let mut converter = Converter::new(from, to, channels).with_instructions(isa);
    if dither {
        converter = converter.with_dither(1);
    }
    measure(criterion, name, moved_bytes, || {
        let done = converter.process(black_box(&src), black_box(&mut dst), frames);
        assert_eq!(done, frames);
    })
}

fn bench_mix(criterion: &mut Criterion, (from, to): (&str, &str)) -> Option<Figures> {
    const FRAMES: usize = 1024;
    let (from_map, to_map): (ChannelMap, ChannelMap) = (from.parse().unwrap(), to.parse().unwrap());
    let matrix = RemixMatrix::new(&from_map, &to_map);
    let name = format!("remix/{from}>{to}/{FRAMES}");
    let moved_bytes = FRAMES * size_of::<f32>() * (from_map.channels() + to_map.channels());

    let src = vec![vec![0.25_f32; FRAMES]; from_map.channels()];
    let src: Vec<&[f32]> = src.iter().map(Vec::as_slice).collect();
    let mut dst = vec![vec![0.0_f32; FRAMES]; to_map.channels()];
    let mut dst: Vec<&mut [f32]> = dst.iter_mut().map(Vec::as_mut_slice).collect();
    measure(criterion, name, moved_bytes, || {
        let done = matrix.apply(black_box(&src), black_box(&mut dst), FRAMES);
        assert_eq!(done, FRAMES);
    })
}

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(50))
        .measurement_time(Duration::from_millis(200))
        .sample_size(20)
        .without_plots()
        .configure_from_args();
    let mut all = Vec::new();

    let mut sets = vec![("baseline", InstructionSet::BASELINE)];
    if InstructionSet::detect() != InstructionSet::BASELINE {
        sets.push(("detected", InstructionSet::detect()));
    }
    for set in sets {
        for (from, to) in FORMATS.iter().flat_map(|from| FORMATS.iter().map(move |to| (from.0, to.0))) {
            let goal = [from, to] == [SampleFormat::S16, SampleFormat::F32]
                || [from, to] == [SampleFormat::F32, SampleFormat::S16];
            let quanta = if goal { &QUANTA_FRAMES[..] } else { &QUANTA_FRAMES[2..3] };
            for (from_layout, to_layout) in
                LAYOUTS.iter().flat_map(|from| LAYOUTS.iter().map(move |to| (from.0, to.0)))
            {
                for &frames in quanta {
                    let pair = [(from, from_layout), (to, to_layout)];
                    all.extend(bench_pair(&mut criterion, set, pair, frames, false));
                }
            }
            if from == SampleFormat::F32 && [SampleFormat::S16, SampleFormat::S24].contains(&to) {
                let pair = [(from, Layout::Interleaved), (to, Layout::Interleaved)];
                all.extend(bench_pair(&mut criterion, set, pair, 1024, true));
            }
        }
    }
    all.extend(MIXES.iter().filter_map(|&mix| bench_mix(&mut criterion, mix)));
    criterion.final_summary();

    println!("\n{:<44}{:>10}{:>10}{:>12}", "set/from>to/frames", "ns", "GB/s", "x memcpy");
    for Figures { name, moved_bytes, own_s, copy_s } in all {
        let rate = moved_bytes as f64 / own_s / 1e9;
        println!("{name:<44}{:>10.1}{rate:>10.1}{:>12.2}", own_s * 1e9, own_s / copy_s);
    }
}
