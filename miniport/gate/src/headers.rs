//! Headers and sections.

use object::LittleEndian as LE;
use object::pe::{
    IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT, IMAGE_DIRECTORY_ENTRY_TLS, IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE,
    IMAGE_DLLCHARACTERISTICS_FORCE_INTEGRITY, IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA,
    IMAGE_DLLCHARACTERISTICS_NX_COMPAT, IMAGE_FILE_MACHINE_AMD64, IMAGE_FILE_MACHINE_ARM64,
    IMAGE_SCN_MEM_EXECUTE, IMAGE_SCN_MEM_WRITE, IMAGE_SUBSYSTEM_NATIVE,
};
use object::read::pe::{ImageNtHeaders, PeFile64};
use object::{Object, ReadRef};

use crate::{Arch, optional_header, sections};

/// Pages of both processors: HVCI protects whole ones.
const PAGE_BYTES: u32 = 0x1000;

/// The entry, the compiler's mark of floating point, and the functions that it calls by name: Rust exports them all.
const EXPORTS: [&str; 6] = ["DriverEntry", "_fltused", "memcmp", "memcpy", "memmove", "memset"];

/// What is wrong with the headers and sections.
pub fn faults(arch: Arch, bytes: &[u8], file: &PeFile64<'_>) -> Vec<String> {
    let mut faults = identity(arch, file);
    let written = optional_header(file).check_sum.get(LE);
    let checksum = checksum(bytes, checksum_offset(file));
    if written != checksum {
        faults.push(format!("its checksum is {written:#x} instead of {checksum:#x}"));
    }
    faults.extend(memory(file));
    faults.extend(names(file));
    faults
}

fn identity(arch: Arch, file: &PeFile64<'_>) -> Vec<String> {
    let header = optional_header(file);
    let machine = match arch {
        Arch::X64 => IMAGE_FILE_MACHINE_AMD64,
        Arch::Arm64 => IMAGE_FILE_MACHINE_ARM64,
    };
    let subsystem = (header.major_subsystem_version.get(LE), header.minor_subsystem_version.get(LE));
    let system =
        (header.major_operating_system_version.get(LE), header.minor_operating_system_version.get(LE));
    let wanted = [
        (file.nt_headers().file_header().machine.get(LE) == machine, "it is for another processor"),
        (header.subsystem.get(LE) == IMAGE_SUBSYSTEM_NATIVE, "its subsystem is not NATIVE"),
        (subsystem == (10, 0), "its subsystem's version is not 10.0"),
        (system == (10, 0), "its system's version is not 10.0"),
    ];
    wanted.iter().filter(|(holds, _)| !holds).map(|(_, fault)| (*fault).to_owned()).collect()
}

/// Protection of memory.
fn memory(file: &PeFile64<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    let header = optional_header(file);
    let flags = header.dll_characteristics.get(LE);
    for (flag, name) in [
        (IMAGE_DLLCHARACTERISTICS_NX_COMPAT, "NX_COMPAT"),
        (IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE, "DYNAMIC_BASE"),
        (IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA, "HIGH_ENTROPY_VA"),
        (IMAGE_DLLCHARACTERISTICS_FORCE_INTEGRITY, "FORCE_INTEGRITY"),
    ] {
        if flags & flag == 0 {
            faults.push(format!("{name} is not set"));
        }
    }
    let alignment = header.section_alignment.get(LE);
    if alignment == 0 || alignment % PAGE_BYTES != 0 {
        faults.push(format!("sections are aligned to {alignment:#x} and not to pages"));
    }
    let entry = header.address_of_entry_point.get(LE);
    let mut entered = false;
    for (name, section) in sections(file) {
        let flags = section.characteristics.get(LE);
        let start = section.virtual_address.get(LE);
        if start % PAGE_BYTES != 0 {
            faults.push(format!("section {name} begins within a page"));
        }
        let executable = flags & IMAGE_SCN_MEM_EXECUTE != 0;
        if executable && flags & IMAGE_SCN_MEM_WRITE != 0 {
            faults.push(format!("section {name} can be written and executed"));
        }
        entered |= executable && (start..start + section.virtual_size.get(LE)).contains(&entry);
    }
    if !entered {
        faults.push("its entry is not in code".to_owned());
    }
    for (index, what) in [
        (IMAGE_DIRECTORY_ENTRY_TLS, "thread-local storage"),
        (IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT, "delayed imports"),
    ] {
        if file.data_directory(index).is_some_and(|directory| directory.virtual_address.get(LE) != 0) {
            faults.push(format!("it has {what}, which kernels do not serve"));
        }
    }
    faults
}

/// What it calls itself and its symbols.
fn names(file: &PeFile64<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    match file.pdb_info() {
        Ok(Some(info)) if info.path() == b"vcable.pdb" => {}
        Ok(Some(info)) => {
            let path = String::from_utf8_lossy(info.path()).into_owned();
            faults.push(format!("its symbols are at {path}, and not at vcable.pdb"));
        }
        _ => faults.push("it does not tell where its symbols are".to_owned()),
    }
    let exports = match file.exports() {
        Ok(exports) => exports,
        Err(error) => return vec![format!("its exports can't be read: {error}")],
    };
    let exports: Vec<_> = exports.iter().map(|export| String::from_utf8_lossy(export.name())).collect();
    if exports != EXPORTS {
        faults.push(format!("it exports {exports:?}"));
    }
    faults
}

/// Where the checksum lies in the file.
pub fn checksum_offset(file: &PeFile64<'_>) -> usize {
    const WITHIN_NT_HEADERS: usize = 24 + 64;
    file.dos_header().e_lfanew.get(LE) as usize + WITHIN_NT_HEADERS
}

/// The checksum of a program: 16-bit words added up, the checksum's own left out, and the length.
pub fn checksum(bytes: &[u8], own_offset: usize) -> u32 {
    let words = (0..bytes.len()).step_by(2).filter(|&at| at / 4 * 4 != own_offset);
    let sum = words.fold(0_u64, |sum, at| {
        let word: [u8; 2] = bytes
            .read_bytes_at(at as u64, 2)
            .ok()
            .and_then(|pair| pair.try_into().ok())
            .unwrap_or([bytes[at], 0]);
        let sum = sum + u64::from(u16::from_le_bytes(word));
        (sum & 0xFFFF) + (sum >> 16)
    });
    sum as u32 + bytes.len() as u32
}
