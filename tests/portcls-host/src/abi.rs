//! The second table: what Windows' interfaces look like, typed independently of the driver's own declarations.
//!
//! The driver's crates are never imported here. Where both tables agree, a slip of the pen would have to be made twice.

pub mod guid;
pub mod ks;
pub mod pc;
pub mod status;

pub use guid::Guid;
pub use status::Status;
