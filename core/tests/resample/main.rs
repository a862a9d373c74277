//! The resamplers, measured from outside.

mod conversion;
mod fit;
mod quality;
mod signal;
mod spectrum;
mod timing;
