//! The peers' libraries, as engines. The only foreign calls of this program.

use std::ffi::{c_double, c_int, c_void};
use std::ptr::NonNull;

use crate::engine::{Engine, Progress};

/// Peers in the order of the numbers that `shim.cc` knows them by.
pub(crate) const PEERS: [(&str, bool); 9] = [
    ("soxr HQ, variable rate", true),
    ("soxr VHQ", false),
    ("soxr HQ", false),
    ("libsamplerate best", true),
    ("libsamplerate medium", true),
    ("speexdsp 10", true),
    ("speexdsp 5", true),
    ("zita VResampler 48", true),
    ("zita VResampler 96", true),
];

unsafe extern "C" {
    fn peer_new(kind: c_int, step: c_double) -> *mut c_void;
    fn peer_run(
        peer: *mut c_void,
        step: c_double,
        input: *const f32,
        input_frames: usize,
        output: *mut f32,
        output_frames: usize,
        consumed: *mut usize,
        produced: *mut usize,
    );
    fn peer_delete(peer: *mut c_void);
}

/// One resampler of a peer, interleaved stereo.
pub(crate) struct Peer(NonNull<c_void>);

impl Peer {
    /// The peer of that number in [`PEERS`], for a step of input frames per output frame.
    pub(crate) fn new(kind: usize, step: f64) -> Option<Self> {
        // SAFETY: takes numbers, and answers an unknown kind with null.
        NonNull::new(unsafe { peer_new(c_int::try_from(kind).ok()?, step) }).map(Self)
    }
}

impl Engine for Peer {
    fn interleaved(&self) -> bool {
        true
    }

    fn run(&mut self, step: f64, [input, _]: [&[f32]; 2], [output, _]: [&mut [f32]; 2]) -> Progress {
        let mut progress = Progress::default();
        let (from, to) = (input.as_ptr(), output.as_mut_ptr());
        let (peer, input_frames, output_frames) = (self.0.as_ptr(), input.len() / 2, output.len() / 2);
        let (consumed, produced) = (&raw mut progress.consumed, &raw mut progress.produced);
        // SAFETY: `peer` is alive until dropped; both buffers hold as many frames of two samples as is said.
        unsafe { peer_run(peer, step, from, input_frames, to, output_frames, consumed, produced) };
        progress
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // SAFETY: made by `peer_new`, and dropped once.
        unsafe { peer_delete(self.0.as_ptr()) };
    }
}
