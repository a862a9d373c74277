//! The kernel: doubles of what `ntoskrnl.exe` and `hal.dll` export, each as strict as Driver Verifier.
//!
//! All state is the process': a process loads one driver.

pub mod debug;
pub mod device;
pub mod event;
pub mod exports;
pub mod inject;
pub mod interface;
pub mod irql;
pub mod mdl;
pub mod pool;
pub mod registry;
pub mod spin;
pub mod timer;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks state of the host. A poisoned lock belongs to a test that fails anyway.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
