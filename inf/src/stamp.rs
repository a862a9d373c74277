//! From the template to the INF of one architecture.

use crate::Error;

const TEMPLATE: &str = include_str!("../vcable.inx");

/// The most cables there can be: the driver's own limit.
pub const CABLES: u32 = 16;

/// Lines of the template that concern only who edits it.
const REMARK: &str = ";@";

/// A processor architecture that Windows runs the driver on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// x86-64.
    X64,
    /// 64-bit ARM.
    Arm64,
}

impl Architecture {
    /// Both.
    pub const ALL: [Self; 2] = [Self::X64, Self::Arm64];

    /// As folders and Windows' own tools call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::X64 => "x64",
            Self::Arm64 => "arm64",
        }
    }

    /// As the decorations of INF sections call it, after `NT`.
    pub const fn decoration(self) -> &'static str {
        match self {
            Self::X64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }
}

/// What an INF is stamped with.
#[derive(Debug, Clone, Copy)]
pub struct Stamp<'a> {
    /// The only architecture that its models section serves.
    pub architecture: Architecture,
    /// The driver's date, as year, month, day. Windows prefers the newer of two drivers.
    pub date: (u16, u8, u8),
    /// The driver's version, of up to four numbers; those that are missing are 0.
    pub version: &'a str,
}

/// Makes an INF from the template: ASCII, with Windows' line ends.
///
/// # Errors
/// When the version is none that Windows knows or the date is no date, or when a mark is left in the text.
pub fn stamp(with: &Stamp<'_>) -> Result<String, Error> {
    stamp_template(TEMPLATE, with)
}

fn stamp_template(template: &str, with: &Stamp<'_>) -> Result<String, Error> {
    let stamped = repeated(template)
        .replace("$ARCH$", with.architecture.decoration())
        .replace("$DATE$", &date(with.date)?)
        .replace("$VERSION$", &version(with.version)?);
    for (number, line) in stamped.lines().enumerate() {
        let mark =
            ["{n", "{cable", "$ARCH", "$DATE", "$VERSION"].into_iter().find(|mark| line.contains(mark));
        if let Some(mark) = mark {
            return Err(Error::new(number + 1, format!("the mark {mark} is left over in `{line}`")));
        }
        if !line.is_ascii() {
            return Err(Error::new(number + 1, format!("`{line}` is not ASCII")));
        }
    }
    Ok(stamped.replace('\n', "\r\n"))
}

fn date((year, month, day): (u16, u8, u8)) -> Result<String, Error> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || year < 2000 {
        return Err(Error::new(0, format!("{year}-{month}-{day} is no date for a driver")));
    }
    Ok(format!("{month:02}/{day:02}/{year:04}"))
}

fn version(text: &str) -> Result<String, Error> {
    let mut numbers: Vec<u16> = Vec::new();
    for part in text.split('.') {
        let number = part.parse().ok().filter(|_| numbers.len() < 4);
        numbers.push(number.ok_or_else(|| {
            Error::new(0, format!("`{text}` is no driver's version: up to four numbers below 65536"))
        })?);
    }
    numbers.resize(4, 0);
    Ok(numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join("."))
}

/// The template with every part that concerns a cable written once for each of them.
fn repeated(template: &str) -> String {
    let mut text = String::new();
    for section in sections(template) {
        let heading = section.first().copied().unwrap_or_default();
        if concerns_cable(heading) {
            each_cable(&section, &mut text);
            continue;
        }
        for lines in section.chunk_by(|a, b| concerns_cable(a) == concerns_cable(b)) {
            if lines.first().is_some_and(|line| concerns_cable(line)) {
                each_cable(lines, &mut text);
            } else {
                append(lines, &mut text, str::to_owned);
            }
        }
    }
    text
}

/// The lines of each section, its heading first; what stands before the first one is a part of its own.
fn sections(template: &str) -> Vec<Vec<&str>> {
    let mut sections = vec![Vec::new()];
    for line in template.lines().filter(|line| !line.starts_with(REMARK)) {
        if line.starts_with('[') {
            sections.push(Vec::new());
        }
        if let Some(section) = sections.last_mut() {
            section.push(line);
        }
    }
    sections
}

fn concerns_cable(line: &str) -> bool {
    !line.starts_with(';') && ["{n}", "{nn}", "{cable}"].iter().any(|mark| line.contains(mark))
}

fn each_cable(lines: &[&str], text: &mut String) {
    for n in 1..=CABLES {
        let name = if n == 1 { "Cable".to_owned() } else { format!("Cable {n}") };
        append(lines, text, |line| {
            line.replace("{n}", &n.to_string()).replace("{nn}", &format!("{n:02X}")).replace("{cable}", &name)
        });
    }
}

fn append(lines: &[&str], text: &mut String, form: impl Fn(&str) -> String) {
    for line in lines {
        text.push_str(&form(line));
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(date: (u16, u8, u8), version: &str) -> Stamp<'_> {
        Stamp { architecture: Architecture::Arm64, date, version }
    }

    fn stamped(template: &str) -> Result<String, Error> {
        stamp_template(template, &with((2026, 1, 2), "1.2.3"))
    }

    #[test]
    fn marks_are_replaced() {
        let text = stamped("[A]\nx = $ARCH$, $DATE$,$VERSION$\n").unwrap();
        assert_eq!(text, "[A]\r\nx = arm64, 01/02/2026,1.2.3.0\r\n");
    }

    #[test]
    fn lines_in_a_row_are_repeated_together() {
        let text = stamped("[A]\na{n}\nb{nn} {cable}\nc\n").unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[..5], ["[A]", "a1", "b01 Cable", "a2", "b02 Cable 2"]);
        assert_eq!(lines[31..], ["a16", "b10 Cable 16", "c"]);
    }

    #[test]
    fn a_section_is_repeated_whole() {
        let text = stamped("[A{n}]\nkept\n\n[B]\nx\n").unwrap();
        assert_eq!(text.matches("kept").count(), 16);
        assert!(text.starts_with("[A1]\r\nkept\r\n\r\n[A2]") && text.ends_with("[B]\r\nx\r\n"), "{text}");
    }

    #[test]
    fn remarks_stay_in_the_template() {
        assert_eq!(stamped(";@ about {n}\n; kept\n[A]\n").unwrap(), "; kept\r\n[A]\r\n");
    }

    #[test]
    fn what_is_left_over_is_refused_by_line() {
        assert_eq!(stamped("[A]\nx = {nnn}\n").unwrap_err().line, 2);
        assert_eq!(stamped("[A]\n\n; $VERSION\n").unwrap_err().line, 3);
        assert_eq!(stamped("[A]\nx = é\n").unwrap_err().line, 2);
    }

    #[test]
    fn versions_have_four_numbers() {
        assert_eq!(version("0.1.0").unwrap(), "0.1.0.0");
        assert_eq!(version("1.2.3.65535").unwrap(), "1.2.3.65535");
        for wrong in ["", "1.2.3.4.5", "1.x", "65536", "1.0-beta", "1..2"] {
            assert!(version(wrong).unwrap_err().what.contains("four numbers"), "{wrong}");
        }
    }

    #[test]
    fn dates_are_month_first() {
        assert_eq!(date((2026, 11, 24)).unwrap(), "11/24/2026");
        for wrong in [(2026, 0, 1), (2026, 13, 1), (2026, 1, 0), (2026, 1, 32), (1999, 1, 1)] {
            assert!(date(wrong).is_err(), "{wrong:?}");
        }
    }
}
