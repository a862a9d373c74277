//! From one set of channels to another.
//!
//! # Promise
//! * A channel whose position both sides have goes there unchanged, bit by bit, in whatever order the sides are.
//! * A channel that the target lacks goes to its nearest substitutes, with the coefficients of Rec. ITU-R BS.775;
//!   `LFE` is left out, as there, and so are the numbered lines. A channel that the source lacks is silent: nothing is invented to fill it. The one
//!   exception is `MONO`, which goes to `FC`, else to both `FL` and `FR`, at full level.
//! * Where positions do not tell the channels apart (one is unknown or stands twice) or no channel finds a place,
//!   channels go by index: the first to the first and so on, one to all, or all to one as their mean.
//! * No allocation, no lock: [`RemixMatrix::apply`] is fit for an audio callback, and costs as many multiplications
//!   as there are coefficients that are not zero.
//!
//! # Level
//! Coefficients as published add up to more than 1: 5.1 to stereo to 2.41, 7.7 dB beyond full scale at worst. By default
//! all are scaled by one factor, so that no output exceeds the loudest input ([`MixLevel::Bounded`]): what enters a
//! cable without clipping leaves it without clipping, also as integers, and balance is kept. PipeWire's channel mixer
//! does not scale by default, as its floats have headroom until they meet the hardware; whoever converts to
//! floats only can have that too ([`MixLevel::Published`]). It also mixes `LFE` into the front by default.
//!
//! ```
//! use vcable_core::remix::{ChannelMap, RemixMatrix};
//!
//! let stereo: ChannelMap = "FL,FR".parse()?;
//! let mono: ChannelMap = "MONO".parse()?;
//! let matrix = RemixMatrix::new(&stereo, &mono);
//! let mut mixed = [0.0; 2];
//! assert_eq!(matrix.apply(&[&[1.0, 0.25], &[0.5, -0.25]], &mut [&mut mixed], 2), 2);
//! assert_eq!(mixed, [0.75, 0.0]);
//! # Ok::<(), vcable_core::remix::ChannelMapError>(())
//! ```

mod map;
mod position;
mod rules;

pub use map::{ChannelMap, ChannelMapError};
pub use position::{AuxChannel, ChannelPosition, UnknownPosition};

use core::f32::consts::FRAC_1_SQRT_2;

use heapless::Vec;

use crate::format::MAX_CHANNELS;
use rules::Gain;

/// Most coefficients that are not zero: by position a channel has at most two targets, by index all have 64 together.
const MAX_ROUTES: usize = 2 * MAX_CHANNELS as usize;

/// How loud a mix may get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MixLevel {
    /// All coefficients scaled by one factor, such that those of no output add up to more than 1.
    #[default]
    Bounded,
    /// The coefficients as published: 5.1 into mono can reach 10.7 dB beyond full scale.
    Published,
}

/// One coefficient that is not zero.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Route {
    to: u8,
    from: u8,
    gain: f32,
}

/// How the channels of one map become those of another.
///
/// Made on any thread, about 1 KiB in size; applied on the audio thread.
#[derive(Clone, Debug, PartialEq)]
pub struct RemixMatrix {
    sources: usize,
    targets: usize,
    /// In the order of targets, then of sources.
    routes: Vec<Route, MAX_ROUTES>,
}

impl RemixMatrix {
    /// From the channels of one map to those of another, at [`MixLevel::Bounded`].
    pub fn new(from: &ChannelMap, to: &ChannelMap) -> Self {
        Self::with_level(from, to, MixLevel::default())
    }

    /// The same at another level.
    pub fn with_level(from: &ChannelMap, to: &ChannelMap, level: MixLevel) -> Self {
        let mut matrix = Self { sources: from.channels(), targets: to.channels(), routes: Vec::new() };
        if from == to {
            matrix.route_by_index();
        } else if from.tells_apart() && to.tells_apart() {
            matrix.route_by_position(from, to);
        }
        if matrix.routes.is_empty() {
            matrix.route_by_index();
        }
        matrix.order();
        if level == MixLevel::Bounded {
            matrix.bound();
        }
        matrix
    }

    /// What the channel `from` is multiplied by on its way to `to`, both counted from 0; 0 where they do not exist.
    pub fn gain(&self, from: usize, to: usize) -> f32 {
        self.routes_to(to).find(|route| usize::from(route.from) == from).map_or(0.0, |route| route.gain)
    }

