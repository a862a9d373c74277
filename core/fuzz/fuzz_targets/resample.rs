//! Any ratio, any sizes, any way to cut the input: both backends keep the contract of `Resampler`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vcable_core::resample::{Change, Interpolation, Polyphase, Quality, Resampler, Rubato, Settings, Step};
use vcable_core_fuzz::{Result, Unstructured, content, rate, without_allocation};

/// Most output frames of one chunk.
const MOST_FRAMES: usize = 300;
/// No kernel's weights add up to more than this in magnitude, so no sound within full scale leaves louder.
const MOST_GAIN: f32 = 4.0;

fuzz_target!(|data: &[u8]| {
    // Bytes that ran out end a case early; that is no finding.
    let _ = run(&mut Unstructured::new(data));
});

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let Some(nominal) = Step::from_rates(rate(u)?.hz(), rate(u)?.hz()) else { return Ok(()) };
    let settings = Settings {
        channels: u.int_in_range(1..=5)?,
        nominal,
        // The better ones differ in their tables alone, which take milliseconds to make.
        quality: if u.ratio(1, 16)? {
            *u.choose(&[Quality::Balanced, Quality::High])?
        } else {
            Quality::Fast
        },
        interpolation: *u.choose(&[Interpolation::Linear, Interpolation::Cubic, Interpolation::Sinc])?,
    };
    if u.ratio(1, 4)? {
        let made = Rubato::new(settings, MOST_FRAMES).expect("settings within the limits");
        return drive(u, made, &settings);
    }
    let samples = Polyphase::<Vec<f32>>::storage_samples(&settings).expect("settings within the limits");
    let made = Polyphase::new(settings, vec![0.0; samples]).expect("storage of that size");
    drive(u, made, &settings)
}

fn drive(u: &mut Unstructured<'_>, mut resampler: impl Resampler, settings: &Settings) -> Result<()> {
    assert_eq!((resampler.channels(), resampler.step()), (settings.channels, settings.nominal));
    let mut piece = [0; 256];
    content(u, &mut piece)?;
    let mut ramping = false;
    while !u.is_empty() {
        match u.int_in_range(0..=8)? {
            0 => without_allocation(|| resampler.reset()),
            1 | 2 => ramping |= change_step(u, &mut resampler, settings)?,
            _ => {
                // A ramp is as long as one chunk.
                let frames = chunk(u, &mut resampler, &piece, ramping)?;
                ramping &= frames == 0;
            }
        }
    }
    Ok(())
}

/// Any factor at all; within 5 % it is taken, else nothing changes. Returns whether the next chunk is a ramp.
fn change_step(
    u: &mut Unstructured<'_>,
    resampler: &mut impl Resampler,
    settings: &Settings,
) -> Result<bool> {
    let factor = if u.arbitrary()? {
        1.0 + f64::from(u.arbitrary::<i16>()?) / 655_360.0
    } else {
        u.arbitrary::<f64>()?
    };
    let Some(step) = settings.nominal.scaled(factor) else { return Ok(false) };
    let change = if u.arbitrary()? { Change::Ramp } else { Change::Jump };
    let before = resampler.step();
    let taken = without_allocation(|| resampler.set_step(step, change)).is_ok();
    assert_eq!(resampler.step(), if taken { step } else { before });
    assert!(taken || (step.to_f64() / settings.nominal.to_f64() - 1.0).abs() > 0.049_999);
    Ok(taken && change == Change::Ramp)
}

/// One chunk of output, its input in up to three parts. Returns its frames.
fn chunk(
    u: &mut Unstructured<'_>,
    resampler: &mut impl Resampler,
    piece: &[u8],
    ramping: bool,
) -> Result<usize> {
    let frames = u.int_in_range(0..=MOST_FRAMES)?;
    let channels = resampler.channels();
    let needed = resampler.input_frames_for(frames);
    let held_before = resampler.held_frames();
    let excess = u.int_in_range(0..=3)?;
    let turn = u.int_in_range(0..=255_usize)?;
    // Within full scale.
    let sound = piece.iter().cycle().skip(turn).map(|&byte| f32::from(byte) / 127.5 - 1.0);
    let input: Vec<f32> = sound.take(needed + excess).collect();
    let cuts = [u.int_in_range(0..=needed)?, u.int_in_range(0..=needed)?];
    let (first, second) = (cuts[0].min(cuts[1]), cuts[0].max(cuts[1]));
    let mut output = vec![vec![f32::NAN; frames]; channels];
    let (mut consumed, mut produced) = (0, 0);
    for end in [first, second, needed + excess] {
        let inputs: Vec<&[f32]> = (0..channels).map(|_| &input[consumed..end.max(consumed)]).collect();
        let mut outputs: Vec<&mut [f32]> = output.iter_mut().map(|plane| &mut plane[produced..]).collect();
        let progress =
            without_allocation(|| resampler.process(&inputs, &mut outputs)).expect("planes of one length");
        assert!(progress.consumed <= end - consumed && progress.produced <= frames - produced);
        assert!(progress.consumed == end - consumed || produced + progress.produced == frames);
        consumed += progress.consumed;
        produced += progress.produced;
    }
    assert_eq!((consumed, produced), (needed, frames));
    for plane in &output {
        assert!(plane.iter().all(|sample| sample.abs() <= MOST_GAIN), "louder than any kernel can make it");
    }
    let passed = held_before + needed as f64 - resampler.held_frames();
    let exact = frames as f64 * resampler.step().to_f64();
    assert!(
        ramping || (passed - exact).abs() < 1e-6,
        "{frames} frames passed {passed} of the input, not {exact}"
    );
    Ok(frames)
}
