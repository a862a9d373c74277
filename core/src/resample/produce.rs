//! The inner loop: weights of one position, applied to a group of channels.
//!
//! Written with arrays of eight so that the compiler turns each into one or two vector registers: SSE2
//! and NEON as the baseline of their targets, AVX2 with fused multiply-add in `avx2`. No intrinsics, and the
//! same source for each.

use super::table::{Between, LANES, Shape};
use super::walk::Walk;

/// Eight neighbouring samples.
type Lane = [f32; LANES];

/// How `a * b + c` is computed.
pub(super) trait Arithmetic {
    /// `a * b + c`.
    fn mul_add(a: f32, b: f32, c: f32) -> f32;
}

/// Two roundings; what every target has.
pub(super) struct Baseline;

impl Arithmetic for Baseline {
    #[inline(always)]
    fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        a * b + c
    }
}

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
    /// Exact ratios only: the row of the next output frame, and frames and rows per step.
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

/// Makes output frames `from..from + frames` of `N` channels from the samples in `inputs`.
#[inline(always)]
pub(super) fn produce<A: Arithmetic, const N: usize>(
    source: &Source<'_>,
    inputs: [&[f32]; N],
    outputs: &mut [&mut [f32]],
    from: usize,
    frames: usize,
) {
    match (source.aligned, source.shape.between) {
        (Some(aligned), _) => on_rows::<A, N>(source, aligned, inputs, outputs, from, frames),
        (None, Between::Linear) => between_rows::<A, N, 2>(source, inputs, outputs, from, frames, linear),
        (None, Between::Cubic) => between_rows::<A, N, 4>(source, inputs, outputs, from, frames, cubic),
    }
}

#[inline(always)]
fn on_rows<A: Arithmetic, const N: usize>(
    source: &Source<'_>,
    aligned: Aligned,
    inputs: [&[f32]; N],
    outputs: &mut [&mut [f32]],
    from: usize,
    frames: usize,
) {
    let Shape { taps, phases, between, .. } = source.shape;
    let (mut row, mut base) = (aligned.row, source.base);
    for frame in from..from + frames {
        let start = (row as usize + between.rows_before()) * taps;
        let Some(weights) = source.table.get(start..start + taps) else { return };
        write(outputs, frame, apply::<A, N, 1>([weights], [1.0], inputs, base, taps));
        row += aligned.step_rows;
        base += aligned.step_frames;
        if row >= phases {
            row -= phases;
            base += 1;
        }
    }
}

#[inline(always)]
fn between_rows<A: Arithmetic, const N: usize, const R: usize>(
    source: &Source<'_>,
    inputs: [&[f32]; N],
    outputs: &mut [&mut [f32]],
    from: usize,
    frames: usize,
    blend: impl Fn(f32) -> [f32; R],
) {
    let Shape { taps, phases, .. } = source.shape;
    let (mut walk, mut base) = (source.walk, source.base);
    for frame in from..from + frames {
        let scaled = u128::from(walk.frac) * u128::from(phases);
        // 24 bits are all that an `f32` weight holds.
        let between = ((scaled as u64) >> 40) as f32 * (1.0 / 16_777_216.0);
        let start = (scaled >> 64) as usize * taps;
        let Some(block) = source.table.get(start..start + R * taps) else { return };
        let mut rows = block.chunks_exact(taps);
        let rows = core::array::from_fn(|_| rows.next().unwrap_or(&[]));
        write(outputs, frame, apply::<A, N, R>(rows, blend(between), inputs, base, taps));
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

/// One output frame of `N` channels: the blend of `R` rows against `taps` samples from `base` on. The blend
/// is computed once and used for every channel of the group.
#[inline(always)]
fn apply<A: Arithmetic, const N: usize, const R: usize>(
    rows: [&[f32]; R],
    blend: [f32; R],
    inputs: [&[f32]; N],
    base: usize,
    taps: usize,
) -> [f32; N] {
    let rows: [&[Lane]; R] = core::array::from_fn(|r| lanes(rows[r]));
    let inputs: [&[Lane]; N] =
        core::array::from_fn(|c| lanes(inputs[c].get(base..base + taps).unwrap_or(&[])));
    // Two sums per channel, so that one addition need not wait for the one before.
    let mut sums = [[[0f32; LANES]; 2]; N];
    let pairs = inputs.iter().chain(rows.iter()).map(|x| x.len()).min().unwrap_or(0) / 2;
    for pair in 0..pairs {
        for half in 0..2 {
            let at = 2 * pair + half;
            let mut weights = [0f32; LANES];
            for r in 0..R {
                let row = &rows[r][at];
                for i in 0..LANES {
                    weights[i] = match r {
                        0 if R == 1 => row[i],
                        0 => row[i] * blend[0],
                        _ => A::mul_add(row[i], blend[r], weights[i]),
                    };
                }
            }
            for c in 0..N {
                let x = &inputs[c][at];
                for i in 0..LANES {
                    sums[c][half][i] = A::mul_add(x[i], weights[i], sums[c][half][i]);
                }
            }
        }
    }
    core::array::from_fn(|c| total(&sums[c]))
}

/// Pairwise, which keeps the rounding error lowest.
#[inline(always)]
fn total(sums: &[Lane; 2]) -> f32 {
    let eight: Lane = core::array::from_fn(|i| sums[0][i] + sums[1][i]);
    let four: [f32; 4] = core::array::from_fn(|i| eight[i] + eight[i + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

/// The slice in steps of eight. Rows and windows are whole multiples of eight, so nothing is left over.
#[inline(always)]
fn lanes(samples: &[f32]) -> &[Lane] {
    bytemuck::try_cast_slice(samples).unwrap_or(&[])
}

#[inline(always)]
fn write<const N: usize>(outputs: &mut [&mut [f32]], frame: usize, values: [f32; N]) {
    for (output, value) in outputs.iter_mut().zip(values) {
        if let Some(sample) = output.get_mut(frame) {
            *sample = value;
        }
    }
}
