//! How much of a kernel's stack an x64 driver takes, from the tables by which the kernel unwinds it.
//!
//! [`frames`] has what each function takes for itself; [`deepest`] the most that a chain of direct calls takes. Calls
//! through tables and imports end a chain: they lead to PortCls or the kernel, and what comes back from there is a chain of
//! its own.

use std::collections::BTreeMap;

use iced_x86::{Decoder, DecoderOptions, FlowControl};
use object::LittleEndian as LE;
use object::pe::{IMAGE_DIRECTORY_ENTRY_EXCEPTION, IMAGE_FILE_MACHINE_AMD64};
use object::read::pe::{ImageNtHeaders, PeFile64};

/// The most that one function may take: a page. More would have to be probed, and belongs into the pool.
pub const FRAME_BYTES: u32 = 0x1000;
/// The most that a chain of calls may take: half of a kernel's 24 KiB, which others use too.
pub const CHAIN_BYTES: u32 = 12 << 10;

/// A function: the address behind it, and what it takes from the stack, its return address included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame {
    end: u32,
    /// Bytes of the stack.
    pub bytes: u32,
}

/// Functions by their addresses, relative to the image.
pub type Frames = BTreeMap<u32, Frame>;

/// An entry of the table: begin, end, and where its unwind codes are.
const ENTRY_BYTES: usize = 12;
const RETURN_BYTES: u32 = 8;

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn at<'a>(file: &PeFile64<'a>, address: u32) -> Option<&'a [u8]> {
    file.section_table().pe_data_at(file.data(), address)
}

/// All functions that take anything; `None` when the tables are broken, or another processor's.
pub fn frames(file: &PeFile64<'_>) -> Option<Frames> {
    if file.nt_headers().file_header().machine.get(LE) != IMAGE_FILE_MACHINE_AMD64 {
        return None;
    }
    let directory = file.data_directory(IMAGE_DIRECTORY_ENTRY_EXCEPTION)?;
    let table = directory.data(file.data(), &file.section_table()).ok()?;
    let mut frames = Frames::new();
    for entry in table.chunks_exact(ENTRY_BYTES) {
        let bytes = RETURN_BYTES + taken(file, word(entry, 8)?, 0)?;
        frames.insert(word(entry, 0)?, Frame { end: word(entry, 4)?, bytes });
    }
    Some(frames)
}

/// What the unwind codes at `address` say that a prologue takes. Parts of a function lead on to its first.
fn taken(file: &PeFile64<'_>, address: u32, links: u32) -> Option<u32> {
    const CHAINED: u8 = 4 << 3;
    const MOST_LINKS: u32 = 8;
    let bytes = at(file, address)?;
    let codes = usize::from(*bytes.get(2)?);
    let code = |index: usize| bytes.get(4 + 2 * index..6 + 2 * index);
    let (mut index, mut taken) = (0, 0);
    while index < codes {
        let operation = *code(index)?.get(1)?;
        let info = u32::from(operation >> 4);
        let (more, slots) = match operation & 0xF {
            // A register is pushed.
            0 => (8, 1),
            // Much is allocated: in eights, or a number of two slots.
            1 if info == 0 => (8 * u32::from(u16::from_le_bytes(code(index + 1)?.try_into().ok()?)), 2),
            1 => (word(bytes, 4 + 2 * (index + 1))?, 3),
            // A little is allocated.
            2 => (8 * info + 8, 1),
            // A frame register; a register is saved, near or far; a vector register likewise.
            3 => (0, 1),
            4 | 8 => (0, 2),
            5 | 9 => (0, 3),
            _ => return None,
        };
        taken += more;
        index += slots;
    }
    if bytes.first()? & CHAINED == 0 {
        return Some(taken);
    }
    let next = word(bytes, 4 + 2 * codes.next_multiple_of(2) + 8)?;
    if links == MOST_LINKS {
        return None;
    }
    Some(taken + self::taken(file, next, links + 1)?)
}

/// The deepest chain of direct calls: its functions and bytes. `None` when the code can't be read or calls itself in a
/// circle, so that no depth holds.
pub fn deepest(file: &PeFile64<'_>, frames: &Frames) -> Option<(Vec<u32>, u32)> {
    let mut known = BTreeMap::new();
    for &function in frames.keys() {
        depth(file, frames, function, &mut known)?;
    }
    let (&start, &Some((bytes, _))) = known.iter().max_by_key(|(_, deep)| deep.map(|(bytes, _)| bytes))?
    else {
        return None;
    };
    let mut chain = vec![start];
    while let Some(&Some((_, Some(next)))) = known.get(chain.last()?) {
        chain.push(next);
    }
    Some((chain, bytes))
}

/// Of a function: its depth, and where that leads. Nothing while it is being found out.
type Known = BTreeMap<u32, Option<(u32, Option<u32>)>>;

fn depth(file: &PeFile64<'_>, frames: &Frames, function: u32, known: &mut Known) -> Option<u32> {
    if let Some(depth) = known.get(&function) {
        return depth.map(|(bytes, _)| bytes);
    }
    known.insert(function, None);
    let own = frames.get(&function)?;
    let (mut most, mut leads) = (0, None);
    for called in calls(file, frames, function, own.end)? {
        let bytes = depth(file, frames, called, known)?;
        if bytes > most {
            (most, leads) = (bytes, Some(called));
        }
    }
    known.insert(function, Some((own.bytes + most, leads)));
    Some(own.bytes + most)
}

/// The functions with a frame that one calls, or goes on in.
fn calls(file: &PeFile64<'_>, frames: &Frames, begin: u32, end: u32) -> Option<Vec<u32>> {
    let code = at(file, begin)?.get(..end.checked_sub(begin)? as usize)?;
    let mut calls = Vec::new();
    for instruction in &mut Decoder::with_ip(64, code, u64::from(begin), DecoderOptions::NONE) {
        let target = instruction.near_branch_target() as u32;
        let within = (begin..end).contains(&target);
        let leads = match instruction.flow_control() {
            FlowControl::Call => instruction.is_call_near(),
            FlowControl::UnconditionalBranch => instruction.is_jmp_short_or_near() && !within,
            FlowControl::ConditionalBranch => !within,
            _ => false,
        };
        if !leads {
            continue;
        }
        // A part of another function, or one without a frame, which calls nothing.
        if let Some((&called, frame)) = frames.range(..=target).next_back() {
            if target < frame.end {
                calls.push(called);
            }
        }
    }
    Some(calls)
}

/// What is wrong with them.
pub(crate) fn faults(file: &PeFile64<'_>) -> Vec<String> {
    let Some(frames) = frames(file) else { return vec!["its unwind codes can't be read".to_owned()] };
    let large = frames.iter().filter(|(_, frame)| frame.bytes > FRAME_BYTES);
    let mut faults: Vec<_> =
        large.map(|(at, frame)| format!("a stack frame of {} bytes at {at:#x}", frame.bytes)).collect();
    match deepest(file, &frames) {
        Some((_, bytes)) if bytes <= CHAIN_BYTES => {}
        Some((chain, bytes)) => faults.push(format!("calls take {bytes} bytes of the stack: {chain:#x?}")),
        None => faults.push("functions call each other in a circle".to_owned()),
    }
    faults
}
