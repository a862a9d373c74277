//! No resampler allocates after it was made, whatever the audio thread asks of it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use vcable_core::resample::{Change, Interpolation, Polyphase, Quality, Resampler, Settings, Step};

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
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn calls(work: impl FnOnce()) -> usize {
    let before = CALLS.get();
    work();
    CALLS.get() - before
}

const CHUNKS: [usize; 6] = [64, 256, 1024, 1, 17, 512];

/// Everything an audio thread may do with a resampler of two channels.
fn work(resampler: &mut dyn Resampler, nominal: Step, input: &[f32], output: &mut [f32]) {
    for cycle in 0..60 {
        let change = if cycle % 3 == 0 { Change::Jump } else { Change::Ramp };
        let step = nominal.scaled(1.0 + f64::from(cycle - 30) * 1e-4).unwrap();
        resampler.set_step(step, change).unwrap();
        let frames = CHUNKS[cycle as usize % CHUNKS.len()];
        let needed = resampler.input_frames_for(frames);
        let (left, right) = output.split_at_mut(1024);
        let (first, rest) = input[..needed].split_at(needed / 2);
        let progress =
            resampler.process(&[first, first], &mut [&mut left[..frames], &mut right[..frames]]).unwrap();
        let from = progress.produced;
        resampler.process(&[rest, rest], &mut [&mut left[from..frames], &mut right[from..frames]]).unwrap();
        assert!(resampler.held_frames().is_finite());
        if cycle == 40 {
            resampler.reset();
        }
    }
    // Refusals are no reason to allocate either.
    resampler.process(&[input], &mut [output]).unwrap_err();
    resampler.set_step(Step::from_f64(nominal.to_f64() * 1.2).unwrap_or(nominal), Change::Jump).ok();
}

#[test]
fn the_counter_counts() {
    assert_eq!(calls(|| drop(std::hint::black_box(Box::new(1)))), 2);
}

#[test]
fn nothing_is_allocated_on_the_audio_path() {
    let input = vec![0.25f32; 8192];
    let mut output = vec![0f32; 2048];
    for (input_hz, output_hz) in [(44_100, 48_000), (48_000, 44_100), (48_000, 48_000), (192_000, 48_000)] {
        let nominal = Step::from_rates(input_hz, output_hz).unwrap();
        for (interpolation, quality) in [
            (Interpolation::Sinc, Quality::Fast),
            (Interpolation::Sinc, Quality::Balanced),
            (Interpolation::Sinc, Quality::High),
            (Interpolation::Cubic, Quality::Fast),
            (Interpolation::Linear, Quality::Fast),
        ] {
            let settings = Settings { channels: 2, nominal, quality, interpolation };
            let mut storage = vec![0f32; Polyphase::<Vec<f32>>::storage_samples(&settings).unwrap()];
            // Construction in lent storage allocates nothing either.
            let made = calls(|| {
                let mut resampler = Polyphase::new(settings, storage.as_mut_slice()).unwrap();
                work(&mut resampler, nominal, &input, &mut output);
            });
            assert_eq!(made, 0, "polyphase {settings:?}");
            #[cfg(feature = "std")]
            {
                let mut resampler = vcable_core::resample::Rubato::new(settings, 1024).unwrap();
                let made = calls(|| work(&mut resampler, nominal, &input, &mut output));
                assert_eq!(made, 0, "rubato {settings:?}");
            }
        }
    }
}
