//! Objects of the driver's.

use crate::abi::guid::IID_UNKNOWN;
use crate::abi::{Guid, Status};
use crate::call::{Argument, call};
use crate::region::Guarded;
use crate::{memory, verifier};

/// An interface of an object of the driver's, with one reference that is given back on drop.
#[derive(Debug)]
pub struct Com {
    address: usize,
}

impl Com {
    /// Takes over a reference that the driver gave.
    pub fn owned(address: usize) -> Self {
        if address == 0 {
            verifier::violation("null is no object");
        }
        Self { address }
    }

    /// Takes a reference of our own.
    pub fn referenced(address: usize) -> Self {
        let object = Self::owned(address);
        object.add_ref();
        object
    }

    /// Where the object is.
    pub fn address(&self) -> usize {
        self.address
    }

    /// The function in a slot of the table.
    pub fn slot(&self, slot: usize) -> usize {
        memory::read(memory::read::<usize>(self.address) + 8 * slot)
    }

    /// Calls a method.
    pub fn call(&self, what: &'static str, slot: usize, arguments: &[Argument]) -> u64 {
        let mut all = [Argument::from(self.address); 8];
        all[1..=arguments.len()].copy_from_slice(arguments);
        call(what, self.slot(slot), &all[..=arguments.len()])
    }

    /// Calls a method that returns a status.
    pub fn status(&self, what: &'static str, slot: usize, arguments: &[Argument]) -> Status {
        Status(self.call(what, slot, arguments) as u32)
    }

    /// Asks for another interface of the same object.
    ///
    /// # Errors
    /// The driver's status. The pointer must then be null.
    pub fn query(&self, iid: Guid) -> Result<Self, Status> {
        let iid = Guarded::new(&iid.0).read_only();
        let out = Guarded::filled(8, 0xEE);
        let status = self.status("QueryInterface", 0, &[iid.address().into(), out.address().into()]);
        let address: usize = out.value();
        if status.is_success() {
            return Ok(Self::owned(address));
        }
        if address != 0 {
            verifier::violation("QueryInterface refused and left the pointer as it was");
        }
        Err(status)
    }

    /// The object's identity: the address of its `IUnknown`.
    ///
    /// # Panics
    /// When the driver has none.
    pub fn identity(&self) -> usize {
        self.query(IID_UNKNOWN).expect("each object is an IUnknown").address
    }

    /// One more reference; how many there are then.
    pub fn add_ref(&self) -> u32 {
        self.call("AddRef", 1, &[]) as u32
    }

    /// One less.
    pub fn release(&self) -> u32 {
        self.call("Release", 2, &[]) as u32
    }

    /// How many references there are, this one included.
    pub fn references(&self) -> u32 {
        self.add_ref();
        self.release()
    }
}

impl Clone for Com {
    fn clone(&self) -> Self {
        Self::referenced(self.address)
    }
}

impl Drop for Com {
    fn drop(&mut self) {
        // After a failed assertion the state of the driver is unknown.
        if !std::thread::panicking() {
            self.release();
        }
    }
}
