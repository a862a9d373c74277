//! A cable in the kernel: the engine behind its lock, and the timer that runs it.

use alloc::boxed::Box;

use super::{
    ends::{Direction, Ends},
    engine::Engine,
    glitch::{Glitch, Glitches},
    host,
    state::State as Report,
    stream::{State, Stream},
    way::Way,
};
use crate::{
    com::{Event, Pages, Trace},
    format::{Offer, WaveFormat},
    held::Held,
    kernel::{SpinLock, Timer, counter, timer::Tick},
    pool,
    position::Clock,
    registry::CableSettings,
    sys::{NTSTATUS, status::STATUS_INVALID_DEVICE_STATE},
};

/// How often the streams are moved on: 1 ms in units of 100 ns.
const PERIOD_HNS: u32 = 10_000;

type Cable = Engine<Pages, Event>;

/// What the timer works on.
struct Live {
    engine: SpinLock<Cable>,
    levels: Ends,
    traces: SpinLock<Traces>,
}

/// Where glitches of both ends are told. The ports that do it hold the filters in turn: let go of when the cable is.
struct Traces {
    render: Option<Trace>,
    capture: Option<Trace>,
}

/// A cable. The filters of both its ends and their streams share one.
pub struct Device {
    settings: CableSettings,
    offer: Offer,
    timer: Timer<Live>,
}

impl Device {
    /// A cable as it is set. PASSIVE.
    ///
    /// # Errors
    /// `STATUS_INSUFFICIENT_RESOURCES`.
    pub fn new(settings: &CableSettings) -> Result<Held<Self>, NTSTATUS> {
        let engine = SpinLock::new(Engine::new(Clock::new(counter::frequency_hz())));
        let traces = SpinLock::new(Traces { render: None, capture: None });
        let live = Held::new(Live { engine, levels: Ends::default(), traces })?;
        let offer = Offer::new(u16::from(settings.most_channels));
        Held::new(Self { settings: *settings, offer, timer: Timer::new(live)? })
    }

    /// Which cable it is, counted from 1.
    pub const fn number(&self) -> u32 {
        self.settings.number as u32
    }

    /// Its name in UTF-16, without a zero; `None` when it has none of its own.
    pub fn name(&self) -> Option<&[u16]> {
        self.settings.name()
    }

    /// What its pins offer.
    pub const fn offer(&self) -> Offer {
        self.offer
    }

    /// The levels of its ends.
    pub fn levels(&self) -> &Ends {
        &self.timer.called().levels
    }

    /// Tells glitches of an end there from now on. PASSIVE.
    pub fn set_trace(&self, direction: Direction, trace: Option<Trace>) {
        let before = self.timer.called().traces.with(|traces| {
            let place = match direction {
                Direction::Render => &mut traces.render,
                Direction::Capture => &mut traces.capture,
            };
            core::mem::replace(place, trace)
        });
        // Dropped outside the lock.
        drop(before);
    }

    /// Opens a stream in STOP; its id. PASSIVE.
    ///
    /// # Errors
    /// `STATUS_INVALID_DEVICE_STATE` when there is one already, `STATUS_INSUFFICIENT_RESOURCES`.
    pub fn open(&self, direction: Direction, format: WaveFormat) -> Result<u64, NTSTATUS> {
        let mut stream = Some(pool::boxed(Stream::new(format, self.levels().of(direction))?)?);
        let id = self.lock(|engine| engine.attach(direction, &mut stream));
        let id = id.ok_or(STATUS_INVALID_DEVICE_STATE)?;
        self.join().inspect_err(|_| self.close(direction, id))?;
        Ok(id)
    }

    /// Closes the stream `id`, in whatever state it is. PASSIVE.
    pub fn close(&self, direction: Direction, id: u64) {
        let gone = self.lock(|engine| {
            let ran = engine.is_running();
            let gone = engine.detach(direction, id);
            self.follow(ran, engine);
            gone
        });
        // Memory and pages are given back here, outside the lock.
        drop(gone);
    }

