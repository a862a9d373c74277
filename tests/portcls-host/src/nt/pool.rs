//! The pool: every block ends before a page that faults, and what is freed faults for a while.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use super::{inject, irql, locked};
use crate::region::{Access, PAGE_BYTES, Region};
use crate::verifier;

/// Nonpaged, never executed.
const NON_PAGED: u64 = 0x40;
/// Paged.
const PAGED: u64 = 0x100;
/// What lies around a block in its pages.
const FILL: u8 = 0xA5;
/// Freed blocks that are kept out of reach; each costs the process a few mappings.
const QUARANTINE: usize = 2048;

/// A block of memory.
#[derive(Debug)]
struct Block {
    region: Region,
    offset: usize,
    bytes: usize,
    tag: u32,
    paged: bool,
    freed: bool,
}

#[derive(Debug)]
struct Pool {
    blocks: BTreeMap<usize, Block>,
    freed: VecDeque<usize>,
    allocations: u64,
}

static POOL: Mutex<Pool> =
    Mutex::new(Pool { blocks: BTreeMap::new(), freed: VecDeque::new(), allocations: 0 });

fn text(tag: u32) -> String {
    tag.to_le_bytes().iter().map(|&byte| char::from(byte)).collect()
}

impl Block {
    fn new(bytes: usize, tag: u32, paged: bool) -> Self {
        let region = Region::new(bytes);
        let offset = if bytes >= PAGE_BYTES { 0 } else { (region.bytes() - bytes) & !15 };
        region.fill(0, offset, FILL);
        region.fill(offset + bytes, region.bytes() - offset - bytes, FILL);
        Self { region, offset, bytes, tag, paged, freed: false }
    }

    /// Whether nothing was written around the block.
    fn is_intact(&self) -> bool {
        let end = self.offset + self.bytes;
        let (mut before, mut after) = (vec![0; self.offset], vec![0; self.region.bytes() - end]);
        self.region.read(0, &mut before);
        self.region.read(end, &mut after);
        before.iter().chain(&after).all(|&byte| byte == FILL)
    }
}

/// `ExAllocatePool2`.
pub(super) extern "win64" fn allocate(flags: u64, bytes: usize, tag: u32) -> usize {
    irql::require("ExAllocatePool2", if flags & PAGED == 0 { irql::DISPATCH } else { irql::APC });
    if flags != NON_PAGED && flags != PAGED {
        verifier::violation(&format!("ExAllocatePool2 with flags {flags:#x}"));
    }
    let printable = tag.to_le_bytes().iter().all(|byte| (0x20..0x7F).contains(byte));
    if bytes == 0 || !printable {
        verifier::violation(&format!("ExAllocatePool2 of {bytes} bytes, tag {tag:#x}"));
    }
    if inject::memory_fails() {
        return 0;
    }
    let block = Block::new(bytes, tag, flags == PAGED);
    let address = block.region.start() + block.offset;
    let mut pool = locked(&POOL);
    pool.allocations += 1;
    pool.blocks.insert(address, block);
    address
}

/// `ExFreePoolWithTag`.
pub(super) extern "win64" fn free(address: usize, tag: u32) {
    irql::require("ExFreePoolWithTag", irql::DISPATCH);
    if let Some(fault) = try_free(address, tag) {
        verifier::violation(&fault);
    }
}

fn try_free(address: usize, tag: u32) -> Option<String> {
    let mut pool = locked(&POOL);
    let Some(block) = pool.blocks.get_mut(&address) else {
        return Some(format!("{address:#x} is freed, which is no block of the pool"));
    };
    let what = format!("the block {} of {} bytes", text(block.tag), block.bytes);
    if block.freed {
        return Some(format!("{what} is freed twice"));
    }
    if block.tag != tag {
        return Some(format!("{what} is freed with the tag {}", text(tag)));
    }
    if block.paged && irql::current() > irql::APC {
        return Some(format!("{what} is paged and freed at IRQL {}", irql::current()));
    }
    if !block.is_intact() {
        return Some(format!("something wrote outside of {what}"));
    }
    block.freed = true;
    block.region.protect(0, block.region.bytes(), Access::None);
    pool.freed.push_back(address);
    if pool.freed.len() > QUARANTINE {
        let oldest = pool.freed.pop_front();
        oldest.and_then(|oldest| pool.blocks.remove(&oldest));
    }
    None
}

/// For a report: the block that `address` is in or right behind.
pub(crate) fn describe(address: usize) -> String {
    let Ok(pool) = POOL.try_lock() else { return String::new() };
    let Some((start, block)) = pool.blocks.range(..=address).next_back() else { return String::new() };
    if address >= block.region.start() + block.region.bytes() + PAGE_BYTES {
        return String::new();
    }
    let state = if block.freed { ", which is freed" } else { "" };
    format!("; byte {} of the block {} of {} bytes{state}", address - start, text(block.tag), block.bytes)
}

/// Takes the access to the paged blocks away while `work` runs, as if they had been paged out. Whatever touches them
/// may only run at low levels.
pub fn paged_out<T>(work: impl FnOnce() -> T) -> T {
    protect_paged(Access::None);
    let result = work();
    protect_paged(Access::Write);
    result
}

fn protect_paged(access: Access) {
    for block in locked(&POOL).blocks.values().filter(|block| block.paged && !block.freed) {
        block.region.protect(0, block.region.bytes(), access);
    }
}

/// What is allocated now, as `tag of n bytes`.
pub fn live() -> Vec<String> {
    let pool = locked(&POOL);
    let live = pool.blocks.values().filter(|block| !block.freed);
    live.map(|block| format!("{} of {} bytes", text(block.tag), block.bytes)).collect()
}

/// The tags of all blocks there ever were, those that left the quarantine excepted.
pub fn tags() -> Vec<String> {
    let mut tags: Vec<_> = locked(&POOL).blocks.values().map(|block| text(block.tag)).collect();
    tags.sort();
    tags.dedup();
    tags
}

/// How many allocations there were.
pub fn allocations() -> u64 {
    locked(&POOL).allocations
}

/// Checks that nothing wrote around any block.
///
/// # Panics
/// When something did.
pub fn assert_intact() {
    for block in locked(&POOL).blocks.values().filter(|block| !block.freed) {
        assert!(
            block.is_intact(),
            "something wrote outside of a block {} of {} bytes",
            text(block.tag),
            block.bytes
        );
    }
}
