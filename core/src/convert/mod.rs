//! Conversion between sample formats and layouts.
//!
//! # Promise
//! * Every [`SampleFormat`] to every other, interleaved or planar on either side, any number of channels.
//! * Slices of any alignment and any length: what is short shortens the conversion, nothing panics.
//! * No allocation, no lock, no system call: [`Converter::process`] is fit for an audio callback.
//! * A result depends on the samples (and the dither's seed) alone, not on the instruction set, the layout, the
//!   number of frames per call or the alignment.
//!
//! # What a sample becomes
//! * An integer of n bits is a fraction of 2^(n-1): -2^(n-1) is -1.0, and 1.0 is one step above the largest. So a
//!   conversion up and back gives the same bits: S16 and S24 through F32, S24 or S32; S24 through S32.
//!   PipeWire's converter has the same scale.
//! * Between integers, values are shifted; they never pass through floating point.
//! * Where bits are lost, the nearest value is taken, ties to even (IEEE 754's own rule: it has no bias); then what is
//!   beyond the target's range is clipped to its ends.
//! * NaN and infinities become silence, into whatever format, F32 included. Finite F32 samples pass into F32
//!   bit by bit: signed zeros, subnormals, and those beyond full scale.
//! * [`SampleFormat::S24In32`] ignores the high byte of what it reads, and writes the sign into it.
//! * With [`Converter::with_dither`], narrowing to 16 or 24 bits adds noise of triangular distribution, one last bit at its
//!   peak, before it rounds. It is off by default: a dithered round trip is not bit-exact.
//!
//! # What it does not do
//! * No big-endian, unsigned, 8-bit or 64-bit samples; no noise shaping.
//! * It does not change channels: see [`remix`](crate::remix).
//!
//! ```
//! use vcable_core::convert::Converter;
//! use vcable_core::format::{ChannelCount, Layout, SampleFormat};
//!
//! let (s16, f32) = (SampleFormat::S16, SampleFormat::F32);
//! let stereo = ChannelCount::new(2)?;
//! let mut converter = Converter::new((s16, Layout::Interleaved), (f32, Layout::Planar), stereo);
//!
//! let frames = [0x00, 0x40, 0x00, 0x80, 0x00, 0x00, 0x00, 0xc0];
//! let (mut left, mut right) = ([0; 8], [0; 8]);
//! assert_eq!(converter.process(&[&frames], &mut [&mut left, &mut right], 2), 2);
//! assert_eq!(left, [0.5_f32.to_le_bytes(), 0.0_f32.to_le_bytes()].concat()[..]);
//! assert_eq!(right, [(-1.0_f32).to_le_bytes(), (-0.5_f32).to_le_bytes()].concat()[..]);
//! # Ok::<(), vcable_core::format::FormatError>(())
//! ```

#![expect(
    clippy::inline_always,
    reason = "the loops are compiled once per instruction set; what is not inlined into them keeps the baseline's"
)]

mod arch;
mod dither;
mod f32;
mod kernel;
mod layout;
mod pairs;
mod round;
mod s16;
mod s24;
mod s24_32;
mod s32;
mod sample;

pub use arch::InstructionSet;

use crate::format::{ChannelCount, Layout, SampleFormat};
use dither::Dither;
use layout::Side;
use pairs::Pair;

/// Converts frames of one format and layout into another.
///
/// Made once per stream, on any thread; [`process`](Self::process) then runs on the audio thread.
#[derive(Clone, Debug)]
pub struct Converter {
    pair: Pair,
    from: Side,
    to: Side,
    channels: usize,
    dither: Option<Dither>,
}

impl Converter {
    /// From one format and layout to another, without dither, with the best instructions this processor has.
    pub fn new(from: (SampleFormat, Layout), to: (SampleFormat, Layout), channels: ChannelCount) -> Self {
        let channels = channels.get();
        let pair = Pair { from: from.0, to: to.0, isa: InstructionSet::detect() };
        Self { pair, from: Side::new(from, channels), to: Side::new(to, channels), channels, dither: None }
    }

    /// The same with dither, which takes effect only from F32 to 16 or 24 bits and from an integer to a narrower one.
    /// Equal seeds give equal noise; two converters whose sounds are mixed later should have different ones.
    #[must_use]
    pub fn with_dither(self, seed: u32) -> Self {
        Self { dither: Some(Dither { seed, position: 0 }), ..self }
    }

    /// The same with other instructions, for tests and benchmarks; the results are the same.
    #[must_use]
    pub fn with_instructions(self, isa: InstructionSet) -> Self {
        Self { pair: Pair { isa, ..self.pair }, ..self }
    }

    /// Converts up to `frames` frames from the start of `src` to the start of `dst` and returns how many it did: as
    /// many as every plane holds whole. Each side has one plane when interleaved, else one per channel in order;
    /// planes in excess are left alone, a lacking one holds no frame. Bytes of `dst` behind the last frame stay as
    /// they were.
    pub fn process(&mut self, src: &[&[u8]], dst: &mut [&mut [u8]], frames: usize) -> usize {
        let frames = layout::whole_frames(self.from, src, self.to, dst, frames);
        layout::each_job((self.from, src), (self.to, dst), self.channels, frames, |job| {
            self.pair.run(self.dither, job);
        });
        if let Some(dither) = &mut self.dither {
            let samples = frames.wrapping_mul(self.channels);
            dither.position = dither.position.wrapping_add(samples as u32);
        }
        frames
    }
}