    /// Puts a way between two streams that have none.
    fn join(&self) -> Result<(), NTSTATUS> {
        let Some((pair, [from, to])) = self.lock(|engine| engine.lacks_way()) else { return Ok(()) };
        let mut way = Some(made(&from, &to)?);
        self.lock(|engine| engine.set_way(pair, &mut way));
        Ok(())
    }

    /// Brings the stream `id` into `state`. PASSIVE.
    pub fn set_state(&self, direction: Direction, id: u64, state: State) {
        self.present(|engine| {
            let ran = engine.is_running();
            engine.set_state(direction, id, state);
            self.follow(ran, engine);
        });
    }

    /// The machine goes to sleep, or is awake again: streams stand still meanwhile, and go on where they were. PASSIVE.
    pub fn set_awake(&self, awake: bool) {
        self.present(|engine| {
            let ran = engine.is_running();
            engine.set_awake(awake);
            self.follow(ran, engine);
        });
    }

    /// The timer runs while a stream does.
    fn follow(&self, ran: bool, engine: &Cable) {
        match (ran, engine.is_running()) {
            (false, true) => self.timer.start(PERIOD_HNS),
            (true, false) => self.timer.stop(),
            _ => {}
        }
    }

    /// Runs `work` on the cable as it is. Up to DISPATCH.
    pub(crate) fn lock<R>(&self, work: impl FnOnce(&mut Cable) -> R) -> R {
        self.timer.called().engine.with(work)
    }

    /// Brings the cable to the present and runs `work` on it. Up to DISPATCH.
    pub(crate) fn present<R>(&self, work: impl FnOnce(&mut Cable) -> R) -> R {
        self.timer.called().present(work)
    }

    /// What to tell of the cable. Up to DISPATCH.
    pub fn report(&self) -> Report {
        self.lock(|engine| Report::of(self.number(), engine))
    }
}

/// A way in the pool.
fn made(from: &WaveFormat, to: &WaveFormat) -> Result<Box<[Way; 1]>, NTSTATUS> {
    pool::boxed(Way::new(from, to)?)
}

impl Live {
    fn present<R>(&self, work: impl FnOnce(&mut Cable) -> R) -> R {
        let mut work = Some(work);
        // Each round moves on by milliseconds in microseconds, and at most a buffer is left to move by.
        loop {
            let now = counter::now();
            let (done, glitches) = self.engine.with(|engine| {
                let present = engine.advance(now, &self.levels);
                let done = if present { work.take().map(|work| work(engine)) } else { None };
                (done, engine.take_glitches())
            });
            if let Some(glitches) = glitches {
                self.tell(glitches);
            }
            if let Some(done) = done {
                return done;
            }
        }
    }
}

impl Live {
    /// Tells what happened, outside the engine's lock. Under the traces' own, so that none goes meanwhile: the last
    /// reference to a port must not be dropped here. Up to DISPATCH, where the trace may be written to.
    #[cold]
    fn tell(&self, Glitches { render, capture }: Glitches) {
        self.traces.with(|traces| {
            for (trace, glitch) in [(&traces.render, render), (&traces.capture, capture)] {
                if let (Some(trace), Some(Glitch { position_bytes, written_bytes, cause })) = (trace, glitch)
                {
                    trace.glitch(position_bytes, written_bytes, cause as u64);
                }
            }
        });
    }
}

impl Tick for Live {
    fn tick(&self) {
        self.present(|_| ());
    }
}

impl host::Pages for Pages {
    fn bytes(&self) -> usize {
        self.len() as usize
    }

    fn load(&self, at: usize, to: &mut [u8]) {
        self.load(at, to);
    }

    fn store(&mut self, at: usize, from: &[u8]) {
        self.store(at, from);
    }
}

impl host::Event for Event {
    fn set(&self) {
        self.signal();
    }
}
