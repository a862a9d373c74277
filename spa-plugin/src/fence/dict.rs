//! The host's dictionaries of properties.

use crate::sys;
use std::ffi::CStr;

/// The properties that a factory's `init` was given, as text.
pub(crate) struct Dict(Vec<(String, String)>);

impl Dict {
    /// Copies a host's dictionary; entries without key or value are left out.
    ///
    /// # Safety
    /// `dict` is null or a valid dictionary during the call.
    pub(super) unsafe fn new(dict: *const sys::spa_dict) -> Self {
        // SAFETY: this function's contract.
        let Some(dict) = (unsafe { dict.as_ref() }) else { return Self(Vec::new()) };
        let mut entries = Vec::with_capacity(dict.n_items as usize);
        for index in 0..dict.n_items as usize {
            // SAFETY: a dictionary has `n_items` items.
            let item = unsafe { dict.items.add(index) };
            // SAFETY: as above.
            let Some(item) = (unsafe { item.as_ref() }) else { continue };
            if item.key.is_null() || item.value.is_null() {
                continue;
            }
            // SAFETY: keys are strings that end in NUL.
            let key = unsafe { CStr::from_ptr(item.key) };
            // SAFETY: so are values.
            let value = unsafe { CStr::from_ptr(item.value) };
            entries.push((key.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()));
        }
        Self(entries)
    }

    /// All entries, in the host's order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// A dictionary for tests.
    #[cfg(test)]
    pub(crate) fn from_pairs(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect())
    }
}
