//! Virtual time: the descriptors that wait for it, and who is woken next.

use super::data_loop::FakeLoop;
use super::log::FakeLog;
use super::{system, trap};
use libspa_sys as sys;
use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::{c_int, c_void};
use std::rc::{Rc, Weak};

/// A descriptor that the plugin opened.
#[derive(Clone, Copy)]
pub(crate) enum Fd {
    Closed,
    /// A deadline of 0 is a timer at rest.
    Timer {
        deadline_nsec: u64,
    },
    Event {
        count: u64,
        since_nsec: u64,
    },
}

/// Which of two events of the same instant comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tie {
    OldestFirst,
    NewestFirst,
}

/// What a node is lent.
#[derive(Clone, Copy)]
pub(crate) struct Supports {
    pub(crate) log: bool,
    pub(crate) system: bool,
    /// Which of the world's two loops.
    pub(crate) data_loop: Option<usize>,
}

/// Everything, on the first loop.
pub(crate) const ALL: Supports = Supports { log: true, system: true, data_loop: Some(0) };

const FIRST_FD: c_int = 100;
const MAX_WAITING: usize = 256;
/// More events than this without time going on: something spins.
const MAX_EVENTS_AT_ONCE: u32 = 1000;
/// A clock that has been running for a while; not a round number.
const START_NSEC: u64 = 1_234_567_891_011;

/// One host: its time, its loops, its log.
pub(crate) struct World {
    now_nsec: Cell<u64>,
    fds: RefCell<Vec<Fd>>,
    pub(crate) loops: [FakeLoop; 2],
    /// That of the host's main thread.
    main_loop: FakeLoop,
    pub(crate) log: FakeLog,
    system: OnceCell<sys::spa_system>,
    /// The host's own events: players that are not done yet, foreign clocks.
    waiting: RefCell<Vec<(u64, Weak<dyn Wakes>)>>,
    /// How late the event of a deadline is served.
    pub(crate) lateness: Cell<fn(u64) -> u64>,
    pub(crate) tie: Cell<Tie>,
    next_id: Cell<u32>,
    /// Timers that were armed for what was past.
    pub(crate) armed_late: Cell<u32>,
}

/// Somebody of the host's own who waits for a time to come.
pub(crate) trait Wakes {
    fn wake(&self);
}

enum Next {
    Source(*mut sys::spa_source),
    /// One on the main loop.
    Main(*mut sys::spa_source),
    /// By its place among the waiting ones.
    Waiting(usize),
}

impl World {
    pub(crate) fn new() -> Rc<Self> {
        let world = Rc::new(Self {
            now_nsec: Cell::new(START_NSEC),
            fds: RefCell::new(Vec::new()),
            loops: [FakeLoop::new(), FakeLoop::new()],
            main_loop: FakeLoop::new(),
            log: FakeLog::new(),
            system: OnceCell::new(),
            waiting: RefCell::new(Vec::with_capacity(MAX_WAITING)),
            lateness: Cell::new(|_| 0),
            tie: Cell::new(Tie::OldestFirst),
            next_id: Cell::new(40),
            armed_late: Cell::new(0),
        });
        world.system.get_or_init(|| system::interface(Rc::as_ptr(&world)));
        world
    }

    pub(crate) fn now_nsec(&self) -> u64 {
        self.now_nsec.get()
    }

    /// A number that no other clock of this world has.
    pub(super) fn new_id(&self) -> u32 {
        self.next_id.replace(self.next_id.get() + 1)
    }

    /// The supports as a plugin's `init` takes them.
    pub(super) fn supports(&self, wanted: Supports) -> Vec<sys::spa_support> {
        let system = self.system.get().map_or(std::ptr::null_mut(), |system| (&raw const *system).cast_mut());
        let support = |name: &[u8], data: *mut c_void| sys::spa_support { type_: name.as_ptr().cast(), data };
        let mut supports = Vec::new();
        if wanted.log {
            supports.push(support(sys::SPA_TYPE_INTERFACE_Log, self.log.interface()));
        }
        if wanted.system {
            supports.push(support(sys::SPA_TYPE_INTERFACE_System, system.cast()));
            supports.push(support(sys::SPA_TYPE_INTERFACE_Loop, self.main_loop.interface()));
            supports.push(support(sys::SPA_TYPE_INTERFACE_DataSystem, system.cast()));
        }
        if let Some(index) = wanted.data_loop {
            supports.push(support(sys::SPA_TYPE_INTERFACE_DataLoop, self.loops[index].interface()));
        }
        supports
    }

    // --- descriptors -----------------------------------------------------------------------------

    pub(super) fn open(&self, fd: Fd) -> c_int {
        let mut fds = self.fds.borrow_mut();
        let free = fds.iter().position(|fd| matches!(fd, Fd::Closed));
        let index = free.unwrap_or_else(|| {
            fds.push(Fd::Closed);
            fds.len() - 1
        });
        fds[index] = fd;
        FIRST_FD + index as c_int
    }

