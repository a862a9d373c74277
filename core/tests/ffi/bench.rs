//! What the tests share: exact memory with guards around, cables in it, and an allocator that counts.

use std::alloc::{GlobalAlloc, Layout as Place, System};
use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

use vcable_core::ffi::{
    CableHandle, CrossingSettings, Format, Layout, Memory, ReaderHandle, Sample, Status, WriterHandle,
    vcable_cable_connect, vcable_cable_create, vcable_cable_memory, vcable_crossing_memory,
};

/// The system's allocator, counting what the current thread asks of it.
struct Counting;

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

fn count() {
    // A thread that is ending has no counter any more, and none is missed.
    let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Place) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Place) {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What `call` comes to; it must not allocate.
pub(crate) fn unallocated(call: impl FnOnce() -> Status) -> Status {
    let before = CALLS.get();
    let status = call();
    assert_eq!(CALLS.get(), before, "a call of the ABI allocates");
    status
}

/// A call of the ABI with pointers that lead to what they say, or are refused for what they are.
macro_rules! ffi {
    ($call:expr) => {
        $crate::bench::unallocated(|| {
            // SAFETY: the tests lend what the call asks for, or pass a pointer that must be refused unread.
            unsafe { $call }
        })
    };
}
pub(crate) use ffi;

/// Bytes before and behind lent memory that nobody may write to.
const GUARD_BYTES: usize = 4096;
const GUARD: u8 = 0x5c;

/// Memory of exactly the size and alignment of a query.
pub(crate) struct Lent {
    start: *mut u8,
    place: Place,
    memory: Memory,
}

impl Lent {
    pub(crate) fn new(memory: Memory) -> Self {
        let place = Place::from_size_align(memory.size_bytes + 2 * GUARD_BYTES, GUARD_BYTES).unwrap();
        // SAFETY: the size is not 0.
        let start = unsafe { std::alloc::alloc(place) };
        assert!(!start.is_null() && memory.align_bytes <= GUARD_BYTES);
        // SAFETY: as long as allocated.
        unsafe { start.write_bytes(GUARD, place.size()) };
        Self { start, place, memory }
    }

    pub(crate) fn at(&self) -> *mut c_void {
        self.start.wrapping_add(GUARD_BYTES).cast()
    }

    pub(crate) fn size(&self) -> usize {
        self.memory.size_bytes
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        for guard in [self.start, self.start.wrapping_add(GUARD_BYTES + self.memory.size_bytes)] {
            // SAFETY: within what was allocated, and nobody writes to it.
            let guard = unsafe { std::slice::from_raw_parts(guard, GUARD_BYTES) };
            let whole = guard.iter().all(|&byte| byte == GUARD);
            assert!(whole || std::thread::panicking(), "written beyond the lent memory");
        }
        // SAFETY: from the same allocator, of the same layout.
        unsafe { std::alloc::dealloc(self.start, self.place) };
    }
}

pub(crate) const CAPACITY_FRAMES: u32 = 1024;

pub(crate) static MONO: Format =
    Format { sample: Sample::S16 as u32, layout: Layout::Interleaved as u32, channels: 1, rate_hz: 48_000 };

/// A cable with its ends, at rest.
pub(crate) struct Bench {
    pub(crate) cable: *mut CableHandle,
    pub(crate) writer: *mut WriterHandle,
    pub(crate) reader: *mut ReaderHandle,
    pub(crate) memory: Lent,
}

impl Bench {
    pub(crate) fn unconnected(format: &Format) -> Self {
        let mut needed = Memory::default();
        assert_eq!(ffi!(vcable_cable_memory(format, CAPACITY_FRAMES, &raw mut needed)), Status::Ok);
        let memory = Lent::new(needed);
        let mut cable = ptr::null_mut();
        let (at, size) = (memory.at(), memory.size());
        assert_eq!(ffi!(vcable_cable_create(at, size, format, CAPACITY_FRAMES, &raw mut cable)), Status::Ok);
        Self { cable, writer: ptr::null_mut(), reader: ptr::null_mut(), memory }
    }

    pub(crate) fn new(format: &Format) -> Self {
        let mut bench = Self::unconnected(format);
        assert_eq!(bench.connect(), Status::Ok);
        bench
    }

    pub(crate) fn connect(&mut self) -> Status {
        ffi!(vcable_cable_connect(self.cable, &raw mut self.writer, &raw mut self.reader))
    }

    /// Memory for a crossing.
    pub(crate) fn for_crossing(&self, settings: &CrossingSettings) -> Lent {
        let mut needed = Memory::default();
        assert_eq!(ffi!(vcable_crossing_memory(self.cable, settings, &raw mut needed)), Status::Ok);
        Lent::new(needed)
    }
}
