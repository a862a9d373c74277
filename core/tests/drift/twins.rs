//! The loop without its clocks: if these passed the figures, the figures would prove nothing.

use super::figures::Figures;
use super::loops::{RealLoop, Sight};
use super::simulator::Scenario;

fn deprived(sight: Sight) -> Figures {
    let scenario = Scenario::new(1, 256, 20.0, 120.0);
    let figures = Figures::of(&scenario, &mut RealLoop::with_sight(&scenario, sight));
    println!("{sight:?}: {figures:?}");
    figures
}

#[test]
fn the_whole_loop_holds_the_figures() {
    let figures = deprived(Sight::Full);
    assert!(figures.residual_ppm <= 1.0 && figures.fill_rms_frames <= 0.5 && figures.excursion_frames <= 4.0);
}

#[test]
fn the_raw_fill_fails_the_figures() {
    let figures = deprived(Sight::RawFill);
    assert!(figures.fill_rms_frames > 5.0);
    assert!(figures.excursion_frames > 50.0);
}

#[test]
fn raw_times_fail_the_figures() {
    assert!(deprived(Sight::RawTimes).residual_ppm > 1.0);
}
