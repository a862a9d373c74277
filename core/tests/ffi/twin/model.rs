//! The Rust API, and what the ABI refuses beyond it.

use vcable_core::cable::{self, Cable, Crossing, EndFormat, Reader, Writer};
use vcable_core::chain;
use vcable_core::ffi::{CrossingSettings, Due, Status};
use vcable_core::format::StreamFormat;
use vcable_core::resample::{self, Polyphase};

use super::steps::{Port, Step, cycle};
use crate::bench::CAPACITY_FRAMES;

pub(super) const CLOCKS: [cable::Clocks; 4] =
    [cable::Clocks::Chained, cable::Clocks::Shared, cable::Clocks::Apart, cable::Clocks::Pulled];

type Shared<'a, 's> = &'a Cable<&'s mut [u64]>;
type Way = Crossing<Polyphase<Vec<f32>>, Vec<f32>>;

/// The Rust API, and what the ABI refuses beyond it.
pub(super) struct Twin<'a, 's> {
    pub(super) cable: Shared<'a, 's>,
    pub(super) writer: Writer<Shared<'a, 's>>,
    pub(super) reader: Reader<Shared<'a, 's>>,
    pub(super) way: Option<Way>,
    pub(super) wanted: CrossingSettings,
    pub(super) to: StreamFormat,
    /// Whether its crossings have a resampler.
    pub(super) resampling: bool,
    /// Whether its present crossing has reported.
    pub(super) reported: bool,
}

impl Twin<'_, '_> {
    fn make_way(&self) -> Way {
        let (from, to) = (EndFormat::new(*self.cable.format()), EndFormat::new(self.to));
        let settings = cable::CrossingSettings {
            clocks: CLOCKS[self.wanted.clocks as usize - 1],
            output_frames: self.wanted.output_frames as usize,
            ..cable::CrossingSettings::new(&from, to.clone())
        };
        let resampling = resample::Settings {
            channels: self.to.channels.get(),
            nominal: Way::nominal_step(&from, &to).unwrap(),
            quality: resample::Quality::Fast,
            interpolation: resample::Interpolation::Cubic,
        };
        let samples = Polyphase::<Vec<f32>>::storage_samples(&resampling).unwrap();
        let resampler = self.resampling.then(|| Polyphase::new(resampling, vec![0.0; samples]).unwrap());
        let samples = vec![0.0; Way::samples(&settings, from.stream.channels.get())];
        Way::new(self.cable, settings, resampler, samples).unwrap()
    }

    pub(super) fn needs(&self, clocks: cable::Clocks) -> bool {
        let (from, to) = (EndFormat::new(*self.cable.format()), EndFormat::new(self.to));
        cable::Path::choose(&from, &to, clocks).resamples()
    }

    fn rest(&self) -> Result<(), Status> {
        if self.cable.reader_running() { Err(Status::Running) } else { Ok(()) }
    }

    fn run(&self) -> Result<(), Status> {
        if self.cable.reader_running() { Ok(()) } else { Err(Status::Stopped) }
    }

    fn plain(&self) -> Result<(), Status> {
        if self.way.is_some() { Err(Status::Way) } else { Ok(()) }
    }

    /// One step; a number of frames where there is one.
    pub(super) fn step(&mut self, step: Step, source: &mut Port, sink: &mut Port) -> Result<u32, Status> {
        let (from, to) = (*self.cable.format(), self.to);
        let frames = match step {
            Step::Write(_) | Step::WriteAt(..) if !self.cable.writer_running() => {
                return Err(Status::Stopped);
            }
            Step::Write(frames) => self.writer.write(&cycle(source, &from, frames), frames as usize),
            Step::WriteAt(frames, ns) => {
                self.writer.write_at(&cycle(source, &from, frames), frames as usize, ns)
            }
            Step::Read(frames) => {
                self.plain().and(self.run())?;
                self.reader.read(&mut cycle(sink, &from, frames), frames as usize)
            }
            Step::Follow(frames) => {
                self.plain().and(self.run())?;
                self.reader.read_follow(&mut cycle(sink, &from, frames), frames as usize)
            }
            Step::ReadCrossing(frames, ns) => {
                let running = self.run();
                let way = self.way.as_mut().ok_or(Status::Way)?;
                running?;
                self.reported = true;
                way.read(&mut self.reader, &mut cycle(sink, &to, frames), frames as usize, ns)
            }
            Step::Due(_) | Step::DueResampled(_) => return Err(Status::Fault),
            Step::Clocks(number) => {
                let way = self.way.as_mut().ok_or(Status::Way)?;
                let clocks = CLOCKS.get((number as usize).wrapping_sub(1)).ok_or(Status::Setting)?;
                way.set_clocks(*clocks).map_err(|_| Status::Resampler)?;
                0
            }
            Step::Target(frames) => {
                let way = self.way.as_mut().ok_or(Status::Way)?;
                if frames > CAPACITY_FRAMES {
                    return Err(Status::Setting);
                }
                way.set_target(frames);
                0
            }
            Step::Cross => {
                self.rest().and(self.plain())?;
                self.way = Some(self.make_way());
                0
            }
            Step::Uncross => {
                self.rest()?;
                self.way.take().ok_or(Status::Way)?;
                self.reported = false;
                0
            }
            Step::StartWriter => {
                self.writer.start();
                0
            }
            Step::StopWriter => {
                self.writer.stop();
                0
            }
            Step::StartReader => {
                match &mut self.way {
                    Some(way) => way.start(&mut self.reader),
                    None => self.reader.start(),
                }
                0
            }
            Step::StopReader => {
                self.reader.stop();
                0
            }
        };
        Ok(frames as u32)
    }

    pub(super) fn due(&mut self, step: Step) -> Result<Due, Status> {
        if matches!(step, Step::DueResampled(_)) {
            // The ABI looks at what it is asked before it looks at the way.
            self.run().and(self.plain())?;
        }
        self.run()?;
        let due = match (step, &mut self.way) {
            (Step::Due(frames), Some(way)) => way.due(&mut self.reader, frames as usize),
            (Step::Due(frames), None) => self.reader.due(frames as usize),
            (Step::DueResampled(frames), _) => self.reader.due_resampled(frames as usize),
            _ => return Err(Status::Fault),
        };
        Ok(match due {
            chain::Due::Wait => Due::default(),
            chain::Due::Now { next_after_frames } => {
                Due { now: 1, next_after_frames: next_after_frames.unwrap_or(0) as u32 }
            }
        })
    }
}
