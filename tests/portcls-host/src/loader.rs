//! Mapping a driver's file as the kernel does.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use object::read::pe::{ImageNtHeaders, Import, PeFile64};
use object::{LittleEndian as LE, Object, ObjectSection, pe};

use crate::memory;
use crate::region::{Access, Region};

/// A driver in memory.
#[derive(Debug)]
pub struct Loaded {
    /// Its pages.
    pub region: Region,
    /// Where it begins to run, from the start on.
    pub entry: usize,
    /// What it imports: module and name.
    pub imports: Vec<(String, String)>,
}

/// Finds the double of an import by module and name.
type Find<'a> = &'a dyn Fn(&str, &str) -> Option<usize>;

/// Maps the driver in `path`, at another address than it was linked for, and binds its imports.
///
/// # Errors
/// What the kernel would refuse, and an import that `find` has not.
pub fn load(path: &Path, find: Find) -> Result<Loaded> {
    let data = std::fs::read(path)
        .with_context(|| format!("{} can't be read: run `cargo xtask driver` first", path.display()))?;
    let file = PeFile64::parse(&*data).context("no driver for 64 bits")?;
    let header = &file.nt_headers().optional_header;
    ensure!(header.subsystem.get(LE) == pe::IMAGE_SUBSYSTEM_NATIVE, "not for the native subsystem");
    let region = Region::new(header.size_of_image.get(LE) as usize);
    region.write(0, &data[..header.size_of_headers.get(LE) as usize]);
    let preferred = file.nt_headers().optional_header().image_base.get(LE);
    for section in file.sections() {
        let bytes = section.data()?;
        let bytes = &bytes[..bytes.len().min(section.size() as usize)];
        region.write((section.address() - preferred) as usize, bytes);
    }
    relocate(&file, &data, &region, preferred)?;
    let imports = bind(&file, &region, find)?;
    protect(&file, &region)?;
    Ok(Loaded { region, entry: header.address_of_entry_point.get(LE) as usize, imports })
}

fn relocate(file: &PeFile64, data: &[u8], region: &Region, preferred: u64) -> Result<()> {
    let delta = (region.start() as u64).wrapping_sub(preferred);
    let directories = file.data_directories();
    let blocks = directories.relocation_blocks(data, &file.section_table())?;
    let fixed = file.nt_headers().file_header.characteristics.get(LE) & pe::IMAGE_FILE_RELOCS_STRIPPED != 0;
    ensure!(!fixed, "it can only be at one address");
    // Code that only looks relative to itself needs none.
    let Some(mut blocks) = blocks else { return Ok(()) };
    while let Some(block) = blocks.next()? {
        for relocation in block {
            let address = region.start() + relocation.virtual_address as usize;
            match relocation.typ {
                pe::IMAGE_REL_BASED_ABSOLUTE => {}
                pe::IMAGE_REL_BASED_DIR64 => {
                    memory::write(address, memory::read::<u64>(address).wrapping_add(delta));
                }
                other => bail!("a relocation of type {other}"),
            }
        }
    }
    Ok(())
}

fn bind(file: &PeFile64, region: &Region, find: Find) -> Result<Vec<(String, String)>> {
    let mut imports = Vec::new();
    let table = file.import_table()?.context("it imports nothing")?;
    let mut modules = table.descriptors()?;
    while let Some(descriptor) = modules.next()? {
        let module = String::from_utf8_lossy(table.name(descriptor.name.get(LE))?).into_owned();
        let mut thunks = table.thunks(descriptor.original_first_thunk.get(LE))?;
        let mut slot = region.start() + descriptor.first_thunk.get(LE) as usize;
        while let Some(thunk) = thunks.next::<pe::ImageNtHeaders64>()? {
            let Import::Name(_, name) = table.import::<pe::ImageNtHeaders64>(thunk)? else {
                bail!("{module} is imported from by number");
            };
            let name = String::from_utf8_lossy(name).into_owned();
            let double = find(&module, &name).with_context(|| format!("{module} does not export {name}"))?;
            memory::write(slot, double);
            slot += 8;
            imports.push((module.clone(), name));
        }
    }
    Ok(imports)
}

fn protect(file: &PeFile64, region: &Region) -> Result<()> {
    region.protect(0, 1, Access::Read);
    for section in file.section_table().iter() {
        let flags = section.characteristics.get(LE);
        let has = |flag| flags & flag != 0;
        let access = match (has(pe::IMAGE_SCN_MEM_WRITE), has(pe::IMAGE_SCN_MEM_EXECUTE)) {
            (true, true) => bail!("the section {:?} can be written and run", section.name),
            (true, false) => Access::Write,
            (false, true) => Access::Run,
            (false, false) => Access::Read,
        };
        let (start, bytes) = (section.virtual_address.get(LE), section.virtual_size.get(LE));
        region.protect(start as usize, bytes as usize, access);
    }
    Ok(())
}
