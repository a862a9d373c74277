//! Instructions.

use std::collections::BTreeSet;

use iced_x86::{Code, CpuidFeature, Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};
use object::LittleEndian as LE;
use object::pe::IMAGE_SCN_MEM_EXECUTE;
use object::read::Result;
use object::read::pe::PeFile64;

use crate::{Arch, sections};

/// Bytes of a stack frame at most: a larger one would have to be probed page by page, and kernel stacks are 24 KiB.
const FRAME_BYTES: u64 = 0x1000;

/// What is wrong with the code.
///
/// # Errors
/// When the file is broken.
pub fn faults(arch: Arch, file: &PeFile64<'_>) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let mut bytes = 0;
    for (name, section) in
        sections(file).filter(|(_, section)| section.characteristics.get(LE) & IMAGE_SCN_MEM_EXECUTE != 0)
    {
        let code = section.pe_data(file.data())?;
        // What follows is padding of the file.
        let code = code.get(..section.virtual_size.get(LE) as usize).unwrap_or(code);
        bytes += code.len();
        let start = u64::from(section.virtual_address.get(LE));
        let found = match arch {
            Arch::X64 => x64(code, start),
            Arch::Arm64 => arm64(code, start),
        };
        faults.extend(found.into_iter().map(|fault| format!("section {name}: {fault}")));
    }
    if bytes == 0 {
        faults.push("it has no code".to_owned());
    }
    Ok(faults)
}

/// Features of processors that all x64 ones have.
fn is_everywhere(feature: CpuidFeature) -> bool {
    use CpuidFeature as F;
    matches!(
        feature,
        F::INTEL8086
            | F::INTEL186
            | F::INTEL286
            | F::INTEL386
            | F::INTEL486
            | F::X64
            | F::CMOV
            | F::CX8
            | F::FPU
            | F::MULTIBYTENOP
            | F::PAUSE
            | F::SSE
            | F::SSE2
    )
}

fn x64(code: &[u8], start: u64) -> Vec<String> {
    let mut faults = BTreeSet::new();
    for instruction in &mut Decoder::with_ip(64, code, start, DecoderOptions::NONE) {
        let at = instruction.ip();
        if instruction.is_invalid() {
            faults.insert(format!("no instruction at {at:#x}"));
        }
        // Every processor runs `tzcnt`: those without it as the older `bsf`, and compilers use it where that does.
        let known = instruction.mnemonic() == Mnemonic::Tzcnt;
        for feature in
            instruction.cpuid_features().iter().filter(|feature| !known && !is_everywhere(**feature))
        {
            faults.insert(format!("{:?} at {at:#x} needs {feature:?}", instruction.mnemonic()));
        }
        if let Some(bytes) = frame_bytes(&instruction).filter(|bytes| *bytes > FRAME_BYTES) {
            faults.insert(format!("a stack frame of {bytes} bytes at {at:#x}"));
        }
    }
    faults.into_iter().collect()
}

/// What an instruction takes from the stack.
fn frame_bytes(instruction: &Instruction) -> Option<u64> {
    let of_stack = instruction.op_count() == 2
        && instruction.op0_kind() == OpKind::Register
        && instruction.op0_register() == Register::RSP;
    if !of_stack || !matches!(instruction.mnemonic(), Mnemonic::Sub | Mnemonic::Add) {
        return None;
    }
    match instruction.code() {
        Code::Sub_rm64_imm32 | Code::Sub_rm64_imm8 => Some(instruction.immediate(1)),
        // Compilers also add a negative number.
        Code::Add_rm64_imm32 => Some((instruction.immediate(1) as i64).min(0).unsigned_abs()),
        // A number in a register is what follows a call of the probe.
        Code::Sub_r64_rm64 | Code::Sub_rm64_r64 => Some(u64::MAX),
        _ => None,
    }
}

/// Instructions beyond Armv8.0 with floating point and vectors, all that every ARM64 machine with Windows has: mask, bits
/// and the extension, from the encoding tables of the Arm Architecture Reference Manual. Hints are left out: who does
/// not know one does nothing.
const BEYOND_ARM64: [(u32, u32, &str); 14] = [
    (0x9E00_0000, 0x8000_0000, "SME"),
    (0x1E00_0000, 0x0400_0000, "SVE"),
    (0x1A00_0000, 0x0200_0000, "no instruction"),
    (0x3FA0_7C00, 0x08A0_7C00, "LSE"),
    (0xBFA0_7C00, 0x0820_7C00, "LSE"),
    (0x3B20_0C00, 0x3820_0000, "LSE or RCPC"),
    (0x3F20_0C00, 0x1900_0000, "RCPC2"),
    (0xFFFE_CC00, 0x4E28_4800, "AES"),
    (0xFF20_8C00, 0x5E00_0000, "SHA"),
    (0xFFFE_CC00, 0x5E28_0800, "SHA"),
    (0x7FE0_F000, 0x1AC0_4000, "CRC32"),
    (0x9FE0_FC00, 0x0E80_9400, "DOTPROD"),
    (0x9F60_C400, 0x0E40_0400, "FP16"),
    (0xFFE0_0C00, 0x1EE0_0800, "FP16"),
];

/// The extension that an instruction needs.
fn beyond_arm64(word: u32) -> Option<&'static str> {
    let found = BEYOND_ARM64.iter().find(|(mask, bits, _)| word & mask == *bits);
    found.map(|(_, _, extension)| *extension)
}

/// Instructions, and what they take from the stack.
fn arm64(code: &[u8], start: u64) -> Vec<String> {
    const SUB_SP_SP_NUMBER: u32 = 0xD100_03FF;
    const SUB_SP_SP_REGISTER: u32 = 0xCB20_63FF;
    let mut faults = Vec::new();
    for (word, at) in code.chunks_exact(4).zip((start..).step_by(4)) {
        let word = word.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte));
        if let Some(extension) = beyond_arm64(word) {
            faults.push(format!("{word:#x} at {at:#x} needs {extension}"));
        }
        let bytes = if word & 0xFF80_03FF == SUB_SP_SP_NUMBER {
            let number = u64::from(word >> 10 & 0xFFF);
            if word & 1 << 22 == 0 { number } else { number << 12 }
        } else if word & 0xFFE0_E3FF == SUB_SP_SP_REGISTER {
            u64::MAX
        } else {
            0
        };
        if bytes > FRAME_BYTES {
            faults.push(format!("a stack frame of {bytes} bytes at {at:#x}"));
        }
    }
    faults
}
