//! What may happen to a graph, and how the next thing to happen is chosen.
//!
//! The choice depends on the seed and on what was chosen before, never on how the daemon takes it: one seed, one list.

use fastrand::Rng;

/// Cables that come and go, besides the one that stays.
pub(super) const CABLES: usize = 3;
/// Null sinks that come and go.
pub(super) const NULL_SINKS: usize = 2;
/// Clients at a time.
pub(super) const CLIENTS: usize = 6;
/// Programs that objects are made by, and that they die with.
pub(super) const OWNERS: usize = 2;

/// A node that is made at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Object {
    Sink(usize),
    Source(usize),
    NullSink(usize),
    /// A driver whose clock is off.
    Clock,
}

/// A program that plays, records, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    PulsePlayer,
    PulseRecorder,
    Player,
    Recorder,
    /// `pw-loopback`, from a source to a sink.
    Loopback,
    /// `vcable-measure`, which is linked by hand.
    Filter,
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operation {
    Create {
        owner: usize,
        object: Object,
        settings: &'static str,
    },
    Destroy(Object),
    /// An owner is killed, and all that it made goes with it.
    KillOwner(usize),
    Start {
        client: usize,
        kind: Kind,
        sink: String,
        source: String,
    },
    Kill(usize),
    /// The client ends as it likes to end.
    End(usize),
    /// SIGSTOP: it serves its stream no more, and hangs in the graph.
    Hang(usize),
    /// SIGCONT.
    GoOn(usize),
    Link(String, String),
    Unlink(String, String),
    Props {
        node: String,
        props: &'static str,
    },
    Suspend(String),
    Quantum(u32),
    Rate(u32),
    /// Time passes, in ms.
    Wait(u64),
}

/// What a cable or null sink is made with besides its name. Not all of it is accepted for all of them.
const SETTINGS: [&str; 8] = [
    "audio.position=[FL,FR]",
    "audio.position=[FL,FR]",
    "audio.position=[MONO]",
    "audio.position=[FL,FR,FC,LFE,RL,RR]",
    "audio.position=[FL,FR] audio.format=S16",
    "audio.position=[FL,FR] audio.rate=44100",
    "audio.position=[FL,FR] vcable.quality=fast vcable.interpolation=linear",
    "audio.position=[FL,FR] vcable.latency.frames=512 node.loop.name=data-loop.0",
];

const PROPS: [&str; 11] = [
    "{ volume: 0.3 }",
    "{ volume: 1.0 }",
    "{ mute: true }",
    "{ mute: false }",
    "{ channelVolumes: [ 0.2, 0.7 ] }",
    "{ channelVolumes: [ 1.0, 1.0 ] }",
    "{ params: [ \"vcable.quality\", \"fast\" ] }",
    "{ params: [ \"vcable.quality\", \"high\" ] }",
    "{ params: [ \"vcable.interpolation\", \"cubic\" ] }",
    "{ params: [ \"vcable.latency.frames\", 700 ] }",
    "{ params: [ \"vcable.latency.frames\", 0 ] }",
];

/// In frames; 0 lets the clients choose.
const QUANTA: [u32; 8] = [0, 64, 128, 256, 441, 480, 1024, 2048];

/// In Hz; 0 lets the clients choose.
const RATES: [u32; 4] = [0, 44_100, 48_000, 96_000];

/// What exists as far as was chosen, whatever the daemon made of it.
pub(super) struct Chooser {
    random: Rng,
    /// The daemon can take a suspension, another rate and clients that hang amid all this.
    is_hardy: bool,
    objects: Vec<(Object, Option<usize>)>,
    /// For each client whether it is there, and whether it hangs.
    clients: [Option<(Kind, bool)>; CLIENTS],
    links: Vec<(String, String)>,
}

impl Chooser {
    pub(super) fn new(seed: u64, is_hardy: bool) -> Self {
        let cables = (0..CABLES).flat_map(|number| [Object::Sink(number), Object::Source(number)]);
        let objects = cables.chain((0..NULL_SINKS).map(Object::NullSink)).chain([Object::Clock]);
        Self {
            random: Rng::with_seed(seed),
            is_hardy,
            objects: objects.map(|object| (object, None)).collect(),
            clients: [None; CLIENTS],
            links: Vec::new(),
        }
    }

    /// Everything made so far is gone again, but perhaps for these links.
    pub(super) fn clear(&mut self) -> Vec<(String, String)> {
        self.objects.iter_mut().for_each(|(_, owner)| *owner = None);
        self.clients = [None; CLIENTS];
        std::mem::take(&mut self.links)
    }

