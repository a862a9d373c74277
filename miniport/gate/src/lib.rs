//! What a built `vcable.sys` must be before any machine loads it.
//!
//! [`faults`] reads the file alone, not how it was built, and tells everything that is wrong with it:
//! * [`headers`]: a native program for Windows 10 with a right checksum, sections that HVCI accepts, symbols under a
//!   name without a path, nothing exported but its entry;
//! * [`imports`]: functions that every Windows since 10.0.19041 exports to drivers, on a list, and no panic's;
//! * [`code`]: instructions that every processor has, and stack frames of a page at most;
//! * [`stack`]: what calls within it take from the stack, for x64.

pub mod code;
pub mod headers;
pub mod imports;
pub mod stack;

use object::read::pe::{ImageNtHeaders, PeFile64};

/// A processor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arch {
    /// x86-64.
    X64,
    /// 64-bit ARM.
    Arm64,
}

impl Arch {
    /// Both.
    pub const ALL: [Self; 2] = [Self::X64, Self::Arm64];

    /// The folder of its driver.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::X64 => "x64",
            Self::Arm64 => "arm64",
        }
    }
}

/// All that is wrong with a driver.
pub fn faults(arch: Arch, bytes: &[u8]) -> Vec<String> {
    let file = match PeFile64::parse(bytes) {
        Ok(file) => file,
        Err(error) => return vec![format!("no program for 64-bit Windows: {error}")],
    };
    let mut faults = headers::faults(arch, bytes, &file);
    for outcome in [imports::faults(&file), code::faults(arch, &file)] {
        match outcome {
            Ok(found) => faults.extend(found),
            Err(error) => faults.push(format!("it can't be read: {error}")),
        }
    }
    if arch == Arch::X64 {
        faults.extend(stack::faults(&file));
    }
    faults
}

/// Sections with their names, for messages.
fn sections<'a>(
    file: &PeFile64<'a>,
) -> impl Iterator<Item = (String, &'a object::pe::ImageSectionHeader)> + use<'a> {
    let table = file.section_table();
    table.iter().map(|section| (String::from_utf8_lossy(section.raw_name()).into_owned(), section))
}

/// The header that loaders read.
fn optional_header(file: &PeFile64<'_>) -> object::pe::ImageOptionalHeader64 {
    *file.nt_headers().optional_header()
}
