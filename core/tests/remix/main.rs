//! Channel maps and mixing: by hand, by property, and against a naive twin.

#![expect(
    clippy::float_cmp,
    reason = "coefficients and samples are promised exactly, so they are compared exactly"
)]

mod apply;
mod coefficients;
mod maps;

use vcable_core::remix::ChannelMap;

fn map(list: &str) -> ChannelMap {
    list.parse().unwrap_or_else(|error| panic!("{list}: {error}"))
}
