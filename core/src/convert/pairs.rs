//! From format values to format types: one compiled loop per pair.

use core::marker::PhantomData;

use super::arch::InstructionSet;
use super::dither::Dither;
use super::f32::F32;
use super::kernel::{Dithered, Job, Plain};
use super::s16::S16;
use super::s24::S24;
use super::s24_32::S24In32;
use super::s32::S32;
use super::sample::Sample;
use crate::format::SampleFormat;

/// The two formats, how to round, and with what instructions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) from: SampleFormat,
    pub(super) to: SampleFormat,
    pub(super) isa: InstructionSet,
}

impl Pair {
    /// Does `job`; `dither` counts only where the target is the narrower format.
    pub(super) fn run(self, dither: Option<Dither>, job: Job<'_>) {
        match self.from {
            SampleFormat::F32 if self.to == SampleFormat::S16 && dither.is_none() => self.isa.f32_to_s16(job),
            SampleFormat::F32 => self.run_from::<F32>(dither, job),
            SampleFormat::S16 => self.run_from::<S16>(dither, job),
            SampleFormat::S24 => self.run_from::<S24>(dither, job),
            SampleFormat::S24In32 => self.run_from::<S24In32>(dither, job),
            SampleFormat::S32 => self.run_from::<S32>(dither, job),
        }
    }

    fn run_from<S: Sample>(self, dither: Option<Dither>, job: Job<'_>) {
        match self.to {
            SampleFormat::F32 => self.run_pair::<S, F32>(dither, job),
            SampleFormat::S16 => self.run_pair::<S, S16>(dither, job),
            SampleFormat::S24 => self.run_pair::<S, S24>(dither, job),
            SampleFormat::S24In32 => self.run_pair::<S, S24In32>(dither, job),
            SampleFormat::S32 => self.run_pair::<S, S32>(dither, job),
        }
    }

    fn run_pair<S: Sample, D: Sample>(self, dither: Option<Dither>, job: Job<'_>) {
        match dither {
            Some(dither) if D::BITS < S::BITS && !D::FLOAT => {
                self.isa.perform(Dithered::<S, D>(dither, PhantomData), job);
            }
            _ => self.isa.perform(Plain::<S, D>(PhantomData), job),
        }
    }
}
