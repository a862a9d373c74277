//! What the Windows kernel, Kernel Streaming and PortCls say to a WaveRT miniport.
//!
//! Types, identifiers and functions under the names that Microsoft's headers give them, for 64-bit x86 and ARM, which
//! lay all of them out alike. Nothing here decides anything.
//!
//! * Types of the kernel come from `windows-sys`, where it has them right; [`nt`] says which it has not.
//! * Nothing else has PortCls and the kernel's half of Kernel Streaming: [`pc`], [`ks`] and [`vtable`] declare them.
//! * Functions are all declared here, in [`nt`] and [`pc`], bound to the modules that export them in a kernel
//!   (`windows-sys` binds many to `ntdll.dll`, which no driver can import). No import library is needed.
//! * Sizes and offsets are asserted when this compiles, on every target.
//!
//! On other systems the functions are undefined symbols: whoever calls them in a test brings a double.
#![no_std]
#![expect(
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    reason = "everything bears the name it has in Microsoft's headers and documentation"
)]

pub mod guid;
pub mod ks;
mod layout;
pub mod nt;
pub mod pc;
pub mod status;
pub mod vtable;

pub use guid::GUID;
pub use status::NTSTATUS;

/// Four bytes that are a truth value: zero is false, all else true.
pub type BOOL = i32;
/// One byte that is a truth value. Not a Rust `bool`: any value may come.
pub type BOOLEAN = u8;
