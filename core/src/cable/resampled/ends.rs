//! Where resampled sound is cut: left out, waited for, stopped.

use super::{Engine, Flow, Intake};
use crate::cable::{
    Cable,
    buffers::{Area, Areas},
    fade::{FADE_FRAMES, Rise, Tail, fall},
};
use crate::resample::Resampler;
use crate::ring::{Shared, Storage};

impl<R: Resampler> Engine<R> {
    /// Leaves out `frames` input frames; what would have been heard next becomes a tail.
    pub(in crate::cable) fn skip<C, S>(
        &mut self,
        intake: &mut Intake<'_, C>,
        areas: &mut Areas<'_>,
        frames: u64,
    ) -> Tail
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        if self.flow != Flow::Playing {
            intake.reader.skip(usize::try_from(frames).unwrap_or(usize::MAX));
            return Tail::default();
        }
        let outputs = libm::round(frames as f64 / self.resampler.step().to_f64()) as usize;
        let tail_frames = outputs.min(FADE_FRAMES);
        let tail = self.cut_tail(intake, areas, tail_frames);
        let mut left = outputs - tail_frames;
        let dropped = left.min(self.ready_frames);
        self.consume(areas, dropped);
        left -= dropped;
        // What is left out passes through the resampler, or its window would have a hole. Each round but the last
        // makes a block, and the ring runs dry before the rounds become many.
        while left > 0 {
            let part = left.min(self.block_frames);
            let Areas { wide, narrow, ready, .. } = areas;
            let feed = |frames, wide: &mut Area<'_>, narrow: &mut Area<'_>| intake.take(frames, wide, narrow);
            let made = self.produce(feed, (wide, narrow), ready, self.ready_frames, part);
            left -= made.min(left);
            if made < part {
                break;
            }
        }
        self.rise = Rise::after(0);
        tail
    }

    /// Fades out, and plays silence for as long as the writer needs for `frames` more input frames.
    pub(in crate::cable) fn wait(&mut self, areas: &mut Areas<'_>, frames: u64) {
        let mut outputs = libm::round(frames as f64 / self.resampler.step().to_f64()) as usize;
        if self.flow == Flow::Playing {
            // The end and the new beginning play the frames inside the resampler as sound and as silence.
            outputs = outputs.saturating_sub(self.finish(areas));
        }
        self.pause_frames = self.pause_frames.saturating_add(outputs);
    }

    /// Stops at once; what would have been heard next becomes a tail.
    pub(in crate::cable) fn stop<C, S>(&mut self, intake: &mut Intake<'_, C>, areas: &mut Areas<'_>) -> Tail
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        let tail =
            self.cut_tail(intake, areas, if self.is_playing() { FADE_FRAMES } else { self.ready_frames });
        self.clear();
        tail
    }

    /// Moves the next `frames` frames, or as many as there are, into the tail's buffer, faded out.
    fn cut_tail<C, S>(&mut self, intake: &mut Intake<'_, C>, areas: &mut Areas<'_>, frames: usize) -> Tail
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        let frames = frames.min(areas.tail.capacity_frames());
        let kept = frames.min(self.ready_frames);
        for (to, from) in areas.tail.whole().zip(areas.ready.whole()) {
            let from = from.get(..kept).unwrap_or_default();
            to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        }
        self.consume(areas, kept);
        let mut made = kept;
        if self.flow == Flow::Playing {
            let Areas { wide, narrow, tail, .. } = areas;
            let feed = |frames, wide: &mut Area<'_>, narrow: &mut Area<'_>| intake.take(frames, wide, narrow);
            made += self.produce(feed, (wide, narrow), tail, kept, frames - kept);
        }
        for plane in areas.tail.whole() {
            self.rise.apply(plane.get_mut(..made).unwrap_or_default());
            fall(plane.get_mut(..made).unwrap_or_default());
        }
        Tail::of(made)
    }

    /// Plays out the frames inside the resampler under a fade and empties it; returns how many those were.
    pub(super) fn finish(&mut self, areas: &mut Areas<'_>) -> usize {
        let inside = (self.resampler.held_frames() / self.resampler.step().to_f64()) as usize;
        let room = areas.ready.capacity_frames() - self.ready_frames;
        let part = inside.min(FADE_FRAMES).min(room);
        let Areas { wide, narrow, ready, .. } = areas;
        let silence = |frames, _: &mut Area<'_>, narrow: &mut Area<'_>| {
            narrow.planes_mut(0, frames).iter_mut().for_each(|plane| plane.fill(0.0));
            frames
        };
        let made = self.produce(silence, (wide, narrow), ready, self.ready_frames, part);
        self.ready_frames += made;
        for plane in areas.ready.whole() {
            fall(plane.get_mut(..self.ready_frames).unwrap_or_default());
        }
        self.resampler.reset();
        self.flow = if self.ready_frames == 0 { Flow::Muted } else { Flow::Ending };
        made
    }
}
