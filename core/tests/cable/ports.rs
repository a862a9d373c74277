//! Port buffers for tests: planes of bytes, and frames that can be told apart.

use vcable_core::{
    cable::{Planes, PlanesMut},
    format::{ChannelCount, Layout, SampleFormat, SampleRate, StreamFormat},
};

/// The planes of one port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Port(pub(crate) Vec<Vec<u8>>);

impl Port {
    /// Planes of 32-bit samples: frame `i` of plane `p` holds `(from + i) * planes + p`, so that each sample says
    /// where it belongs. `from` must not be 0: that would look like silence.
    pub(crate) fn counting(planes: usize, from: u64, frames: usize) -> Self {
        let plane = |plane: usize| {
            let mut bytes = Vec::with_capacity(4 * frames);
            for frame in (from..).take(frames) {
                let sample = (frame as u32).wrapping_mul(planes as u32) + plane as u32;
                bytes.extend_from_slice(&sample.to_le_bytes());
            }
            bytes
        };
        Self((0..planes).map(plane).collect())
    }

    /// The positions in a port as written by [`counting`](Self::counting); 0 is silence. Checks that the planes
    /// of each frame belong together.
    pub(crate) fn positions(&self) -> Vec<u32> {
        let planes = self.0.len() as u32;
        let samples = |plane: &Vec<u8>| -> Vec<u32> {
            plane.chunks_exact(4).map(|b| u32::from_le_bytes(b.try_into().expect("4 bytes"))).collect()
        };
        let planar: Vec<_> = self.0.iter().map(samples).collect();
        let first: Vec<_> = planar[0].iter().map(|sample| sample / planes).collect();
        for (plane, samples) in (0..).zip(&planar) {
            for (&position, &sample) in first.iter().zip(samples) {
                assert_eq!(
                    sample,
                    if position == 0 { 0 } else { position * planes + plane },
                    "plane {plane}"
                );
            }
        }
        first
    }
}

impl Planes for Port {
    fn plane(&self, index: usize) -> &[u8] {
        self.0.get(index).map_or(&[], Vec::as_slice)
    }
}

impl PlanesMut for Port {
    fn plane_mut(&mut self, index: usize) -> &mut [u8] {
        self.0.get_mut(index).map_or(&mut [], Vec::as_mut_slice)
    }
}

/// A planar format of 32-bit samples.
pub(crate) fn planar(channels: u32, rate_hz: u32) -> StreamFormat {
    StreamFormat {
        sample: SampleFormat::S32,
        layout: Layout::Planar,
        channels: ChannelCount::new(channels).expect("1 to 64 channels"),
        rate: SampleRate::new(rate_hz).expect("8 to 384 kHz"),
    }
}
