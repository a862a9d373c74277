//! The inner loop: weights of one position, applied to a group of channels.
#![expect(
    clippy::inline_always,
    reason = "vectors must stay in registers, and features of the caller must reach in"
)]

use super::step::Step;
use super::table::{Between, Shape};
use super::vector::{Eight, Vector};
use super::walk::Walk;

/// Sixteen neighbouring samples: two vectors, summed apart so that one addition need not wait for the
/// one before. Rows of the table are whole multiples of it.
type Pair = [Eight; 2];

const PAIR_SAMPLES: usize = 16;

/// What a run of output frames reads.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    /// The table, row after row.
    pub(super) table: &'a [f32],
    pub(super) shape: Shape,
    /// First sample of the window of the next output frame.
    pub(super) base: usize,
    /// Position of the next output frame after a whole input frame.
    pub(super) walk: Walk,
    /// Set when every position lies exactly on a row.
    pub(super) aligned: Option<Aligned>,
}

/// A position that is always exactly on a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aligned {
    /// Row of the next output frame, below `phases`.
    pub(super) row: u32,
    /// Whole input frames of a step.
    pub(super) step_frames: usize,
    /// Rows of a step beyond the whole frames, below `phases`.
    pub(super) step_rows: u32,
}

impl Aligned {
    /// The rows of the position and of the step, when both lie exactly on rows.
    pub(super) fn find(shape: &Shape, step: Step, walk: Walk) -> Option<Self> {
        let (num, den) = step.ratio()?;
        let (phases, den) = (u64::from(shape.phases), u64::from(den));
        if !walk.is_constant() || u64::from(walk.den) != den || phases.checked_rem(den)? != 0 {
            return None;
        }
        let rows_per_unit = phases.checked_div(den)?;
        let units = u128::from(walk.frac) * u128::from(den) + u128::from(walk.rem);
        if units as u64 != 0 {
            return None;
        }
        let step_rows = u64::from(num) * rows_per_unit;
        Some(Self {
            row: ((units >> 64) as u64 * rows_per_unit) as u32,
            step_frames: step_rows.checked_div(phases)? as usize,
            step_rows: step_rows.checked_rem(phases)? as u32,
        })
    }
}

/// Makes output frames `from..from + frames` of `N` channels from the samples in `inputs`.
#[inline(always)]
pub(super) fn produce<V: Vector, const N: usize>(
    source: &Source<'_>,
    inputs: [&[f32]; N],
    outputs: &mut [&mut [f32]],
    from: usize,
    frames: usize,
) {
    match (source.aligned, source.shape.between) {
        (Some(aligned), _) => on_rows::<V, N>(source, aligned, inputs, outputs, from, frames),
        (None, Between::Linear) => between_rows::<V, N, 2>(source, linear, inputs, outputs, from, frames),
        (None, Between::Cubic) => between_rows::<V, N, 4>(source, cubic, inputs, outputs, from, frames),
    }
}

#[inline(always)]
fn on_rows<V: Vector, const N: usize>(
    source: &Source<'_>,
    aligned: Aligned,
    inputs: [&[f32]; N],
    outputs: &mut [&mut [f32]],
    from: usize,
    frames: usize,
) {
    let Shape { taps, phases, between, .. } = source.shape;
    let (pairs, table) = (taps / PAIR_SAMPLES, pairs_of(source.table));
    let (mut row, mut base) = (aligned.row, source.base);
    for frame in from..from + frames {
        let start = (row as usize + between.rows_before()) * pairs;
        let Some(values) = apply::<V, N, 1>(table, start, [1.0], inputs, base, pairs) else { return };
        write(outputs, frame, values);
        row += aligned.step_rows;
        base += aligned.step_frames;
        if row >= phases {
            row -= phases;
            base += 1;
        }
    }
}

