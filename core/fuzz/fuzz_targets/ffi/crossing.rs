//! The crossing of a host's reader: what may be asked of it, and when.

use vcable_core::ffi::{
    Clocks, CrossingSettings, Memory, Status, vcable_crossing_defaults, vcable_crossing_memory,
    vcable_reader_cross, vcable_reader_set_clocks, vcable_reader_set_target, vcable_reader_uncross,
};
use vcable_core_fuzz::{Result, Unstructured, without_allocation};

use super::{Crossing, Host, expect, ffi, when};
use crate::arguments::{Lent, format, is_format, near, wanted};

impl Host {
    pub(super) fn cross(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let reader_format = format(u)?;
        let gone = when(!self.alive, Status::Gone);
        let mut wrong: Vec<_> =
            gone.into_iter().chain(when(!is_format(&reader_format), Status::Format)).collect();
        let mut defaults = std::mem::MaybeUninit::uninit();
        let status =
            ffi!(vcable_crossing_defaults(self.cable, &raw const reader_format, defaults.as_mut_ptr()));
        if !expect(status, &wrong) {
            return Ok(());
        }
        // SAFETY: a call that was not refused has written them.
        let defaults = unsafe { defaults.assume_init() };
        let wanted = wanted(u, defaults, &self.format, self.capacity_frames)?;
        wrong.extend(&wanted.wrong);
        let mut needed = Memory::default();
        let settings = &raw const wanted.settings;
        if !expect(ffi!(vcable_crossing_memory(self.cable, settings, &raw mut needed)), &wrong) {
            assert_eq!(needed, Memory::default());
            return Ok(());
        }
        let memory = Lent::new(needed);
        let (reader, mut wrong) = self.reader(u)?;
        let (at, size, bad) = memory.lend(u)?;
        wrong.extend(bad);
        wrong.extend(when(self.reader_runs, Status::Running));
        wrong.extend(when(self.crossing.is_some(), Status::Way));
        if expect(ffi!(vcable_reader_cross(reader, at, size, settings)), &wrong) {
            let CrossingSettings { clocks, may_part, .. } = wanted.settings;
            let has_resampler = may_part == 1
                || clocks == Clocks::Apart as u32
                || reader_format.rate_hz != self.format.rate_hz;
            self.crossing = Some(Crossing { format: reader_format, has_resampler, _memory: memory });
        }
        Ok(())
    }

    pub(super) fn uncross(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let (reader, mut wrong) = self.reader(u)?;
        wrong.extend(when(self.reader_runs, Status::Running));
        wrong.extend(when(self.crossing.is_none(), Status::Way));
        if expect(ffi!(vcable_reader_uncross(reader)), &wrong) {
            self.crossing = None;
        }
        Ok(())
    }

    pub(super) fn set_clocks(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let clocks = near(u, 1..=3)?;
        let (reader, mut wrong) = self.reader(u)?;
        wrong.extend(when(!(1..=3).contains(&clocks), Status::Setting));
        wrong.extend(when(self.crossing.is_none(), Status::Way));
        let without = self.crossing.as_ref().is_some_and(|crossing| !crossing.has_resampler);
        wrong.extend(when(without && clocks == Clocks::Apart as u32, Status::Resampler));
        expect(ffi!(vcable_reader_set_clocks(reader, clocks)), &wrong);
        Ok(())
    }

    pub(super) fn set_target(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let target_frames = near(u, 0..=self.capacity_frames)?;
        let (reader, mut wrong) = self.reader(u)?;
        wrong.extend(when(target_frames > self.capacity_frames, Status::Setting));
        wrong.extend(when(self.crossing.is_none(), Status::Way));
        expect(ffi!(vcable_reader_set_target(reader, target_frames)), &wrong);
        Ok(())
    }
}
