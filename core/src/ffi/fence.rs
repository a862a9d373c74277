//! From the host's pointers to references, and no further: the functions of the ABI see what passed in here.

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, Ordering};

use super::Status;

/// Refuses pointers that lead nowhere.
pub(super) fn checked<T>(pointer: *const T) -> Result<NonNull<T>, Status> {
    let checked = NonNull::new(pointer.cast_mut()).ok_or(Status::Null)?;
    if pointer.is_aligned() { Ok(checked) } else { Err(Status::Misaligned) }
}

/// A reference to what the host's pointer leads to.
///
/// # Safety
/// Unless null or misaligned, `pointer` leads to a `T` that stays there for `'a` and is not written to but through
/// cells.
pub(super) unsafe fn borrowed<'a, T>(pointer: *const T) -> Result<&'a T, Status> {
    let checked = checked(pointer)?;
    // SAFETY: aligned and not null; the rest is the caller's promise.
    Ok(unsafe { checked.as_ref() })
}

/// Where a result goes: checked before anything is done, written after all of it.
pub(super) struct Out<T>(Option<NonNull<T>>);

impl<T> Out<T> {
    /// A place that must be there.
    ///
    /// # Safety
    /// Unless null or misaligned, `pointer` leads to room for a `T` until the place is written to.
    pub(super) unsafe fn needed(pointer: *mut T) -> Result<Self, Status> {
        checked(pointer).map(|place| Self(Some(place)))
    }

    /// A place that may be missing: null when the host does not want to know.
    ///
    /// # Safety
    /// As for [`needed`](Self::needed).
    pub(super) unsafe fn wanted(pointer: *mut T) -> Result<Self, Status> {
        if pointer.is_null() { Ok(Self(None)) } else { checked(pointer).map(|place| Self(Some(place))) }
    }

    /// Puts the result there.
    pub(super) fn write(self, value: T) {
        if let Some(place) = self.0 {
            // SAFETY: room for a `T`, as promised when the place was made.
            unsafe { place.write(value) }
        }
    }
}

/// What stands behind a handle, and how it is told from other things in memory.
pub(super) trait Kind {
    /// A number that is unlikely to lie about by chance; the last two bits are 0.
    const TAG: u32;
}

/// Nobody is in a call.
const REST: u32 = 1;
/// Somebody is.
const BUSY: u32 = 2;
/// A call found an error of this library.
const MUTED: u32 = 3;
/// Neither a tag nor any state of one.
const NEW: u32 = 0;
const DEAD: u32 = 4;

/// One end of a cable: a value that one call at a time may use, whoever makes it.
///
/// In cache lines of its own, so that the ends do not slow each other down; 128 bytes as in the ring. The state comes
/// first, so that it is found at the start of whatever end a host takes for another.
#[repr(C, align(128))]
pub(super) struct End<T> {
    /// `NEW`, `DEAD`, or the kind's tag with one of the states above.
    state: AtomicU32,
    /// Made from the first `REST` on; used by whoever turned `REST` into `BUSY`.
    value: UnsafeCell<MaybeUninit<T>>,
}

/// The state of an end before it was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Closed(u32);

impl<T: Kind> End<T> {
    const REST: u32 = T::TAG | REST;
    const BUSY: u32 = T::TAG | BUSY;
    const MUTED: u32 = T::TAG | MUTED;

