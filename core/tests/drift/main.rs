//! The drift loop in virtual time.
mod figures;
mod loops;
mod recovery;
mod simulator;
use figures::Figures;
use loops::*;
use recovery::*;
use simulator::*;

#[test]
fn scratch() {
    let faults = [
        Fault::Lost(0.1),
        Fault::Late(0.1),
        Fault::Lost(2.0),
        Fault::Late(0.01),
        Fault::Lost(0.00534),
        Fault::ClockJump(1.0),
        Fault::ClockJump(-1.0),
        Fault::ClockJump(0.02),
        Fault::ClockJump(-0.001),
        Fault::RateStep(200.0),
        Fault::RateStep(20.0),
        Fault::ClockJump(0.001),
        Fault::ClockJump(0.004),
        Fault::ClockJump(-0.004),
        Fault::Quantum(128),
        Fault::Quantum(512),
    ];
    for n in [64, 256, 1024] {
        for side in [Side::Writer, Side::Reader] {
            for fault in faults {
                let mut w = Recovery::default();
                let mut ev = (9, 0);
                for seed in 0..10 {
                    let mut s = Scenario::new(seed, n, 100.0, 50.0);
                    s.faults.push((30.0, side, fault));
                    let r = Recovery::of(&s, &mut RealLoop::new(&s));
                    ev = (ev.0.min(r.outcome.events), ev.1.max(r.outcome.events));
                    w.whole_s = w.whole_s.max(r.whole_s);
                    w.locked_s = w.locked_s.max(r.locked_s);
                    w.pitch_peak_ppm = w.pitch_peak_ppm.max(r.pitch_peak_ppm);
                    w.silent_cycles = w.silent_cycles.max(r.silent_cycles);
                    w.skips = w.skips.max(r.skips);
                    w.outcome.underruns = w.outcome.underruns.max(r.outcome.underruns);
                    w.outcome.overruns = w.outcome.overruns.max(r.outcome.overruns);
                }
                println!(
                    "RES {n:5} {side:?} {fault:?} whole {:.2} locked {:.2} pitch {:.1} silent {} skips {} u{} o{} ev {ev:?}",
                    w.whole_s,
                    w.locked_s,
                    w.pitch_peak_ppm,
                    w.silent_cycles,
                    w.skips,
                    w.outcome.underruns,
                    w.outcome.overruns
                );
            }
        }
    }
}
#[test]
fn scratch2() {
    for n in [64, 256, 1024] {
        for ppm in [1000.0, 5000.0] {
            let mut w = Figures::default();
            for seed in 0..20 {
                let s = Scenario::new(seed, n, ppm, 60.0);
                w = w.worst(Figures::of(&s, &mut RealLoop::new(&s)));
            }
            println!(
                "RES {n:5} {ppm:6} t20 {:.2} t2 {:.2} res {:.3} pk {:.2} fill {:.3} exc {:.1} lock {:.1} u{} o{} e{}",
                w.within_20_ppm_s,
                w.within_2_ppm_s,
                w.residual_ppm,
                w.residual_peak_ppm,
                w.fill_rms_frames,
                w.excursion_frames,
                w.locked_s,
                w.underruns,
                w.overruns,
                w.events
            );
        }
    }
    for n in [64, 256, 1024] {
        let mut w = Figures::default();
        for seed in 0..5 {
            let mut s = Scenario::new(seed, n, 200.0, 600.0);
            s.writer.wander_ppm = 1.0;
            s.reader.wander_ppm = 1.0;
            s.reader.ppm = -200.0;
            w = w.worst(Figures::of(&s, &mut RealLoop::new(&s)));
        }
        println!(
            "RES wander {n:5} t20 {:.2} t2 {:.2} res {:.3} pk {:.2} fill {:.3} exc {:.1} lock {:.1} u{} o{} e{}",
            w.within_20_ppm_s,
            w.within_2_ppm_s,
            w.residual_ppm,
            w.residual_peak_ppm,
            w.fill_rms_frames,
            w.excursion_frames,
            w.locked_s,
            w.underruns,
            w.overruns,
            w.events
        );
        let mut w = Figures::default();
        for seed in 0..5 {
            let mut s = Scenario::new(seed, n, 200.0, 600.0);
            s.writer.slope_ppm_per_s = 1.0;
            s.reader.slope_ppm_per_s = -1.0;
            s.reader.ppm = -200.0;
            w = w.worst(Figures::of(&s, &mut RealLoop::new(&s)));
        }
        println!(
            "RES slope  {n:5} t20 {:.2} t2 {:.2} res {:.3} pk {:.2} fill {:.3} exc {:.1} lock {:.1} u{} o{} e{}",
            w.within_20_ppm_s,
            w.within_2_ppm_s,
            w.residual_ppm,
            w.residual_peak_ppm,
            w.fill_rms_frames,
            w.excursion_frames,
            w.locked_s,
            w.underruns,
            w.overruns,
            w.events
        );
    }
}
