//! A cable in the kernel: the engine behind its lock, and the timer that runs it.

use alloc::boxed::Box;

use super::{
    ends::{Direction, Ends},
    engine::Engine,
    host,
    state::State as Report,
    stream::{State, Stream},
    way::Way,
};
use crate::{
    com::{Event, Pages},
    format::{Offer, WaveFormat},
    held::Held,
    kernel::{SpinLock, Timer, counter, timer::Tick},
    pool,
    position::Clock,
    sys::{NTSTATUS, status::STATUS_INVALID_DEVICE_STATE},
};

/// How often the streams are moved on: 1 ms in units of 100 ns.
const PERIOD_HNS: u32 = 10_000;

type Cable = Engine<Pages, Event>;

/// What the timer works on.
struct Live {
    engine: SpinLock<Cable>,
    levels: Ends,
}

/// A cable. The filters of both its ends and their streams share one.
pub struct Device {
    number: u32,
    offer: Offer,
    timer: Timer<Live>,
}

impl Device {
    /// The cable `number`, counted from 1, with up to `most_channels` channels. PASSIVE.
    ///
    /// # Errors
    /// `STATUS_INSUFFICIENT_RESOURCES`.
    pub fn new(number: u32, most_channels: u16) -> Result<Held<Self>, NTSTATUS> {
        let engine = SpinLock::new(Engine::new(Clock::new(counter::frequency_hz())));
        let live = Held::new(Live { engine, levels: Ends::default() })?;
        Held::new(Self { number, offer: Offer::new(most_channels), timer: Timer::new(live)? })
    }

    /// Which cable it is, counted from 1.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// What its pins offer.
    pub const fn offer(&self) -> Offer {
        self.offer
    }

    /// The levels of its ends.
    pub fn levels(&self) -> &Ends {
        &self.timer.called().levels
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
        self.lock(|engine| Report::of(self.number, engine))
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
            let done = self.engine.with(|engine| {
                let present = engine.advance(now, &self.levels);
                if present { work.take().map(|work| work(engine)) } else { None }
            });
            if let Some(done) = done {
                return done;
            }
        }
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