    /// Whether it changes nothing, so that a caller can do without it.
    pub fn is_identity(&self) -> bool {
        self.sources == self.targets
            && self.routes.len() == self.targets
            && self
                .routes
                .iter()
                .all(|route| route.from == route.to && route.gain.to_bits() == 1.0_f32.to_bits())
    }

    /// Mixes up to `frames` frames, one plane per channel, and returns how many it did: as many as every plane has, none
    /// if one is lacking. Planes in excess and samples behind the last frame stay as they were. A channel that is only
    /// moved is copied bit by bit.
    pub fn apply(&self, src: &[&[f32]], dst: &mut [&mut [f32]], frames: usize) -> usize {
        let (Some(src), Some(dst)) = (src.get(..self.sources), dst.get_mut(..self.targets)) else {
            return 0;
        };
        let held = src.iter().map(|plane| plane.len());
        let frames = held.chain(dst.iter().map(|plane| plane.len())).fold(frames, usize::min);
        let mut routes = self.routes.as_slice();
        for (target, plane) in (0..).zip(dst) {
            let count = routes.iter().take_while(|route| route.to == target).count();
            let (own, others) = routes.split_at_checked(count).unwrap_or_default();
            routes = others;
            let plane = plane.get_mut(..frames).unwrap_or_default();
            mix(own, src, plane);
        }
        frames
    }

    fn route_by_position(&mut self, from: &ChannelMap, to: &ChannelMap) {
        for (channel, &position) in from.positions().iter().enumerate() {
            if position == ChannelPosition::Na {
                continue;
            }
            if let Some(target) = to.channel_at(position) {
                self.route(channel, target, 1.0);
                continue;
            }
            let fits = rules::substitutes(position)
                .find(|substitute| substitute.clone().all(|(target, _)| to.channel_at(target).is_some()));
            for (position, gain) in fits.into_iter().flatten() {
                let gain = match gain {
                    Gain::Fixed(gain) => gain,
                    Gain::Stand if from.channel_at(position).is_some() => FRAC_1_SQRT_2,
                    Gain::Stand => 1.0,
                };
                if let Some(target) = to.channel_at(position) {
                    self.route(channel, target, gain);
                }
            }
        }
    }

    fn route_by_index(&mut self) {
        match (self.sources, self.targets) {
            (1, targets) => (0..targets).for_each(|target| self.route(0, target, 1.0)),
            (sources, 1) => (0..sources).for_each(|source| self.route(source, 0, 1.0 / sources as f32)),
            (sources, targets) => (0..sources.min(targets)).for_each(|both| self.route(both, both, 1.0)),
        }
    }

    fn routes_to(&self, target: usize) -> impl Iterator<Item = &Route> {
        self.routes.iter().filter(move |route| usize::from(route.to) == target)
    }

    fn route(&mut self, from: usize, to: usize, gain: f32) {
        // Always room: see MAX_ROUTES. Both are channel numbers, below 64.
        let _full = self.routes.push(Route { to: to as u8, from: from as u8, gain });
    }

    /// Brings the routes, which are in the order of their sources, into that of their targets.
    fn order(&mut self) {
        let by_source = core::mem::take(&mut self.routes);
        for target in 0..self.targets {
            for route in by_source.iter().filter(|route| usize::from(route.to) == target) {
                // Always room: they came from as large a place.
                let _full = self.routes.push(*route);
            }
        }
    }

    /// Scales all coefficients, so that those of no target add up to more than 1.
    fn bound(&mut self) {
        let sum = |target| -> f32 { self.routes_to(target).map(|route| route.gain).sum() };
        let most = (0..self.targets).map(sum).fold(1.0, f32::max);
        for route in &mut self.routes {
            route.gain /= most;
        }
    }
}

/// Fills `dst` with the sum of its routes.
fn mix(routes: &[Route], src: &[&[f32]], dst: &mut [f32]) {
    let Some((first, others)) = routes.split_first() else {
        return dst.fill(0.0);
    };
    let plane = |route: &Route| src.get(usize::from(route.from)).copied().unwrap_or_default();
    if first.gain.to_bits() == 1.0_f32.to_bits() {
        // Not only faster: a multiplication may change the bits of a NaN, and flush subnormals where a host asked for it.
        dst.iter_mut().zip(plane(first)).for_each(|(to, &from)| *to = from);
    } else {
        dst.iter_mut().zip(plane(first)).for_each(|(to, &from)| *to = from * first.gain);
    }
    for route in others {
        for (to, &from) in dst.iter_mut().zip(plane(route)) {
            *to += from * route.gain;
        }
    }
}
