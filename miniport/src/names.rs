//! Names of subdevices. The INF names the same, and they must outlive every device: so they are constants.

/// Cables at most.
pub const MOST_CABLES: usize = 16;

/// Units of the longest name, `CaptureTopology16`, and the zero after it.
const UNITS: usize = 18;

/// A name as the kernel takes it, with a zero behind it.
pub type Name = [u16; UNITS];

/// The names of a cable's subdevices.
pub struct Names {
    /// Like `RenderWave1`.
    pub render_wave: Name,
    /// Like `RenderTopology1`.
    pub render_topology: Name,
    /// Like `CaptureWave1`.
    pub capture_wave: Name,
    /// Like `CaptureTopology1`.
    pub capture_topology: Name,
}

/// Of all cables, the first one being number 1.
pub static NAMES: [Names; MOST_CABLES] = {
    const FIRST: Names = names(1);
    let mut all = [FIRST; MOST_CABLES];
    let mut index = 1;
    while index < MOST_CABLES {
        all[index] = names(index as u16 + 1);
        index += 1;
    }
    all
};

const fn names(number: u16) -> Names {
    Names {
        render_wave: name("RenderWave", number),
        render_topology: name("RenderTopology", number),
        capture_wave: name("CaptureWave", number),
        capture_topology: name("CaptureTopology", number),
    }
}

/// `stem` and a number below 100.
pub(crate) const fn name<const UNITS: usize>(stem: &str, number: u16) -> [u16; UNITS] {
    const ZERO: u16 = b'0' as u16;
    let stem = stem.as_bytes();
    let mut units = [0; UNITS];
    let mut at = 0;
    while at < stem.len() {
        units[at] = stem[at] as u16;
        at += 1;
    }
    if number >= 10 {
        units[at] = ZERO + number / 10;
        at += 1;
    }
    units[at] = ZERO + number % 10;
    units
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;

    #[test]
    fn names_end_in_the_cables_number_and_a_zero() {
        let text = |name: &Name| {
            assert_eq!(name.last(), Some(&0));
            String::from_utf16(name.split(|&unit| unit == 0).next().unwrap()).unwrap()
        };
        for (index, names) in NAMES.iter().enumerate() {
            let number = index + 1;
            assert_eq!(text(&names.render_wave), std::format!("RenderWave{number}"));
            assert_eq!(text(&names.render_topology), std::format!("RenderTopology{number}"));
            assert_eq!(text(&names.capture_wave), std::format!("CaptureWave{number}"));
            assert_eq!(text(&names.capture_topology), std::format!("CaptureTopology{number}"));
        }
    }
}
