//! What is printed.

use crate::line::Line;
use crate::speed::CHUNK_FRAMES;

pub(crate) const METHOD: &str = "\
Stereo, 32-bit floating point, one thread; tones at -1 dBFS; every engine is pulled: it gets no more input than the
output asked of it needs.
  THD+N      all but the fitted tone over 8192 frames, 1 and 15 kHz, 48 kHz at a constant +50 ppm
  alias      strongest other component, 44.1 -> 48 kHz (1 to 22 kHz in steps of 1 kHz) and 48 -> 44.1 kHz (22.1 to 23.9 kHz)
  gain       at 20 kHz, 44.1 -> 48 kHz
  delay      input frames that must have come after the one heard, read off an impulse, chunks of 64
  x real time  output frames per second of processor time / 48000, median of 60 rounds in which every engine has its turn of 2 ms.
             varying: 48 kHz, +50 ppm and another step in each chunk (engines marked * can't: constant +50 ppm);
             fixed: 44.1 -> 48 kHz. The ratio to the first line is the median of the rounds' own ratios.
PipeWire's resampler is timed as the program spa-resample with AVX and FMA: a file of 20 s less one of 1 s (so reading and
writing files is included), in blocks of its own, in every 4th round. +50 ppm is 47998 Hz there, for which it makes 23999
exact phases: cleaner and slower than the interpolation that PipeWire itself uses between two clocks.";

/// Prints the lines, then what they mean for the first.
pub(crate) fn print(lines: &[Line]) {
    println!(
        "\n{:<27}{:>6} {:>6} {:>6} {:>6} {:>6} | {:^29} | {:^29}",
        "",
        "THD+N",
        "THD+N",
        "alias",
        "gain",
        "delay",
        "varying, x real time (ratio)",
        "fixed, x real time (ratio)"
    );
    let sizes = CHUNK_FRAMES.map(|frames| format!("{frames:>9}")).join(" ");
    println!(
        "{:<27}{:>6} {:>6} {:>6} {:>6} {:>6} | {sizes} | {sizes}",
        "engine", "1k", "15k", "dB", "20k", "frames"
    );
    for line in lines {
        let figures = &line.figures;
        let speeds = |speeds: [Option<f64>; 3], slower: [Option<f64>; 3]| {
            let cell = |(speed, slower): (Option<f64>, Option<f64>)| match speed.zip(slower) {
                Some((speed, slower)) => format!("{speed:>4.0} {:>4.2}", 1.0 / slower),
                None => format!("{:>9}", "-"),
            };
            speeds.into_iter().zip(slower).map(cell).collect::<Vec<_>>().join(" ")
        };
        let delay = figures.delay_frames.map_or_else(|| "-".to_owned(), |frames| format!("{frames:.0}"));
        println!(
            "{:<27}{:>6.1} {:>6.1} {:>6.1} {:>6.2} {delay:>6} | {} | {}",
            format!("{}{}", line.name, if line.kind.varies() { "" } else { " *" }),
            figures.thd_n_db[0],
            figures.thd_n_db[1],
            figures.alias_db,
            figures.gain_db,
            speeds(figures.varying, figures.slower[0]),
            speeds(figures.fixed, figures.slower[1]),
        );
    }
    let Some((first, others)) = lines.split_first() else { return };
    println!(
        "\nNot worse than {} in the worst of THD+N and alias ({:.1} dB), and how often its time they take:",
        first.name,
        first.figures.worst_db()
    );
    for line in others.iter().filter(|line| line.figures.worst_db() <= first.figures.worst_db()) {
        let cells = |slower: [Option<f64>; 3]| {
            slower
                .map(|slower| slower.map_or_else(|| "-".to_owned(), |times| format!("{times:.2}")))
                .join(" / ")
        };
        let [varying, fixed] = line.figures.slower;
        println!("  {:<27} varying {:<22} fixed {}", line.name, cells(varying), cells(fixed));
    }
}