#[inline(always)]
fn between_rows<V: Vector, const N: usize, const R: usize>(
    source: &Source<'_>,
    blend: fn(f32) -> [f32; R],
    inputs: [&[f32]; N],
    outputs: &mut [&mut [f32]],
    from: usize,
    frames: usize,
) {
    let Shape { taps, phases, .. } = source.shape;
    let (pairs, table) = (taps / PAIR_SAMPLES, pairs_of(source.table));
    let (mut walk, mut base) = (source.walk, source.base);
    for frame in from..from + frames {
        let scaled = u128::from(walk.frac) * u128::from(phases);
        // 24 bits are all that an `f32` holds; they lie in the upper half, which a signed number holds.
        let between = ((scaled as u64) >> 40) as i32 as f32 * (1.0 / 16_777_216.0);
        let (start, blend) = ((scaled >> 64) as usize * pairs, blend(between));
        let Some(values) = apply::<V, N, R>(table, start, blend, inputs, base, pairs) else { return };
        write(outputs, frame, values);
        base += walk.advance() as usize;
    }
}

/// Weights of the 2 rows around a position `x` of the way from the first to the second.
#[inline(always)]
fn linear(x: f32) -> [f32; 2] {
    [1.0 - x, x]
}

/// Weights of the 4 rows around a position `x` of the way from the second to the third (Lagrange).
#[inline(always)]
fn cubic(x: f32) -> [f32; 4] {
    let (before, after, far) = (x + 1.0, x - 1.0, x - 2.0);
    [
        -x * after * far * (1.0 / 6.0),
        before * after * far * 0.5,
        -before * x * far * 0.5,
        before * x * after * (1.0 / 6.0),
    ]
}

/// One output frame of `N` channels: the blend of the `R` rows that begin at the pair `start`, each of `pairs`
/// pairs, against as many samples from `base` on. Computed once, the blend serves every channel of the group.
/// `None` when something lies outside its slice, which the callers rule out; the slices are cut off their ends
/// one after the other, because asking for both ends at once costs a tenth of the speed.
#[inline(always)]
fn apply<V: Vector, const N: usize, const R: usize>(
    table: &[Pair],
    start: usize,
    blend: [f32; R],
    inputs: [&[f32]; N],
    base: usize,
    pairs: usize,
) -> Option<[f32; N]> {
    let mut rows: [&[Pair]; R] = [&[]; R];
    let mut rest = table.get(start..)?;
    for row in &mut rows {
        (*row, rest) = rest.split_at_checked(pairs)?;
    }
    let mut windows: [&[Pair]; N] = [&[]; N];
    for (window, input) in windows.iter_mut().zip(inputs) {
        *window = pairs_of(input.get(base..)?.get(..pairs * PAIR_SAMPLES)?).get(..pairs)?;
    }
    let blend = blend.map(V::splat);
    let zero = V::splat(0.0);
    let mut sums = [[zero; 2]; N];
    for at in 0..pairs {
        for half in 0..2 {
            let mut weights = V::load(&pair(rows[0], at)[half]);
            if R > 1 {
                weights = weights.mul(blend[0]);
            }
            for r in 1..R {
                weights = V::load(&pair(rows[r], at)[half]).mul_add(blend[r], weights);
            }
            // Four channels have independent sums enough; eight would not fit the registers.
            let bank = if N > 2 { 0 } else { half };
            for c in 0..N {
                sums[c][bank] = V::load(&pair(windows[c], at)[half]).mul_add(weights, sums[c][bank]);
            }
        }
    }
    let mut values = [0f32; N];
    for (value, [even, odd]) in values.iter_mut().zip(sums) {
        *value = even.add(odd).sum();
    }
    Some(values)
}

/// The pair at `at`. It is there, as every slice is as long as the loop; with vectors the compiler sees that, and without
/// it must not find a panic here.
#[inline(always)]
fn pair(pairs: &[Pair], at: usize) -> &Pair {
    const SILENCE: Pair = [[0.0; 8]; 2];
    pairs.get(at).unwrap_or(&SILENCE)
}

/// The samples as pairs: all of them, as every caller has a whole number of pairs.
#[inline(always)]
fn pairs_of(samples: &[f32]) -> &[Pair] {
    bytemuck::try_cast_slice(samples).unwrap_or_default()
}

#[inline(always)]
fn write<const N: usize>(outputs: &mut [&mut [f32]], frame: usize, values: [f32; N]) {
    for (output, value) in outputs.iter_mut().zip(values) {
        if let Some(sample) = output.get_mut(frame) {
            *sample = value;
        }
    }
}
