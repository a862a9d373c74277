//! Memory descriptor lists: pages that a program and the driver share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::{irql, locked};
use crate::region::{Access, Guarded, PAGE_BYTES, Region};
use crate::{memory, verifier};

/// Bytes of the list's head, which a word for each page follows.
const HEAD_BYTES: usize = 48;
/// The pages have an address in the kernel.
const MAPPED: u16 = 1;

/// What was in the pages before: other programs' secrets.
pub const STALE: u8 = 0xC5;

/// Pages and the list that describes them.
#[derive(Debug)]
pub struct Mdl {
    list: Guarded,
    kernel: Region,
    user: Region,
    bytes: usize,
}

static MDLS: Mutex<BTreeMap<usize, Arc<Mdl>>> = Mutex::new(BTreeMap::new());

impl Mdl {
    /// Describes fresh pages for `bytes` bytes, with whatever was in them. The kernel has no address for them yet.
    pub fn allocate(bytes: usize) -> Arc<Self> {
        let (kernel, user) = Region::twins(bytes);
        user.fill(0, user.bytes(), STALE);
        kernel.protect(0, kernel.bytes(), Access::None);
        let pages = bytes.div_ceil(PAGE_BYTES);
        let list = Guarded::filled(HEAD_BYTES + 8 * pages, 0);
        memory::write(list.address() + 8, (HEAD_BYTES + 8 * pages) as u16);
        memory::write(list.address() + 40, bytes as u32);
        let mdl = Arc::new(Self { list, kernel, user, bytes });
        locked(&MDLS).insert(mdl.address(), Arc::clone(&mdl));
        mdl
    }

    /// The list of that address, which must not be freed.
    pub fn at(function: &str, address: usize) -> Arc<Self> {
        locked(&MDLS).get(&address).cloned().unwrap_or_else(|| {
            verifier::violation(&format!("{function} of {address:#x}, which is no MDL (any more)"))
        })
    }

    /// The address of the list.
    pub fn address(&self) -> usize {
        self.list.address()
    }

    /// Bytes described.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The pages as a program sees them.
    pub fn user(&self) -> &Region {
        &self.user
    }

    fn flags(&self) -> u16 {
        memory::read(self.address() + 10)
    }

    /// Whether the kernel has an address for the pages.
    pub fn is_mapped(&self) -> bool {
        self.flags() & MAPPED != 0
    }

    /// Gives the pages an address in the kernel.
    pub fn map(&self) -> usize {
        if self.is_mapped() {
            verifier::violation("pages are mapped twice");
        }
        self.kernel.protect(0, self.kernel.bytes(), Access::Write);
        memory::write(self.address() + 10, self.flags() | MAPPED);
        memory::write(self.address() + 24, self.kernel.start());
        self.kernel.start()
    }

    /// Takes it away.
    pub fn unmap(&self) {
        if !self.is_mapped() {
            verifier::violation("pages are unmapped that are not mapped");
        }
        self.kernel.protect(0, self.kernel.bytes(), Access::None);
        memory::write(self.address() + 10, self.flags() & !MAPPED);
    }

    /// The kernel is done with it; a program may still have the pages.
    pub fn free(&self) {
        if self.is_mapped() {
            verifier::violation("pages are freed that are still mapped");
        }
        locked(&MDLS).remove(&self.address());
    }
}

/// The list whose pages are mapped at `address`.
pub fn mapped_at(address: usize) -> Option<Arc<Mdl>> {
    locked(&MDLS).values().find(|mdl| mdl.is_mapped() && mdl.kernel.start() == address).cloned()
}

/// How many lists are not freed.
pub fn live() -> usize {
    locked(&MDLS).len()
}

/// `MmMapLockedPagesSpecifyCache`.
pub(super) extern "win64" fn map_locked_pages(
    mdl: usize,
    mode: u8,
    cache: i32,
    address: usize,
    _bugcheck: u32,
    _priority: u32,
) -> usize {
    irql::require("MmMapLockedPagesSpecifyCache", irql::DISPATCH);
    if mode != 0 || cache != 1 || address != 0 {
        verifier::violation("MmMapLockedPagesSpecifyCache other than cached, for the kernel, anywhere");
    }
    if super::inject::memory_fails() {
        return 0;
    }
    Mdl::at("MmMapLockedPagesSpecifyCache", mdl).map()
}
