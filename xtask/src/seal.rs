//! Makes a cut-off copy of the plugin fail to load instead of killing the daemon.
//!
//! The dynamic linker maps a shared object's segments as its program headers tell, without asking whether the
//! file is that long; the first touch past the end is a SIGBUS, inside `dlopen`, before any code of ours. With
//! the program headers at the very end of the file, where ELF allows them just as well, a file that was cut
//! off anywhere has none, and `dlopen` reports an error that the host survives.

use anyhow::{Context, Result, ensure};
use object::LittleEndian;
use object::elf::{FileHeader64, ProgramHeader64};
use object::pod::from_bytes_mut;

type Header = FileHeader64<LittleEndian>;

/// Moves the program headers of a 64-bit little-endian shared object to its end; others are left as they are.
///
/// # Errors
/// When the file is not a whole ELF file.
pub(crate) fn seal(file: &mut Vec<u8>) -> Result<()> {
    let end = file.len().next_multiple_of(8);
    let (header, _) =
        from_bytes_mut::<Header>(file).ok().context("the file is too short for an ELF header")?;
    let ident = header.e_ident;
    ensure!(ident.magic == object::elf::ELFMAG, "the file is not an ELF file");
    if ident.class != object::elf::ELFCLASS64 || ident.data != object::elf::ELFDATA2LSB {
        return Ok(());
    }
    let start = usize::try_from(header.e_phoff.get(LittleEndian))?;
    let size = usize::from(header.e_phnum.get(LittleEndian)) * size_of::<ProgramHeader64<LittleEndian>>();
    header.e_phoff.set(LittleEndian, end as u64);
    let table = file.get(start..start + size).context("the program headers lie outside the file")?.to_vec();
    file.resize(end, 0);
    file.extend(table);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use object::read::elf::FileHeader as _;

    fn program_headers(file: &[u8]) -> Vec<(u32, u64, u64)> {
        let header = Header::parse(file).unwrap();
        let headers = header.program_headers(LittleEndian, file).unwrap();
        let read = |header: &ProgramHeader64<LittleEndian>| {
            let endian = LittleEndian;
            (header.p_type.get(endian), header.p_offset.get(endian), header.p_filesz.get(endian))
        };
        headers.iter().map(read).collect()
    }

    #[test]
    fn the_headers_are_the_same_and_the_last_thing_in_the_file() {
        let mut file = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let before = program_headers(&file);
        seal(&mut file).unwrap();
        assert_eq!(program_headers(&file), before);
        // One byte less, and they cannot be read any more.
        let cut = &file[..file.len() - 1];
        assert!(Header::parse(cut).unwrap().program_headers(LittleEndian, cut).is_err());
    }

    #[test]
    fn what_is_no_elf_file_is_refused() {
        assert!(seal(&mut b"#!/bin/sh".to_vec()).is_err());
        assert!(seal(&mut vec![0; 100]).is_err());
    }
}
