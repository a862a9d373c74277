//! Buffers of a port, as a host shares them.

use libspa_sys as sys;
use std::cell::Cell;
use std::ptr::null_mut;

/// `struct spa_chunk`, written by both sides.
#[repr(C)]
pub(crate) struct Chunk {
    pub(crate) offset: Cell<u32>,
    pub(crate) size: Cell<u32>,
    stride: Cell<i32>,
    flags: Cell<i32>,
}

const _: () = assert!(size_of::<Chunk>() == size_of::<sys::spa_chunk>());

/// How samples lie in a buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) sample_bytes: usize,
    pub(crate) channels: usize,
    pub(crate) is_planar: bool,
}

impl Shape {
    pub(crate) fn plane_count(self) -> usize {
        if self.is_planar { self.channels } else { 1 }
    }

    /// Bytes from one frame to the next.
    pub(crate) fn stride_bytes(self) -> usize {
        if self.is_planar { self.sample_bytes } else { self.sample_bytes * self.channels }
    }

    /// Plane and offset of a sample.
    fn place(self, channel: usize, frame: usize) -> (usize, usize) {
        if self.is_planar {
            (channel, frame * self.sample_bytes)
        } else {
            (0, (frame * self.channels + channel) * self.sample_bytes)
        }
    }
}

/// One buffer with its memory.
pub(crate) struct Buffer {
    shape: Shape,
    planes: Vec<Box<[Cell<u8>]>>,
    pub(crate) chunks: Box<[Chunk]>,
    /// Points to the planes and chunks.
    datas: Box<[sys::spa_data]>,
    /// Points to the datas.
    raw: Box<Cell<sys::spa_buffer>>,
}

impl Buffer {
    pub(crate) fn new(shape: Shape, capacity_frames: usize) -> Self {
        let plane_bytes = capacity_frames * shape.stride_bytes();
        // Filled with what nobody plays: bytes that are passed on unwritten are found out.
        let plane = |_| (0..plane_bytes).map(|_| Cell::new(0x55)).collect();
        let planes: Vec<Box<[Cell<u8>]>> = (0..shape.plane_count()).map(plane).collect();
        let chunk =
            |_| Chunk { offset: Cell::new(0), size: Cell::new(0), stride: Cell::new(0), flags: Cell::new(0) };
        let chunks: Box<[Chunk]> = (0..planes.len()).map(chunk).collect();
        let data = |(plane, chunk): (&[Cell<u8>], &Chunk)| sys::spa_data {
            type_: sys::SPA_DATA_MemPtr,
            flags: sys::SPA_DATA_FLAG_READWRITE,
            fd: -1,
            mapoffset: 0,
            maxsize: plane_bytes as u32,
            data: plane.as_ptr().cast_mut().cast(),
            chunk: (&raw const *chunk).cast_mut().cast(),
        };
        let datas: Box<[sys::spa_data]> =
            planes.iter().map(|plane| &**plane).zip(&chunks).map(data).collect();
        let raw = sys::spa_buffer {
            n_metas: 0,
            n_datas: datas.len() as u32,
            metas: null_mut(),
            datas: datas.as_ptr().cast_mut(),
        };
        Self { shape, planes, chunks, datas, raw: Box::new(Cell::new(raw)) }
    }

    /// Changes what the node is told about the planes, before it is told.
    pub(crate) fn spoil(&mut self, change: impl Fn(&mut sys::spa_data)) {
        self.datas.iter_mut().for_each(change);
        self.raw.set(sys::spa_buffer { datas: self.datas.as_ptr().cast_mut(), ..self.raw.get() });
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::spa_buffer {
        self.raw.as_ptr()
    }

    /// Puts a sample in.
    pub(crate) fn put(&self, channel: usize, frame: usize, sample: u32) {
        let (plane, offset) = self.shape.place(channel, frame);
        for (to, from) in
            self.planes[plane][offset..].iter().take(self.shape.sample_bytes).zip(sample.to_le_bytes())
        {
            to.set(from);
        }
    }

    /// Takes a sample out.
    pub(crate) fn get(&self, channel: usize, frame: usize) -> u32 {
        let (plane, offset) = self.shape.place(channel, frame);
        let mut bytes = [0; 4];
        for (to, from) in bytes.iter_mut().zip(&self.planes[plane][offset..][..self.shape.sample_bytes]) {
            *to = from.get();
        }
        u32::from_le_bytes(bytes)
    }

    /// Declares the first `frames` frames valid.
    pub(crate) fn set_filled(&self, frames: usize) {
        for chunk in &self.chunks {
            chunk.offset.set(0);
            chunk.size.set((frames * self.shape.stride_bytes()) as u32);
            chunk.stride.set(self.shape.stride_bytes() as i32);
        }
    }

    /// Frames that the node declared valid; all planes must agree.
    pub(crate) fn filled_frames(&self) -> usize {
        let bytes = self.chunks[0].size.get();
        assert!(self.chunks.iter().all(|chunk| chunk.size.get() == bytes && chunk.offset.get() == 0));
        bytes as usize / self.shape.stride_bytes()
    }
}
