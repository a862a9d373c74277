//! What the tests share: streaming a signal through a backend.

use vcable_core::resample::{Polyphase, Resampler, Settings};

/// Chunk of output frames used where the size does not matter; not a power of two on purpose.
pub(crate) const CHUNK_FRAMES: usize = 480;

/// One of the two backends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Polyphase,
    #[cfg(feature = "std")]
    Rubato,
}

impl Backend {
    pub(crate) const ALL: &[Self] = &[
        Self::Polyphase,
        #[cfg(feature = "std")]
        Self::Rubato,
    ];

    pub(crate) fn make(self, settings: Settings) -> Box<dyn Resampler> {
        match self {
            Self::Polyphase => {
                let samples = Polyphase::<Vec<f32>>::storage_samples(&settings).unwrap();
                Box::new(Polyphase::new(settings, vec![0f32; samples]).unwrap())
            }
            #[cfg(feature = "std")]
            Self::Rubato => Box::new(vcable_core::resample::Rubato::new(settings, 8192).unwrap()),
        }
    }
}

/// Runs a mono signal, given as a function of the input frame, through a resampler in chunks.
pub(crate) fn stream(
    resampler: &mut dyn Resampler,
    signal: impl Fn(usize) -> f32,
    frames: usize,
    chunk: usize,
) -> Vec<f32> {
    let mut output = vec![0f32; frames];
    let mut at = 0;
    for chunk in output.chunks_mut(chunk) {
        let needed = resampler.input_frames_for(chunk.len());
        let input: Vec<f32> = (at..at + needed).map(&signal).collect();
        let length = chunk.len();
        let progress = resampler.process(&[&input], &mut [chunk]).unwrap();
        assert_eq!((progress.consumed, progress.produced), (needed, length));
        at += needed;
    }
    output
}
