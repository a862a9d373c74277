//! `include/vcable.h`, made of `core/src/ffi`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::workspace;

/// The files that make up the ABI, in the order of the header. Read one by one, because the core has public constants
/// of its own that are no part of the ABI.
const SOURCES: [&str; 8] =
    ["types", "positions", "status", "library", "cable", "writer", "reader", "crossing"];

/// Where the committed header lies.
pub(crate) fn path() -> PathBuf {
    workspace::root().join("include/vcable.h")
}

/// The header as the sources of now make it.
///
/// # Errors
/// When cbindgen can't read its configuration or the sources.
pub(crate) fn generate() -> Result<String> {
    let core = workspace::root().join("core");
    let config = cbindgen::Config::from_file(core.join("cbindgen.toml"))
        .map_err(|error| anyhow::anyhow!("core/cbindgen.toml: {error}"))?;
    let sources = SOURCES.map(|name| core.join("src/ffi").join(name).with_extension("rs"));
    let builder =
        sources.iter().fold(cbindgen::Builder::new().with_config(config), cbindgen::Builder::with_src);
    let mut text = Vec::new();
    builder.generate().context("cbindgen could not make the header")?.write(&mut text);
    String::from_utf8(text).context("the header is no text")
}

/// Whether the committed header is what the sources make.
///
/// # Errors
/// As for [`generate`], and when the committed header can't be read.
pub(crate) fn is_current() -> Result<bool> {
    let committed = path();
    let text = fs::read_to_string(&committed)
        .with_context(|| format!("{} could not be read", committed.display()))?;
    Ok(text == generate()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_header_is_what_the_sources_make() {
        assert!(
            is_current().unwrap(),
            "include/vcable.h is not what core/src/ffi makes: run `cargo xtask header` and commit what it writes"
        );
    }

    /// Every file of the ABI is read: a function in one that is not would be missing from the header.
    #[test]
    fn every_function_is_in_the_header() {
        let header = generate().unwrap();
        let folder = workspace::root().join("core/src/ffi");
        let mut found = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            for (_, rest) in
                text.match_indices("extern \"C\" fn ").map(|(at, word)| text.split_at(at + word.len()))
            {
                let name = rest.split('(').next().unwrap();
                assert!(
                    header.contains(&format!(" {name}(")) || header.contains(&format!("*{name}(")),
                    "{name}"
                );
                found += 1;
            }
        }
        assert!(found > 20, "{found}");
    }
}
