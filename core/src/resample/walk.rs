//! The reading position between two input frames, and how it moves from one output frame to the next.

use super::step::Step;

/// A stretch of output frames whose step is constant or changes by the same amount each frame.
///
/// Invariant: `rem < den`. The position is `(frac + rem / den) / 2^64` of an input frame past a whole
/// one; whole frames are handed to the caller, who counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Walk {
    /// Fraction of an input frame, in units of 2^-64.
    pub(super) frac: u64,
    /// What is left below that unit, over `den`.
    pub(super) rem: u32,
    pub(super) den: u32,
    /// The step behind us, 64 fraction bits.
    fixed: u128,
    /// Added to `fixed` before each advance.
    delta: i128,
    step_rem: u32,
}

impl Walk {
    /// Moves on by one output frame; gives the whole input frames passed.
    #[inline]
    pub(super) fn advance(&mut self) -> u64 {
        self.fixed = self.fixed.wrapping_add_signed(self.delta);
        let mut sum = u128::from(self.frac).wrapping_add(self.fixed);
        let rem = u64::from(self.rem) + u64::from(self.step_rem);
        let carry = rem >= u64::from(self.den);
        self.rem = (if carry { rem - u64::from(self.den) } else { rem }) as u32;
        sum = sum.wrapping_add(u128::from(carry));
        self.frac = sum as u64;
        (sum >> 64) as u64
    }

    /// Moves on by `frames` output frames at once; the same as so many [`Walk::advance`], exactly.
    pub(super) fn skip(&mut self, frames: usize) -> u64 {
        let n = frames as u128;
        // Sum of the steps: n * fixed + delta * n (n + 1) / 2. A ramp covers one chunk, so the second
        // term stays below 48 * 2^64 * n and nothing overflows.
        let ramp = self.delta.wrapping_mul((n.wrapping_mul(n.wrapping_add(1)) / 2) as i128);
        let rem = u128::from(self.rem) + n.wrapping_mul(u128::from(self.step_rem));
        let den = u128::from(self.den.max(1));
        let sum = u128::from(self.frac)
            .wrapping_add(self.fixed.wrapping_mul(n))
            .wrapping_add_signed(ramp)
            .wrapping_add(rem / den);
        self.fixed = self.fixed.wrapping_add_signed(self.delta.wrapping_mul(n as i128));
        self.rem = (rem % den) as u32;
        self.frac = sum as u64;
        (sum >> 64) as u64
    }

    /// Whether the step is the same for every frame.
    #[inline]
    pub(super) fn is_constant(&self) -> bool {
        self.delta == 0
    }
}

/// How a new step takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// From the next output frame on.
    Jump,
    /// In equal increments over the next chunk asked for; its last frame has the new step. A step that
    /// swings by 100 ppm a second, set every 256 frames, leaves side bands of a 15 kHz tone at -137 dB this
    /// way and at -89 dB with jumps: this is what a clock-drift loop wants.
    Ramp,
}

/// The position and every step it is still due to take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stepper {
    walk: Walk,
    step: Step,
    /// Set by a [`Change::Ramp`], begun by the next chunk.
    pending: Option<Step>,
    /// Where the running ramp leads, and its frames left.
    ramp: Option<(Step, usize)>,
}

impl Stepper {
    /// At a whole input frame, at rest on `step`.
    pub(super) fn new(step: Step) -> Self {
        let walk = Walk { frac: 0, rem: 0, den: step.den, fixed: step.fixed, delta: 0, step_rem: step.rem };
        Self { walk, step, pending: None, ramp: None }
    }

    /// The step in force, or on its way.
    pub(super) fn step(&self) -> Step {
        self.pending.or(self.ramp.map(|(target, _)| target)).unwrap_or(self.step)
    }

    pub(super) fn set(&mut self, step: Step, change: Change) {
        match change {
            Change::Ramp if step == self.step && self.ramp.is_none() => self.pending = None,
            Change::Ramp => self.pending = Some(step),
            Change::Jump => {
                self.pending = None;
                self.settle(step);
            }
        }
    }

    /// Fraction of an input frame by which the position is past a whole one, 0 to 1.
    pub(super) fn fraction(&self) -> f64 {
        self.walk.frac as f64 * (1.0 / super::step::ONE as f64)
    }

    /// Begins a pending ramp over a chunk of `frames`.
    pub(super) fn begin_chunk(&mut self, frames: usize) {
        if frames == 0 {
            return;
        }
        if let Some(target) = self.pending.take() {
            let span = target.fixed.wrapping_sub(self.walk.fixed) as i128;
            self.walk.delta = span / frames as i128;
            // The remainder (below 2^-64 of a frame) is given up for the length of the ramp.
            (self.walk.rem, self.walk.den, self.walk.step_rem) = (0, 1, 0);
            self.ramp = Some((target, frames));
        }
    }

