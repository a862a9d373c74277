//! A value that PortCls holds: its tables, its count of references, and the fence.

use alloc::boxed::Box;
use core::ffi::c_void;
use core::marker::PhantomData;
use core::mem::offset_of;
use core::ops::Deref;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicU32, Ordering, fence};

use crate::pool;
use crate::sys::guid::IID_IUnknown;
use crate::sys::status::{STATUS_INVALID_PARAMETER, STATUS_NOINTERFACE, STATUS_SUCCESS};
use crate::sys::vtable::IUnknownVtbl;
use crate::sys::{GUID, NTSTATUS};

/// Interfaces of an object at most, those that another one extends not counted.
const FACES: usize = 2;

/// One interface of a class: a table of functions, and the identifiers it answers to.
#[derive(Clone, Copy)]
pub struct Face {
    table: *const c_void,
    identifiers: &'static [GUID],
}

impl Face {
    /// No interface: what a class without a second one has in its place.
    pub(super) const NONE: Self = Self { table: ptr::null(), identifiers: &[] };

    /// A table, with the identifiers of the interface and of all that it extends.
    pub(super) const fn new<T>(table: &'static T, identifiers: &'static [GUID]) -> Self {
        Self { table: ptr::from_ref(table).cast(), identifiers }
    }
}

/// A class of objects.
///
/// # Safety
/// The table of face *n* must begin with `unknown::<Self, n>()`, its functions must take their first argument for
/// a pointer to face *n* of an object of this class, and the identifiers must be those of its slots.
pub unsafe trait Class: Sized + 'static {
    /// What an object holds.
    type Value: Send + Sync + 'static;
    /// The interfaces. The first one also is the object's identity, its `IUnknown`.
    const INTERFACES: [Face; FACES];
}

/// An object. A pointer to an interface of it points to one of its tables.
#[repr(C)]
struct Object<C: Class> {
    tables: [*const c_void; FACES],
    /// The value is dropped when this falls to 0.
    references: AtomicU32,
    value: C::Value,
}

impl<C: Class> Object<C> {
    fn add_reference(&self) -> u32 {
        // Relaxed: whoever adds one sees the object already.
        self.references.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
    }
}

/// The address of the object whose face `FACE` is at `this`. Taken from that pointer alone, so that it is as good for
/// dropping the object as the one that made it.
const fn address<C: Class, const FACE: usize>(this: *mut c_void) -> *mut Object<C> {
    this.cast::<*const c_void>().wrapping_sub(FACE).cast()
}

/// The object behind face `FACE`.
///
/// # Safety
/// `this` must point to that face of a living object of that class.
unsafe fn object<'a, C: Class, const FACE: usize>(this: *mut c_void) -> &'a Object<C> {
    // SAFETY: the tables stand first in the object, which lives by the caller's promise.
    unsafe { &*address::<C, FACE>(this) }
}

/// The fence: the value of the object that a call from outside names.
///
/// # Safety
/// As PortCls calls: `this` points to face `FACE` of an object of that class and holds a reference.
pub(super) unsafe fn value<'a, C: Class, const FACE: usize>(this: *mut c_void) -> &'a C::Value {
    // SAFETY: the caller's promise.
    &unsafe { object::<C, FACE>(this) }.value
}

/// A reference to the object of a call from outside, for what outlives the call.
///
/// # Safety
/// As for [`value`].
pub(super) unsafe fn reference<C: Class, const FACE: usize>(this: *mut c_void) -> Ref<C> {
    // SAFETY: the caller's promise.
    unsafe { object::<C, FACE>(this) }.add_reference();
    // SAFETY: an object is nowhere at null.
    Ref { object: unsafe { NonNull::new_unchecked(address::<C, FACE>(this)) }, owned: PhantomData }
}

/// The slots of `IUnknown` for face `FACE` of a class.
pub(super) const fn unknown<C: Class, const FACE: usize>() -> IUnknownVtbl {
    IUnknownVtbl {
        QueryInterface: query_interface::<C, FACE>,
        AddRef: add_reference::<C, FACE>,
        Release: release::<C, FACE>,
    }
}

