//! The resamplers' quality, measured on tones.
#![expect(missing_docs, reason = "a test")]

mod resample_support;

use resample_support::{Backend, Conversion};
use vcable_core::resample::{Quality, Settings};

#[test]
fn table() {
    let conversions = [
        (44_100, 48_000, 1.0),
        (48_000, 44_100, 1.0),
        (48_000, 96_000, 1.0),
        (48_000, 48_000, 1.000_05),
        (48_000, 48_000, 0.999_95),
        (44_100, 48_000, 1.000_05),
        (96_000, 44_100, 0.999_95),
    ];
    for &backend in Backend::ALL {
        for quality in [Quality::Fast, Quality::Balanced, Quality::High] {
            for (input_hz, output_hz, factor) in conversions {
                let c = Conversion { input_hz, output_hz, factor };
                let settings = Settings { quality, ..Settings::new(1, c.nominal()) };
                let mut r = backend.make(settings);
                let r = r.as_mut();
                let one = c.thd_n_db(r, 1000.0);
                let fifteen = c.thd_n_db(r, 15000.0);
                let gains = [18000.0, 19000.0, 20000.0, 21000.0].map(|f| c.gain_db(r, f));
                let (mut a, mut b) = (-200f64, -200f64);
                let mut hz = 500.0;
                while hz < f64::from(input_hz) / 2.0 {
                    let (x, y) = c.spur_db(r, hz);
                    a = a.max(x);
                    b = b.max(y);
                    hz += 253.0;
                }
                println!(
                    "{backend:?} {quality:?} {:<22} {one:7.1} {fifteen:7.1} gains {gains:7.3?} alias {a:7.1} {b:7.1} delay {:.2}",
                    c.name(),
                    r.delay_frames()
                );
            }
        }
    }
}
