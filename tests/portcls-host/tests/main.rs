//! The driver, driven.