    /// An end that nobody can enter yet.
    pub(super) const fn new() -> Self {
        Self { state: AtomicU32::new(NEW), value: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    /// Opens a new end; any other stays what it is.
    pub(super) fn open(&self, value: T) {
        if self.turn(NEW, Self::BUSY).is_err() {
            return;
        }
        // SAFETY: `BUSY` keeps everybody else out; the bytes of the value are there as long as `self`.
        unsafe { self.value.get().write(MaybeUninit::new(value)) };
        self.state.store(Self::REST, Ordering::Release);
    }

    /// Runs `call` with the end's value, unless another call runs; a panic in it mutes the end.
    pub(super) fn enter(&self, call: impl FnOnce(&mut T) -> Result<(), Status>) -> Status {
        match self.turn(Self::REST, Self::BUSY) {
            Ok(()) => {}
            Err(state) if state == Self::BUSY => return Status::Busy,
            Err(state) if state == Self::MUTED => return Status::Fault,
            Err(_) => return Status::Gone,
        }
        // SAFETY: `BUSY` keeps everybody else out until the store below.
        let slot = unsafe { &mut *self.value.get() };
        // SAFETY: the state was `REST`, which it is only once the value was made.
        let value = unsafe { slot.assume_init_mut() };
        let came_to = fenced(|| call(value));
        // Release: whoever enters next, on whatever thread, sees all that this call did.
        self.state.store(if came_to.is_some() { Self::REST } else { Self::MUTED }, Ordering::Release);
        super::status::of(came_to.unwrap_or(Err(Status::Fault)))
    }

    /// Closes the end for good, unless a call runs. Returns what it was.
    pub(super) fn close(&self) -> Result<Closed, Status> {
        let was = self.state.load(Ordering::Relaxed);
        // One that changes meanwhile has just been entered.
        if was == Self::BUSY || self.turn(was, DEAD).is_err() { Err(Status::Busy) } else { Ok(Closed(was)) }
    }

    /// Takes back a [`close`](Self::close).
    pub(super) fn reopen(&self, was: Closed) {
        self.state.store(was.0, Ordering::Release);
    }

    /// From one state to another, or the state that it is in instead.
    fn turn(&self, from: u32, to: u32) -> Result<(), u32> {
        self.state.compare_exchange(from, to, Ordering::Acquire, Ordering::Relaxed).map(drop)
    }
}

/// What `call` comes to; `None` when it panicked.
#[cfg(feature = "std")]
fn fenced<R>(call: impl FnOnce() -> R) -> Option<R> {
    // Whatever it left half done is behind an end that nobody enters any more.
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)) {
        Ok(came_to) => Some(came_to),
        Err(cause) => {
            // Its drop could panic again, out here; a few bytes lost are better.
            core::mem::forget(cause);
            None
        }
    }
}

/// What `call` comes to: without `std` there is nothing in here that can panic.
#[cfg(not(feature = "std"))]
#[expect(clippy::unnecessary_wraps, reason = "the twin with a fence above returns nothing after a panic")]
fn fenced<R>(call: impl FnOnce() -> R) -> Option<R> {
    Some(call())
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Kind for u8 {
        const TAG: u32 = 0x100;
    }

    #[test]
    fn a_call_within_a_call_is_refused() {
        let end = End::new();
        assert_eq!(end.enter(|_: &mut u8| Ok(())), Status::Gone);
        end.open(7);
        end.open(8);
        let status = end.enter(|value| {
            assert_eq!(*value, 7);
            assert_eq!(end.enter(|_| Ok(())), Status::Busy);
            assert_eq!(end.close(), Err(Status::Busy));
            Err(Status::Way)
        });
        assert_eq!(status, Status::Way);
        assert_eq!(end.enter(|_| Ok(())), Status::Ok);
        let was = end.close().unwrap();
        assert_eq!(end.enter(|_| Ok(())), Status::Gone);
        end.reopen(was);
        assert_eq!(end.enter(|_| Ok(())), Status::Ok);
    }

    #[test]
    fn closing_does_not_open_what_was_never_open() {
        let end = End::<u8>::new();
        let was = end.close().unwrap();
        end.reopen(was);
        assert_eq!(end.enter(|_| Ok(())), Status::Gone);
        end.open(7);
        assert_eq!(end.enter(|_| Ok(())), Status::Ok);
    }

    #[cfg(feature = "std")]
    #[test]
    fn a_panic_stops_at_the_fence_and_mutes_the_end() {
        let end = End::new();
        end.open(7_u8);
        assert_eq!(end.enter(|value| if *value == 7 { panic!("on purpose") } else { Ok(()) }), Status::Fault);
        // Nobody gets in any more.
        assert_eq!(end.enter(|_| Ok(())), Status::Fault);
        let was = end.close().unwrap();
        end.reopen(was);
        assert_eq!(end.enter(|_| Ok(())), Status::Fault);
        assert!(end.close().is_ok());
        assert_eq!(end.enter(|_| Ok(())), Status::Gone);
    }

    #[test]
    fn pointers_are_told_apart() {
        let number = 5_u32;
        let odd = (&raw const number).wrapping_byte_add(1);
        assert_eq!(checked::<u32>(core::ptr::null()), Err(Status::Null));
        assert_eq!(checked(odd), Err(Status::Misaligned));
        // SAFETY: it leads to `number`.
        assert_eq!(unsafe { borrowed(&raw const number) }, Ok(&5));
    }
}
