//! What the host's main thread does with a node: format, buffers, start, pause, suspend.

use super::areas::{RateMatch, raw};
use super::buffers::{Buffer, Shape};
use super::graph::{Graph, Style};
use super::pods;
use libspa_sys as sys;
use std::ffi::c_int;

impl Graph {
    /// Sets a format, lends buffers, and shares the port's io area; the first refusal, or 0.
    pub(crate) fn negotiate(&self, format: u32, shape: Shape, rate_hz: u32, capacity_frames: usize) -> c_int {
        let positions: Vec<u32> = match shape.channels {
            1 => vec![sys::SPA_AUDIO_CHANNEL_MONO],
            2 => vec![sys::SPA_AUDIO_CHANNEL_FL, sys::SPA_AUDIO_CHANNEL_FR],
            count => (0..count as u32).map(|index| sys::SPA_AUDIO_CHANNEL_AUX0 + index).collect(),
        };
        let format = pods::format(format, rate_hz, &positions);
        let port = self.port();
        // SAFETY: the format is a whole POD.
        let set = unsafe { self.node.set_param(Some(port), sys::SPA_PARAM_Format, format.as_ptr()) };
        if set < 0 {
            return set;
        }
        self.port_rate_hz.set(rate_hz);
        let count = if self.style == Style::Old { 2 } else { 1 };
        let lent = self.lend((0..count).map(|_| Buffer::new(shape, capacity_frames)).collect());
        if lent < 0 {
            return lent;
        }
        let (area, size) = raw(&*self.io);
        // SAFETY: the area lives in the graph.
        unsafe { self.node.port_set_io(port, sys::SPA_IO_Buffers, area, size) }
    }

    /// Lends these buffers in place of the ones before.
    pub(crate) fn lend(&self, buffers: Vec<Buffer>) -> c_int {
        let mut raw: Vec<_> = buffers.iter().map(Buffer::as_ptr).collect();
        // SAFETY: the buffers are kept below until others are set; refused ones are not used.
        let code = unsafe { self.node.port_use_buffers(self.port(), raw.as_mut_ptr(), raw.len() as u32) };
        if code >= 0 {
            self.io.status.set(sys::SPA_STATUS_NEED_DATA as i32);
            self.io.buffer_id.set(sys::SPA_ID_INVALID);
            self.buffers.replace(buffers);
        }
        code
    }

    pub(crate) fn start(&self) -> c_int {
        // As the daemon has it: the node may call back before the command returns.
        let before = self.started.replace(true);
        let code = self.node.command(sys::SPA_NODE_COMMAND_Start);
        self.started.set(before || code >= 0);
        code
    }

    pub(crate) fn pause(&self) {
        self.started.set(false);
        assert_eq!(self.node.command(sys::SPA_NODE_COMMAND_Pause), 0);
        self.io.status.set(sys::SPA_STATUS_NEED_DATA as i32);
    }

    /// The area in which the adapter says how many frames it wants.
    pub(crate) fn rate_match(&self) -> &RateMatch {
        &self.rate_match
    }

    /// Says of every lent buffer that this part of it counts.
    pub(crate) fn set_chunks(&self, offset: u32, size: u32) {
        for chunk in self.buffers.borrow().iter().flat_map(|buffer| &buffer.chunks) {
            chunk.offset.set(offset);
            chunk.size.set(size);
        }
    }

    /// Clears the node while the rest of the host goes on: nothing of it is called any more.
    pub(crate) fn destroy(&self) -> c_int {
        self.started.set(false);
        self.node.clear()
    }

    /// Suspends: the format and the buffers are gone afterwards.
    pub(crate) fn suspend(&self) {
        self.started.set(false);
        assert_eq!(self.node.command(sys::SPA_NODE_COMMAND_Suspend), 0);
        // SAFETY: no format is a format.
        let set = unsafe { self.node.set_param(Some(self.port()), sys::SPA_PARAM_Format, std::ptr::null()) };
        assert_eq!(set, 0);
        self.buffers.replace(Vec::new());
    }
}
