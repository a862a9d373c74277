//! The one screen that the demo ends with.

use std::fmt::Write as _;

use crate::figures::{AtQuantum, Figures, OfWay};

/// Draws it: at most 24 lines of at most 80 columns, as long as no path is longer.
pub(crate) fn draw(figures: &Figures) -> String {
    let ways: Vec<_> = std::iter::once(&figures.own).chain(&figures.peers).collect();
    let seconds = figures.own.frames as f64 / f64::from(figures.rate);
    let mut out = String::new();
    let Figures { pipewire, rate, channels, quantum, .. } = figures;
    line(&mut out, &format!("vcable in PipeWire {pipewire}, {rate} Hz, {channels} channels"));
    line(&mut out, &format!("clients: {}", figures.clients.join(", ")));
    line(&mut out, "");
    row(&mut out, "", &ways, |way| way.name.to_owned());
    row(&mut out, &format!("frames ({seconds:.1} s)"), &ways, |way| way.frames.to_string());
    row(&mut out, "mismatches", &ways, |way| way.mismatches.to_string());
    if ways.iter().any(|way| way.attempts > 1) {
        row(&mut out, "attempts", &ways, |way| way.attempts.to_string());
    }
    section(&mut out, "added latency", &ways, |at| {
        format!("{} fr {:.0} us", at.added_latency_frames, at.added_latency_us)
    });
    section(&mut out, "writer to reader", &ways, |at| format!("{:.0} us", at.wall_latency_us));
    section(&mut out, "CPU of a core", &ways, |at| format!("{:.2} %", at.cpu_percent));
    line(&mut out, "");
    if let Some(file) = &figures.file {
        line(&mut out, &format!("recorded: {}", file.recording.display()));
        line(&mut out, &format!("report:   {}", file.report.display()));
    }
    line(&mut out, &verdict(figures));
    line(
        &mut out,
        &format!("(frames compared at quantum {quantum}; CPU: the daemon, and pw-loopback itself)"),
    );
    out
}

fn line(out: &mut String, text: &str) {
    let _ = writeln!(out, "{text}");
}

/// A name and a value for each way.
fn row(out: &mut String, name: &str, ways: &[&OfWay], value: impl Fn(&OfWay) -> String) {
    let mut text = format!("{name:<25}");
    for (way, width) in ways.iter().zip([13, 24, 17]) {
        let _ = write!(text, "{:>width$}", value(way));
    }
    line(out, &text);
}

/// A row for each quantum.
fn section(out: &mut String, name: &str, ways: &[&OfWay], value: impl Fn(&AtQuantum) -> String) {
    let quanta = ways.first().map(|way| way.quanta.as_slice()).unwrap_or_default();
    for (index, quantum) in quanta.iter().map(|at| at.quantum).enumerate() {
        let name = if index == 0 { name } else { "" };
        let at = |way: &OfWay| way.quanta.get(index).map(&value).unwrap_or_default();
        row(out, &format!("{name:<17}{quantum:>6}"), ways, at);
    }
}

fn verdict(figures: &Figures) -> String {
    let OfWay { mismatches, added_latency_frames: late, .. } = &figures.own;
    let mut text = match (*mismatches, *late) {
        (0, 0) => "Bit-exact, and no latency added.".to_owned(),
        (0, late) => format!("Bit-exact, but {late} frames late."),
        (wrong, 0) => format!("{wrong} frames differ, none is late."),
        (wrong, late) => format!("{wrong} frames differ, and all are {late} frames late."),
    };
    if let Some(remark) = &figures.own.remark {
        let _ = write!(text, " {remark}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::tests::example;
    use crate::file::Delivered;

    #[test]
    fn it_fits_one_screen() {
        let mut figures = example();
        figures.file = Some(Delivered::example());
        let screen = draw(&figures);
        assert!(screen.lines().count() <= 24, "{screen}");
        assert!(screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
    }

    #[test]
    fn it_shows_all_ways_and_the_verdict() {
        let screen = draw(&example());
        for text in
            ["PipeWire 1.4.2", "paplay 17.0", "480000", "pw-loopback", "monitor", "1024 fr", "no latency"]
        {
            assert!(screen.contains(text), "{text}:\n{screen}");
        }
        let mut figures = example();
        figures.own.mismatches = 3;
        assert!(draw(&figures).contains("3 frames differ"));
    }
}
