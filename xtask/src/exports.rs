//! Checks on the built plugin: what it shows to the daemon and what it asks of the machine.
//!
//! The daemon loads the plugin into its own process. A symbol too many could shadow one of another
//! plugin; a library too many would have to be on every user's machine.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use object::elf::{self, FileHeader64};
use object::read::elf::{Dyn, FileHeader};
use object::{Endianness, Object, ObjectSymbol};

/// The plugin's file name and SONAME. It carries no version: SPA plugins are loaded by path.
pub(crate) const FILE_NAME: &str = "libspa-vcable.so";

/// The symbols that SPA's loader and PipeWire's log look up; the plugin shows these and no others.
const EXPORTED: [&str; 2] = ["spa_handle_factory_enum", "spa_log_topic_enum"];

/// What every glibc system has: the C library with its loader, and the unwinder.
const ALLOWED: [&str; 6] =
    ["libc.so.", "libm.so.", "libgcc_s.so.", "ld-linux", "libpthread.so.", "libdl.so."];

/// What a shared object shows and needs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Surface {
    soname: Option<String>,
    exported: BTreeSet<String>,
    needed: BTreeSet<String>,
}

/// Reads a built plugin and checks it.
///
/// # Errors
/// When the file can't be read, is no 64-bit ELF object, or is not what the daemon expects; the text
/// says which rule it breaks.
pub(crate) fn check(path: &Path) -> Result<Surface> {
    let bytes = fs::read(path).with_context(|| format!("{} can't be read", path.display()))?;
    let surface = Surface::of(&bytes)
        .with_context(|| format!("{} is not a shared object for this machine", path.display()))?;
    surface.judge().with_context(|| format!("{} is not fit to be loaded", path.display()))?;
    Ok(surface)
}

impl Surface {
    fn of(bytes: &[u8]) -> Result<Self> {
        let header = FileHeader64::<Endianness>::parse(bytes)?;
        let endian = header.endian()?;
        let sections = header.sections(endian, bytes)?;
        let mut surface = Self::default();
        if let Some((entries, strings)) = sections.dynamic(endian, bytes)? {
            let strings = sections.strings(endian, bytes, strings)?;
            for entry in entries {
                let text = || -> Result<String> {
                    Ok(String::from_utf8_lossy(entry.string(endian, strings)?).into_owned())
                };
                match entry.tag32(endian) {
                    Some(elf::DT_SONAME) => surface.soname = Some(text()?),
                    Some(elf::DT_NEEDED) => surface.needed.extend([text()?]),
                    _ => {}
                }
            }
        }
        for symbol in object::File::parse(bytes)?.dynamic_symbols() {
            if symbol.is_definition() && symbol.is_global() {
                surface.exported.insert(symbol.name()?.to_owned());
            }
        }
        Ok(surface)
    }

    fn judge(&self) -> Result<()> {
        if self.soname.as_deref() != Some(FILE_NAME) {
            bail!("its SONAME must be {FILE_NAME}, but is {}", self.soname.as_deref().unwrap_or("not set"));
        }
        let wanted: BTreeSet<String> = EXPORTED.map(str::to_owned).into();
        if let Some(name) = wanted.difference(&self.exported).next() {
            bail!("it does not export {name}");
        }
        if let Some(name) = self.exported.difference(&wanted).next() {
            bail!("it exports {name}, which is nobody's business");
        }
        if let Some(name) = self.needed.iter().find(|name| !ALLOWED.iter().any(|base| name.starts_with(base)))
        {
            bail!("it needs {name}, which not every machine has");
        }
        Ok(())
    }
}

impl std::fmt::Display for Surface {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
        write!(f, "exports {}; needs {}", list(&self.exported), list(&self.needed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Surface {
        Surface {
            soname: Some(FILE_NAME.into()),
            exported: EXPORTED.map(str::to_owned).into(),
            needed: ["libc.so.6", "libgcc_s.so.1"].map(str::to_owned).into(),
        }
    }

    #[test]
    fn a_good_plugin_passes() {
        good().judge().unwrap();
    }

    #[test]
    fn each_broken_rule_is_named() {
        let broken = |edit: fn(&mut Surface)| {
            let mut surface = good();
            edit(&mut surface);
            surface.judge().unwrap_err().to_string()
        };
        assert!(broken(|s| s.soname = None).contains("not set"));
        assert!(broken(|s| s.soname = Some("libspa_vcable.so".into())).contains("libspa_vcable.so"));
        assert!(
            broken(|s| s.exported.retain(|name| !name.contains("topic")))
                .contains("does not export spa_log_topic_enum")
        );
        assert!(broken(|s| s.exported.extend(["rust_eh".into()])).contains("exports rust_eh"));
        assert!(broken(|s| s.needed.extend(["libpipewire-0.3.so.0".into()])).contains("libpipewire"));
    }

    #[test]
    fn what_is_no_shared_object_is_refused() {
        assert!(Surface::of(b"no ELF at all").is_err());
        let dir = tempfile::tempdir().unwrap();
        assert!(check(&dir.path().join("absent.so")).is_err());
    }

    /// This test program is an ELF file of its own, with libraries it needs and no SONAME.
    #[test]
    fn a_real_file_is_read() {
        let own = fs::read(std::env::current_exe().unwrap()).unwrap();
        let surface = Surface::of(&own).unwrap();
        assert!(surface.needed.iter().any(|name| name.starts_with("libc.so")), "{surface}");
        assert_eq!(surface.soname, None);
    }
}
