//! Port streams: where a stream of the driver's gets its pages from.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::object::{Face, Kind, Object, Reference, find};
use crate::abi::guid::{IID_PORT_WAVE_RT_STREAM, IID_UNKNOWN};
use crate::nt::mdl::{self, Mdl};
use crate::nt::{inject, irql};
use crate::region::PAGE_BYTES;
use crate::verifier;

static MISSING: AtomicUsize = AtomicUsize::new(0);

/// From now on pages for so many bytes less come than were asked for, as may happen; one byte at least.
pub fn give_less(bytes: usize) {
    MISSING.store(bytes, Ordering::Relaxed);
}

/// A port stream.
pub fn new() -> Reference {
    let methods = vec![
        allocate as *const () as usize,
        allocate_contiguous as *const () as usize,
        map as *const () as usize,
        unmap as *const () as usize,
        free as *const () as usize,
        pages_count as *const () as usize,
        page_address as *const () as usize,
    ];
    Object::create(Kind::PortStream, vec![Face { iids: &[IID_UNKNOWN, IID_PORT_WAVE_RT_STREAM], methods }])
}

/// The list of resources of a device that has none.
pub(super) fn resources() -> Reference {
    let iids = &[IID_UNKNOWN, crate::abi::guid::IID_RESOURCE_LIST];
    Object::create(Kind::Resources, vec![Face { iids, methods: vec![none as *const () as usize; 8] }])
}

extern "win64" fn none(_this: usize) -> u64 {
    0
}

fn check(function: &'static str, this: usize) {
    irql::require(function, irql::PASSIVE);
    if find(function, this).kind != Kind::PortStream {
        verifier::violation(&format!("{function} of another object"));
    }
}

extern "win64" fn allocate(this: usize, high: u64, bytes: usize) -> usize {
    check("AllocatePagesForMdl", this);
    if high < u64::from(u32::MAX) || bytes == 0 {
        verifier::violation(&format!("AllocatePagesForMdl of {bytes} bytes below {high:#x}"));
    }
    if inject::memory_fails() {
        return 0;
    }
    Mdl::allocate(bytes.saturating_sub(MISSING.load(Ordering::Relaxed)).max(1)).address()
}

extern "win64" fn allocate_contiguous(this: usize, _low: u64, high: u64, bytes: usize) -> usize {
    allocate(this, high, bytes)
}

extern "win64" fn map(this: usize, list: usize, caching: i32) -> usize {
    check("MapAllocatedPages", this);
    if caching != 1 {
        verifier::violation("MapAllocatedPages other than cached");
    }
    if inject::memory_fails() { 0 } else { Mdl::at("MapAllocatedPages", list).map() }
}

extern "win64" fn unmap(this: usize, address: usize, list: usize) {
    check("UnmapAllocatedPages", this);
    match mdl::mapped_at(address) {
        Some(mdl) if mdl.address() == list => mdl.unmap(),
        _ => verifier::violation(&format!("UnmapAllocatedPages of {address:#x}, where nothing is mapped")),
    }
}

extern "win64" fn free(this: usize, list: usize) {
    check("FreePagesFromMdl", this);
    Mdl::at("FreePagesFromMdl", list).free();
}

extern "win64" fn pages_count(this: usize, list: usize) -> u32 {
    check("GetPhysicalPagesCount", this);
    Mdl::at("GetPhysicalPagesCount", list).bytes().div_ceil(PAGE_BYTES) as u32
}

extern "win64" fn page_address(_this: usize) -> u64 {
    verifier::violation("GetPhysicalPageAddress, which can't be called from Rust")
}
