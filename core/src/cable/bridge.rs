//! From the writer's format to the reader's, at one rate.
//!
//! Two ways: where both ends have the same channels in the same order, each sample is converted at once, so that
//! integers stay integers and keep their bits; else samples become planar floats, are remixed, and become
//! samples of the reader. The resampled ways and every crossfade use the two halves of the second one.

use core::ops::Range;

use super::{
    PlanesMut,
    buffers::{Area, BLOCK_FRAMES, MOST},
    port,
};
use crate::{
    convert::Converter,
    format::{ChannelCount, Layout, SampleFormat, StreamFormat},
    remix::{ChannelMap, RemixMatrix},
    ring::{Storage, View},
};

/// What one end of the cable speaks: the stream's format, and where its channels stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndFormat {
    /// Samples, layout, channels, rate.
    pub stream: StreamFormat,
    /// One position per channel.
    pub map: ChannelMap,
}

impl EndFormat {
    /// The stream with the usual positions of so many channels.
    pub fn new(stream: StreamFormat) -> Self {
        Self { stream, map: ChannelMap::default_for(stream.channels) }
    }

    /// Whether the map has a position for each channel and no more.
    pub(super) fn is_whole(&self) -> bool {
        self.map.channels() == self.stream.channels.get()
    }
}

/// The converters between two formats. Made on any thread, used by the reader's.
pub(super) struct Bridge {
    writer: StreamFormat,
    reader: StreamFormat,
    /// Sample by sample, where no remix is needed.
    direct: Option<Converter>,
    /// Writer's samples to floats of the writer's channels.
    intake: Converter,
    /// To the reader's channels, unless they are the same.
    remix: Option<RemixMatrix>,
    /// Floats to the reader's samples.
    outlet: Converter,
}

impl Bridge {
    pub(super) fn new(writer: &EndFormat, reader: &EndFormat) -> Self {
        const PLANES: (SampleFormat, Layout) = (SampleFormat::F32, Layout::Planar);
        let matrix = RemixMatrix::new(&writer.map, &reader.map);
        let remix = (!matrix.is_identity()).then_some(matrix);
        let (writer, reader) = (writer.stream, reader.stream);
        let into = (reader.sample, reader.layout);
        let from = (writer.sample, writer.layout);
        Self {
            direct: remix.is_none().then(|| Converter::new(from, into, channels_at_once(&writer, &reader))),
            intake: Converter::new(from, PLANES, writer.channels),
            outlet: Converter::new(PLANES, into, channels_at_once(&reader, &reader)),
            remix,
            writer,
            reader,
        }
    }

    /// Converts the frames in `view` from its frame `from` on to the same frames of the port.
    pub(super) fn cross<S: Storage>(
        &mut self,
        view: &View<'_, S>,
        from: usize,
        sink: &mut impl PlanesMut,
        (wide, narrow): (&mut Area<'_>, &mut Area<'_>),
    ) {
        let writer = self.writer;
        each_block(view, &writer, from..view.frames(), |planes, at, frames| {
            if let Some(direct) = &mut self.direct {
                straight_on(direct, (&writer, planes), (&self.reader, sink), at, frames, narrow);
            } else {
                self.floats_at(planes, 0, frames, wide, narrow);
                self.deliver(narrow, 0, sink, at, frames);
            }
        });
    }

    /// The first `frames` frames in `view`, at most [`BLOCK_FRAMES`], as floats of the reader's channels at the
    /// start of `narrow`. Returns how many there were.
    pub(super) fn take<S: Storage>(
        &mut self,
        view: &View<'_, S>,
        frames: usize,
        (wide, narrow): (&mut Area<'_>, &mut Area<'_>),
    ) -> usize {
        let frames = frames.min(BLOCK_FRAMES).min(view.frames());
        let writer = self.writer;
        each_block(view, &writer, 0..frames, |planes, at, part| {
            self.floats_at(planes, at, part, wide, narrow);
        });
        frames
    }

