//! The driver's declarations of Windows' types, compared with mingw-w64's headers.
//!
//! `miniport/sys` declares what no crate has, and types it from Microsoft's documentation. mingw-w64 has its own headers of
//! the kernel, Kernel Streaming and PortCls, typed by other people. [`ours`] reads the sources of the one, [`theirs`] lets
//! bindgen read the other, and the tests compare: sizes, offsets, order and arguments of functions in interfaces, numbers,
//! GUIDs and status codes.
//!
//! It shows that two sources agree where both speak. What mingw-w64 has not, the tests name. Its kernel headers know no
//! ARM64, whose layouts are those of x64.

pub mod ours;
pub mod theirs;
