//! The drift loop in virtual time.
mod simulator;
mod loops;
mod figures;
use figures::Figures; use loops::*; use simulator::*;

#[test]
fn scratch() {
    for n in [64, 256, 1024] { for ppm in [1000.0, -1000.0, 5000.0, 100.0] {
        let mut w = Figures::default();
        for seed in 0..20 {
            let s = Scenario::new(seed, n, ppm, 60.0);
            w = w.worst(Figures::of(&s, &mut RealLoop::new(&s)));
        }
        println!("RES {n:5} {ppm:6} t20 {:.2} t2 {:.2} res {:.3} pk {:.2} fill {:.3} exc {:.1} lock {:.1} u{} o{} e{}", w.within_20_ppm_s, w.within_2_ppm_s, w.residual_ppm, w.residual_peak_ppm, w.fill_rms_frames, w.excursion_frames, w.locked_s, w.underruns, w.overruns, w.events);
    } }
    for n in [64, 256, 1024] { 
        let mut w = Figures::default();
        for seed in 0..5 {
            let mut s = Scenario::new(seed, n, 200.0, 600.0);
            s.writer.wander_ppm = 1.0; s.reader.wander_ppm = 1.0; s.reader.ppm = -200.0;
            w = w.worst(Figures::of(&s, &mut RealLoop::new(&s)));
        }
        println!("RES wander {n:5} t20 {:.2} t2 {:.2} res {:.3} pk {:.2} fill {:.3} exc {:.1} lock {:.1} u{} o{} e{}", w.within_20_ppm_s, w.within_2_ppm_s, w.residual_ppm, w.residual_peak_ppm, w.fill_rms_frames, w.excursion_frames, w.locked_s, w.underruns, w.overruns, w.events);
        let mut w = Figures::default();
        for seed in 0..5 {
            let mut s = Scenario::new(seed, n, 200.0, 600.0);
            s.writer.slope_ppm_per_s = 1.0; s.reader.slope_ppm_per_s = -1.0; s.reader.ppm = -200.0;
            w = w.worst(Figures::of(&s, &mut RealLoop::new(&s)));
        }
        println!("RES slope  {n:5} t20 {:.2} t2 {:.2} res {:.3} pk {:.2} fill {:.3} exc {:.1} lock {:.1} u{} o{} e{}", w.within_20_ppm_s, w.within_2_ppm_s, w.residual_ppm, w.residual_peak_ppm, w.fill_rms_frames, w.excursion_frames, w.locked_s, w.underruns, w.overruns, w.events);
    }
}
