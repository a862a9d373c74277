//! Speed of the resamplers in stereo. The throughput is in output frames; divided by 48 000 it is the
//! multiple of real time. Without the feature `std` the polyphase is measured without AVX2.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::f64::consts::TAU;
use std::hint::black_box;
use vcable_core::resample::{Change, Polyphase, Quality, Resampler, Settings, Step};

const CHUNKS: [usize; 3] = [64, 256, 1024];

/// A backend under test.
type Make = fn(Settings) -> Box<dyn Resampler>;

fn polyphase(settings: Settings) -> Box<dyn Resampler> {
    let samples = Polyphase::<Vec<f32>>::storage_samples(&settings).unwrap();
    Box::new(Polyphase::new(settings, vec![0f32; samples].into_boxed_slice()).unwrap())
}

#[cfg(feature = "std")]
fn rubato(settings: Settings) -> Box<dyn Resampler> {
    Box::new(vcable_core::resample::Rubato::new(settings, 1024).unwrap())
}

const BACKENDS: &[(&str, Make)] = &[
    ("polyphase", polyphase),
    #[cfg(feature = "std")]
    ("rubato", rubato),
];

/// One chunk after another, the step moved before each when `drifting`, as a clock-drift loop does.
fn run(group: &str, criterion: &mut Criterion, nominal: Step, drifting: bool) {
    let mut group = criterion.benchmark_group(group);
    let input: Vec<f32> = (0..8192).map(|n| (TAU * 0.02 * f64::from(n)).sin() as f32).collect();
    for &(name, make) in BACKENDS {
        for quality in [Quality::Fast, Quality::Balanced, Quality::High] {
            for chunk in CHUNKS {
                let mut resampler = make(Settings { quality, ..Settings::new(2, nominal) });
                let (mut left, mut right) = (vec![0f32; chunk], vec![0f32; chunk]);
                let mut cycle = 0u32;
                group.throughput(Throughput::Elements(chunk as u64));
                group.bench_function(BenchmarkId::new(format!("{name} {quality:?}"), chunk), |bencher| {
                    bencher.iter(|| {
                        if drifting {
                            cycle = cycle.wrapping_add(1);
                            let ppm = 50.0 + 0.01 * f64::from(cycle % 64);
                            let step = nominal.scaled(1.0 + ppm * 1e-6).unwrap();
                            resampler.set_step(step, Change::Ramp).unwrap();
                        }
                        let needed = resampler.input_frames_for(chunk);
                        let input = &black_box(&input)[..needed];
                        resampler.process(&[input, input], &mut [&mut left, &mut right]).unwrap()
                    });
                });
                black_box((&left, &right));
            }
        }
    }
    group.finish();
}

fn resample(criterion: &mut Criterion) {
    let same = Step::UNITY;
    let up = Step::from_rates(44_100, 48_000).unwrap();
    let down = Step::from_rates(48_000, 44_100).unwrap();
    run("48 -> 48 +50 ppm, varying", criterion, same, true);
    run("44.1 -> 48 +50 ppm, varying", criterion, up, true);
    run("44.1 -> 48", criterion, up, false);
    run("48 -> 44.1", criterion, down, false);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(std::time::Duration::from_millis(300))
        .measurement_time(std::time::Duration::from_millis(700))
        .sample_size(20);
    targets = resample
}
criterion_main!(benches);
