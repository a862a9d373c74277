//! Memory of the host that the driver is given: whole pages of their own, with nothing mapped before and behind.

use std::io;
use std::ptr;

/// Bytes of a page.
pub const PAGE_BYTES: usize = 4096;

/// What may be done with pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Nothing: any access is a fault.
    None,
    /// Reading.
    Read,
    /// Reading and writing.
    Write,
    /// Reading and running.
    Run,
}

impl Access {
    fn bits(self) -> libc::c_int {
        match self {
            Self::None => libc::PROT_NONE,
            Self::Read => libc::PROT_READ,
            Self::Write => libc::PROT_READ | libc::PROT_WRITE,
            Self::Run => libc::PROT_READ | libc::PROT_EXEC,
        }
    }
}

/// Pages between two that fault. Given back when dropped.
#[derive(Debug)]
pub struct Region {
    mapping: usize,
    bytes: usize,
}

fn pages(bytes: usize) -> usize {
    bytes.next_multiple_of(PAGE_BYTES).max(PAGE_BYTES)
}

fn map(at: usize, bytes: usize, access: Access, flags: libc::c_int, file: libc::c_int) -> usize {
    // SAFETY: either a fresh mapping wherever there is room, or over one of our own.
    let mapped = unsafe { libc::mmap(at as *mut libc::c_void, bytes, access.bits(), flags, file, 0) };
    assert_ne!(mapped, libc::MAP_FAILED, "no memory: {}", io::Error::last_os_error());
    mapped as usize
}

impl Region {
    /// Zeroed pages for at least `bytes` bytes.
    pub fn new(bytes: usize) -> Self {
        let bytes = pages(bytes);
        let whole = bytes + 2 * PAGE_BYTES;
        let mapping = map(0, whole, Access::None, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1);
        let region = Self { mapping, bytes };
        region.protect(0, bytes, Access::Write);
        region
    }

    /// A view of the pages of `file`.
    fn of_file(file: libc::c_int, bytes: usize) -> Self {
        let region = Self::new(bytes);
        map(region.start(), region.bytes, Access::Write, libc::MAP_SHARED | libc::MAP_FIXED, file);
        region
    }

    /// Two views of the same pages: what one writes the other reads, and each has its own protection.
    ///
    /// # Panics
    /// When there is no memory.
    pub fn twins(bytes: usize) -> (Self, Self) {
        let bytes = pages(bytes);
        // SAFETY: the name is a string with its end.
        let file = unsafe { libc::memfd_create(c"pages".as_ptr(), libc::MFD_CLOEXEC) };
        assert!(file >= 0, "no memory file: {}", io::Error::last_os_error());
        // SAFETY: our own file.
        let grown = unsafe { libc::ftruncate(file, bytes as libc::off_t) };
        assert_eq!(grown, 0, "no memory: {}", io::Error::last_os_error());
        let twins = (Self::of_file(file, bytes), Self::of_file(file, bytes));
        // SAFETY: our own file, which the mappings keep.
        unsafe { libc::close(file) };
        twins
    }

    /// The first address that may be used.
    pub fn start(&self) -> usize {
        self.mapping + PAGE_BYTES
    }

    /// How many bytes from there: whole pages.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Says what may be done with the pages that `bytes` bytes from `offset` on lie in.
    ///
    /// # Panics
    /// Beyond the region.
    pub fn protect(&self, offset: usize, bytes: usize, access: Access) {
        let from = offset / PAGE_BYTES * PAGE_BYTES;
        let length = (offset + bytes).next_multiple_of(PAGE_BYTES) - from;
        assert!(from + length <= self.bytes, "{offset} + {bytes} is beyond the region");
        // SAFETY: pages of our own mapping.
        let done =
            unsafe { libc::mprotect((self.start() + from) as *mut libc::c_void, length, access.bits()) };
        assert_eq!(done, 0, "no protection: {}", io::Error::last_os_error());
    }

    /// Copies from `offset` on. The pages must be readable.
    ///
    /// # Panics
    /// Beyond the region.
    pub fn read(&self, offset: usize, target: &mut [u8]) {
        assert!(offset + target.len() <= self.bytes, "beyond the region");
        let source = (self.start() + offset) as *const u8;
        // SAFETY: within our mapping, which nothing of Rust's overlaps.
        unsafe { ptr::copy_nonoverlapping(source, target.as_mut_ptr(), target.len()) };
    }

    /// Copies to `offset` and on. The pages must be writable.
    ///
    /// # Panics
    /// Beyond the region.
    pub fn write(&self, offset: usize, source: &[u8]) {
        assert!(offset + source.len() <= self.bytes, "beyond the region");
        let target = (self.start() + offset) as *mut u8;
        // SAFETY: within our mapping, which nothing of Rust's overlaps.
        unsafe { ptr::copy_nonoverlapping(source.as_ptr(), target, source.len()) };
    }

    /// Fills `bytes` bytes from `offset` on.
    ///
    /// # Panics
    /// Beyond the region.
    pub fn fill(&self, offset: usize, bytes: usize, value: u8) {
        assert!(offset + bytes <= self.bytes, "beyond the region");
        let target = (self.start() + offset) as *mut u8;
        // SAFETY: within our mapping, which nothing of Rust's overlaps.
        unsafe { ptr::write_bytes(target, value, bytes) };
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        let whole = self.bytes + 2 * PAGE_BYTES;
        // SAFETY: our own mapping; whoever still has an address of it gets a fault.
        unsafe { libc::munmap(self.mapping as *mut libc::c_void, whole) };
    }
}

/// Bytes that end where a page begins that faults: what a client hands to the driver.
#[derive(Debug)]
pub struct Guarded {
    region: Region,
    offset: usize,
    bytes: usize,
}

impl Guarded {
    /// A copy of `bytes`, at an address as even as their number (8 at most).
    pub fn new(bytes: &[u8]) -> Self {
        let region = Region::new(bytes.len());
        let offset = region.bytes() - bytes.len();
        region.write(offset, bytes);
        Self { region, offset, bytes: bytes.len() }
    }

    /// That many bytes that are all `value`.
    pub fn filled(bytes: usize, value: u8) -> Self {
        Self::new(&vec![value; bytes])
    }

    /// Where they are.
    pub fn address(&self) -> usize {
        self.region.start() + self.offset
    }

    /// What is in them now.
    pub fn contents(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.bytes];
        self.region.read(self.offset, &mut bytes);
        bytes
    }

    /// Whether the bytes before them, in the same page, are still as they were.
    pub fn is_intact(&self) -> bool {
        let mut before = vec![0; self.offset];
        self.region.read(0, &mut before);
        before.iter().all(|&byte| byte == 0)
    }

    /// The first bytes as a value.
    pub fn value<T: bytemuck::Pod>(&self) -> T {
        bytemuck::pod_read_unaligned(&self.contents()[..size_of::<T>()])
    }

    /// Says what may be done with them from now on.
    pub fn protect(&self, access: Access) {
        self.region.protect(0, self.region.bytes(), access);
    }

    /// From now on writing to them is a fault.
    #[must_use]
    pub fn read_only(self) -> Self {
        self.protect(Access::Read);
        self
    }
}
