//! One cycle on each of the ways.

use core::borrow::BorrowMut;

use super::Crossing;
use crate::cable::{
    Cable, Clocks, Path, PlanesMut, Reader,
    adaptive::Stand,
    buffers::{Area, Areas},
    fade::{FADE_FRAMES, Tail},
    join::REGULAR_WRITES,
    port,
    reader::copy_cycle,
    resampled::Intake,
    uneven::SLACK_FRAMES,
};
use crate::drift::{LockState, Steering};
use crate::resample::Resampler;
use crate::ring::{Shared, Storage, View};

impl<R: Resampler, B: BorrowMut<[f32]>> Crossing<R, B> {
    pub(super) fn read_converted<C, S>(
        &mut self,
        reader: &mut Reader<C>,
        sink: &mut impl PlanesMut,
        frames: usize,
    ) -> usize
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        let (mut sink, frames) = reader.lead(sink, &self.reader.stream, frames);
        self.read_led(reader, &mut sink, frames)
    }

    fn read_led<C, S>(&mut self, reader: &mut Reader<C>, sink: &mut impl PlanesMut, frames: usize) -> usize
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        let fading = !(self.tail.is_over() && self.rise.is_over());
        if self.path == Path::Straight && !fading {
            let shape = *reader.cable().ring.shape();
            return read_on(self.clocks, reader, frames, |view| copy_cycle(&shape, view, sink, frames));
        }
        let clocks = self.clocks;
        let deliver = |view: &View<'_, S>| {
            let faded = if fading { self.deliver_faded(view, sink, frames.min(FADE_FRAMES)) } else { 0 };
            let Areas { mut wide, mut narrow, .. } = self.buffers.areas();
            self.bridge.cross(view, faded, sink, (&mut wide, &mut narrow));
            let heard = view.frames().max(faded);
            port::silence(sink, &self.reader.stream, heard, frames.saturating_sub(heard));
        };
        read_on(clocks, reader, frames, deliver)
    }

    /// Delivers the first `frames` frames in view, at most a fade's, under the running fade.
    fn deliver_faded<S: Storage>(
        &mut self,
        view: &View<'_, S>,
        sink: &mut impl PlanesMut,
        frames: usize,
    ) -> usize {
        let Areas { mut wide, mut narrow, tail, .. } = self.buffers.areas();
        let got = self.bridge.take(view, frames, (&mut wide, &mut narrow));
        for plane in narrow.planes_mut(0, frames) {
            if let Some((sound, silent)) = plane.split_at_mut_checked(got) {
                self.rise.apply(sound);
                silent.fill(0.0);
            }
        }
        self.rise.advance(got);
        mix_tail(&mut self.tail, &tail, &mut narrow, frames);
        self.bridge.deliver(&narrow, 0, sink, 0, frames);
        frames
    }

    pub(super) fn read_resampled<C, S>(
        &mut self,
        reader: &mut Reader<C>,
        sink: &mut impl PlanesMut,
        frames: usize,
        now_ns: u64,
    ) -> usize
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        let may_start = if self.path == Path::Adaptive {
            self.follow_clocks(reader, frames, now_ns)
        } else {
            self.keep_close(reader, frames)
        };
        let mut at = 0;
        let mut heard = 0;
        let mut dry = false;
        // Each round delivers at least a frame.
        while at < frames {
            let mut areas = self.buffers.areas();
            let Some(engine) = &mut self.engine else { break };
            let mut intake = Intake { reader: &mut *reader, bridge: &mut self.bridge };
            if may_start {
                engine.start(&mut intake, frames - at);
            }
            let (part, sound) = engine.render(&mut intake, &mut areas, frames - at);
            dry |= engine.is_dry();
            let Areas { mut ready, tail, .. } = self.buffers.areas();
            mix_tail(&mut self.tail, &tail, &mut ready, part);
            self.bridge.deliver(&ready, 0, sink, at, part);
            if let Some(engine) = &mut self.engine {
                engine.consume(&mut self.buffers.areas(), sound);
            }
            at += part.max(1);
            heard += sound;
        }
        reader.book(frames.saturating_sub(heard), dry);
        heard
    }

    /// The ratio and the place that the two clocks ask for; whether sound may begin.
    fn follow_clocks<C, S>(&mut self, reader: &mut Reader<C>, frames: usize, now_ns: u64) -> bool
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        let target = self.adaptive.target_frames() as usize;
        reader.settle(target);
        let Some(engine) = &mut self.engine else { return false };
        let delivering = reader.cable().state.delivering().is_some();
        let writer = if delivering { reader.cable().clock.read() } else { None };
        let stand = Stand {
            read_frames: reader.read_frames(),
            behind_frames: engine.behind_frames(),
            delay_frames: engine.delay_frames(),
            short_frames: core::mem::take(&mut self.short_frames),
        };
        let Steering { ratio, skip_frames, state } = self.adaptive.steer(writer, now_ns, frames, &stand);
        let mut areas = self.buffers.areas();
        let mut intake = Intake { reader, bridge: &mut self.bridge };
        engine.steer(ratio);
        if skip_frames > 0 {
            let tail = engine.skip(&mut intake, &mut areas, skip_frames.unsigned_abs());
            self.tail = if tail.is_over() { self.tail } else { tail };
        } else if skip_frames < 0 {
            engine.wait(&mut areas, skip_frames.unsigned_abs());
        }
        let known = matches!(state, LockState::Acquiring | LockState::Locked);
        let fill = intake.reader.fill_frames();
        if !known && !engine.is_playing() {
            // Nobody knows where to begin: keep the newest, lest the ring run over.
            intake.reader.skip(fill.saturating_sub(target));
        }
        if engine.is_playing() {
            let lacking = engine.need_frames(frames).saturating_sub(fill);
            self.short_frames = u32::try_from(lacking).unwrap_or(u32::MAX);
        }
        known
    }

    /// At one clock: no more waits in the ring than a cycle needs to begin with. Returns whether sound may begin.
    fn keep_close<C, S>(&mut self, reader: &mut Reader<C>, frames: usize) -> bool
    where
        C: Shared<Target = Cable<S>>,
        S: Storage,
    {
        let Some(engine) = &mut self.engine else { return false };
        let keep = engine.need_frames(frames) + SLACK_FRAMES;
        reader.settle(keep);
        let ready = reader.ready_frames();
        let is_shared = self.clocks == Clocks::Shared;
        // What waits beyond the last cycle is one that the reader missed. Sound begins and ends at whole frames of the
        // reader, so some of those may always wait.
        let spare = 2 * (SLACK_FRAMES + libm::ceil(engine.nominal().to_f64()) as usize);
        // A driver that starts has an odd cycle or two; what is left of them would wait for good.
        let wrote = reader.cable().writer_cycle_frames();
        // Each is a frame more or less at its own rate.
        let is_alike =
            wrote.abs_diff(engine.mean_frames(frames)) <= 1 + libm::ceil(engine.nominal().to_f64()) as usize;
        self.alike_cycles = if is_alike { self.alike_cycles.saturating_add(1) } else { 0 };
        let is_left = self.alike_cycles == REGULAR_WRITES && ready < keep + wrote;
        let shed = core::mem::take(&mut self.shed) || (is_shared || is_left) && ready > keep + spare;
        if shed && ready > keep {
            let mut intake = Intake { reader, bridge: &mut self.bridge };
            let tail = engine.skip(&mut intake, &mut self.buffers.areas(), (ready - keep) as u64);
            self.tail = if tail.is_over() { self.tail } else { tail };
        }
        engine.begin_late(frames, reader.ready_frames()) || !is_shared
    }
}

/// One cycle by the rule of these clocks.
fn read_on<C, S>(
    clocks: Clocks,
    reader: &mut Reader<C>,
    frames: usize,
    deliver: impl FnOnce(&View<'_, S>),
) -> usize
where
    C: Shared<Target = Cable<S>>,
    S: Storage,
{
    match clocks {
        Clocks::Pulled => reader.follow_by(frames, deliver),
        Clocks::Shared => reader.share_by(frames, deliver),
        Clocks::Chained | Clocks::Apart => reader.read_by(frames, deliver),
    }
}

/// Adds the next `frames` frames of the tail to the first of `to`.
fn mix_tail(tail: &mut Tail, from: &Area<'_>, to: &mut Area<'_>, frames: usize) {
    for (to, from) in to.planes_mut(0, frames).into_iter().zip(from.planes(0, FADE_FRAMES)) {
        tail.mix(from, to);
    }
    tail.advance(frames);
}
