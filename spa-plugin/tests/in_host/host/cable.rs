//! Both ends of a cable in one world, ready to run.

use super::buffers::Shape;
use super::graph::{Graph, Style};
use super::node::{End, Node};
use super::tape::Tape;
use super::world::{ALL, Supports, World};
use libspa_sys as sys;
use std::ffi::c_int;
use std::rc::Rc;

/// One end's cycle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quantum {
    pub(crate) frames: u64,
    pub(crate) rate_hz: u32,
}

/// What a cable is to be.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) name: String,
    /// As `audio.format` names it.
    pub(crate) format: &'static str,
    pub(crate) channels: usize,
    pub(crate) sink: Quantum,
    pub(crate) source: Quantum,
    pub(crate) style: Style,
    /// Which of the world's loops the source lives on.
    pub(crate) source_loop: usize,
    /// Frames that a buffer holds.
    pub(crate) capacity_frames: usize,
}

impl Setup {
    /// A stereo cable at 48 kHz with cycles of these sizes.
    pub(crate) fn new(name: &str, sink_frames: u64, source_frames: u64) -> Self {
        Self {
            name: name.into(),
            format: "F32P",
            channels: 2,
            sink: Quantum { frames: sink_frames, rate_hz: 48_000 },
            source: Quantum { frames: source_frames, rate_hz: 48_000 },
            style: Style::Old,
            source_loop: 0,
            capacity_frames: 2048,
        }
    }

    /// SPA's number of the format, and how samples lie in it.
    pub(crate) fn shape(&self) -> (u32, Shape) {
        let (id, sample_bytes, is_planar) = match self.format {
            "F32P" => (sys::SPA_AUDIO_FORMAT_F32P, 4, true),
            "F32" => (sys::SPA_AUDIO_FORMAT_F32_LE, 4, false),
            "S16" => (sys::SPA_AUDIO_FORMAT_S16_LE, 2, false),
            "S24" => (sys::SPA_AUDIO_FORMAT_S24_LE, 3, false),
            "S32" => (sys::SPA_AUDIO_FORMAT_S32_LE, 4, false),
            other => panic!("{other} is no format of the plugin's"),
        };
        (id, Shape { sample_bytes, channels: self.channels, is_planar })
    }

    pub(crate) fn tape(&self) -> Rc<Tape> {
        Rc::new(Tape::new(self.shape().1.sample_bytes, self.channels, self.source.rate_hz))
    }

    /// Makes one end, with a format and buffers unless the host says otherwise later.
    pub(crate) fn end(&self, world: &Rc<World>, end: End, tape: &Rc<Tape>) -> Rc<Graph> {
        let channels = self.channels.to_string();
        let properties = [
            ("vcable.name", self.name.as_str()),
            // Its table is made in no time, and tests make thousands.
            ("vcable.quality", "fast"),
            ("audio.format", self.format),
            ("audio.channels", &channels),
        ];
        let data_loop = if end == End::Source { self.source_loop } else { 0 };
        let supports = Supports { data_loop: Some(data_loop), ..ALL };
        let node = Node::new(world, end, supports, &properties).expect("good properties");
        let graph = Graph::new(node, end, self.style, tape);
        let quantum = self.quantum(end);
        graph.set_quantum(quantum.frames, quantum.rate_hz);
        assert_eq!(self.negotiate(&graph), 0);
        graph
    }

    /// Agrees on this setup's format, and lends buffers.
    pub(crate) fn negotiate(&self, graph: &Graph) -> c_int {
        let (format, shape) = self.shape();
        graph.negotiate(format, shape, self.quantum(graph.end).rate_hz, self.capacity_frames)
    }

    fn quantum(&self, end: End) -> Quantum {
        match end {
            End::Sink => self.sink,
            End::Source => self.source,
        }
    }

    /// Both ends, in a world of their own.
    pub(crate) fn build(&self) -> Cable {
        self.build_in(&World::new())
    }

    pub(crate) fn build_in(&self, world: &Rc<World>) -> Cable {
        let tape = self.tape();
        let sink = self.end(world, End::Sink, &tape);
        let source = self.end(world, End::Source, &tape);
        Cable { world: Rc::clone(world), sink, source, tape }
    }

    /// Both ends, running.
    pub(crate) fn run(&self) -> Cable {
        let cable = self.build();
        assert_eq!(cable.sink.start(), 0);
        assert_eq!(cable.source.start(), 0);
        cable
    }
}

/// Both ends and what goes from one to the other.
pub(crate) struct Cable {
    pub(crate) sink: Rc<Graph>,
    pub(crate) source: Rc<Graph>,
    pub(crate) tape: Rc<Tape>,
    pub(crate) world: Rc<World>,
}

impl Cable {
    pub(crate) fn run_ms(&self, milliseconds: u64) {
        self.world.run_for(milliseconds * 1_000_000);
    }

    /// The least and the most latency since the last call, beyond what whole cycles cost: a cycle
    /// of the recorder's cannot begin before all of it was played.
    pub(crate) fn take_added_latency_frames(&self) -> (i64, i64) {
        let (least, most) = self.tape.take_latency_frames().expect("sound");
        let (played, recorded) = (&self.sink.position.clock, &self.source.position.clock);
        let whole_cycles = recorded.duration.get().saturating_sub(played.duration.get()) as i64;
        (least - whole_cycles, most - whole_cycles)
    }

    /// No latency since the last call but what whole cycles cost. Where the quanta do not divide
    /// each other that differs from cycle to cycle, by less than the smaller one.
    pub(crate) fn assert_no_latency(&self, what: &str) {
        let (least, most) = self.take_added_latency_frames();
        let (played, recorded) = (&self.sink.position.clock, &self.source.position.clock);
        let (played, recorded) = (played.duration.get(), recorded.duration.get());
        let divide = played % recorded == 0 || recorded % played == 0;
        let bound = if divide { 1 } else { played.min(recorded) as i64 };
        assert!(least >= 0 && most < bound, "{what}: {least} to {most} frames of latency");
    }

    /// Nothing happened that must not.
    pub(crate) fn assert_sound(&self) {
        self.assert_sound_but_for_overlaps(0);
    }

    /// As [`assert_sound`](Self::assert_sound), where so many cycles of the recorder may have been cut
    /// short: its clock jumps when it changes over from its own pace to the player's.
    pub(crate) fn assert_sound_but_for_overlaps(&self, overlaps: u32) {
        let overlapping = &self.source.faults.overlaps;
        assert!(overlapping.get() <= overlaps, "{} cycles of the recorder overlap", overlapping.get());
        overlapping.set(0);
        for graph in [&self.sink, &self.source] {
            let faults = &graph.faults;
            let counts = [&faults.overlaps, &faults.recursions, &faults.strays, &faults.errors];
            assert_eq!(
                counts.map(std::cell::Cell::get),
                [0; 4],
                "{:?}: cycles that overlap, run within themselves, of no driver, that fail",
                graph.end
            );
        }
        assert_eq!(self.world.log.take_complaints(), [""; 0]);
    }
}
