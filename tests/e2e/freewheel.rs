//! A JACK client renders offline: it has the whole graph run as fast as it can, and plays and records through the cable.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use vcable_tests::cable::Cable;
use vcable_tests::jack::{Heard, Jack};

use crate::trial::{Context, Dropout, Trials, repeated};

const QUANTUM: u32 = 256;

/// How long each render lasts.
const SPAN: Duration = Duration::from_secs(2);

/// Rendered frames in a second of the clock, at least: so many times those at the pace of hearing.
const SPEED: f64 = 2.0;

/// The most frames of silence that entering or leaving may cost. The host gives the two ends the new driver one after the
/// other, and offline a cycle takes some 35 us: this is a millisecond of such cycles. Seen were 0 to 9 of them.
const CHANGE_FRAMES: u64 = 32 * QUANTUM as u64;

pub(crate) fn add(trials: &mut Trials) {
    trials.add("freewheel/jack-client", jack_client);
}

/// What is heard until the condition holds, and no frame of it wrong or out of place.
fn hear(jack: &mut Jack, what: &str, condition: impl Fn(&Heard) -> bool) -> Result<Heard> {
    let heard = jack.wait(condition).with_context(|| what.to_owned())?;
    ensure!(heard.corrupt_frames == 0 && heard.repeated_frames == 0, "{what}: {heard:?}");
    Ok(heard)
}

/// Bit by bit and a quantum behind, in every cycle.
fn exact(heard: &Heard, what: &str) -> Result<()> {
    let (latency, off) = heard.latency().with_context(|| format!("{what}: nothing heard"))?;
    ensure!(latency == i64::from(QUANTUM), "{what}: {latency} frames behind: {heard:?}");
    if off > 0 || heard.lost_frames > 0 || heard.silent_frames > 0 {
        return Err(Dropout(format!("{what}: {heard:?}")).into());
    }
    Ok(())
}

fn jack_client(context: &Context) -> Result<()> {
    let cables = [Cable::new("cable", 2)];
    let instance = context.with_cables(&cables).quantum(QUANTUM).start(&context.scratch)?;
    let mut jack = Jack::start(&instance, Context::jack_program(), "daw")?;
    instance.link(&jack.output(), "cable.sink:playback_FL")?;
    instance.link("cable.source:capture_FL", &jack.input())?;
    for round in 0..2 {
        for is_on in [true, false] {
            let what = format!("round {round}, {}", if is_on { "offline" } else { "in real time again" });
            jack.wait(|heard| heard.decoded_frames > 0)?;
            jack.reset()?;
            hear(&mut jack, &what, |heard| heard.decoded_frames > u64::from(QUANTUM))?;
            jack.set_freewheel(is_on)?;
            // Told, and some cycles of the new driver.
            let told = hear(&mut jack, &what, |heard| heard.freewheels == is_on)?.cycles;
            let change = hear(&mut jack, &what, |heard| heard.cycles > told + 50)?;
            let missing = change.lost_frames.max(change.silent_frames);
            let speed = repeated(|| {
                jack.reset()?;
                let began = Instant::now();
                let heard = hear(&mut jack, &what, |heard| heard.frames > 0 && began.elapsed() >= SPAN)?;
                let speed = heard.frames as f64 / began.elapsed().as_secs_f64() / 48_000.0;
                context.note(&format!(
                    "{what}: {} frames at {speed:.1} times the pace of hearing; the change lost {} frames and gave {} of silence",
                    heard.frames, change.lost_frames, change.silent_frames
                ));
                exact(&heard, &what).map(|()| speed)
            })?;
            ensure!(missing <= CHANGE_FRAMES, "{what}: the change costs {missing} frames: {change:?}");
            ensure!(!is_on || speed > SPEED, "{what}: {speed} times the pace of hearing");
        }
    }
    Ok(())
}