    /// Frames `from..from + frames` of `area` to the port's frames from `at` on.
    pub(super) fn deliver(
        &mut self,
        area: &Area<'_>,
        from: usize,
        sink: &mut impl PlanesMut,
        at: usize,
        frames: usize,
    ) {
        let planes = area.planes(from, frames).map(bytemuck::must_cast_slice);
        match self.reader.layout {
            Layout::Interleaved => {
                let bytes = port::span(sink, &self.reader, 0, at, frames);
                self.outlet.process(&planes, &mut [bytes], frames);
            }
            Layout::Planar => {
                for (plane, from) in planes.iter().take(self.reader.channels.get()).enumerate() {
                    let bytes = port::span(sink, &self.reader, plane, at, frames);
                    self.outlet.process(&[from], &mut [bytes], frames);
                }
            }
        }
    }

    /// Frames of the writer's samples to floats of the reader's channels, at frame `at` of `narrow`.
    fn floats_at(
        &mut self,
        planes: &[&[u8]],
        at: usize,
        frames: usize,
        wide: &mut Area<'_>,
        narrow: &mut Area<'_>,
    ) {
        let Some(remix) = &self.remix else {
            self.intake.process(
                planes,
                &mut narrow.planes_mut(at, frames).map(bytemuck::must_cast_slice_mut),
                frames,
            );
            return;
        };
        self.intake.process(planes, &mut wide.bytes_mut(frames), frames);
        remix.apply(&wide.planes(0, frames), &mut narrow.planes_mut(at, frames), frames);
    }
}

/// A planar port is written plane by plane, as planes can only be had one at a time; so a converter between planes
/// works on one channel.
const fn channels_at_once(from: &StreamFormat, to: &StreamFormat) -> ChannelCount {
    match (from.layout, to.layout) {
        (Layout::Planar, Layout::Planar) => match ChannelCount::new(1) {
            Ok(one) => one,
            Err(_) => to.channels,
        },
        _ => to.channels,
    }
}

/// One block sample by sample to the port.
fn straight_on(
    direct: &mut Converter,
    (writer, planes): (&StreamFormat, &[&[u8]]),
    (reader, sink): (&StreamFormat, &mut impl PlanesMut),
    at: usize,
    frames: usize,
    scratch: &mut Area<'_>,
) {
    match (writer.layout, reader.layout) {
        (_, Layout::Interleaved) => {
            direct.process(planes, &mut [port::span(sink, reader, 0, at, frames)], frames);
        }
        (Layout::Planar, Layout::Planar) => {
            for (plane, from) in planes.iter().take(reader.channels.get()).enumerate() {
                direct.process(&[from], &mut [port::span(sink, reader, plane, at, frames)], frames);
            }
        }
        (Layout::Interleaved, Layout::Planar) => {
            direct.process(planes, &mut scratch.bytes_mut(frames), frames);
            let planes = scratch.bytes_mut(frames);
            for (plane, from) in planes.iter().take(reader.channels.get()).enumerate() {
                super::copy(from, port::span(sink, reader, plane, at, frames));
            }
        }
    }
}

/// Calls `run` with the planes of at most [`BLOCK_FRAMES`] frames at a time, the first one's place in view and how
/// many these are, for the frames `range` in view.
fn each_block<S: Storage>(
    view: &View<'_, S>,
    format: &StreamFormat,
    range: Range<usize>,
    mut run: impl FnMut(&[&[u8]; MOST], usize, usize),
) {
    let stride = format.plane_stride_bytes().max(1);
    let head = (view.plane(0).0.len() / stride).min(range.end);
    let mut done = range.start;
    // Each round does at least one frame.
    while done < range.end {
        let in_head = done < head;
        let (at, end) = if in_head { (done, head) } else { (done - head, range.end - head) };
        let part = (end - at).min(BLOCK_FRAMES);
        let planes = core::array::from_fn(|plane| {
            let (before_wrap, after_wrap) = view.plane(plane);
            let bytes = if in_head { before_wrap } else { after_wrap };
            bytes.get(at * stride..(at + part) * stride).unwrap_or_default()
        });
        run(&planes, done, part);
        done += part;
    }
}
