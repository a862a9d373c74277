//! PortCls: doubles of what `portcls.sys` exports, and the objects it gives to the driver.

pub mod adapter;
pub mod events;
pub mod exports;
pub mod filter;
pub mod object;
pub mod port;
pub mod request;
pub mod stream;
