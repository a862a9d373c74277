//! What is in an object file or a linked program: symbols, and the processor features of its instructions.

use std::collections::BTreeSet;
use std::path::Path;

use iced_x86::{Decoder, DecoderOptions, Mnemonic};
use object::{Object, ObjectSection, ObjectSymbol, SectionKind};

/// Parts of names that only allocators have: Rust's own shims, and the functions of C and of Windows kernels.
const ALLOCATOR: [&str; 12] = [
    "__rust_alloc",
    "__rust_dealloc",
    "__rust_realloc",
    "__rg_",
    "__rdl_",
    "malloc",
    "calloc",
    "realloc",
    "memalign",
    "HeapAlloc",
    "ExAllocatePool",
    "handle_alloc_error",
];

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Names of all symbols, defined there or asked for.
pub(crate) fn symbols(path: &Path) -> Vec<String> {
    let bytes = read(path);
    let file = object::File::parse(&*bytes).expect("an object file");
    let names: Vec<String> =
        file.symbols().filter_map(|symbol| symbol.name().map(str::to_owned).ok()).collect();
    assert!(!names.is_empty(), "{} has no symbols to look at", path.display());
    names
}

/// The symbols that have to do with an allocator.
pub(crate) fn allocator_symbols(path: &Path) -> Vec<String> {
    symbols(path).into_iter().filter(|name| ALLOCATOR.iter().any(|part| name.contains(part))).collect()
}

/// The processor features that some instruction needs.
///
/// The code of these targets holds no data, so it is read from end to end.
pub(crate) fn cpu_features(path: &Path) -> BTreeSet<String> {
    let bytes = read(path);
    let file = object::File::parse(&*bytes).expect("an object file");
    let mut features = BTreeSet::new();
    let mut count = 0;
    for section in file.sections().filter(|section| section.kind() == SectionKind::Text) {
        let code = section.data().expect("a section with content");
        for instruction in &mut Decoder::with_ip(64, code, section.address(), DecoderOptions::NONE) {
            count += 1;
            assert!(
                !instruction.is_invalid(),
                "{}: no instruction at {:#x}",
                path.display(),
                instruction.ip()
            );
            // Every processor runs it: those without BMI1 as the older `bsf`, and compilers use it where that does.
            if instruction.mnemonic() != Mnemonic::Tzcnt {
                features.extend(instruction.cpuid_features().iter().map(|feature| format!("{feature:?}")));
            }
        }
    }
    assert!(count > 1000, "{} has only {count} instructions", path.display());
    features
}
