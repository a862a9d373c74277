//! Every conversion against a naive twin, and against figures worked out by hand.

mod dither;
mod naive;
mod pairs;
mod rounding;
mod short;
mod sides;
