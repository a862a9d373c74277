//! The resampler between the ring and the output ring, and how its sound begins and ends.

mod ends;

use super::{
    Cable, Reader,
    bridge::Bridge,
    buffers::{Area, Areas, BLOCK_FRAMES, Measures},
    fade::{FADE_FRAMES, Rise},
    uneven::SLACK_FRAMES,
};
use crate::{
    resample::{Change, Resampler, Step},
    ring::{Shared, Storage},
};

/// Where the resampler's input comes from: the ring, in the writer's format.
pub(super) struct Intake<'a, C> {
    pub(super) reader: &'a mut Reader<C>,
    pub(super) bridge: &'a mut Bridge,
}

impl<C, S> Intake<'_, C>
where
    C: Shared<Target = Cable<S>>,
    S: Storage,
{
    /// Up to `frames` frames, at most a block, to the start of `narrow`.
    fn take(&mut self, frames: usize, wide: &mut Area<'_>, narrow: &mut Area<'_>) -> usize {
        let bridge = &mut *self.bridge;
        self.reader.take(frames.min(BLOCK_FRAMES), |view| bridge.take(view, frames, (wide, narrow)))
    }
}

/// What the listener hears of this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// Silence. The resampler is empty.
    Muted,
    /// Sound.
    Playing,
    /// The last of the sound, already faded, is in the output ring. The resampler is empty.
    Ending,
}

/// The resampler with its output ring.
pub(super) struct Engine<R> {
    resampler: R,
    nominal: Step,
    channels: usize,
    /// Most frames delivered at a time.
    block_frames: usize,
    /// Frames kept in the output ring beyond those delivered, so that a fade has sound to fade: what the
    /// resampler does not look ahead anyway.
    guard_frames: usize,
    /// Frames in the output ring.
    ready_frames: usize,
    flow: Flow,
    rise: Rise,
    /// Frames of silence to play before sound may begin again.
    pause_frames: usize,
    starvations: u64,
    /// True from a starvation until sound begins again.
    dry: bool,
}

impl<R: Resampler> Engine<R> {
    pub(super) fn new(resampler: R, measures: Measures) -> Self {
        let nominal = resampler.step();
        let lookahead = (resampler.delay_frames() / nominal.to_f64()) as usize;
        Self {
            resampler,
            nominal,
            channels: measures.reader_channels,
            block_frames: measures.output_frames.saturating_sub(2 * FADE_FRAMES).clamp(1, BLOCK_FRAMES),
            guard_frames: FADE_FRAMES.saturating_sub(lookahead),
            ready_frames: 0,
            flow: Flow::Muted,
            rise: Rise::OVER,
            pause_frames: 0,
            starvations: 0,
            dry: false,
        }
    }

    /// Takes another resampler for the one it has, which it returns. All sound is forgotten.
    pub(super) fn exchange(&mut self, resampler: R, measures: Measures) -> R {
        let fresh = Self { starvations: self.starvations, ..Self::new(resampler, measures) };
        core::mem::replace(self, fresh).resampler
    }

    pub(super) fn into_resampler(self) -> R {
        self.resampler
    }

    pub(super) const fn nominal(&self) -> Step {
        self.nominal
    }

    pub(super) const fn starvations(&self) -> u64 {
        self.starvations
    }

    /// Whether it ran out of sound and did not find any since.
    pub(super) const fn is_dry(&self) -> bool {
        self.dry
    }

    pub(super) fn is_playing(&self) -> bool {
        self.flow == Flow::Playing
    }

    /// Delay that is always there, in input frames.
    pub(super) fn delay_frames(&self) -> f64 {
        self.resampler.delay_frames() + self.guard_frames as f64 * self.nominal.to_f64()
    }

    /// From the ring's next frame back to the frame that is heard next, in input frames.
    pub(super) fn behind_frames(&self) -> f64 {
        let waiting = (self.ready_frames + self.pause_frames) as f64;
        self.resampler.held_frames() + waiting * self.resampler.step().to_f64()
    }

    /// Input frames that must be there for a cycle of `frames` to be due: what it needs, or to begin what it takes
    /// on the average.
    pub(super) fn due_frames(&self, frames: usize) -> usize {
        if self.is_playing() { self.need_frames(frames) } else { self.mean_frames(frames) }
    }

    /// Input frames that `frames` frames last, rounded down.
    pub(super) fn mean_frames(&self, frames: usize) -> usize {
        (frames as f64 * self.nominal.to_f64()) as usize
    }

    /// Makes a beginning in this cycle of `frames` possible, if it is silent and `fill` input frames are nearly
    /// enough: the sound begins as much later in the cycle. So it never waits in the ring for a whole cycle. Returns
    /// whether it may begin.
    pub(super) fn begin_late(&mut self, frames: usize, fill: usize) -> bool {
        let may_begin = fill >= self.mean_frames(frames);
        if self.flow == Flow::Muted && may_begin {
            let lacking = (self.need_frames(frames) + SLACK_FRAMES).saturating_sub(fill);
            self.pause_frames = libm::ceil(lacking as f64 / self.nominal.to_f64()) as usize;
        }
        may_begin
    }

