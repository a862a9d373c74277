//! The resamplers, measured from outside.

mod conversion;
mod quality;
mod signal;
mod spectrum;
mod timing;