unsafe extern "system" fn query_interface<C: Class, const FACE: usize>(
    this: *mut c_void,
    iid: *const GUID,
    out: *mut *mut c_void,
) -> NTSTATUS {
    if out.is_null() || iid.is_null() {
        return STATUS_INVALID_PARAMETER;
    }
    // SAFETY: not null, and PortCls' to give.
    let iid = unsafe { iid.read_unaligned() };
    let wanted = |face: &Face| face.identifiers.contains(&iid);
    let face = if iid == IID_IUnknown { Some(0) } else { C::INTERFACES.iter().position(wanted) };
    let found = face.map_or(ptr::null_mut(), |face| {
        // SAFETY: a call from outside.
        unsafe { object::<C, FACE>(this) }.add_reference();
        address::<C, FACE>(this).cast::<*const c_void>().wrapping_add(face).cast()
    });
    // SAFETY: not null, and PortCls' to give.
    unsafe { out.write(found) };
    if found.is_null() { STATUS_NOINTERFACE } else { STATUS_SUCCESS }
}

unsafe extern "system" fn add_reference<C: Class, const FACE: usize>(this: *mut c_void) -> u32 {
    // SAFETY: a call from outside.
    unsafe { object::<C, FACE>(this) }.add_reference()
}

unsafe extern "system" fn release<C: Class, const FACE: usize>(this: *mut c_void) -> u32 {
    // SAFETY: the caller gives its own reference back.
    unsafe { give_back(address::<C, FACE>(this)) }
}

/// Gives a reference back and tells how many are left.
///
/// # Safety
/// The object must live, and the reference be the caller's, who uses it no more.
unsafe fn give_back<C: Class>(object: *mut Object<C>) -> u32 {
    // SAFETY: it lives while there is a reference, and that is the caller's.
    let references = unsafe { &(*object).references };
    // Release: what this owner did comes before the drop.
    let left = references.fetch_sub(1, Ordering::Release).wrapping_sub(1);
    if left == 0 {
        // All that the other owners did is seen.
        fence(Ordering::Acquire);
        // SAFETY: `Ref::new` leaked this box, and this was its last reference.
        drop(unsafe { Box::from_raw(object.cast::<[Object<C>; 1]>()) });
    }
    left
}

/// A counted reference to an object of ours. The last one drops it, at `PASSIVE_LEVEL`.
pub struct Ref<C: Class> {
    object: NonNull<Object<C>>,
    owned: PhantomData<Object<C>>,
}

// SAFETY: owners on several threads share `&Value`, and any of them may drop it: it is `Send` and `Sync`.
unsafe impl<C: Class> Send for Ref<C> {}
// SAFETY: as above.
unsafe impl<C: Class> Sync for Ref<C> {}

impl<C: Class> Ref<C> {
    /// Makes an object.
    ///
    /// # Errors
    /// `STATUS_INSUFFICIENT_RESOURCES`; the value is dropped.
    pub fn new(value: C::Value) -> Result<Self, NTSTATUS> {
        let tables = C::INTERFACES.map(|face| face.table);
        let object = pool::boxed(Object::<C> { tables, references: AtomicU32::new(1), value })?;
        Ok(Self { object: NonNull::from(Box::leak(object)).cast(), owned: PhantomData })
    }

    /// Its first interface, for a call that takes no reference of ours.
    pub(crate) fn interface(&self) -> *mut c_void {
        self.object.as_ptr().cast()
    }

    /// The reference itself, as a pointer to the first interface.
    pub(super) fn into_interface(self) -> *mut c_void {
        let interface = self.interface();
        core::mem::forget(self);
        interface
    }
}

/// A pointer to an object is one to its first interface.
const _: () = {
    struct Any;
    // SAFETY: no table at all.
    unsafe impl Class for Any {
        type Value = ();
        const INTERFACES: [Face; FACES] = [Face::NONE; FACES];
    }
    assert!(offset_of!(Object<Any>, tables) == 0);
};

impl<C: Class> Deref for Ref<C> {
    type Target = C::Value;

    fn deref(&self) -> &C::Value {
        // SAFETY: the object lives as long as any reference, and `self` is one.
        &unsafe { self.object.as_ref() }.value
    }
}

impl<C: Class> Clone for Ref<C> {
    fn clone(&self) -> Self {
        // SAFETY: as above.
        unsafe { self.object.as_ref() }.add_reference();
        Self { object: self.object, owned: PhantomData }
    }
}

impl<C: Class> Drop for Ref<C> {
    fn drop(&mut self) {
        // SAFETY: this reference is ours, and gone now.
        unsafe { give_back(self.object.as_ptr()) };
    }
}