    /// The walk to follow, and for how many output frames it holds.
    pub(super) fn segment(&self) -> (Walk, usize) {
        (self.walk, self.ramp.map_or(usize::MAX, |(_, left)| left))
    }

    /// Moves on by `frames` output frames, never past the end of the current segment; gives the whole
    /// input frames passed.
    pub(super) fn skip_in_segment(&mut self, frames: usize) -> u64 {
        let whole = self.walk.skip(frames);
        if let Some((target, left)) = self.ramp {
            if frames >= left {
                self.settle(target);
            } else {
                self.ramp = Some((target, left - frames));
            }
        }
        whole
    }

    /// Whole input frames that `advances` output frames will pass when the next chunk has `chunk`.
    pub(super) fn preview(mut self, chunk: usize, advances: usize) -> u64 {
        self.begin_chunk(chunk);
        let first = advances.min(self.segment().1);
        let passed = self.skip_in_segment(first);
        passed.saturating_add(self.skip_in_segment(advances - first))
    }

    fn settle(&mut self, step: Step) {
        if self.walk.den != step.den {
            self.walk.rem = 0;
        }
        (self.walk.den, self.walk.step_rem) = (step.den, step.rem);
        (self.walk.fixed, self.walk.delta) = (step.fixed, 0);
        (self.step, self.ramp) = (step, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY_SECONDS: usize = 86_400;

    fn arbitrary_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (8_000u32..384_000, 8_000u32..384_000).prop_filter_map("range", |(i, o)| Step::from_rates(i, o)),
            (Step::MIN..Step::MAX).prop_filter_map("range", Step::from_f64),
        ]
    }

    #[test]
    fn after_24_hours_the_position_is_the_exact_rational_one() {
        let rates = [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000, 384_000];
        for input in rates {
            for output in rates {
                let Some(step) = Step::from_rates(input, output) else { continue };
                let mut stepper = Stepper::new(step);
                let passed = stepper.skip_in_segment(DAY_SECONDS * output as usize);
                assert_eq!(passed, DAY_SECONDS as u64 * u64::from(input), "{input} -> {output}");
                assert_eq!((stepper.walk.frac, stepper.walk.rem), (0, 0), "{input} -> {output}");
            }
        }
    }

    #[test]
    fn one_period_walked_frame_by_frame_comes_back_to_the_start() {
        // With the closed form above this is the induction step: every period is like the first.
        for (input, output) in [(44_100, 48_000), (48_000, 44_100), (11_025, 384_000), (48_000, 47_999)] {
            let step = Step::from_rates(input, output).unwrap();
            let (num, den) = step.ratio().unwrap();
            let start = Stepper::new(step).walk;
            let mut walk = start;
            let passed: u64 = (0..den).map(|_| walk.advance()).sum();
            assert_eq!((passed, walk), (u64::from(num), start));
        }
    }

    proptest! {
        #[test]
        fn skipping_is_walking(step in arbitrary_step(), target in arbitrary_step(),
                               ramp in any::<bool>(), chunk in 1usize..2000, part in 0usize..2000) {
            let mut stepper = Stepper::new(step);
            stepper.skip_in_segment(17);
            if ramp {
                stepper.set(target, Change::Ramp);
            }
            stepper.begin_chunk(chunk);
            let frames = part.min(chunk);
            let (mut walk, _) = stepper.segment();
            let walked: u64 = (0..frames).map(|_| walk.advance()).sum();
            let mut skipping = stepper.segment().0;
            prop_assert_eq!(skipping.skip(frames), walked);
            prop_assert_eq!(skipping, walk);
        }

        #[test]
        fn a_ramp_ends_on_its_target(step in arbitrary_step(), target in arbitrary_step(), chunk in 1usize..4096) {
            let mut stepper = Stepper::new(step);
            stepper.set(target, Change::Ramp);
            let previewed = stepper.preview(chunk, chunk);
            stepper.begin_chunk(chunk);
            let passed = stepper.skip_in_segment(chunk);
            prop_assert_eq!(passed, previewed);
            prop_assert_eq!(stepper.step, target);
            prop_assert_eq!(stepper.walk.fixed, target.fixed);
            // Mean of the steps taken: halfway, plus half an increment because the last one is the target.
            let n = chunk as f64;
            let (from, to) = (step.to_f64(), target.to_f64());
            let exact = n * 0.5 * (from + to) + 0.5 * (to - from);
            prop_assert!((passed as f64 + stepper.fraction() - exact).abs() < 1e-8 * n.max(1.0));
        }
    }
}
