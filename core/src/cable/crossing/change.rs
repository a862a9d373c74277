//! From one way to another while sound runs.

use core::borrow::BorrowMut;

use super::{Crossing, CrossingError};
use crate::cable::{
    Cable, Clocks, Path, Reader,
    buffers::Areas,
    fade::{FADE_FRAMES, Rise, Tail, fall},
    resampled::{Engine, Intake},
};
use crate::resample::Resampler;
use crate::ring::{Shared, Storage};

impl<R: Resampler, B: BorrowMut<[f32]>> Crossing<R, B> {
    /// Tells how the clocks stand to each other now. If another way is better for that, the sound goes over to it in
    /// the next [`read`](Self::read) under a crossfade: the old way's next frames fall while the new way's rise, and
    /// nothing older is heard.
    ///
    /// # Errors
    /// [`CrossingError::Resampler`]; nothing changes then.
    pub fn set_clocks(&mut self, clocks: Clocks) -> Result<(), CrossingError> {
        if self.engine.is_none() && Path::choose(&self.writer, &self.reader, clocks).resamples() {
            return Err(CrossingError::Resampler);
        }
        self.clocks_next = clocks;
        Ok(())
    }

    /// Two clocks: changes [`CrossingSettings::target_frames`](super::CrossingSettings::target_frames). The next
    /// [`read`](Self::read) moves there by a skip or a pause, faded.
    pub const fn set_target(&mut self, target_frames: u32) {
        self.adaptive.set_asked(target_frames);
    }

    /// Gives it another resampler, to be used from the next [`read`](Self::read) on: for another quality. Where sound is
    /// being resampled then, the old one's next frames fall, and those of the new one rise as soon as it has what it
    /// needs: a dip of two fades and the resampler's delay, and no click. On the other ways nothing is heard of it.
    ///
    /// Returns the one that an earlier call made superfluous, for its memory; the last one stays until then.
    ///
    /// # Errors
    /// The resampler itself when it is for other channels or another ratio, or there was none before.
    pub fn set_resampler(&mut self, resampler: R) -> Result<Option<R>, R> {
        let nominal = self.engine.as_ref().map(Engine::nominal);
        let fits = resampler.channels() == self.buffers.measures().reader_channels;
        if !fits || nominal != Some(resampler.step()) {
            return Err(resampler);
        }
        self.exchange = true;
        Ok(self.spare.replace(resampler))
    }

    /// Takes on what was set since the cycle before. Within a cycle, as only then the ring has the frames that the old
    /// way would have delivered.
    pub(super) fn change<C, S>(&mut self, reader: &mut Reader<C>)
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        if self.clocks_next != self.clocks {
            self.change_clocks(reader);
        }
        if core::mem::take(&mut self.exchange) {
            self.exchange_resampler(reader);
        }
    }

    fn exchange_resampler<C, S>(&mut self, reader: &mut Reader<C>)
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        let (Some(engine), Some(next)) = (&mut self.engine, self.spare.take()) else { return };
        if self.path.resamples() {
            let mut intake = Intake { reader, bridge: &mut self.bridge };
            let tail = engine.stop(&mut intake, &mut self.buffers.areas());
            self.tail = if tail.is_over() { self.tail } else { tail };
            self.adaptive.realign();
            self.short_frames = 0;
        }
        self.spare = Some(engine.exchange(next, self.buffers.measures()));
    }

    /// Goes over to the way that was asked for.
    fn change_clocks<C, S>(&mut self, reader: &mut Reader<C>)
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        self.clocks = self.clocks_next;
        let path = Path::choose(&self.writer, &self.reader, self.clocks);
        let old = core::mem::replace(&mut self.path, path);
        if old == path {
            return;
        }
        self.adaptive.rephase();
        self.short_frames = 0;
        let mut areas = self.buffers.areas();
        let Some(engine) = &mut self.engine else { return };
        let mut intake = Intake { reader, bridge: &mut self.bridge };
        match (old.resamples(), path.resamples()) {
            (true, true) => {
                engine.steer_exactly();
                self.shed = path == Path::Resampled;
            }
            (true, false) => {
                self.tail = engine.stop(&mut intake, &mut areas);
                self.rise = Rise::after(0);
                intake.reader.rejoin();
            }
            (false, true) => {
                self.tail = peek_tail(&mut intake, &mut areas);
                self.rise = Rise::OVER;
                engine.clear();
                engine.steer_exactly();
            }
            (false, false) => {}
        }
    }
}

/// The ring's next frames as a tail; they stay in the ring.
fn peek_tail<C, S>(intake: &mut Intake<'_, C>, areas: &mut Areas<'_>) -> Tail
where
    C: Shared<Target = Cable<S>>,
    S: Storage,
{
    let Areas { wide, narrow, tail, .. } = areas;
    let bridge = &mut *intake.bridge;
    let mut frames = 0;
    intake.reader.take(FADE_FRAMES, |view| {
        frames = bridge.take(view, FADE_FRAMES, (wide, narrow));
        0
    });
    for (to, from) in tail.whole().zip(narrow.planes(0, frames)) {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        fall(to.get_mut(..frames).unwrap_or_default());
    }
    Tail::of(frames)
}
