//! The drivers that `cargo xtask driver` built hold, and each fault is noticed when it is put into them.
//!
//! They lie in the folder that `VCABLE_DRIVERS` names, or else where that command puts them.

use std::path::PathBuf;

use object::LittleEndian as LE;
use object::read::pe::{ImageNtHeaders, PeFile64};
use vcable_driver_gate::{Arch, faults, headers, stack};

fn driver(arch: Arch) -> Vec<u8> {
    let folder = std::env::var_os("VCABLE_DRIVERS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/driver")),
        PathBuf::from,
    );
    let path = folder.join(arch.folder()).join("vcable.sys");
    std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}: run `cargo xtask driver`", path.display()))
}

/// Where things lie in a driver's file.
struct Places {
    nt_headers: usize,
    first_section: usize,
    code: usize,
    /// The unwind codes of the first function, for x64.
    unwind: usize,
}

fn places(bytes: &[u8]) -> Places {
    let file = PeFile64::parse(bytes).unwrap();
    let nt_headers = file.dos_header().e_lfanew.get(LE) as usize;
    let code = file.section_table().section(object::SectionIndex(1)).unwrap().pointer_to_raw_data.get(LE);
    let header_bytes = usize::from(file.nt_headers().file_header().size_of_optional_header.get(LE));
    let unwind = stack::frames(&file).map_or(0, |frames| {
        let (first, table) = (frames.first_key_value().unwrap(), file.data_directory(3).unwrap());
        let entry = table.data(file.data(), &file.section_table()).unwrap();
        assert_eq!(entry[..4], first.0.to_le_bytes());
        let address = u32::from_le_bytes(entry[8..12].try_into().unwrap());
        file.section_table().pe_file_range_at(address).unwrap().0 as usize
    });
    Places { nt_headers, first_section: nt_headers + 24 + header_bytes, code: code as usize, unwind }
}

/// The faults after `damage`, with a right checksum again.
fn after(arch: Arch, damage: impl FnOnce(&mut Vec<u8>, &Places)) -> String {
    let mut bytes = driver(arch);
    let places = places(&bytes);
    damage(&mut bytes, &places);
    let offset = places.nt_headers + 24 + 64;
    let sum = headers::checksum(&bytes, offset);
    bytes[offset..offset + 4].copy_from_slice(&sum.to_le_bytes());
    faults(arch, &bytes).join("; ")
}

/// Gives the first place of `from` other bytes.
fn replace(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    let at = bytes.windows(from.len()).position(|window| window == from).expect("it is there");
    bytes[at..at + to.len()].copy_from_slice(to);
}

fn expect(arch: Arch, fault: &str, damage: impl FnOnce(&mut Vec<u8>, &Places)) {
    let found = after(arch, damage);
    assert!(found.contains(fault), "{arch:?}: {fault:?} is not in {found:?}");
    assert_ne!(found, "", "{arch:?}");
}

fn check(arch: Arch) {
    assert_eq!(faults(arch, &driver(arch)), Vec::<String>::new());
    assert_eq!(after(arch, |_, _| ()), "");
}

#[test]
#[ignore = "needs the built drivers: cargo xtask test --only driver"]
fn nothing_is_wrong_with_x64() {
    check(Arch::X64);
}

#[test]
#[ignore = "needs the built drivers: cargo xtask test --only driver"]
fn nothing_is_wrong_with_arm64() {
    check(Arch::Arm64);
}

#[test]
#[ignore = "needs the built drivers: cargo xtask test --only driver"]
fn the_stack_that_calls_take_is_known() {
    let bytes = driver(Arch::X64);
    let file = PeFile64::parse(&*bytes).unwrap();
    let frames = stack::frames(&file).expect("unwind codes");
    let largest = frames.values().map(|frame| frame.bytes).max().expect("functions");
    let (chain, most) = stack::deepest(&file, &frames).expect("no circle");
    println!(
        "measured: {} functions, the largest frame {largest} bytes, the deepest {} calls {most} bytes: {chain:#x?}",
        frames.len(),
        chain.len()
    );
    // Of the same order as the parts that are made in one: they are what is known to be large.
    assert!(frames.len() > 50 && largest > 1000 && chain.len() > 3 && most > largest);
    let sum: u32 = chain.iter().map(|function| frames[function].bytes).sum();
    assert_eq!(sum, most);
}

