//! Objects of others: counted references to their interfaces.

use core::ffi::c_void;
use core::marker::PhantomData;
use core::ptr::{self, NonNull};

use crate::sys::status::{NT_SUCCESS, STATUS_INVALID_PARAMETER, STATUS_NOINTERFACE};
use crate::sys::vtable::IUnknownVtbl;
use crate::sys::{GUID, NTSTATUS};

/// A table of functions that begins with the slots of `IUnknown`.
///
/// # Safety
/// It must begin with them, and `IID` must be the identifier of the interface whose slots these are.
pub unsafe trait Interface: 'static {
    /// The identifier of the interface.
    const IID: GUID;
}

/// A counted reference to an interface of another's object, of which `V` is the table.
pub struct Foreign<V: Interface> {
    /// Holds a reference of ours.
    this: NonNull<*const V>,
    table: PhantomData<V>,
}

// SAFETY: COM objects of PortCls may be used and released by any thread.
unsafe impl<V: Interface> Send for Foreign<V> {}
// SAFETY: as above.
unsafe impl<V: Interface> Sync for Foreign<V> {}

impl<V: Interface> Foreign<V> {
    /// Takes over a reference that the caller owns.
    ///
    /// # Errors
    /// `STATUS_INVALID_PARAMETER` for null.
    ///
    /// # Safety
    /// `this` must be null or such an interface, with a reference for us.
    pub(super) unsafe fn owned(this: *mut c_void) -> Result<Self, NTSTATUS> {
        let this = NonNull::new(this.cast()).ok_or(STATUS_INVALID_PARAMETER)?;
        Ok(Self { this, table: PhantomData })
    }

    /// Adds a reference to one that the caller lends.
    ///
    /// # Errors
    /// `STATUS_INVALID_PARAMETER` for null.
    ///
    /// # Safety
    /// `this` must be null or such an interface.
    pub(super) unsafe fn borrowed(this: *mut c_void) -> Result<Self, NTSTATUS> {
        // SAFETY: the caller's promise; the reference is added before anything drops it.
        let own = unsafe { Self::owned(this) }?;
        own.add_reference();
        Ok(own)
    }

    /// What its functions take for their first argument.
    pub(crate) fn this(&self) -> *mut c_void {
        self.this.as_ptr().cast()
    }

    /// Its functions.
    pub(super) fn table(&self) -> &V {
        // SAFETY: an interface is a pointer to its table, and lives as long as our reference.
        let table = unsafe { *self.this.as_ptr() };
        // SAFETY: tables outlive all objects.
        unsafe { &*table }
    }

    fn unknown(&self) -> &IUnknownVtbl {
        // SAFETY: every table begins with these slots, as the trait demands.
        unsafe { &*ptr::from_ref(self.table()).cast() }
    }

    fn add_reference(&self) {
        // SAFETY: the slot's own object.
        unsafe { (self.unknown().AddRef)(self.this()) };
    }

    /// Another interface of the same object.
    ///
    /// # Errors
    /// What the object says: it has no such interface.
    pub fn query<W: Interface>(&self) -> Result<Foreign<W>, NTSTATUS> {
        let mut out = ptr::null_mut();
        // SAFETY: the slot's own object, and pointers for the call.
        let status = unsafe { (self.unknown().QueryInterface)(self.this(), &W::IID, &raw mut out) };
        if !NT_SUCCESS(status) || out.is_null() {
            return Err(if NT_SUCCESS(status) { STATUS_NOINTERFACE } else { status });
        }
        // SAFETY: the object gave that interface and a reference to it.
        unsafe { Foreign::owned(out) }
    }
}

impl<V: Interface> Clone for Foreign<V> {
    fn clone(&self) -> Self {
        self.add_reference();
        Self { this: self.this, table: PhantomData }
    }
}

impl<V: Interface> Drop for Foreign<V> {
    fn drop(&mut self) {
        // SAFETY: the reference is ours, and used no more.
        unsafe { (self.unknown().Release)(self.this()) };
    }
}
