//! What the tests share: a cable with a crossing behind it, ports, and tones.

use std::f64::consts::TAU;

use vcable_core::cable::{
    Cable, Clocks, Crossing, CrossingSettings, EndFormat, Planes, PlanesMut, Reader, Writer, connect,
};
use vcable_core::format::{ChannelCount, Layout, SampleFormat, SampleRate, StreamFormat};
use vcable_core::resample::{Interpolation, Polyphase, Quality, Resampler, Settings};

/// Plenty for every test.
pub(crate) const RING_FRAMES: usize = 16384;

/// The planes of a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Port(pub(crate) Vec<Vec<u8>>);

impl Port {
    /// A port for `frames` frames, full of bytes that are neither sound nor silence.
    pub(crate) fn dirty(format: &StreamFormat, frames: usize) -> Self {
        Self(vec![vec![0xa5; frames * format.plane_stride_bytes()]; format.plane_count()])
    }

    /// The samples of channel `channel` of a planar float port.
    pub(crate) fn floats(&self, channel: usize) -> Vec<f32> {
        self.0[channel].chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
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

pub(crate) fn end(sample: SampleFormat, layout: Layout, channels: u32, rate_hz: u32) -> EndFormat {
    EndFormat::new(StreamFormat {
        sample,
        layout,
        channels: ChannelCount::new(channels).unwrap(),
        rate: SampleRate::new(rate_hz).unwrap(),
    })
}

/// Planar floats.
pub(crate) fn floats(channels: u32, rate_hz: u32) -> EndFormat {
    end(SampleFormat::F32, Layout::Planar, channels, rate_hz)
}

/// Which resampler.
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
}

/// Calls `$body` with a resampler of either backend.
macro_rules! with_backend {
    ($backend:expr, $settings:expr, $resampler:ident => $body:expr) => {
        match $backend {
            $crate::bench::Backend::Polyphase => {
                let $resampler = $crate::bench::polyphase($settings);
                $body
            }
            #[cfg(feature = "std")]
            $crate::bench::Backend::Rubato => {
                let $resampler = vcable_core::resample::Rubato::new($settings, 256).unwrap();
                $body
            }
        }
    };
}
pub(crate) use with_backend;

pub(crate) fn polyphase(settings: Settings) -> Polyphase<Vec<f32>> {
    let samples = Polyphase::<Vec<f32>>::storage_samples(&settings).unwrap();
    Polyphase::new(settings, vec![0.0; samples]).unwrap()
}

/// What a resampler between these ends is made with.
pub(crate) fn resampling(writer: &EndFormat, reader: &EndFormat, interpolation: Interpolation) -> Settings {
    let nominal = Crossing::<Polyphase<Vec<f32>>, Vec<f32>>::nominal_step(writer, reader).unwrap();
    Settings { channels: reader.stream.channels.get(), nominal, quality: Quality::Balanced, interpolation }
}

/// A cable that lives as long as the test.
pub(crate) type TestCable = &'static Cable<&'static mut [u64]>;

/// Both ends of a cable, and the way between.
pub(crate) struct Bench<R> {
    pub(crate) cable: TestCable,
    pub(crate) writer: Writer<TestCable>,
    pub(crate) reader: Reader<TestCable>,
    pub(crate) crossing: Crossing<R, Vec<f32>>,
    pub(crate) to: EndFormat,
}

impl<R: Resampler> Bench<R> {
    /// Started at both ends.
    pub(crate) fn new(from: &EndFormat, to: &EndFormat, clocks: Clocks, resampler: Option<R>) -> Self {
        let settings = CrossingSettings { clocks, ..CrossingSettings::new(from, to.clone()) };
        Self::with_settings(from, settings, resampler)
    }

    pub(crate) fn with_settings(from: &EndFormat, settings: CrossingSettings, resampler: Option<R>) -> Self {
        let words = Cable::<&mut [u64]>::storage_words(&from.stream, RING_FRAMES).unwrap();
        let cable = Cable::new(&mut vec![0_u64; words].leak()[..], from.stream, RING_FRAMES).unwrap();
        let cable: TestCable = Box::leak(Box::new(cable));
        let (mut writer, mut reader) = connect(cable).unwrap();
        let samples = Crossing::<R, Vec<f32>>::samples(&settings, from.stream.channels.get());
        let to = settings.reader.clone();
        let mut crossing = Crossing::new(cable, settings, resampler, vec![9.0; samples]).unwrap();
        writer.start();
        crossing.start(&mut reader);
        Self { cable, writer, reader, crossing, to }
    }

    /// One cycle of the reader: the port, and the frames of sound.
    pub(crate) fn read(&mut self, frames: usize, now_ns: u64) -> (Port, usize) {
        let mut port = Port::dirty(&self.to.stream, frames);
        let heard = self.crossing.read(&mut self.reader, &mut port, frames, now_ns);
        (port, heard)
    }
}

/// The source's signal at frame `frame`: -1 dBFS, `cycles` per frame.
pub(crate) fn tone(cycles: f64, frame: u64) -> f32 {
    let peak = 10_f64.powf(-1.0 / 20.0);
    (peak * (TAU * (cycles * frame as f64).fract()).sin()) as f32
}

/// Frames `from..from + frames` of the tone in `channels` planes.
pub(crate) fn tone_port(channels: usize, cycles: f64, from: u64, frames: usize) -> Port {
    let plane: Vec<u8> = (from..from + frames as u64).flat_map(|n| tone(cycles, n).to_le_bytes()).collect();
    Port(vec![plane; channels])
}

/// The largest step between neighbouring samples.
pub(crate) fn largest_step(samples: &[f32]) -> f32 {
    samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
}