    /// Input frames that a cycle of `frames` needs from the ring.
    pub(super) fn need_frames(&self, frames: usize) -> usize {
        let made = frames.saturating_add(self.guard_frames).saturating_sub(self.ready_frames);
        self.resampler.input_frames_for(made)
    }

    /// Sets the ratio, input frames per output frame.
    pub(super) fn steer(&mut self, ratio: f64) {
        if let Some(step) = Step::from_f64(ratio) {
            // Beyond the resampler's range only if the limits of the loop are, which they are not.
            let _out_of_range = self.resampler.set_step(step, Change::Ramp);
        }
    }

    /// Back to the exact ratio of the rates.
    pub(super) fn steer_exactly(&mut self) {
        let _never_refused = self.resampler.set_step(self.nominal, Change::Ramp);
    }

    /// Begins to play if it is silent, all silence asked for is over, and the ring covers `frames` frames.
    pub(super) fn start<C, S>(&mut self, intake: &mut Intake<'_, C>, frames: usize)
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        let idle = self.flow == Flow::Muted && self.pause_frames == 0;
        if idle && intake.reader.ready_frames() >= self.need_frames(frames) {
            (self.flow, self.dry) = (Flow::Playing, false);
            // The resampler begins with silence of its delay's length; the sound behind it begins abruptly.
            let hold = libm::ceil(self.resampler.delay_frames() / self.nominal.to_f64());
            self.rise = Rise::after(hold as usize);
        }
    }

    /// Has up to `frames` frames ready at the start of the output ring; returns how many frames there are, and how
    /// many of them are sound. The rest are silent.
    pub(super) fn render<C, S>(
        &mut self,
        intake: &mut Intake<'_, C>,
        areas: &mut Areas<'_>,
        frames: usize,
    ) -> (usize, usize)
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        let mut frames = frames.min(self.block_frames);
        if self.flow == Flow::Playing {
            self.top_up(intake, areas, frames);
        }
        if self.flow == Flow::Muted && self.pause_frames > 0 {
            frames = frames.min(self.pause_frames);
            self.pause_frames -= frames;
        }
        let sound = frames.min(self.ready_frames);
        for plane in areas.ready.whole() {
            let (heard, _) = plane.split_at_mut(frames.min(plane.len()));
            let (heard, silent) = heard.split_at_mut(sound.min(heard.len()));
            self.rise.apply(heard);
            silent.fill(0.0);
        }
        self.rise.advance(sound);
        (frames, sound)
    }

    /// Takes `frames` frames of sound out of the output ring.
    pub(super) fn consume(&mut self, areas: &mut Areas<'_>, frames: usize) {
        let (from, to) = (frames.min(self.ready_frames), self.ready_frames);
        for plane in areas.ready.whole() {
            if let Some(held) = plane.get_mut(..to) {
                held.copy_within(from.min(held.len()).., 0);
            }
        }
        self.ready_frames -= from;
        if self.flow == Flow::Ending && self.ready_frames == 0 {
            self.flow = Flow::Muted;
        }
    }

    /// Forgets all sound.
    pub(super) fn clear(&mut self) {
        self.resampler.reset();
        (self.flow, self.rise) = (Flow::Muted, Rise::OVER);
        (self.ready_frames, self.pause_frames, self.dry) = (0, 0, false);
    }

    /// Fills the output ring for a block of `frames` frames; lets the sound end when the input does.
    fn top_up<C, S>(&mut self, intake: &mut Intake<'_, C>, areas: &mut Areas<'_>, frames: usize)
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        let wanted = (frames + self.guard_frames).min(areas.ready.capacity_frames());
        // At most twice: the guard makes the first block of all a little longer than others.
        while self.ready_frames < wanted {
            let part = (wanted - self.ready_frames).min(BLOCK_FRAMES);
            let Areas { wide, narrow, ready, .. } = areas;
            let feed = |frames, wide: &mut Area<'_>, narrow: &mut Area<'_>| intake.take(frames, wide, narrow);
            let made = self.produce(feed, (wide, narrow), ready, self.ready_frames, part);
            self.ready_frames += made;
            if made < part {
                self.starvations += 1;
                self.dry = true;
                self.finish(areas);
                return;
            }
        }
    }

    /// Makes up to `frames` frames at frame `at` of `to`, from what `feed` puts at the start of `narrow`; returns how
    /// many. `feed` is told how many frames are needed, at most a block, and returns how many there were.
    fn produce(
        &mut self,
        mut feed: impl FnMut(usize, &mut Area<'_>, &mut Area<'_>) -> usize,
        (wide, narrow): (&mut Area<'_>, &mut Area<'_>),
        to: &mut Area<'_>,
        at: usize,
        frames: usize,
    ) -> usize {
        let mut made = 0;
        // Each round but the last takes in a block.
        while made < frames {
            let need = self.resampler.input_frames_for(frames - made).min(BLOCK_FRAMES);
            let got = feed(need, wide, narrow);
            let input = narrow.planes(0, got);
            let mut output = to.planes_mut(at + made, frames - made);
            let (Some(input), Some(output)) = (input.get(..self.channels), output.get_mut(..self.channels))
            else {
                break;
            };
            let Ok(progress) = self.resampler.process(input, output) else { break };
            made += progress.produced;
            let nothing = progress.consumed == 0 && progress.produced == 0;
            if got < need || nothing {
                break;
            }
        }
        made
    }
}