    pub(super) fn with_fd(&self, fd: c_int, body: impl FnOnce(&mut Fd)) -> c_int {
        let mut fds = self.fds.borrow_mut();
        let entry = usize::try_from(fd - FIRST_FD).ok().and_then(|index| fds.get_mut(index));
        match entry.filter(|entry| !matches!(entry, Fd::Closed)) {
            Some(entry) => {
                body(entry);
                0
            }
            None => -libc::EBADF,
        }
    }

    fn all_loops(&self) -> impl Iterator<Item = &FakeLoop> {
        self.loops.iter().chain([&self.main_loop])
    }

    /// Descriptors that are open, and sources on the loops.
    pub(crate) fn leftovers(&self) -> (usize, usize) {
        let open = self.fds.borrow().iter().filter(|fd| !matches!(fd, Fd::Closed)).count();
        (open, self.all_loops().map(FakeLoop::source_count).sum())
    }

    /// Timers that are armed.
    pub(crate) fn armed_timers(&self) -> usize {
        let armed = |fd: &&Fd| matches!(fd, Fd::Timer { deadline_nsec: 1.. });
        self.fds.borrow().iter().filter(armed).count()
    }

    // --- time ------------------------------------------------------------------------------------

    /// The whole host sleeps: time passes and nobody is woken.
    pub(crate) fn stall(&self, nsec: u64) {
        self.now_nsec.set(self.now_nsec.get() + nsec);
    }

    /// Calls somebody of the host's own back at `nsec`.
    pub(super) fn wait_for(&self, waiting_one: Weak<dyn Wakes>, nsec: u64) {
        let mut waiting = self.waiting.borrow_mut();
        assert!(waiting.len() < MAX_WAITING, "more unfinished cycles than a test can want");
        waiting.push((nsec, waiting_one));
    }

    /// Serves events, with the trap armed, until none is left before `nsec` from now.
    pub(crate) fn run_for(&self, nsec: u64) {
        let end_nsec = self.now_nsec() + nsec;
        self.run_while(end_nsec, || true);
        self.now_nsec.set(self.now_nsec().max(end_nsec));
    }

    /// As [`run_for`](Self::run_for), to the instant `end_nsec`, as long as `go_on` says so.
    pub(crate) fn run_while(&self, end_nsec: u64, go_on: impl Fn() -> bool) {
        let mut at_once = 0;
        while go_on() {
            let Some((nsec, next)) = self.next().filter(|(nsec, _)| *nsec <= end_nsec) else { return };
            at_once = if nsec > self.now_nsec() { 0 } else { at_once + 1 };
            assert!(at_once < MAX_EVENTS_AT_ONCE, "events without end, and no time passes");
            self.now_nsec.set(self.now_nsec().max(nsec));
            match next {
                Next::Source(source) => trap::armed(|| fire(source)),
                Next::Main(source) => fire(source),
                Next::Waiting(index) => {
                    let (_, waiting_one) = self.waiting.borrow_mut().swap_remove(index);
                    if let Some(waiting_one) = waiting_one.upgrade() {
                        trap::armed(|| waiting_one.wake());
                    }
                }
            }
        }
    }

    /// The main thread has time: serves what its loop has. Nobody minds what it allocates.
    pub(crate) fn serve_main(&self) {
        let mut at = 0;
        while let Some(source) = self.main_loop.source(at) {
            if self.due_nsec(source).is_some() {
                fire(source);
            }
            at += 1;
        }
    }

    /// What comes next, and when.
    fn next(&self) -> Option<(u64, Next)> {
        let newest_first = self.tie.get() == Tie::NewestFirst;
        let sooner = |nsec: u64, best: Option<u64>| {
            best.is_none_or(|best| nsec < best || (nsec == best && newest_first))
        };
        let mut best = None;
        for data_loop in self.all_loops() {
            let is_main = std::ptr::eq(data_loop, &raw const self.main_loop);
            for source in (0..data_loop.source_count()).filter_map(|index| data_loop.source(index)) {
                let Some(nsec) = self.due_nsec(source) else { continue };
                if sooner(nsec, best.as_ref().map(|(nsec, _)| *nsec)) {
                    best = Some((nsec, if is_main { Next::Main(source) } else { Next::Source(source) }));
                }
            }
        }
        for (index, (nsec, _)) in self.waiting.borrow().iter().enumerate() {
            if sooner(*nsec, best.as_ref().map(|(nsec, _)| *nsec)) {
                best = Some((*nsec, Next::Waiting(index)));
            }
        }
        best
    }

    fn due_nsec(&self, source: *mut sys::spa_source) -> Option<u64> {
        // SAFETY: sources in a loop's list are valid until they are removed.
        let fd = unsafe { source.as_ref() }?.fd;
        let mut due = None;
        self.with_fd(fd, |entry| {
            due = match *entry {
                Fd::Timer { deadline_nsec: deadline @ 1.. } => Some(deadline),
                Fd::Event { count: 1.., since_nsec } => Some(since_nsec),
                _ => None,
            };
        });
        due.map(|nsec| nsec + (self.lateness.get())(nsec))
    }
}

fn fire(source: *mut sys::spa_source) {
    // SAFETY: the source is in a loop's list, so it is valid.
    let function = unsafe { source.as_ref() }.and_then(|source| source.func);
    if let Some(function) = function {
        // SAFETY: the plugin's function, with the source that it gave with it.
        unsafe { function(source) };
    }
}
