//! The player or recorder that is linked to a node, and how the adapter passes its buffers on.

use super::graph::{Graph, bump};
use libspa_sys as sys;

/// A host's `clock.quantum-limit`.
const MAX_FRAMES: u64 = 8192;

impl Graph {
    pub(super) fn process(&self) {
        if self.node.process() < 0 {
            bump(&self.faults.errors);
        }
    }

    /// Frames at the port for a cycle of the graph.
    fn port_frames(&self) -> u64 {
        let driver = self.driver.borrow();
        let (frames, rate) = (driver.clock.duration.get(), driver.clock.rate.get().denom);
        let frames = frames.saturating_mul(u64::from(self.port_rate_hz.get())) / u64::from(rate.max(1));
        // A buffer holds no more.
        let frames = frames.min(MAX_FRAMES);
        self.rate_match.size.set(frames as u32);
        frames
    }

    /// The player's buffer, handed to the sink.
    pub(super) fn play(&self) {
        if self.misses.get() > 0 {
            self.misses.set(self.misses.get() - 1);
            self.io.status.set(sys::SPA_STATUS_NEED_DATA as i32);
            self.process();
            return;
        }
        let frames = self.port_frames();
        {
            let buffers = self.buffers.borrow();
            let id = self.next_buffer.get() % buffers.len().max(1);
            let Some(buffer) = buffers.get(id) else { return };
            if !self.is_counting_only.get() {
                let nsec = self.driver.borrow().clock.nsec.get();
                self.tape.play(nsec, frames, |channel, frame, sample| buffer.put(channel, frame, sample));
            }
            buffer.set_filled(frames as usize);
            self.io.buffer_id.set(id as u32);
            self.next_buffer.set(id + 1);
        }
        self.io.status.set(sys::SPA_STATUS_HAVE_DATA as i32);
        self.process();
    }

    /// Takes the buffer that the source filled, if there is one.
    pub(super) fn fetch(&self) -> bool {
        self.port_frames();
        if !self.io.has_data() {
            return false;
        }
        let buffers = self.buffers.borrow();
        if let Some(buffer) = buffers.get(self.io.buffer_id.get() as usize) {
            if !self.is_counting_only.get() {
                let (nsec, frames) = (self.driver.borrow().clock.nsec.get(), buffer.filled_frames() as u64);
                self.tape.record(nsec, frames, |channel, frame| buffer.get(channel, frame));
            }
        }
        self.io.status.set(sys::SPA_STATUS_NEED_DATA as i32);
        true
    }
}
