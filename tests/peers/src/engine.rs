//! What is compared, and how output is pulled out of it.

use vcable_core::resample::{Change, Polyphase, Quality, Resampler, Rubato, Settings, Step};

/// Largest chunk, in output frames.
pub(crate) const MAX_CHUNK_FRAMES: usize = 1024;

/// What one call did, in frames.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    pub(crate) consumed: usize,
    pub(crate) produced: usize,
}

/// A stereo resampler, each fed as it wants to be: two planes, or one slice of interleaved frames, which is then the
/// first of the two.
pub(crate) trait Engine {
    /// Whether frames are interleaved.
    fn interleaved(&self) -> bool;

    /// Resamples at `step` input frames per output frame, which may differ from the last call's.
    fn run(&mut self, step: f64, input: [&[f32]; 2], output: [&mut [f32]; 2]) -> Progress;
}

/// One of our backends.
pub(crate) struct Own {
    resampler: Box<dyn Resampler>,
    last: f64,
}

impl Own {
    pub(crate) fn new(rubato: bool, quality: Quality, nominal: Step) -> Self {
        let settings = Settings { quality, ..Settings::new(2, nominal) };
        let resampler: Box<dyn Resampler> = if rubato {
            Box::new(Rubato::new(settings, MAX_CHUNK_FRAMES).expect("settings within the limits"))
        } else {
            let samples =
                Polyphase::<Vec<f32>>::storage_samples(&settings).expect("settings within the limits");
            Box::new(Polyphase::new(settings, vec![0f32; samples]).expect("storage as large as asked"))
        };
        Self { resampler, last: nominal.to_f64() }
    }
}

impl Engine for Own {
    fn interleaved(&self) -> bool {
        false
    }

    fn run(&mut self, step: f64, input: [&[f32]; 2], output: [&mut [f32]; 2]) -> Progress {
        // A step that stays the nominal one must stay the exact ratio, so it is not set again.
        if step.to_bits() != self.last.to_bits() {
            let wanted = Step::from_f64(step).expect("a step within the limits");
            self.resampler.set_step(wanted, Change::Ramp).expect("a step near the nominal one");
            self.last = step;
        }
        let [left, right] = output;
        let done = self.resampler.process(&input, &mut [left, right]).expect("planes of equal length");
        Progress { consumed: done.consumed, produced: done.produced }
    }
}

/// Feeds an engine with no more input than the output asked of it stands for.
pub(crate) struct Puller {
    engine: Box<dyn Engine>,
    samples_per_frame: usize,
    /// The input, the same in both channels.
    input: Vec<f32>,
    /// Input frames that the output pulled so far stands for.
    due: f64,
    /// Input frames taken.
    consumed: usize,
    /// Input frames beyond those due that have turned out to be needed.
    ahead: usize,
    output: [Vec<f32>; 2],
}

impl Puller {
    /// For the mono signal `signal`, heard in both channels.
    pub(crate) fn new(engine: Box<dyn Engine>, signal: &[f32]) -> Self {
        let samples_per_frame = if engine.interleaved() { 2 } else { 1 };
        let input = signal.iter().flat_map(|&x| std::iter::repeat_n(x, samples_per_frame)).collect();
        let output = [(); 2].map(|()| vec![0f32; MAX_CHUNK_FRAMES * samples_per_frame]);
        Self { engine, samples_per_frame, input, due: 0.0, consumed: 0, ahead: 0, output }
    }

    /// Pulls a chunk of `frames`, and begins again at the front when the signal ends.
    pub(crate) fn pull(&mut self, step: f64, frames: usize) {
        let each = self.samples_per_frame;
        let mut made = 0;
        self.due += step * frames as f64;
        while made < frames {
            let wanted = (self.due.ceil() as usize + self.ahead).saturating_sub(self.consumed);
            if (self.consumed + wanted) * each > self.input.len() {
                self.due -= self.consumed as f64;
                self.consumed = 0;
            }
            let from = &self.input[self.consumed * each..(self.consumed + wanted) * each];
            let to = self.output.each_mut().map(|samples| &mut samples[made * each..frames * each]);
            let done = self.engine.run(step, [from, from], to);
            self.consumed += done.consumed;
            made += done.produced;
            if made < frames {
                self.ahead += 1;
            }
        }
    }

    /// The first `count` frames of the left channel, pulled in chunks of `chunk`, and the frames that had been taken
    /// when each was made: what was taken with its chunk, less what the rest of the chunk stands for.
    pub(crate) fn record(&mut self, step: f64, count: usize, chunk: usize) -> (Vec<f32>, Vec<f64>) {
        let (mut samples, mut taken) = (Vec::new(), Vec::new());
        while samples.len() < count {
            self.pull(step, chunk);
            samples.extend(self.output[0].iter().step_by(self.samples_per_frame).take(chunk));
            taken.extend((0..chunk).map(|n| self.consumed as f64 - step * (chunk - 1 - n) as f64));
        }
        (samples, taken)
    }
}
