//! The figures promised at 48 kHz with 50 us of jitter on either end.

use super::figures::Figures;
use super::loops::RealLoop;
use super::simulator::{End, Scenario};

const SEEDS: u64 = 6;

/// The worst figures of several seeds; `scenario` makes the run of one.
fn worst(scenario: impl Fn(u64) -> Scenario) -> Figures {
    let runs = (0..SEEDS).map(|seed| {
        let scenario = scenario(seed);
        let figures = Figures::of(&scenario, &mut RealLoop::new(&scenario));
        println!("seed {seed}: {figures:?}");
        figures
    });
    runs.reduce(Figures::worst).unwrap_or_default()
}

#[test]
fn settles_from_a_thousand_ppm_and_stays() {
    for quantum_frames in [64, 256] {
        for ppm in [1000.0, -1000.0] {
            println!("quantum {quantum_frames}, {ppm} ppm");
            let figures = worst(|seed| Scenario::new(seed, quantum_frames, ppm, 60.0));
            assert!(figures.within_20_ppm_s <= 3.0, "{figures:?}");
            assert!(figures.within_2_ppm_s <= 15.0, "{figures:?}");
            assert!(figures.residual_ppm <= 1.0, "{figures:?}");
            assert!(figures.fill_rms_frames <= 0.5, "{figures:?}");
            assert!(figures.excursion_frames <= 4.0, "{figures:?}");
            assert!(figures.locked_s <= 15.0, "{figures:?}");
            assert_eq!((figures.underruns, figures.overruns, figures.events), (0, 0, 0));
        }
    }
}

#[test]
fn works_to_five_thousand_ppm() {
    for quantum_frames in [64, 256, 1024] {
        for ppm in [5000.0, -5000.0] {
            println!("quantum {quantum_frames}, {ppm} ppm");
            let figures = worst(|seed| Scenario::new(seed, quantum_frames, ppm, 60.0));
            assert!(figures.within_20_ppm_s <= 6.0, "{figures:?}");
            assert!(figures.residual_ppm <= 1.0, "{figures:?}");
            assert!(figures.fill_rms_frames <= 0.5, "{figures:?}");
            assert_eq!((figures.underruns, figures.overruns, figures.events), (0, 0, 0));
        }
    }
}

#[test]
fn quanta_may_differ() {
    for (writer, reader) in [(64, 1024), (1024, 64), (256, 480), (441, 256), (8192, 256)] {
        println!("quantum {writer} to {reader}");
        let figures = worst(|seed| Scenario {
            writer: End::new(writer, 300.0),
            reader: End::new(reader, -300.0),
            ..Scenario::new(seed, 0, 0.0, 90.0)
        });
        assert!(figures.residual_ppm <= 1.0, "{figures:?}");
        assert!(figures.fill_rms_frames <= 0.5, "{figures:?}");
        assert_eq!((figures.underruns, figures.overruns, figures.events), (0, 0, 0));
    }
}

#[test]
fn nominal_rates_may_differ() {
    for (writer_rate_hz, reader_rate_hz) in [(44_100, 48_000), (48_000, 44_100), (8_000, 192_000)] {
        println!("rate {writer_rate_hz} to {reader_rate_hz}");
        let figures = worst(|seed| Scenario {
            writer: End { rate_hz: writer_rate_hz, ..End::new(256, 100.0) },
            reader: End { rate_hz: reader_rate_hz, ..End::new(256, 0.0) },
            ..Scenario::new(seed, 0, 0.0, 90.0)
        });
        assert!(figures.residual_ppm <= 1.0, "{figures:?}");
        assert!(figures.fill_rms_frames <= 0.5, "{figures:?}");
        assert_eq!((figures.underruns, figures.overruns, figures.events), (0, 0, 0));
    }
}

#[test]
fn follows_clocks_that_wander() {
    for quantum_frames in [64, 256] {
        println!("quantum {quantum_frames}");
        let figures = worst(|seed| {
            let mut scenario = Scenario::new(seed, quantum_frames, 200.0, 300.0);
            scenario.reader.ppm = -200.0;
            scenario.writer.wander_ppm = 1.0;
            scenario.reader.slope_ppm_per_s = 1.0;
            scenario
        });
        // Two clocks that wander by 1 ppm per root second cannot be known better than to 2.3 ppm rms.
        assert!(figures.residual_ppm <= 5.0, "{figures:?}");
        assert!(figures.excursion_frames <= 8.0, "{figures:?}");
        assert_eq!((figures.underruns, figures.overruns, figures.events), (0, 0, 0));
    }
}

#[test]
fn shrugs_off_freak_wake_ups() {
    for quantum_frames in [64, 256] {
        println!("quantum {quantum_frames}");
        let figures = worst(|seed| {
            let mut scenario = Scenario::new(seed, quantum_frames, 100.0, 60.0);
            scenario.writer.freaks = 0.01;
            scenario.reader.freaks = 0.01;
            // Three milliseconds late, now and then at both ends: room for that.
            scenario.margin_frames = 320;
            scenario
        });
        assert!(figures.within_20_ppm_s <= 3.0, "{figures:?}");
        assert!(figures.residual_ppm <= 1.0, "{figures:?}");
        assert!(figures.fill_rms_frames <= 0.5, "{figures:?}");
        assert_eq!((figures.underruns, figures.overruns, figures.events), (0, 0, 0));
    }
}