#[test]
#[ignore = "needs the built drivers: cargo xtask test --only driver"]
fn headers_are_looked_at() {
    // Offsets are those of the headers' fields, from the signature on.
    for arch in Arch::ALL {
        expect(arch, "another processor", |bytes, at| bytes[at.nt_headers + 4] ^= 1);
        expect(arch, "subsystem is not NATIVE", |bytes, at| bytes[at.nt_headers + 24 + 68] = 3);
        expect(arch, "subsystem's version", |bytes, at| bytes[at.nt_headers + 24 + 48] = 6);
        expect(arch, "system's version", |bytes, at| bytes[at.nt_headers + 24 + 40] = 6);
        expect(arch, "NX_COMPAT is not set", |bytes, at| bytes[at.nt_headers + 24 + 71] = 0);
        expect(arch, "DYNAMIC_BASE is not set", |bytes, at| bytes[at.nt_headers + 24 + 70] = 0);
        expect(arch, "FORCE_INTEGRITY is not set", |bytes, at| bytes[at.nt_headers + 24 + 70] = 0);
        expect(arch, "not to pages", |bytes, at| bytes[at.nt_headers + 24 + 33] = 2);
        expect(arch, "entry is not in code", |bytes, at| bytes[at.nt_headers + 24 + 18] = 0x7F);
        expect(arch, "thread-local", |bytes, at| bytes[at.nt_headers + 24 + 112 + 9 * 8] = 1);
        expect(arch, "delayed", |bytes, at| bytes[at.nt_headers + 24 + 112 + 13 * 8] = 1);
        expect(arch, "written and executed", |bytes, at| bytes[at.first_section + 39] |= 0x80);
        expect(arch, "within a page", |bytes, at| bytes[at.first_section + 12] = 8);
        expect(arch, "symbols are at", |bytes, _| replace(bytes, b"vcable.pdb", b"/a/b/c.pdb"));
        expect(arch, "it exports", |bytes, _| replace(bytes, b"DriverEntry", b"DriverEnter"));
    }
    let mut bytes = driver(Arch::X64);
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    assert!(faults(Arch::X64, &bytes).join("; ").contains("its checksum"));
    assert!(faults(Arch::X64, b"MZ")[0].contains("no program"));
}

#[test]
#[ignore = "needs the built drivers: cargo xtask test --only driver"]
fn imports_are_looked_at() {
    for arch in Arch::ALL {
        let function = b"PcInitializeAdapterDriver\0";
        expect(arch, "it imports PcInitializeAdapterDriveX", |bytes, _| {
            replace(bytes, function, b"PcInitializeAdapterDriveX\0");
        });
        expect(arch, "a panic can be reached", |bytes, _| replace(bytes, function, b"KeBugCheckEx\0"));
        expect(arch, "of portcls.dll", |bytes, _| replace(bytes, b"portcls.sys", b"portcls.dll"));
    }
}

#[test]
#[ignore = "needs the built drivers: cargo xtask test --only driver"]
fn code_is_looked_at() {
    let put = |code: &'static [u8]| {
        move |bytes: &mut Vec<u8>, at: &Places| bytes[at.code..at.code + code.len()].copy_from_slice(code)
    };
    // vaddps ymm0, ymm0, ymm0
    expect(Arch::X64, "needs AVX", put(&[0xC5, 0xFC, 0x58, 0xC0]));
    // haddps xmm0, xmm0
    expect(Arch::X64, "needs SSE3", put(&[0xF2, 0x0F, 0x7C, 0xC0]));
    // pshufb xmm0, xmm0
    expect(Arch::X64, "needs SSSE3", put(&[0x66, 0x0F, 0x38, 0x00, 0xC0]));
    // popcnt eax, eax
    expect(Arch::X64, "needs POPCNT", put(&[0xF3, 0x0F, 0xB8, 0xC0]));
    // A call of the function itself.
    expect(Arch::X64, "in a circle", put(&[0xE8, 0xFB, 0xFF, 0xFF, 0xFF]));
    expect(Arch::X64, "a stack frame of 524288 bytes at 0x1000", |bytes, at| {
        // Its first unwind code: much is allocated, and how much is in the second.
        bytes[at.unwind + 2..at.unwind + 8].copy_from_slice(&[2, 0, 5, 1, 0xFF, 0xFF]);
    });
    // push es
    expect(Arch::X64, "no instruction", put(&[0x06, 0x90]));
    // sub rsp, 0x1008
    expect(Arch::X64, "a stack frame of 4104 bytes", put(&[0x48, 0x81, 0xEC, 0x08, 0x10, 0, 0]));
    // sub rsp, rax
    expect(Arch::X64, "a stack frame of", put(&[0x48, 0x29, 0xC4]));
    for (fault, code) in [
        ("needs SVE", 0x0420_0000_u32), // add z0.b, z0.b, z0.b
        ("needs LSE", 0x88A0_7C41),     // cas w0, w1, [x2]
        ("needs LSE", 0x4820_7C82),     // casp x0, x1, x2, x3, [x4]
        ("needs LSE", 0xF820_0041),     // ldadd x0, x1, [x2]
        ("needs LSE", 0xB8E0_8041),     // swpal w0, w1, [x2]
        ("RCPC", 0x38BF_C020),          // ldaprb w0, [x1]
        ("needs AES", 0x4E28_4820),     // aese v0.16b, v1.16b
        ("needs SHA", 0x5E02_4020),     // sha256h q0, q1, v2.4s
        ("needs SHA", 0x5E28_2820),     // sha256su0 v0.4s, v1.4s
        ("needs CRC32", 0x1AC2_4020),   // crc32b w0, w1, w2
        ("needs DOTPROD", 0x6E82_9420), // udot v0.4s, v1.16b, v2.16b
        ("needs FP16", 0x4E42_1420),    // fadd v0.8h, v1.8h, v2.8h
        ("needs FP16", 0x1EE2_2820),    // fadd h0, h1, h2
        ("no instruction", 0x0300_0000),
    ] {
        expect(Arch::Arm64, fault, |bytes, at| {
            bytes[at.code..at.code + 4].copy_from_slice(&code.to_le_bytes());
        });
    }
    // sub sp, sp, #2, lsl #12
    expect(Arch::Arm64, "a stack frame of 8192 bytes", put(&[0xFF, 0x0B, 0x40, 0xD1]));
    // sub sp, sp, x15, lsl #4
    expect(Arch::Arm64, "a stack frame of", put(&[0xFF, 0x73, 0x2F, 0xCB]));
}