    pub(super) fn next(&mut self) -> Operation {
        match self.random.u32(0..100) {
            0..16 => self.object(),
            16..18 => self.kill_owner(),
            18..42 => self.client(),
            42..60 => self.link(),
            60..72 => {
                let node = if self.random.bool() { self.sink() } else { self.source() };
                Operation::Props { node, props: self.pick(&PROPS) }
            }
            72..77 if self.is_hardy => {
                let node = if self.random.bool() { self.sink() } else { self.source() };
                Operation::Suspend(node)
            }
            77..82 => Operation::Quantum(self.pick(&QUANTA)),
            82..85 if self.is_hardy => Operation::Rate(self.pick(&RATES)),
            _ => Operation::Wait(self.random.u64(1..250)),
        }
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.random.usize(0..from.len())]
    }

    /// Makes what is not there, or destroys what is.
    fn object(&mut self) -> Operation {
        let place = self.random.usize(0..self.objects.len());
        let (owner, settings) = (self.random.usize(0..OWNERS), self.pick(&SETTINGS));
        let (object, made_by) = &mut self.objects[place];
        if made_by.take().is_some() {
            return Operation::Destroy(*object);
        }
        *made_by = Some(owner);
        Operation::Create { owner, object: *object, settings }
    }

    fn kill_owner(&mut self) -> Operation {
        let killed = self.random.usize(0..OWNERS);
        for (_, owner) in &mut self.objects {
            *owner = owner.filter(|owner| *owner != killed);
        }
        Operation::KillOwner(killed)
    }

    /// Starts a client where there is none; else something happens to it.
    fn client(&mut self) -> Operation {
        use Kind::{Filter, Loopback, Player, PulsePlayer, PulseRecorder, Recorder};
        let client = self.random.usize(0..CLIENTS);
        let fate = self.random.u32(0..10);
        match (self.clients[client], fate) {
            (None, _) => {
                let kinds = [PulsePlayer, PulseRecorder, Player, Recorder, Loopback, Filter, Filter];
                let kind = self.pick(&kinds);
                self.clients[client] = Some((kind, false));
                Operation::Start { client, kind, sink: self.sink(), source: self.source() }
            }
            (Some((kind, true)), 0..7) => {
                self.clients[client] = Some((kind, false));
                Operation::GoOn(client)
            }
            (Some((kind, false)), 0..4) if self.is_hardy => {
                self.clients[client] = Some((kind, true));
                Operation::Hang(client)
            }
            (Some((_, false)), 4..6) => {
                self.clients[client] = None;
                Operation::End(client)
            }
            (Some(_), _) => {
                self.clients[client] = None;
                Operation::Kill(client)
            }
        }
    }

    fn link(&mut self) -> Operation {
        if !self.links.is_empty() && self.random.u32(0..3) == 0 {
            let (output, input) = self.links.swap_remove(self.random.usize(0..self.links.len()));
            return Operation::Unlink(output, input);
        }
        let (output, input) = (self.output(), self.input());
        self.links.push((output.clone(), input.clone()));
        Operation::Link(output, input)
    }

    /// A node that is played to: that of the cable that stays more often than others.
    fn sink(&mut self) -> String {
        match self.random.usize(0..8) {
            number if number < CABLES => Object::Sink(number).node(),
            3 => Object::NullSink(self.random.usize(0..NULL_SINKS)).node(),
            4 => Object::Clock.node(),
            _ => format!("{RESIDENT}.sink"),
        }
    }

    /// A node that is recorded from.
    fn source(&mut self) -> String {
        match self.random.usize(0..6) {
            number if number < CABLES => Object::Source(number).node(),
            _ => format!("{RESIDENT}.source"),
        }
    }

    fn output(&mut self) -> String {
        match (self.random.u32(0..10), self.filter()) {
            (0..4, Some(client)) => format!("{}:port", writer(client)),
            (0..6, _) => format!("{}:monitor_FL", self.sink()),
            _ => format!("{}:capture_FL", self.source()),
        }
    }

    fn input(&mut self) -> String {
        match (self.random.u32(0..10), self.filter()) {
            (0..4, Some(client)) => format!("{}:port", reader(client)),
            _ => format!("{}:playback_FL", self.sink()),
        }
    }

    fn filter(&mut self) -> Option<usize> {
        let is_filter = |client: &usize| matches!(self.clients[*client], Some((Kind::Filter, _)));
        let filters: Vec<_> = (0..CLIENTS).filter(is_filter).collect();
        (!filters.is_empty()).then(|| self.pick(&filters))
    }
}

/// The cable that is there from the start, and must be as good as new in the end.
pub(super) const RESIDENT: &str = "resident";

/// The name under which a client of kind [`Kind::Filter`] makes its nodes.
pub(super) fn filter_name(client: usize) -> String {
    format!("filter-{client}")
}

fn writer(client: usize) -> String {
    format!("{}-writer", filter_name(client))
}

fn reader(client: usize) -> String {
    format!("{}-reader", filter_name(client))
}

impl Object {
    pub(super) fn node(self) -> String {
        match self {
            Self::Sink(number) => format!("cable-{number}.sink"),
            Self::Source(number) => format!("cable-{number}.source"),
            Self::NullSink(number) => format!("null-{number}"),
            Self::Clock => "clock".to_owned(),
        }
    }

    /// What the `adapter` factory makes it of.
    pub(super) fn arguments(self, settings: &str) -> String {
        let end = |number, end, class| {
            format!("factory.name=api.vcable.{end} vcable.name=cable-{number} media.class=Audio/{class}")
        };
        let what = match self {
            Self::Sink(number) => end(number, "sink", "Sink"),
            Self::Source(number) => end(number, "source", "Source"),
            Self::NullSink(_) => {
                "factory.name=support.null-audio-sink media.class=Audio/Sink priority.driver=5000".to_owned()
            }
            Self::Clock => "factory.name=test.vcable.clock media.class=Audio/Sink node.driver=true \
                            priority.driver=9000 clock.ppm=300"
                .to_owned(),
        };
        format!("{{ {what} node.name={} {settings} }}", self.node())
    }
}
