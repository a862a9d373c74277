//! Where the sound of a channel goes that the other side lacks.
//!
//! The front, side, rear and mono coefficients are those of Rec. ITU-R BS.775, annex on downward mixing of 3/2 sound:
//! 0.7071 for a centre into left and right and for a surround into its front, 0.5 for a surround into the centre. The
//! Recommendation gives the low-frequency channel no place in them, nor do we. What it does not know follows its
//! principle, 3 dB less for each step away and equal power where one becomes two: a height channel goes to the ear
//! level below it, a channel between two others to the outer one.

use core::f32::consts::FRAC_1_SQRT_2;

use super::position::ChannelPosition as P;

/// What a channel is multiplied by on its way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Gain {
    /// Always this.
    Fixed(f32),
    /// The target is nearly the same place: 1, or 3 dB less when the source has a channel there as well.
    Stand,
}

/// Channels that together stand in for one.
type Substitute = &'static [(P, Gain)];

const ONE: Gain = Gain::Fixed(1.0);
/// -3 dB: half the power.
const M3: Gain = Gain::Fixed(FRAC_1_SQRT_2);
/// -6 dB.
const M6: Gain = Gain::Fixed(0.5);
/// -9 dB.
const M9: Gain = Gain::Fixed(0.5 * FRAC_1_SQRT_2);
use Gain::Stand;

/// Substitutes for `position`, best first; the targets of the first one that the other side has in full are taken.
/// Right-hand positions have those of their left counterpart, mirrored.
pub(super) fn substitutes(position: P) -> impl Iterator<Item = impl Iterator<Item = (P, Gain)> + Clone> {
    let counterpart = left_of(position);
    let mirrored = counterpart.is_some();
    let list = substitutes_left(counterpart.unwrap_or(position));
    list.iter().map(move |substitute| {
        substitute.iter().map(move |&(target, gain)| (if mirrored { mirror(target) } else { target }, gain))
    })
}

/// [`substitutes`] of left-hand and centre positions.
fn substitutes_left(position: P) -> &'static [Substitute] {
    match position {
        P::Mono => &[&[(P::Fc, ONE)], &[(P::Fl, ONE), (P::Fr, ONE)]],
        P::Fl => &[&[(P::Fc, M3)], &[(P::Mono, M3)]],
        P::Fc => &[&[(P::Mono, ONE)], &[(P::Fl, M3), (P::Fr, M3)]],
        P::Flc | P::Flw => &[&[(P::Fl, ONE)], &[(P::Fc, M3)], &[(P::Mono, M3)]],
        P::Sl => SIDE,
        P::Rl => REAR,
        P::Rlc => REAR_OF_CENTRE,
        P::Rc => REAR_CENTRE,
        P::Tfl | P::Flh | P::Tflc => HIGH_FRONT,
        P::Tfc | P::Fch | P::Tc => HIGH_CENTRE,
        P::Tsl => HIGH_SIDE,
        P::Trl => HIGH_REAR,
        P::Trc => HIGH_REAR_CENTRE,
        P::Bc => &[&[(P::Fc, M3)], &[(P::Fl, M6), (P::Fr, M6)], &[(P::Mono, M3)]],
        P::Blc => &[&[(P::Fl, M3)], &[(P::Fc, M6)], &[(P::Mono, M6)]],
        P::Lfe => &[&[(P::Llfe, M3), (P::Rlfe, M3)]],
        P::Lfe2 | P::Llfe => &[&[(P::Lfe, M3)]],
        _ => &[],
    }
}

const SIDE: &[Substitute] =
    &[&[(P::Rl, Stand)], &[(P::Rc, M3)], &[(P::Fl, M3)], &[(P::Fc, M6)], &[(P::Mono, M6)]];
const REAR: &[Substitute] =
    &[&[(P::Sl, Stand)], &[(P::Rc, M3)], &[(P::Fl, M3)], &[(P::Fc, M6)], &[(P::Mono, M6)]];
const REAR_OF_CENTRE: &[Substitute] =
    &[&[(P::Rl, Stand)], &[(P::Sl, Stand)], &[(P::Rc, M3)], &[(P::Fl, M3)], &[(P::Fc, M6)], &[(P::Mono, M6)]];
const REAR_CENTRE: &[Substitute] = &[
    &[(P::Rl, M3), (P::Rr, M3)],
    &[(P::Sl, M3), (P::Sr, M3)],
    &[(P::Fl, M6), (P::Fr, M6)],
    &[(P::Fc, M3)],
    &[(P::Mono, M3)],
];
const HIGH_FRONT: &[Substitute] =
    &[&[(P::Tfl, Stand)], &[(P::Flh, Stand)], &[(P::Fl, M3)], &[(P::Fc, M6)], &[(P::Mono, M6)]];
const HIGH_CENTRE: &[Substitute] = &[
    &[(P::Tfc, Stand)],
    &[(P::Fch, Stand)],
    &[(P::Tfl, M3), (P::Tfr, M3)],
    &[(P::Fc, M3)],
    &[(P::Fl, M6), (P::Fr, M6)],
    &[(P::Mono, M3)],
];
const HIGH_SIDE: &[Substitute] =
    &[&[(P::Trl, Stand)], &[(P::Sl, M3)], &[(P::Rl, M3)], &[(P::Fl, M6)], &[(P::Fc, M9)], &[(P::Mono, M9)]];
const HIGH_REAR: &[Substitute] =
    &[&[(P::Tsl, Stand)], &[(P::Rl, M3)], &[(P::Sl, M3)], &[(P::Fl, M6)], &[(P::Fc, M9)], &[(P::Mono, M9)]];
const HIGH_REAR_CENTRE: &[Substitute] = &[
    &[(P::Trl, M3), (P::Trr, M3)],
    &[(P::Rc, M3)],
    &[(P::Rl, M6), (P::Rr, M6)],
    &[(P::Sl, M6), (P::Sr, M6)],
    &[(P::Fl, M9), (P::Fr, M9)],
    &[(P::Fc, M6)],
    &[(P::Mono, M6)],
];

/// Left-hand positions with their right-hand counterparts.
const PAIRS: [(P, P); 13] = [
    (P::Fl, P::Fr),
    (P::Sl, P::Sr),
    (P::Rl, P::Rr),
    (P::Flc, P::Frc),
    (P::Flw, P::Frw),
    (P::Rlc, P::Rrc),
    (P::Tfl, P::Tfr),
    (P::Trl, P::Trr),
    (P::Tsl, P::Tsr),
    (P::Tflc, P::Tfrc),
    (P::Flh, P::Frh),
    (P::Blc, P::Brc),
    (P::Llfe, P::Rlfe),
];

/// The left counterpart of a right-hand position.
fn left_of(position: P) -> Option<P> {
    PAIRS.iter().find(|pair| pair.1 == position).map(|pair| pair.0)
}

/// The same place on the other side; a centre is its own.
fn mirror(position: P) -> P {
    let to_other = |&(left, right): &(P, P)| match position {
        _ if position == left => Some(right),
        _ if position == right => Some(left),
        _ => None,
    };
    PAIRS.iter().find_map(to_other).unwrap_or(position)
}
